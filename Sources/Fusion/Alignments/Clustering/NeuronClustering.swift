import Networks
import Transport

/// Decides which neurons of all parents become which fused neuron.
protocol NeuronClustering: Sendable {
    func clustering(of neurons: StackedNeurons, control: FusionControl) throws -> Clustering
}

/// The neurons of one group of all parents, one parent after another, with what is known of them.
struct StackedNeurons: Sendable {
    let group: NeuronGroup
    let geometry: NeuronGeometry
    /// Importance of every neuron; above zero.
    let scores: [Double]
    /// Neurons of each parent.
    let widths: [Int]
    /// The parent that gives fused neurons their places.
    let reference: Int
    /// Fused neurons to make.
    let fused: Int

    var count: Int { scores.count }

    /// Where a parent's neurons begin.
    func offset(of parent: Int) -> Int { widths[..<parent].reduce(0, +) }
    func range(of parent: Int) -> Range<Int> { offset(of: parent)..<offset(of: parent) + widths[parent] }
}

/// Which neurons went where, and how heavily.
struct Clustering: Sendable {
    /// Neurons of all parents × fused neurons, nothing negative; a column in proportion is the mixture that a fused neuron is.
    let masses: Matrix
    /// What a solver proved of each parent's plan, and the cost it saw, by parent.
    var results: [Int: (certificate: Certificate, cost: Matrix, objective: Double)] = [:]
    /// What a person should know, in a sentence.
    var note: String?

    init(masses: Matrix) { self.masses = masses }

    /// Every neuron in one cluster, with its score as its mass.
    init(assignment: [Int], scores: [Double], clusters: Int) {
        var masses = Matrix(rows: assignment.count, columns: clusters)
        for (neuron, cluster) in assignment.enumerated() { masses[neuron, cluster] = scores[neuron] }
        self.init(masses: masses)
    }

    /// The masses with each column scaled to sum to one; a column of nothing stays so.
    var shares: Matrix {
        var shares = masses
        let sums = masses.columnSums
        for row in 0..<shares.rows { for column in 0..<shares.columns where sums[column] > 0 { shares[row, column] /= sums[column] } }
        return shares
    }
}

/// Neuron i of every parent is fused neuron i: classes, and groups that nothing is known of.
struct EqualPositions: NeuronClustering {
    func clustering(of neurons: StackedNeurons, control: FusionControl) throws -> Clustering {
        for (parent, width) in neurons.widths.enumerated() where width != neurons.fused {
            throw FusionError.widths(group: neurons.group.name, parent: parent, neurons: width, reference: neurons.fused)
        }
        return Clustering(assignment: neurons.widths.flatMap { Array(0..<$0) }, scores: neurons.scores, clusters: neurons.fused)
    }
}

/// Fused neuron i is the reference's neuron i, and the others' have no part in it.
struct ReferencePositions: NeuronClustering {
    func clustering(of neurons: StackedNeurons, control: FusionControl) throws -> Clustering {
        let own = neurons.range(of: neurons.reference)
        guard own.count == neurons.fused else {
            throw FusionError.widths(group: neurons.group.name, parent: neurons.reference, neurons: own.count, reference: neurons.fused)
        }
        var masses = Matrix(rows: neurons.count, columns: neurons.fused)
        for (place, neuron) in own.enumerated() { masses[neuron, place] = neurons.scores[neuron] }
        return Clustering(masses: masses)
    }
}
