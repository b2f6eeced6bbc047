/// The labels of a value with its batch, of one sample, and where the batch stands.
struct BatchedLabels: Sendable, Equatable {
    var labels: ValueLabels
    /// The axis on which the batch is the outermost factor; nil for a value that is the same for every sample.
    var batchAxis: Int?
    /// Set where the value is a parameter whose axes were only put in another order.
    var view: ParameterAxes?

    /// A parameter, and which of its axes each axis of the value is.
    struct ParameterAxes: Sendable, Equatable {
        let parameter: String
        let axes: [Int]
        /// Whether the value is [1, first axis, all others in one]: what a weight looks like while it is standardised.
        var isFlat = false
    }

    init(_ labels: ValueLabels, batchAxis: Int?) {
        self.labels = labels
        self.batchAxis = batchAxis.flatMap { labels.shape.indices.contains($0) ? $0 : nil }
    }

    /// Whether the batch stands on an axis of its own.
    var hasOwnBatchAxis: Bool { batchAxis.map { labels.shape[$0] == 1 } ?? false }

    /// The shape of one sample.
    var sampleShape: [Int] {
        guard hasOwnBatchAxis, let batchAxis else { return labels.shape }
        var shape = labels.shape
        shape.remove(at: batchAxis)
        return shape
    }

    /// The axis of a sample that indexes neurons: the only one along which labels vary; where there is none the first of images and rows, the last
    /// of others.
    var neuronAxis: Int {
        let varying = sampleAxes.filter { labels.extents[$0] > 1 }
        guard varying.count == 1, let axis = varying.first else { return sampleAxes.count == 3 ? 0 : max(0, sampleAxes.count - 1) }
        return sampleAxes.firstIndex(of: axis) ?? 0
    }

    /// Whether the neurons stand along one axis, behind a batch: what `values(of:in:)` can give as [batch, neurons, positions…].
    var isReadable: Bool { batchAxis == 0 && hasOwnBatchAxis && labels.varyingAxes.count <= 1 }

    /// The labels along an axis of a sample, at the first place of the others.
    func firstRow(along axis: Int) -> NeuronLabels {
        guard sampleAxes.indices.contains(axis) else { return NeuronLabels([]) }
        let axis = sampleAxes[axis], stride = labels.strides[axis]
        return NeuronLabels((0..<labels.shape[axis]).map { labels.entries[$0 * stride] })
    }

    /// The axes of the value that a sample has.
    private var sampleAxes: [Int] { labels.shape.indices.filter { !hasOwnBatchAxis || $0 != batchAxis } }
}
