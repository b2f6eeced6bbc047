/// Union–find with path halving.
struct DisjointSets {
    private var parent: [Int]

    init(count: Int) {
        parent = Array(0..<count)
    }

    mutating func root(of node: Int) -> Int {
        var node = node
        while parent[node] != node {
            parent[node] = parent[parent[node]]
            node = parent[node]
        }
        return node
    }

    /// Joins two sets; false where they already were one.
    mutating func join(_ one: Int, _ other: Int) -> Bool {
        let a = root(of: one), b = root(of: other)
        guard a != b else { return false }
        parent[max(a, b)] = min(a, b)
        return true
    }
}
