/// Masses as whole numbers, so that flows add and subtract exactly.
///
/// Equal masses on each side become the least whole numbers of the same proportion and counts stay what they are; others are counted in
/// units of 2⁻⁶⁰ of the total, finer than the rounding of the masses themselves. Both sides sum alike to the last unit.
struct WholeMasses {
    let source: [Int64]
    let target: [Int64]
    /// A unit is total / divisor, which itself may be too small for a number.
    private let total: Double
    private let divisor: Double

    init(source: [Double], target: [Double]) {
        let total = source.compensatedSum
        if Self.areEqual(source), Self.areEqual(target) {
            let divisor = Self.greatestCommonDivisor(source.count, target.count)
            self.source = [Int64](repeating: Int64(target.count / divisor), count: source.count)
            self.target = [Int64](repeating: Int64(source.count / divisor), count: target.count)
            self.divisor = Double(source.count) * Double(target.count / divisor)
            self.total = total
        } else if let whole = Self.wholeNumbers(source), let others = Self.wholeNumbers(target), whole.sum == others.sum {
            self.source = whole.masses
            self.target = others.masses
            divisor = 1
            self.total = 1
        } else {
            var source = source.map { max(1, Int64(($0 / total * 0x1p60).rounded())) }
            var target = target.map { max(1, Int64(($0 / total * 0x1p60).rounded())) }
            // The largest mass takes the rounding of all.
            let difference = source.reduce(0, +) - target.reduce(0, +)
            if difference > 0, let index = target.indices.max(by: { target[$0] < target[$1] }) { target[index] += difference }
            if difference < 0, let index = source.indices.max(by: { source[$0] < source[$1] }) { source[index] -= difference }
            self.source = source
            self.target = target
            divisor = 0x1p60
            self.total = total
        }
    }

    /// The mass of a flow; 0 where it is but the rounding of the masses it connects.
    func mass(of flow: Int64, row: Int, column: Int) -> Double {
        flow <= Self.dust && flow < min(source[row], target[column]) / Self.dust ? 0 : Double(flow) / divisor * total
    }

    /// Rounding of masses in `Double` amounts to 2⁻⁵³ of the total, 128 units; a few of them add up.
    private static let dust: Int64 = 1024

    /// Masses that are whole numbers already (counts), small enough to be added exactly.
    private static func wholeNumbers(_ masses: [Double]) -> (masses: [Int64], sum: Int64)? {
        guard masses.allSatisfy({ $0 == $0.rounded() && $0 < 0x1p40 }) else { return nil }
        let whole = masses.map { Int64($0) }
        return (whole, whole.reduce(0, +))
    }

    private static func areEqual(_ masses: [Double]) -> Bool {
        guard let first = masses.first else { return true }
        return masses.allSatisfy { abs($0 - first) <= 4 * first.ulp }
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
}
