import Foundation

/// How a pooled value becomes a step of the colour map.
package enum MapScale: String, CaseIterable, Sendable {
    case linear, logarithmic = "log", rank

    package var next: MapScale {
        switch self {
        case .linear: .logarithmic
        case .logarithmic: .rank
        case .rank: .linear
        }
    }

    /// Values below this part of the largest share the lowest step of the logarithmic scale.
    static let logarithmicFloor = 1e-4

    /// The values in order, which only the rank scale needs.
    func ordered(_ values: [Double]) -> [Double] {
        self == .rank ? values.filter { $0 > 0 && $0.isFinite }.sorted() : []
    }

    /// A step from 0 to `steps` − 1; nil for what is drawn as background: nothing at all is not the least of something.
    func level(_ value: Double, limit: Double, ordered: [Double], steps: Int) -> Int? {
        guard value > 0, value.isFinite, limit > 0, steps > 0 else { return nil }
        let fraction: Double
        switch self {
        case .linear: fraction = value / limit
        case .logarithmic: fraction = 1 - log(max(value / limit, Self.logarithmicFloor)) / log(Self.logarithmicFloor)
        case .rank:
            var low = 0, high = ordered.count
            while low < high {
                let middle = (low + high) / 2
                if ordered[middle] <= value { low = middle + 1 } else { high = middle }
            }
            fraction = ordered.isEmpty ? 0 : Double(low) / Double(ordered.count)
        }
        let step = Int((min(1, fraction) * Double(steps)).rounded(.up)) - 1
        // Less than a step of the linear scale is close to nothing and is drawn as nothing.
        if self == .linear, fraction * Double(steps) < 0.5 { return nil }
        return max(0, min(steps - 1, step))
    }
}
