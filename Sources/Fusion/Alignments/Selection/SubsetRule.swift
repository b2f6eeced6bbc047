import Tensors

/// How the neurons of a group are chosen among those of all parents.
enum SubsetRule: String, HyperparameterChoice {
    /// QR with column pivoting.
    case qr
    /// Each time the neuron that tells most of all others (Farahat et al., KAIS 2015).
    case greedy
    /// By statistical leverage on the leading directions (Mahoney & Drineas, PNAS 2009).
    case leverage
    /// By the energy of the weights, as neuron transplantation does.
    case energy

    var title: String {
        switch self {
        case .qr: "QR with column pivoting"
        case .greedy: "greedy column selection"
        case .leverage: "leverage scores"
        case .energy: "energy of the weights, as in neuron transplantation"
        }
    }

    /// - Parameters:
    ///   - gram: as for ``PivotedSelection``.
    ///   - isSingle: whether to factorise in single precision.
    ///   - weights: how much each column counts where neurons are selected; nil for all alike.
    ///   - energies: a score of every neuron, for the rule that goes by it.
    func selection(
        gram: Tensor, block: Int, wanted: Int, isSingle: Bool, weights: [Double]? = nil, energies: @autoclosure () throws -> [Double]
    ) throws -> PivotedSelection {
        let order: [Int]?
        func weighted() throws -> Tensor {
            guard let weights else { return gram }
            return try gram * Tensor(weights) * Tensor(weights, shape: [weights.count, 1])
        }
        switch self {
        case .qr: order = nil
        case .greedy: order = try Self.greedy(weighted(), block: block, wanted: wanted)
        case .leverage:
            order = try Self.strongest(Self.leverage(weighted(), block: block, wanted: wanted))
        case .energy:
            let scores = try energies()
            order = Self.strongest(
                weights.map { weights in scores.indices.map { scores[$0] * weights[$0 * block] * weights[$0 * block] } } ?? scores)
        }
        return try PivotedSelection(gram: gram, block: block, wanted: wanted, given: order, weights: weights, isSingle: isSingle)
    }

    private static func strongest(_ scores: [Double]) -> [Int] { scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) } }

    /// Σ of the squared entries of a neuron's columns in the leading eigenvectors.
    private static func leverage(_ gram: Tensor, block: Int, wanted: Int) throws -> [Double] {
        let columns = gram.shape[0], kept = min(columns, wanted * block)
        let vectors = try gram.symmetricEigen().vectors.narrowed(axis: 1, from: columns - kept, count: kept)
        return try vectors.squared().sum(axes: [1]).reshaped([columns / block, block]).sum(axes: [1]).array(of: Double.self)
    }

    /// The neuron whose column explains most of what is left, one after another; of several columns of a neuron the sum counts.
    private static func greedy(_ gram: Tensor, block: Int, wanted: Int) throws -> [Int] {
        let columns = gram.shape[0], neurons = columns / block
        var left = gram, order: [Int] = [], isTaken = [Bool](repeating: false, count: neurons)
        let rounding = try 1e-11 * gram.diagonal().maximum().item()
        while order.count < min(wanted, neurons) {
            let own = try left.diagonal().array(of: Double.self), lengths = try left.squared().sum(axes: [0]).array(of: Double.self)
            func gain(_ neuron: Int) -> Double {
                (neuron * block..<(neuron + 1) * block).reduce(0) { $0 + (own[$1] > rounding ? lengths[$1] / own[$1] : 0) }
            }
            var best = -1, most = -1.0
            for neuron in 0..<neurons where !isTaken[neuron] {
                let value = gain(neuron)
                if value > most { (best, most) = (neuron, value) }
            }
            isTaken[best] = true
            order.append(best)
            for column in best * block..<(best + 1) * block {
                let pivot = try left.selected(axis: 1, at: column).copied(), length = try pivot.selected(axis: 0, at: column).item()
                guard length > rounding else { continue }
                left = try left - pivot.reshaped([columns, 1]).matmul(pivot.reshaped([1, columns])) / length
            }
        }
        return order + (0..<neurons).filter { !isTaken[$0] }
    }
}
