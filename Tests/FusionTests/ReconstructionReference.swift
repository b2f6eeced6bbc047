import Foundation
import Fusion
import Networks
import Tensors

/// Reconstruction of perceptrons over again, the long way: plain arrays of doubles, whole matrices, Gram–Schmidt, Gaussian elimination, and one fit for
/// every row left out. It shares nothing with the engine but the parents' weights.
struct ReconstructionReference {
    typealias Rows = [[Double]]

    struct Layer {
        /// [out][in], and one constant for each output.
        var weights: Rows
        var constants: [Double]
    }

    /// The places kept in each hidden layer, among the neurons of all parents one after another.
    private(set) var kept: [[Int]] = []
    private(set) var layers: [Layer] = []
    private(set) var errors: [Double] = []
    private(set) var chosen = 0

    /// - Parameters:
    ///   - parents: for each parent its layers.
    ///   - x: samples, one row each.
    ///   - shares: [parents][classes].
    init(_ parents: [[Layer]], x: Rows, widths: [Int], shares: [[Double]], temperature: Double, ridge: Double, strengths: [Double]) {
        let depth = parents[0].count
        var values = parents.map { _ in x }, fused = x
        for depth in 0..<depth - 1 {
            let before = zip(parents, values).map { Self.applied($0[depth], to: $1) }
            values = before.map { $0.map { $0.map { max(0, $0) } } }
            let columns = Self.beside(values),
                scales = parents.flatMap { parent in
                    (0..<parent[depth].weights.count).map { neuron in
                        parent[depth + 1].weights.reduce(0) { $0 + $1[neuron] * $1[neuron] }.squareRoot()
                    }
                }
            let scaled = Self.centred(columns).rows.map { zip($0, scales).map(*) }
            let own = Self.pivots(scaled, count: widths[depth]).sorted()
            kept.append(own)
            let layer: Layer
            if depth == 0 {
                let all = parents.flatMap { Array(zip($0[0].weights, $0[0].constants)) }
                layer = Layer(weights: own.map { all[$0].0 }, constants: own.map { all[$0].1 })
            } else {
                layer = Self.fitted(fused, Self.beside(before).map { row in own.map { row[$0] } }, ridge: ridge)
            }
            layers.append(layer)
            fused = Self.applied(layer, to: fused).map { $0.map { max(0, $0) } }
        }
        let logits = zip(parents, values).map { Self.applied($0[depth - 1], to: $1) }
        let weighted = x.indices.map { row in shares[0].indices.map { c in zip(logits, shares).reduce(0) { $0 + $1.1[c] * $1.0[row][c] } } }
        let target = x.indices.map { row -> [Double] in
            let softened = logits.map { Self.softmax($0[row].map { $0 / temperature }) }
            var q = shares[0].indices.map { c in zip(softened, shares).reduce(0) { $0 + $1.1[c] * $1.0[c] } }
            let sum = q.reduce(0, +)
            q = q.map { temperature * log(max($0 / sum, 1e-9)) }
            let mean = q.reduce(0, +) / Double(q.count)
            return q.map { $0 - mean }
        }
        solveHead(fused, target, weighted, strengths: strengths)
    }

    private mutating func solveHead(_ f: Rows, _ y: Rows, _ z: Rows, strengths: [Double]) {
        // The prior and the mean energy are those of all rows: what is left out is one row of the fit of the difference.
        let prior = Self.fitted(f, z, ridge: 1e-4)
        let (centredF, means) = Self.centred(f), (centredY, targets) = Self.centred(y)
        let energy = centredF.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } } / Double(means.count)
        let rest = zip(centredF, centredY).map { f, y in zip(y, prior.weights).map { $0 - zip(f, $1).reduce(0) { $0 + $1.0 * $1.1 } } }
        var best = Double.infinity
        for (index, strength) in strengths.enumerated() {
            var sum = 0.0
            for left in f.indices {
                let rows = f.indices.filter { $0 != left }
                let without = Self.fitted(rows.map { f[$0] }, rows.map { rest[$0] }, absolute: strength * energy)
                let answer = Self.applied(without, to: [f[left]])[0]
                sum += zip(answer, rest[left]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
            errors.append(sum / centredY.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } })
            if sum < best { (best, chosen) = (sum, index) }
        }
        let difference = Self.fitted(f, rest, absolute: strengths[chosen] * energy)
        let weights = zip(prior.weights, difference.weights).map { zip($0, $1).map(+) }
        layers.append(Layer(weights: weights, constants: zip(targets, weights).map { $0 - zip($1, means).reduce(0) { $0 + $1.0 * $1.1 } }))
    }

    func logits(_ x: Rows) -> Rows {
        layers.enumerated().reduce(x) { values, layer in
            let next = Self.applied(layer.element, to: values)
            return layer.offset == layers.count - 1 ? next : next.map { $0.map { max(0, $0) } }
        }
    }

    // MARK: Plain linear algebra

    static func applied(_ layer: Layer, to rows: Rows) -> Rows {
        rows.map { row in zip(layer.weights, layer.constants).map { zip($0, row).reduce($1) { $0 + $1.0 * $1.1 } } }
    }

    static func beside(_ parts: [Rows]) -> Rows { parts[0].indices.map { row in parts.flatMap { $0[row] } } }

    static func centred(_ rows: Rows) -> (rows: Rows, means: [Double]) {
        let means = rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } / Double(rows.count) }
        return (rows.map { zip($0, means).map(-) }, means)
    }

    /// QR with column pivoting by modified Gram–Schmidt.
    static func pivots(_ rows: Rows, count: Int) -> [Int] {
        var columns = rows[0].indices.map { column in rows.map { $0[column] } }
        var chosen: [Int] = []
        for _ in 0..<count {
            let lengths = columns.map { $0.reduce(0) { $0 + $1 * $1 } }
            guard let best = lengths.indices.filter({ !chosen.contains($0) }).max(by: { lengths[$0] < lengths[$1] }) else { break }
            chosen.append(best)
            let axis = columns[best].map { $0 / lengths[best].squareRoot() }
            for column in columns.indices {
                let along = zip(axis, columns[column]).reduce(0) { $0 + $1.0 * $1.1 }
                columns[column] = zip(columns[column], axis).map { $0 - along * $1 }
            }
        }
        return chosen
    }

    /// Least squares with a free constant, by Gaussian elimination on the normal equations.
    static func fitted(_ design: Rows, _ target: Rows, ridge: Double = 0, absolute: Double? = nil) -> Layer {
        let (d, means) = centred(design), (y, targets) = centred(target)
        let count = means.count
        var system = (0..<count).map { i in (0..<count).map { j in d.reduce(0) { $0 + $1[i] * $1[j] } } }
        let strength = absolute ?? ridge * (0..<count).reduce(0) { $0 + system[$1][$1] } / Double(count)
        for i in 0..<count { system[i][i] += strength }
        var right = (0..<count).map { i in targets.indices.map { j in zip(d, y).reduce(0) { $0 + $1.0[i] * $1.1[j] } } }
        for i in 0..<count {
            for j in i + 1..<max(count, i + 1) {
                let factor = system[j][i] / system[i][i]
                for k in i..<count { system[j][k] -= factor * system[i][k] }
                for k in targets.indices { right[j][k] -= factor * right[i][k] }
            }
        }
        for i in (0..<count).reversed() {
            for k in targets.indices {
                for j in i + 1..<max(count, i + 1) { right[i][k] -= system[i][j] * right[j][k] }
                right[i][k] /= system[i][i]
            }
        }
        let weights = targets.indices.map { output in right.map { $0[output] } }
        return Layer(weights: weights, constants: zip(targets, weights).map { $0 - zip($1, means).reduce(0) { $0 + $1.0 * $1.1 } })
    }

    static func softmax(_ values: [Double]) -> [Double] {
        let largest = values.max() ?? 0, powers = values.map { exp($0 - largest) }
        return powers.map { $0 / powers.reduce(0, +) }
    }
}

extension ReconstructionReference {
    /// The layers of a perceptron of the engine.
    static func layers(of network: Network) throws -> [Layer] {
        try network.architecture.parameterised.map { node in
            let weight = try network.parameter(node.parameterName("weight") ?? ""),
                bias = try network.parameter(node.parameterName("bias") ?? "")
            return Layer(weights: try rows(weight), constants: try bias.array(of: Double.self))
        }
    }

    static func rows(_ value: Tensor) throws -> Rows {
        let flat = try value.array(of: Double.self), width = value.shape[1]
        return stride(from: 0, to: flat.count, by: width).map { Array(flat[$0..<$0 + width]) }
    }
}
