import Foundation

/// A range of numbers along a side of a drawing, with places to write some of them.
struct Axis {
    let from: Double
    let to: Double
    let isLogarithmic: Bool
    let ticks: [Double]

    /// - Parameters:
    ///   - isLogarithmic: both ends must be positive.
    ///   - isWhole: ticks are whole numbers.
    init(from least: Double, to most: Double, isLogarithmic: Bool = false, isWhole: Bool = false) {
        self.isLogarithmic = isLogarithmic
        if isLogarithmic {
            let first = floor(log10(least)), last = max(first + 1, ceil(log10(most)))
            let stride = max(1, ceil((last - first) / 6))
            (from, to) = (pow(10, first), pow(10, last))
            ticks = Swift.stride(from: first, through: last, by: stride).map { pow(10, $0) }
            return
        }
        // A flat line stands in the middle of a range of its own size.
        let room = most > least ? 0 : max(abs(most) * 0.1, 1e-9)
        let step = Self.step(most / 5 - least / 5 + room / 2.5, isWhole: isWhole)
        let start = isWhole ? least : floor((least - room) / step) * step, end = isWhole ? most : ceil((most + room) / step) * step
        (from, to) = (start, end)
        let lowest = (start / step).rounded(.up), count = (end / step - lowest + 1e-9).rounded(.down)
        ticks = count.isFinite ? (0...Int(min(max(count, 0), 40))).map { (lowest + Double($0)) * step } : [start]
    }

    /// Without ticks.
    init(spanning from: Double, to: Double) { (self.from, self.to, isLogarithmic, ticks) = (from, to, false, []) }

    /// Between 0 and 1.
    func place(_ value: Double) -> Double {
        // By halves, because the distance of two numbers may be larger than any number.
        let place = isLogarithmic ? (log10(value) - log10(from)) / (log10(to) - log10(from)) : (value / 2 - from / 2) / (to / 2 - from / 2)
        return place.isFinite ? min(max(place, 0), 1) : 0
    }

    /// 1, 2 or 5 times a power of ten, at least `size`.
    private static func step(_ size: Double, isWhole: Bool) -> Double {
        guard size > 0, size.isFinite else { return 1 }
        let power = pow(10, floor(log10(size)))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= size * (1 - 1e-12) } ?? 10 * power
        return isWhole ? max(1, step.rounded()) : step
    }
}
