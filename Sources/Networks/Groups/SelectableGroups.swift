extension NeuronGroups {
    /// The hidden groups among whose neurons one can choose freely: head groups (attention heads) stand for the groups that they hold, whose
    /// sizes must stay alike.
    public var selectable: [NeuronGroup] {
        let held = Set(all.flatMap { $0.members.joined() })
        return hidden.filter { !held.contains($0.id) }
    }

    /// The layout of each neuron axis of a parameter as the selectable groups see it: the run of a head group is one part.
    public func selectableLayouts(of parameter: String) -> [Int: AxisLayout] {
        var result = layouts[parameter] ?? [:]
        for (axis, runs) in headGroupRuns[parameter] ?? [:] {
            guard let layout = result[axis] else { continue }
            var parts: [AxisLayout.Part] = [], index = 0
            for run in runs.sorted(by: { $0.firstPart < $1.firstPart }) {
                parts += layout.parts[index..<run.firstPart]
                parts.append(AxisLayout.Part(group: run.headGroup, neurons: run.neurons, block: run.block))
                index = run.firstPart + run.neurons * run.partsEach
            }
            result[axis] = AxisLayout(parts + layout.parts[index...])
        }
        return result
    }
}
