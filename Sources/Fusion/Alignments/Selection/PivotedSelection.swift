import Tensors

/// Which neurons of all parents to keep so that the others are linear in them: QR with column pivoting, worked on the Gram matrix
/// (a pivoted Cholesky factorisation has the same pivots; Golub & Van Loan, 4th ed., 5.4.2 and 4.2.8).
///
/// Each step takes the neuron that the selected ones explain worst. A neuron may own several columns (an attention head); it is then judged by their
/// sum and taken with all of them. O(n² m) for m of n columns, in products of whole panels.
struct PivotedSelection: Sendable {
    /// Neurons in the order in which they were taken.
    let order: [Int]
    /// The share of the columns' energy that a linear map of the first i neurons leaves over; i = 0 … taken.
    let errors: [Double]
    /// How many were taken that add nothing to the others: dead neurons, duplicates.
    let idle: Int

    /// One that was made elsewhere.
    init(order: [Int], errors: [Double], idle: Int) { (self.order, self.errors, self.idle) = (order, errors, idle) }

    /// - Parameters:
    ///   - gram: [columns, columns], f64, of centred columns.
    ///   - block: columns of one neuron.
    ///   - wanted: how many neurons to take.
    ///   - given: an order that something else has decided; then only its errors are computed.
    ///   - weights: how much each column counts where a neuron is chosen; nil for all alike. Errors are of the columns as they are: what selected ones leave of a
    ///     column does not depend on how they are scaled.
    ///   - isSingle: whether to factorise in single precision.
    init(gram: Tensor, block: Int, wanted: Int, given: [Int]? = nil, weights: [Double]? = nil, isSingle: Bool = false) throws {
        let columns = gram.shape[0], neurons = columns / max(1, block)
        var left = try gram.diagonal().array(of: Double.self)
        let total = left.reduce(0, +), rounding = PivotedFactor.rounding(isSingle: isSingle) * (left.max() ?? 0)
        let wanted = min(wanted, neurons), original = left
        var factor = try PivotedFactor(gram, isSingle: isSingle)
        var order: [Int] = [], errors = [1.0], isTaken = [Bool](repeating: false, count: neurons), idle = 0

        func energy(_ neuron: Int, in values: [Double]) -> Double {
            values[neuron * block..<(neuron + 1) * block].reduce(0) { $0 + max(0, $1) }
        }
        // A neuron's columns count alike: they are of one parent.
        let counting = weights.map { weights in (0..<neurons).map { weights[$0 * block] * weights[$0 * block] } }

        while order.count < wanted {
            var best = -1, most = -1.0
            if let given {
                (best, most) = (given[order.count], .infinity)
            } else {
                for neuron in 0..<neurons where !isTaken[neuron] {
                    let own = energy(neuron, in: left) * (counting?[neuron] ?? 1)
                    if own > most { (best, most) = (neuron, own) }
                }
                if counting != nil, best >= 0 { most = energy(best, in: left) }
            }
            if most <= rounding * Double(block) {
                // Nothing is left to tell: what is largest by itself is as good as any.
                let rest = (0..<neurons).filter { !isTaken[$0] }.sorted {
                    (-energy($0, in: original), $0) < (-energy($1, in: original), $1)
                }
                idle = wanted - order.count
                order += rest.prefix(idle)
                errors += [Double](repeating: 0, count: idle)
                break
            }
            isTaken[best] = true
            order.append(best)
            for _ in 0..<block {
                let columns = best * block..<(best + 1) * block
                guard let pivot = columns.max(by: { left[$0] < left[$1] }), left[pivot] > rounding else { break }
                let squares = try factor.squares(pivot: pivot, energy: left[pivot])
                for index in left.indices { left[index] = max(0, left[index] - squares[index]) }
                left[pivot] = 0
            }
            errors.append(total > 0 ? left.reduce(0, +) / total : 0)
        }
        self.order = order
        self.errors = total > 0 ? errors : errors.map { _ in 0 }
        self.idle = idle
    }
}
