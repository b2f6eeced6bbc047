/// A number over steps, kept in bounded memory: all of it in buckets that grow, the latest as it came.
///
/// When there are too many buckets, neighbours are merged and each stands for twice as many points; smallest and largest survive,
/// so that a spike is seen however long the run.
struct CurveHistory: Equatable, Sendable {
    struct Bucket: Equatable, Sendable {
        var step: Double
        var mean: Double
        var low: Double
        var high: Double
        var count: Int
        /// Values that are not finite: a gap in the curve.
        var gaps: Int

        mutating func take(_ other: Bucket) {
            let total = count + other.count
            if total > 0 { mean = (mean * Double(count) + other.mean * Double(other.count)) / Double(total) }
            if other.count > 0 { (low, high) = count > 0 ? (min(low, other.low), max(high, other.high)) : (other.low, other.high) }
            step = other.step
            count = total
            gaps += other.gaps
        }
    }

    private(set) var buckets: [Bucket] = []
    private(set) var recent: [Bucket] = []
    /// Points in one bucket.
    private var size = 1
    private(set) var last: (step: Double, value: Double)?
    private(set) var gaps = 0

    static let most = 2048, latest = 256

    init() {}

    init(_ points: [(step: Double, value: Double)]) { for point in points { append(step: point.step, value: point.value) } }

    static func == (a: CurveHistory, b: CurveHistory) -> Bool { a.buckets == b.buckets && a.recent == b.recent && a.size == b.size }

    mutating func append(step: Double, value: Double) {
        let isKnown = value.isFinite
        let one = Bucket(step: step, mean: isKnown ? value : 0, low: value, high: value, count: isKnown ? 1 : 0, gaps: isKnown ? 0 : 1)
        last = (step, value)
        if !isKnown { gaps += 1 }
        recent.append(one)
        if recent.count > 2 * Self.latest { recent.removeFirst(Self.latest) }
        if let open = buckets.last, open.count + open.gaps < size { buckets[buckets.count - 1].take(one) } else { buckets.append(one) }
        guard buckets.count > Self.most else { return }
        size *= 2
        buckets = stride(from: 0, to: buckets.count, by: 2).map { index in
            var merged = buckets[index]
            if index + 1 < buckets.count { merged.take(buckets[index + 1]) }
            return merged
        }
    }

    var isEmpty: Bool { buckets.isEmpty }
    /// The last value that is a number: some are computed at some steps only.
    var lastKnown: Double? { last.flatMap { $0.value.isFinite ? $0.value : recent.last { $0.count > 0 }?.mean } }

    /// The smallest and largest finite value ever appended.
    var range: (low: Double, high: Double)? {
        let known = buckets.filter { $0.count > 0 }
        guard let first = known.first else { return nil }
        return known.reduce((first.low, first.high)) { (min($0.0, $1.low), max($0.1, $1.high)) }
    }
}
