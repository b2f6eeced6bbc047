import Tensors

/// The first `count` samples of a source, batch by batch.
struct SampleBatches: Sendable {
    let source: any InputSource
    let count: Int
    var size: Int

    /// - Throws: `noSamples` where the source is empty.
    init(_ source: any InputSource, atMost count: Int, size: Int, method: String) throws {
        self.source = source
        self.count = min(count, source.count)
        self.size = max(1, size)
        guard self.count > 0 else { throw FusionError.noSamples(method: method) }
    }

    /// The samples of each batch.
    var ranges: [Range<Int>] { stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) } }

    func forEach(_ control: FusionControl, _ body: (Tensor, Range<Int>) throws -> Void) throws {
        for range in ranges {
            try control.check()
            try body(inputs(range), range)
            control.progress?(.activations(done: range.upperBound, of: count))
        }
    }

    func inputs(_ range: Range<Int>) throws -> Tensor {
        do { return try source.inputs(range) } catch let error where !(error is TensorError) {
            throw FusionError.unreadableSamples(reason: "\(error)")
        }
    }

    /// The true classes of some samples; `purpose` says what needs them where there are none.
    func labels(_ range: Range<Int>, classes: Int, for purpose: String) throws -> [Int] {
        let found: [Int]?
        do { found = try source.labels(range) } catch { throw FusionError.unreadableSamples(reason: "\(error)") }
        guard let labels = found, labels.count == range.count else { throw FusionError.noLabels(purpose: purpose) }
        if let wrong = labels.first(where: { !(0..<classes).contains($0) }) {
            throw FusionError.classOutside(label: wrong, classes: classes)
        }
        return labels
    }
}
