/// Mass that pins decide, and what they leave.
struct PinnedMass {
    let entries: [TransportPlan.Entry]
    private(set) var source: [Double]
    private(set) var target: [Double]

    init(pins: Set<Pair>, source: [Double], target: [Double]) throws(TransportError) {
        var entries: [TransportPlan.Entry] = []
        var rows = source, columns = target
        for pair in pins.sorted() {
            let mass = min(source[pair.source], target[pair.target])
            rows[pair.source] = try Self.remainder(rows[pair.source], mass, of: source[pair.source], .source, pair.source)
            columns[pair.target] = try Self.remainder(columns[pair.target], mass, of: target[pair.target], .target, pair.target)
            entries.append(TransportPlan.Entry(row: pair.source, column: pair.target, mass: mass))
        }
        self.entries = entries
        self.source = rows
        self.target = columns
    }

    /// The same with equal sums left on both sides: what pins leave may be little more than rounding, which differs from side to side.
    func balanced() -> PinnedMass {
        guard !entries.isEmpty else { return self }
        var result = self
        let left = (source.compensatedSum, target.compensatedSum)
        if min(left.0, left.1) <= 1e-12 * entries.map(\.mass).compensatedSum {
            result.source = source.map { _ in 0 }
            result.target = target.map { _ in 0 }
        } else {
            result.target = target.map { $0 * (left.0 / left.1) }
        }
        return result
    }

    /// What is left after a pin; a remainder of rounding size is none.
    private static func remainder(
        _ left: Double, _ taken: Double, of whole: Double, _ side: Side, _ index: Int
    ) throws(TransportError) -> Double {
        let rest = left - taken
        guard rest >= -1e-12 * whole else { throw .contradictoryPins(side: side, index: index) }
        return rest <= 1e-12 * whole ? 0 : rest
    }
}
