/// All neurons of all groups from the weakest to the strongest, each score divided by its group's mean; the last neuron of a group never
/// goes.
struct GlobalRanking: Sendable {
    /// The number of neurons ranked.
    let neurons: Int
    private let widths: [Int: Int]
    /// The group that loses a neuron, one removal after the other.
    private let removals: [Int]
    /// Sets of groups that must have the same width, such as the shares of a grouped convolution.
    private let alike: [[Int]]

    init(groups: [Int], scores: [Int: [Double]], alike: [[Int]]) {
        self.alike = alike
        var ranked: [(score: Double, order: Int)] = [], owners: [Int] = [], widths: [Int: Int] = [:]
        for group in groups {
            let values = scores[group] ?? []
            let mean = values.reduce(0, +) / Double(max(1, values.count))
            for value in values {
                ranked.append((mean > 0 ? value / mean : 0, owners.count))
                owners.append(group)
            }
            widths[group] = values.count
        }
        neurons = owners.count
        self.widths = widths
        var left = widths, removals: [Int] = []
        for neuron in ranked.sorted(by: { ($0.score, $0.order) < ($1.score, $1.order) }) {
            let group = owners[neuron.order]
            guard let count = left[group], count > 1 else { continue }
            left[group] = count - 1
            removals.append(group)
        }
        self.removals = removals
    }

    /// How many neurons each group has after all but the `count` strongest have gone.
    func widths(keeping count: Int) -> [Int: Int] {
        var widths = widths
        for group in removals.prefix(max(0, neurons - count)) { widths[group, default: 1] -= 1 }
        for set in alike {
            let narrowest = set.compactMap { widths[$0] }.min()
            for group in set { widths[group] = narrowest }
        }
        return widths
    }
}
