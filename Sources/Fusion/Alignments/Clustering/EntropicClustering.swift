import Tensors
import Transport

/// Soft groups: an entropic transport plan from all neurons, by importance, to as many equal clusters, whose means and plan are found in
/// turn from the groups of k-means on. A neuron between two clusters belongs to both (Cuturi & Doucet, ICML 2014, free-support barycentres).
struct EntropicClustering: NeuronClustering {
    let start: KMeansClustering
    /// Relative to the spread of the squared distances.
    let softness: Double
    private static let rounds = 5

    func clustering(of neurons: StackedNeurons, control: FusionControl) throws -> Clustering {
        var clustering = try start.clustering(of: neurons, control: control)
        let count = neurons.count
        let total = neurons.scores.reduce(0, +)
        let source = neurons.scores.map { $0 / total }, target = Masses.uniform(neurons.fused)
        let products = try Tensor(neurons.geometry.products, shape: [count, count])
        for _ in 0..<Self.rounds {
            try control.check()
            let shares = clustering.shares
            let mixing = try Tensor(shares.values, shape: [count, neurons.fused])
            let inner = try products.matmul(mixing)
            let lengths = try (mixing * inner).sum(axes: [0], keepingAxes: true)
            let own = try products.diagonal().reshaped([count, 1])
            let values = try (own - inner * 2 + lengths).clamped(from: 0, to: .infinity).array(of: Double.self)
            clustering = try transport(neurons.group.name, parent: neurons.reference) {
                let problem = try TransportProblem(
                    cost: Matrix(rows: count, columns: neurons.fused, values: values), source: source, target: target)
                let result = try SinkhornSolver(epsilon: .relativeToSpread(softness)).outcome(
                    of: problem, control: SolverControl(isCancelled: control.isCancelled)
                ).requireConverged()
                return Clustering(masses: result.plan.dense(), widths: neurons.widths)
            }
        }
        return clustering
    }
}
