import Foundation

/// What is done to a cost after the metric.
public enum CostNormalization: String, Sendable, Hashable, Codable, CaseIterable {
    case none
    /// Divided by the largest.
    case max
    /// Divided by the mean.
    case mean
    /// Divided by the median; of an even number of entries the lower of the two middle ones, as torch does.
    case median
    /// ln(1 + C).
    case log

    /// - Throws: `TransportError.invalidSetting` for `log` of a cost below −1. A divisor of 0 leaves the cost as it is.
    package func apply(to cost: Matrix) throws(TransportError) -> Matrix {
        var result = cost
        let divisor: Double
        switch self {
        case .none: return cost
        case .log:
            if let low = cost.values.min(), low <= -1 {
                throw .invalidSetting(name: "cost before log normalisation", value: low, allowed: "greater than -1")
            }
            for index in result.values.indices { result.values[index] = log1p(result.values[index]) }
            return result
        case .max: divisor = cost.values.max() ?? 0
        case .mean: divisor = cost.values.compensatedSum / Double(Swift.max(cost.values.count, 1))
        case .median: divisor = cost.lowerMedian ?? 0
        }
        guard divisor != 0, divisor != 1 else { return cost }
        for index in result.values.indices { result.values[index] /= divisor }
        return result
    }
}

extension Matrix {
    /// Every entry kept within a range.
    public func clipped(to range: ClosedRange<Double>) -> Matrix {
        var result = self
        for index in result.values.indices {
            result.values[index] = Swift.min(Swift.max(result.values[index], range.lowerBound), range.upperBound)
        }
        return result
    }

    /// The middle entry by size, the lower of the two for an even count; nil of an empty matrix. O(n) by quickselect.
    var lowerMedian: Double? {
        guard !values.isEmpty else { return nil }
        var values = values
        let wanted = (values.count - 1) / 2
        var low = 0, high = values.count - 1
        while low < high {
            let middle = low + (high - low) / 2
            let pivot = Swift.max(
                Swift.min(values[low], values[middle]), Swift.min(Swift.max(values[low], values[middle]), values[high]))
            var i = low, j = high
            while i <= j {
                while values[i] < pivot { i += 1 }
                while values[j] > pivot { j -= 1 }
                if i <= j {
                    values.swapAt(i, j)
                    i += 1
                    j -= 1
                }
            }
            if wanted <= j { high = j } else if wanted >= i { low = i } else { break }
        }
        return values[wanted]
    }

    /// Standard deviation of the entries, the spread that a relative ε is measured in.
    var standardDeviation: Double {
        guard !values.isEmpty else { return 0 }
        let mean = values.compensatedSum / Double(values.count)
        var sum = CompensatedSum()
        for value in values { sum.add((value - mean) * (value - mean)) }
        return (sum.value / Double(values.count)).squareRoot()
    }
}
