import Formatting

/// Scores of neurons, by network and group.
package struct ImportanceReport: Sendable, Codable {
    package struct Scored: Sendable, Codable {
        package let letter: String
        package let name: String
        package let groups: [Group]

        package init(letter: String, name: String, groups: [Group]) { (self.letter, self.name, self.groups) = (letter, name, groups) }
    }

    package struct Group: Sendable, Codable {
        package let name: String
        /// By the number of the neuron.
        package let scores: [Double]

        package init(name: String, scores: [Double]) { (self.name, self.scores) = (name, scores) }
    }

    package let kind: String
    /// Samples that the scores are means over; 0 for scores of weights.
    package let samples: Int
    package let networks: [Scored]

    package init(kind: String, samples: Int, networks: [Scored]) { (self.kind, self.samples, self.networks) = (kind, samples, networks) }

    /// Each group's most important neurons as lines of text.
    ///
    /// - Parameter top: how many; 0 for all.
    package func lines(top: Int) -> [String] {
        var lines: [String] = ["importance by \(kind)" + (samples > 0 ? ", mean over \(samples) samples" : "")]
        for network in networks {
            for group in network.groups {
                let order = group.scores.indices.sorted { (group.scores[$0], $1) > (group.scores[$1], $0) }
                let shown = top > 0 ? Array(order.prefix(top)) : order, total = group.scores.reduce(0, +),
                    largest = order.first.map { group.scores[$0] } ?? 0
                var table = PlainTable([
                    ("\(network.letter) \(network.name), \(group.name)", .left), ("neuron", .right), ("score", .right), ("share", .right),
                    ("", .left),
                ])
                for (rank, neuron) in shown.enumerated() {
                    let score = group.scores[neuron], bar = largest > 0 && largest.isFinite ? Int((score / largest * 24).rounded()) : 0
                    table.add([
                        "\(rank + 1).", "\(neuron)", Format.significant(score, 4),
                        Format.percent(total > 0 ? score / total : 0), String(repeating: "█", count: max(0, bar)),
                    ])
                }
                lines += [""] + table.lines
                if shown.count < order.count { lines.append("and \(order.count - shown.count) more of \(order.count) neurons") }
            }
        }
        return lines
    }
}
