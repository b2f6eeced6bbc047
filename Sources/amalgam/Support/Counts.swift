/// The numbers that make sense where a command asks how many.
enum Counts {
    /// Of samples or lines: no set of data has more.
    static let samples = 1...1_000_000_000

    static func words(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
}
