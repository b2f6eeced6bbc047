/// What numbers that are no bytes are divided by before they are normalised.
enum PixelScale {
    struct Unclear: Error {
        let reason: String
    }

    /// The scale that such numbers have.
    ///
    /// Numbers from 0 to 1, and any with negative ones among them, are used as they are. Numbers up to 255 are bytes in another type, where nothing says otherwise.
    ///
    /// - Parameters:
    ///   - isImage: whether the samples are known to be images; rows of numbers may be anything.
    ///   - mean, deviation: what the spec gives.
    static func of(
        _ range: NumberRange, isImage: Bool, mean: [Float]?, deviation: [Float]?
    ) throws(Unclear) -> (scale: Float, note: String?) {
        let (low, high, isWhole) = (range.low, range.high, range.isWhole)
        // What is not finite is refused by name when the set is made.
        guard low >= 0, high > 2, high.isFinite else { return (1, nil) }
        let given = (mean ?? []) + (deviation ?? [])
        // Mean 0 and deviation 1 change nothing and reveal nothing.
        let tells = (mean ?? []).contains { $0 != 0 } || (deviation ?? []).contains { $0 != 1 }
        if tells, given.contains(where: { $0 > 2 }) { return (1, nil) }
        let range = "its numbers run from \(plain(low)) to \(plain(high))"
        if (200...255).contains(high), isImage || tells || isWhole && high == 255 {
            return (255, "\(range), so they were divided by 255; set scale=1 to use them unchanged")
        }
        if tells {
            let top = plain(high)
            throw Unclear(
                reason:
                    "\(range), but mean and std are those of numbers from 0 to 1: specify the divisor, such as scale=\(top) or scale=255, or scale=1 to use them unchanged"
            )
        }
        return (1, isImage ? "\(range) and are used unchanged; scale=N divides them by N" : nil)
    }

    private static func plain(_ value: Float) -> String { value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : "\(value)" }
}

/// The least and the largest of many numbers.
struct NumberRange {
    private(set) var low = Float.infinity
    private(set) var high = -Float.infinity
    /// Whether none has a fraction.
    private(set) var isWhole = true

    /// - Throws: what reading the samples throws; all of them are read.
    init(of source: any PixelSource<Float>) throws(DatasetError) {
        var range = self
        try source.scan { _, sample throws(DatasetError) in
            for value in sample { range.add(value) }
            return true
        }
        self = range
    }

    private mutating func add(_ value: Float) {
        low = min(low, value)
        high = max(high, value)
        if isWhole, value != value.rounded() { isWhole = false }
    }

    /// Whether all are numbers that a byte holds.
    var isOfBytes: Bool { low >= 0 && high <= 255 && isWhole }
}
