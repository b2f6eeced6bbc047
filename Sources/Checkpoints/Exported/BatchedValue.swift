import Networks
import Tensors

/// Where the batch stands in a value: an axis whose entries are `outer` × the number of samples × `inner`, in row-major order.
struct Batch: Equatable {
    var axis: Int
    var outer = 1
    var inner = 1

    /// Entries that belong to one sample.
    var entries: Int { outer * inner }

    func moved(to axis: Int) -> Batch { Batch(axis: axis, outer: outer, inner: inner) }
}

/// A value of the graph with what is known of its batch.
struct BatchedValue {
    var value: GraphValue
    /// With the example's batch.
    var sizes: [Int]
    var type: DType?
    /// Nil for a value that has no batch.
    var batch: Batch?
    /// Of a value without batch: axes that the file says are as long as the example's batch, but which are not repeated until something with a batch meets
    /// them: their true length is 1.
    var pending: Set<Int> = []

    /// The true sizes: pending axes have length 1.
    var trueSizes: [Int] { sizes.enumerated().map { pending.contains($0.offset) ? 1 : $0.element } }

    /// The shape for one sample: what belongs to it on the axis of the batch.
    var sampleSizes: [Int] {
        var sizes = trueSizes
        if let batch { sizes[batch.axis] = batch.entries }
        return sizes
    }

    /// The same value with its axes in another order; -1 stands for a new axis of length 1.
    func permuted(_ axes: [Int]) -> (batch: Batch?, pending: Set<Int>) {
        let batch = batch.flatMap { batch in axes.firstIndex(of: batch.axis).map { batch.moved(to: $0) } }
        return (batch, Set(axes.indices.filter { pending.contains(axes[$0]) }))
    }
}

typealias BatchedCall = GraphCall<BatchedValue>
