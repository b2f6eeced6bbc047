import Networks
import Tensors
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
    /// The user's constraints for each parent; a pair is a parent's neuron and a fused one.
    var constraints: [PlanConstraints] = []

    var count: Int { scores.count }

    /// Where a parent's neurons begin.
    func offset(of parent: Int) -> Int { widths[..<parent].reduce(0, +) }
    func range(of parent: Int) -> Range<Int> { offset(of: parent)..<offset(of: parent) + widths[parent] }
}

/// The assignment of all parents' neurons to fused neurons, with the mass of each.
struct Clustering: Sendable {
    /// What a solver proved of a parent's plan, and the cost it minimised.
    typealias Result = (certificate: Certificate, cost: Matrix?, objective: Double)

    /// Neurons of all parents × fused neurons, not negative; a fused neuron is the mean of the neurons in its column, weighted by mass.
    private(set) var masses: Matrix
    /// Neurons of each parent.
    let widths: [Int]
    /// By parent.
    var results: [Int: Result] = [:]
    /// What a user should know, in a sentence.
    var note: String?

    init(masses: Matrix, widths: [Int], results: [Int: Result] = [:]) {
        self.masses = masses
        self.widths = widths
        self.results = results
    }

    /// Every neuron in one cluster, with its score as its mass.
    init(assignment: [Int], of neurons: StackedNeurons, clusters: Int? = nil) {
        var masses = Matrix(rows: assignment.count, columns: clusters ?? neurons.fused)
        for (neuron, cluster) in assignment.enumerated() { masses[neuron, cluster] = neurons.scores[neuron] }
        self.init(masses: masses, widths: neurons.widths)
    }

    /// The clustering that stored couplings stand for.
    init(_ stored: [StoredCoupling]) {
        var masses = Matrix(rows: stored.reduce(0) { $0 + $1.plan.rows }, columns: stored.first?.plan.columns ?? 0)
        var start = 0, results: [Int: Result] = [:]
        for (parent, coupling) in stored.enumerated() {
            coupling.plan.forEachEntry { row, column, mass in masses[start + row, column] = mass }
            start += coupling.plan.rows
            if let certificate = coupling.certificate { results[parent] = (certificate, nil, 0) }
        }
        self.init(masses: masses, widths: stored.map(\.plan.rows), results: results)
    }

    /// The masses with each column scaled to sum to one; an empty column stays empty.
    var shares: Matrix {
        var shares = masses
        let sums = masses.columnSums
        for row in 0..<shares.rows { for column in 0..<shares.columns where sums[column] > 0 { shares[row, column] /= sums[column] } }
        return shares
    }

    /// The couplings of every parent; their maps hold the shares, so that a fused neuron is the sum of what the parents' maps give.
    func couplings(keepsCosts: Bool) throws -> [Coupling] {
        let shares = shares, fused = masses.columns, total = masses.values.reduce(0, +)
        var start = 0
        return try widths.enumerated().map { parent, width in
            defer { start += width }
            var entries: [TransportPlan.Entry] = [], map = [Double](repeating: 0, count: width * fused)
            for row in 0..<width {
                for column in 0..<fused where masses[start + row, column] > 0 {
                    entries.append(.init(row: row, column: column, mass: masses[start + row, column] / total))
                    map[row * fused + column] = shares[start + row, column]
                }
            }
            let plan = TransportPlan(rows: width, columns: fused, entries: entries)
            return Coupling(
                parent: parent, plan: plan, of: results[parent], keepsCost: keepsCosts,
                map: .mixture(try Tensor(map, shape: [width, fused])))
        }
    }

    /// The same with pinned neurons in their clusters, and no neuron in a cluster that is forbidden to it. Clusters take the numbers that
    /// most pins ask for; a neuron that has to leave its cluster joins the allowed one whose members are nearest on average.
    ///
    /// - Throws: `FusionError.unsuitable` where every cluster is forbidden to a neuron, or two pins of one neuron disagree.
    func constrained(by neurons: StackedNeurons) throws -> Clustering {
        guard neurons.constraints.contains(where: { !$0.isEmpty }) else { return self }
        var changed = self
        for (parent, constraints) in neurons.constraints.enumerated() {
            for pair in constraints.pinned.union(constraints.forbidden).sorted() {
                guard pair.source < neurons.widths[parent], pair.target < masses.columns else {
                    throw FusionError.transport(
                        group: neurons.group.name, parent: parent, .pairOutside(pair, rows: neurons.widths[parent], columns: masses.columns)
                    )
                }
            }
        }
        changed.renumber(neurons)
        for (parent, constraints) in neurons.constraints.enumerated() {
            let offset = neurons.offset(of: parent)
            for source in Set(constraints.pinned.map(\.source)).sorted() {
                let targets = constraints.pinned.filter { $0.source == source }.map(\.target)
                guard targets.count == 1, let target = targets.first, !constraints.forbidden.contains(Pair(source: source, target: target))
                else {
                    throw FusionError.unsuitable(
                        reason:
                            "neuron group \(neurons.group.name): neuron \(source) of parent \(FusionError.letter(parent)) is pinned to several fused neurons, or to one that is forbidden"
                    )
                }
                changed.move(offset + source, to: target, mass: neurons.scores[offset + source])
            }
            for pair in constraints.forbidden.sorted() where changed.masses[offset + pair.source, pair.target] > 0 {
                let barred = Set(constraints.forbidden.filter { $0.source == pair.source }.map(\.target))
                guard let target = changed.nearest(to: offset + pair.source, except: barred, geometry: neurons.geometry) else {
                    throw FusionError.unsuitable(
                        reason:
                            "neuron group \(neurons.group.name): every fused neuron is forbidden to neuron \(pair.source) of parent \(FusionError.letter(parent))"
                    )
                }
                changed.move(offset + pair.source, to: target, mass: neurons.scores[offset + pair.source])
            }
        }
        return changed
    }

    /// Exchanges clusters so that pinned neurons are where their pins say, as far as one exchange per fused neuron can.
    private mutating func renumber(_ neurons: StackedNeurons) {
        for (parent, constraints) in neurons.constraints.enumerated() {
            for pair in constraints.pinned.sorted() {
                let row = neurons.offset(of: parent) + pair.source
                guard let own = (0..<masses.columns).max(by: { masses[row, $0] < masses[row, $1] }), own != pair.target else { continue }
                for other in 0..<masses.rows {
                    (masses[other, own], masses[other, pair.target]) = (masses[other, pair.target], masses[other, own])
                }
            }
        }
    }

    private mutating func move(_ row: Int, to column: Int, mass: Double) {
        for other in 0..<masses.columns { masses[row, other] = other == column ? mass : 0 }
    }

    private func nearest(to row: Int, except barred: Set<Int>, geometry: NeuronGeometry) -> Int? {
        (0..<masses.columns).filter { !barred.contains($0) }.map { column -> (Int, Double) in
            var sum = 0.0, total = 0.0
            for other in 0..<masses.rows where other != row && masses[other, column] > 0 {
                sum += masses[other, column] * (geometry.count > 0 ? geometry.squaredDistance(row, other) : 0)
                total += masses[other, column]
            }
            return (column, total > 0 ? sum / total : .infinity)
        }.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }
}

/// Neuron i of every parent is fused neuron i: classes, and groups that nothing is known of.
struct EqualPositions: NeuronClustering {
    func clustering(of neurons: StackedNeurons, control: FusionControl) throws -> Clustering {
        for (parent, width) in neurons.widths.enumerated() where width != neurons.fused {
            throw FusionError.widths(group: neurons.group.name, parent: parent, neurons: width, reference: neurons.fused)
        }
        return Clustering(assignment: neurons.widths.flatMap { Array(0..<$0) }, of: neurons)
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
        return Clustering(masses: masses, widths: neurons.widths)
    }
}

extension ParentSet {
    /// The couplings of a group that nothing but positions decides: equal ones; inside attention, the reference's neurons alone.
    func couplings(byPositionOf group: NeuronGroup, fused: Int) throws -> [Coupling] {
        let widths = widths(of: group)
        let neurons = StackedNeurons(
            group: group, geometry: .none, scores: [Double](repeating: 1, count: widths.reduce(0, +)), widths: widths, reference: reference,
            fused: fused)
        let rule: any NeuronClustering = groups.holder(of: group.id) != nil ? ReferencePositions() : EqualPositions()
        return try rule.clustering(of: neurons, control: FusionControl()).couplings(keepsCosts: false)
    }
}

extension Coupling {
    /// The coupling of a plan that was made of the solution of another problem: its objective, its certificate and, where wanted, its cost.
    init(parent: Int, plan: TransportPlan, of solution: Clustering.Result?, keepsCost: Bool, map: NeuronMap) {
        let transport = solution.map { solution in
            TransportResult(
                plan: plan, objective: solution.objective, transportCost: solution.objective, sourcePotential: [], targetPotential: [],
                certificate: solution.certificate)
        }
        self.init(
            parent: parent, plan: plan, source: plan.rowSums, target: plan.columnSums, transport: transport,
            cost: keepsCost ? solution?.cost : nil, map: map)
    }
}
