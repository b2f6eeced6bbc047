/// The layers of two networks put side by side with the least disagreement: an edit distance over kinds and parameters (Needleman & Wunsch 1970).
///
/// O(n·m) for n and m layers.
struct LayerAlignment {
    /// Indices of layers that stand side by side, nil where one network has nothing to set against the other's layer.
    let pairs: [(Int?, Int?)]

    init(_ first: [LayerEntry], _ second: [LayerEntry]) {
        let (n, m) = (first.count, second.count)
        // A layer without a partner costs less than two that have nothing in common, and more than two of one kind with other widths.
        let gap = 3
        var cost = [[Int]](repeating: [Int](repeating: 0, count: m + 1), count: n + 1)
        for i in 0...n { cost[i][m] = (n - i) * gap }
        for j in 0...m { cost[n][j] = (m - j) * gap }
        for i in stride(from: n - 1, through: 0, by: -1) {
            for j in stride(from: m - 1, through: 0, by: -1) {
                cost[i][j] = min(cost[i + 1][j + 1] + Self.distance(first[i], second[j]), cost[i + 1][j] + gap, cost[i][j + 1] + gap)
            }
        }
        var pairs: [(Int?, Int?)] = []
        var (i, j) = (0, 0)
        while i < n || j < m {
            if i < n, j < m, cost[i][j] == cost[i + 1][j + 1] + Self.distance(first[i], second[j]) {
                pairs.append((i, j))
                (i, j) = (i + 1, j + 1)
            } else if i < n, cost[i][j] == cost[i + 1][j] + gap {
                pairs.append((i, nil))
                i += 1
            } else {
                pairs.append((nil, j))
                j += 1
            }
        }
        self.pairs = pairs
    }

    private static func distance(_ one: LayerEntry, _ other: LayerEntry) -> Int {
        guard one.kind == other.kind else { return 7 }
        if one.parameters.map(\.name) != other.parameters.map(\.name) { return 2 }
        return one.parameters.map(\.shape) == other.parameters.map(\.shape) && one.options == other.options ? 0 : 1
    }
}
