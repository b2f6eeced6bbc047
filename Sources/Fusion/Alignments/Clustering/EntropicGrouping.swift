import Tensors
import Transport

/// Soft groups: an entropic transport plan from all neurons, by importance, to as many equal clusters, whose means and plan are found in
/// turn from the groups of k-means on. A neuron between two clusters belongs to both (Cuturi & Doucet, ICML 2014, free-support barycentres).
struct EntropicGrouping: NeuronGrouping {
    let start: KMeansGrouping
    /// Relative to the spread of the squared distances.
    let softness: Double
    private static let rounds = 5

    func grouping(of neurons: StackedNeurons, control: FusionControl) throws(FusionError) -> Grouping {
        var grouping = try start.grouping(of: neurons, control: control)
        let count = neurons.count
        let total = neurons.scores.reduce(0, +)
        let source = neurons.scores.map { $0 / total }, target = Masses.uniform(neurons.fused)
        let products = try tensors { () throws(TensorError) in try Tensor(neurons.geometry.products, shape: [count, count]) }
        for _ in 0..<Self.rounds {
            try control.check()
            let shares = grouping.shares
            let values = try tensors { () throws(TensorError) in
                let mixing = try Tensor(shares.values, shape: [count, neurons.fused])
                let inner = try products.matmul(mixing)
                let lengths = try (mixing * inner).sum(axes: [0], keepingAxes: true)
                let own = try products.diagonal().reshaped([count, 1])
                return try (own - inner * 2 + lengths).clamped(from: 0, to: .infinity).array(of: Double.self)
            }
            do throws(TransportError) {
                let problem = try TransportProblem(
                    cost: Matrix(rows: count, columns: neurons.fused, values: values), source: source, target: target)
                let result = try SinkhornSolver(epsilon: .relativeToSpread(softness)).outcome(
                    of: problem, control: SolverControl(isCancelled: control.isCancelled)
                ).requireConverged()
                grouping = Grouping(masses: result.plan.dense())
            } catch {
                if case .cancelled = error { throw .cancelled }
                throw .transport(group: neurons.group.name, parent: neurons.reference, error)
            }
        }
        return grouping
    }
}
