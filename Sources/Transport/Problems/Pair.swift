/// A row and a column of a plan.
public struct Pair: Sendable, Hashable, Codable, Comparable {
    package let source: Int
    package let target: Int

    package init(source: Int, target: Int) {
        self.source = source
        self.target = target
    }

    public static func < (one: Pair, other: Pair) -> Bool {
        (one.source, one.target) < (other.source, other.target)
    }
}
