import Foundation
import Fusion

/// Whole numbers on a slider: over a wide range by 1, 2, 5 of every decade, and by the values that were typed or come by default.
struct IntegerSteps {
    let range: ClosedRange<Int>
    /// Values to stop at beside the round ones, so that a step back returns where it came from.
    let anchors: [Int]

    /// nil for a narrow range, in which every number is a step.
    init?(_ range: ClosedRange<Int>, anchors: [Int]) {
        guard range.upperBound / 100 >= max(1, range.lowerBound) else { return nil }
        self.range = range
        self.anchors = anchors.filter(range.contains)
    }

    private var stops: [Int] {
        var stops = Set(anchors + [range.lowerBound])
        // Up to ten every number is a stop: one neuron more or less matters there.
        for small in 0...10 where range.contains(small) { stops.insert(small) }
        var decade = 10
        while decade <= range.upperBound {
            for factor in [1, 2, 5] {
                let (stop, overflow) = decade.multipliedReportingOverflow(by: factor)
                if !overflow, range.contains(stop) { stops.insert(stop) }
            }
            let (next, overflow) = decade.multipliedReportingOverflow(by: 10)
            if overflow { break }
            decade = next
        }
        return stops.sorted()
    }

    /// The stop so many steps away; it stops at the ends.
    func moved(_ number: Int, by steps: Int) -> Int {
        let stops = stops
        guard let first = stops.first, let last = stops.last, steps != 0 else { return number }
        if steps > 0 {
            let above = stops.filter { $0 > number }
            return above.isEmpty ? max(number, last) : above[min(steps, above.count) - 1]
        }
        let below = stops.filter { $0 < number }
        return below.isEmpty ? min(number, first) : below[max(0, below.count + steps)]
    }

    /// Where a number lies between the bounds, by its logarithm.
    func position(of number: Int) -> Double {
        func place(_ number: Int) -> Double { log1p(Double(max(0, number - range.lowerBound))) }
        let whole = place(range.upperBound)
        return whole > 0 ? max(0, min(1, place(number) / whole)) : 0
    }
}

/// Numbers as people type them: `1e3` and `1,000` where a whole number is wanted.
enum TypedNumber {
    static func plain(_ text: String, for kind: AnyHyperparameter.Kind) -> String {
        switch kind {
        case .integer: whole(text) ?? text
        case .real: grouped(text) ?? text
        default: text
        }
    }

    /// A whole number without separators and powers of ten; nil where it is none.
    static func whole(_ text: String) -> String? {
        let text = grouped(text) ?? text
        guard Int(text) == nil, text.lowercased().contains("e"), let number = Double(text), number == number.rounded(),
            abs(number) < 9e15
        else { return Int(text) == nil ? nil : text }
        return String(Int(number))
    }

    /// `1,000,000` without its commas; nil where commas do not part groups of three.
    private static func grouped(_ text: String) -> String? {
        let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
        let groups = text.dropFirst(sign.count).split(separator: ",", omittingEmptySubsequences: false)
        guard groups.count > 1, groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy { ("0"..."9").contains($0) } }), groups[0].count <= 3,
            groups.dropFirst().allSatisfy({ $0.count == 3 })
        else { return nil }
        return sign + groups.joined()
    }
}
