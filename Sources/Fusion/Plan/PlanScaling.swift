import Hyperparameters
import Networks
import Tensors
import Transport

/// How a transport plan is normalised before it is applied to weights.
public enum PlanScaling: String, HyperparameterChoice {
    case columns, rows, constant, split

    public var title: String {
        switch self {
        case .columns: "columns sum to one"
        case .rows: "rows sum to one, as published"
        case .constant: "times the width, as published"
        case .split: "rows for a neuron's own weights, columns for weights that read it"
        }
    }

    /// A plan as maps of weights, [parent neurons, fused neurons]: for a neuron's own weights and, where they differ, for weights that
    /// read it.
    func maps(of plan: TransportPlan) throws -> (producing: NeuronMap, consuming: NeuronMap?) {
        (try map(of: plan), self == .split ? try Self.columns.map(of: plan) : nil)
    }

    private func map(of plan: TransportPlan) throws -> NeuronMap {
        if self == .columns, let sources = plan.columnSources { return .selection(sources) }
        var map = plan.dense()
        // 10⁻⁷ is the published program's guard against division by zero; it is part of the figures that the two variants reproduce.
        switch self {
        case .columns:
            let sums = map.columnSums
            for i in 0..<map.rows { for j in 0..<map.columns where sums[j] > 0 { map[i, j] /= sums[j] } }
        case .split:
            let sums = map.rowSums
            for i in 0..<map.rows { for j in 0..<map.columns where sums[i] > 0 { map[i, j] /= sums[i] } }
        case .rows:
            let sums = map.rowSums
            for i in 0..<map.rows { for j in 0..<map.columns { map[i, j] /= sums[i] + 1e-7 } }
        case .constant:
            let factor = 1 / (1 / Double(map.rows) + 1e-7)
            for index in map.values.indices { map.values[index] *= factor }
        }
        return try NeuronMap.mixture(map)
    }
}

extension TransportPlan {
    /// For each column, its only row, where the plan is a permutation: the map of weights is then a reordering.
    var columnSources: [Int]? {
        guard let targets = permutation, rows == columns else { return nil }
        var sources = [Int](repeating: 0, count: columns)
        for (row, column) in targets.enumerated() { sources[column] = row }
        return sources
    }
}

extension NeuronMap {
    /// A mixture by the columns of a matrix.
    static func mixture(_ matrix: Matrix) throws -> NeuronMap {
        .mixture(try Tensor(matrix.values.map(Float.init), shape: [matrix.rows, matrix.columns]))
    }

    /// The map of `neurons` neurons as a matrix, [old, new].
    func matrix(neurons: Int) throws -> Matrix {
        switch self {
        case .identity: return Matrix(rows: neurons, columns: neurons) { $0 == $1 ? 1 : 0 }
        case .selection(let sources): return Matrix(rows: neurons, columns: sources.count) { sources[$1] == $0 ? 1 : 0 }
        case .scattered(let sources): return Matrix(rows: neurons, columns: sources.count) { sources[$1] == $0 ? 1 : 0 }
        case .scaled(let sources, let factors):
            return Matrix(rows: neurons, columns: sources.count) { sources[$1] == $0 ? factors[$1] : 0 }
        case .mixture(let tensor):
            let values = try tensor.array(of: Double.self)
            do { return try Matrix(rows: tensor.shape[0], columns: tensor.shape[1], values: values) } catch {
                throw FusionError.tensor(.unexpectedResult(name: "a map of neurons"))
            }
        }
    }
}
