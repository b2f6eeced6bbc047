/// What flows between two layers, for one sample: a shape, and which neurons its channels are.
public struct Features: Sendable, Equatable {
    /// [width], [channels, height, width] or [tokens, width]; of an operation's value any rank.
    public var shape: [Int]
    /// The neurons along `axis`.
    public var layout: NeuronLabels
    /// The axis of `shape` that indexes neurons: the first of an image, the last of tokens.
    public var axis: Int
    /// What an operation gave, whose labels may vary along several axes; nil where `layout` says everything.
    private(set) var value: BatchedLabels?

    public init(shape: [Int], layout: NeuronLabels, axis: Int = 0) {
        self.shape = shape
        self.layout = layout
        self.axis = axis
    }

    /// The value of an operation, with the batch.
    init(_ value: BatchedLabels) {
        self.value = value
        shape = value.sampleShape
        axis = value.neuronAxis
        layout = value.firstRow(along: axis)
    }

    /// The labels with the batch.
    var batched: BatchedLabels {
        value ?? BatchedLabels(ValueLabels(layout, axis: axis + 1, shape: [1] + shape), batchAxis: 0)
    }

    /// Whether the neurons stand along one axis, behind the batch.
    var isReadable: Bool { value?.isReadable ?? true }

    /// The number of channels, or the width.
    public var channels: Int { shape.indices.contains(axis) ? shape[axis] : 0 }

    /// Whether this is an image, [channels, height, width].
    public var isImage: Bool { shape.count == 3 && axis == 0 }

    /// Whether this is a row of tokens, [tokens, width].
    public var isTokens: Bool { shape.count == 2 && axis == 1 }

    /// Values of one sample that no network has; shapes beyond it come from a slip in an architecture file.
    static let largest = 1 << 32

    /// The number of values; nil where there are more than any network has.
    static func count(_ shape: [Int]) -> Int? {
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow, (1...largest).contains(product) else { return nil }
            count = product
        }
        return count
    }

    /// The elements of a shape; nil where a number cannot hold them.
    static func product(_ shape: [Int]) -> Int? {
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    /// How many labels it holds.
    var labelCount: Int { layout.length + (value?.labels.entries.count ?? 0) }

    /// Everything in one row, in row-major order: a channel becomes a block of its positions, tokens repeat the width.
    var flattened: Features {
        let before = shape[..<axis].reduce(1, *), after = shape[(axis + 1)...].reduce(1, *)
        let block = layout.blown(up: after)
        return Features(
            shape: [shape.reduce(1, *)],
            layout: before == 1 ? block : NeuronLabels(joining: [NeuronLabels](repeating: block, count: before)))
    }

    var description: String {
        if shape.count == 1 { return "\(shape[0]) values" }
        return NetworkError.shape(shape) + (isTokens ? " (tokens × width)" : " (channels × height × width)")
    }
}
