/// Points with one feature vector each: the neurons of a layer with their weights or activations.
package struct PointSet: Sendable {
    package let count: Int
    package let features: Int
    /// Feature k of point i is `values[i * features + k]`.
    package let values: [Float]

    /// - Throws: `TransportError` where the buffer does not fit or a feature is NaN or infinite.
    package init(count: Int, features: Int, values: [Float], side: Side = .source) throws(TransportError) {
        let (total, overflow) = count.multipliedReportingOverflow(by: features)
        guard count >= 0, features >= 0, !overflow, total == values.count else {
            throw .wrongCount(of: "features", expected: overflow ? Int.max : total, found: values.count)
        }
        // The sum of x − x is 0 unless some x is not finite: one pass that vectorises, and a second only to find the culprit.
        var check: Float = 0
        for value in values { check += value - value }
        if check != 0 {
            for (position, value) in values.enumerated() where !value.isFinite {
                throw .invalidFeature(
                    side: side, point: position / features, feature: position % features, value: value)
            }
        }
        self.count = count
        self.features = features
        self.values = values
    }
}
