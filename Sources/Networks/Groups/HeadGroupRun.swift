/// Where a head group's neurons stand on an axis: as many equal runs of parts, one after another.
struct HeadGroupRun: Sendable, Equatable {
    let headGroup: Int
    /// The number of the head group's neurons.
    let neurons: Int
    /// The first of the axis's parts, and how many make one neuron.
    let firstPart: Int
    let partsEach: Int
    /// The first entry, and the entries of one neuron.
    let offset: Int
    let block: Int

    /// All runs of a head group by parameter and axis; nil when a member also stands elsewhere, so that the head group cannot be permuted.
    static func all(
        of sequences: [[AxisLayout]], in layouts: [String: [Int: AxisLayout]], headGroup: Int
    ) -> [String: [Int: [HeadGroupRun]]]? {
        let members = sequences.flatMap { $0.flatMap { $0.parts.map(\.group) } }
        guard members.allSatisfy({ $0 >= 0 }), let neurons = sequences.first?.count, neurons > 1, Set(members).count == members.count else {
            return nil
        }
        let isMember = Set(members)
        let first = Dictionary(
            sequences.compactMap { sequence in sequence.first?.parts.first.map { ($0.group, sequence) } },
            uniquingKeysWith: { one, _ in one })
        var runs: [String: [Int: [HeadGroupRun]]] = [:]
        for (parameter, axes) in layouts {
            for (axis, layout) in axes where layout.parts.contains(where: { isMember.contains($0.group) }) {
                guard layout.order == nil else { return nil }
                let placed = layout.placed
                var index = 0
                while index < placed.count {
                    let (part, offset) = placed[index]
                    guard isMember.contains(part.group) else {
                        index += 1
                        continue
                    }
                    guard let sequence = first[part.group], let head = sequence.first, head.parts.first?.neurons == part.neurons else {
                        return nil
                    }
                    let expected = AxisLayout(joining: sequence).blown(up: part.block / max(1, head.parts[0].block)).parts
                    guard layout.parts.count - index >= expected.count, Array(layout.parts[index..<index + expected.count]) == expected,
                        Set(sequence.map { $0.parts.map { [$0.neurons, $0.block] } }).count == 1
                    else { return nil }
                    runs[parameter, default: [:]][axis, default: []].append(
                        HeadGroupRun(
                            headGroup: headGroup, neurons: neurons, firstPart: index, partsEach: head.parts.count, offset: offset,
                            block: expected.reduce(0) { $0 + $1.length } / neurons))
                    index += expected.count
                }
            }
        }
        return runs
    }
}
