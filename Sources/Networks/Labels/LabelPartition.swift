/// The neurons that tied labels make, sorted into groups: neurons are interchangeable where they occur equally often in the same runs, on the
/// same axes and in the same sets.
struct LabelPartition {
    /// A group: its neurons' smallest labels, in order.
    struct Class {
        let name: String
        let roots: [Int]
        let isFixed: Bool
    }

    /// In the order of their first labels.
    private(set) var classes: [Class] = []
    /// The group and the place in it of each label; −1 for labels of no group.
    private var group: [Int32]
    private var place: [Int32]

    init(_ store: LabelStore, keeping kept: Set<String> = []) {
        var store = store
        let roots = (0..<store.count).map { store.root($0) }
        // Neurons by number, in the order of their smallest labels; what keeps its place by itself is none.
        var numbers = [Int32](repeating: -1, count: roots.count), smallest: [Int] = []
        for label in roots.indices.dropFirst() where roots[label] == label {
            numbers[label] = Int32(smallest.count)
            smallest.append(label)
        }
        let neurons = roots.map { Int(numbers[$0]) }
        var refinement = Refinement(smallest.map { store.isFree($0) ? 0 : 1 })
        for run in store.runs { refinement.refine((run.first..<run.first + run.count).lazy.map { neurons[$0] }) }
        var isPlaced = [Bool](repeating: false, count: smallest.count)
        for (_, axes) in store.axes.sorted(by: { $0.key < $1.key }) {
            for (_, labels) in axes.sorted(by: { $0.key < $1.key }) {
                refinement.refine(labels.entries.lazy.map { neurons[$0] })
                for label in labels.entries where neurons[label] >= 0 { isPlaced[neurons[label]] = true }
            }
        }
        for set in store.sets { refinement.refine(set.lazy.map { $0 > 0 ? neurons[$0] : -1 }) }

        // Elements of a parameter that index none of its axes are of no group.
        let isElementwise = store.runs.reduce(into: [Bool](repeating: false, count: smallest.count)) { found, run in
            guard run.isElementwise else { return }
            for label in run.first..<run.first + run.count where neurons[label] >= 0 { found[neurons[label]] = true }
        }
        var classOf: [Int: Int] = [:], members: [[Int]] = []
        for neuron in smallest.indices where isPlaced[neuron] || !isElementwise[neuron] {
            let label = refinement.classes[neuron]
            if let known = classOf[label] {
                members[known].append(neuron)
            } else {
                classOf[label] = members.count
                members.append([neuron])
            }
        }
        group = [Int32](repeating: -1, count: roots.count)
        place = group
        for (number, neurons) in members.enumerated() {
            for (index, neuron) in neurons.enumerated() {
                group[smallest[neuron]] = Int32(number)
                place[smallest[neuron]] = Int32(index)
            }
        }
        for label in roots.indices {
            group[label] = group[roots[label]]
            place[label] = place[roots[label]]
        }
        var names = GroupNames(store)
        for (number, neurons) in members.enumerated() {
            let labels = neurons.map { smallest[$0] }
            let name = names.name(of: labels, groups: group)
            classes.append(Class(name: name, roots: labels, isFixed: !store.isFree(labels[0]) || kept.contains(name)))
        }
    }

    /// The groups that labels are of, without repetition.
    func groups(of labels: [Int]) -> Set<Int> { Set(labels.lazy.filter { $0 > 0 }.map { Int(group[$0]) }.filter { $0 >= 0 }) }

    /// How many of some labels are of each group.
    func counts(of labels: [Int]) -> [Int: Int] {
        labels.reduce(into: [:]) { counts, label in if label > 0, group[label] >= 0 { counts[Int(group[label]), default: 0] += 1 } }
    }

    /// An axis as runs of whole groups; in another order where they do not stand so.
    func layout(of labels: NeuronLabels) -> AxisLayout {
        let entries = labels.entries.map { $0 > 0 ? (Int(group[$0]), Int(place[$0])) : (-1, 0) }
        // The end of the run of one group that `index` stands in: found once for a run, which may hold the group many times.
        var parts: [AxisLayout.Part] = [], index = 0, end = 0
        while index < entries.count {
            let group = entries[index].0
            if index >= end {
                end = index + 1
                while end < entries.count, entries[end].0 == group { end += 1 }
            }
            if group < 0 {
                parts.append(AxisLayout.Part(group: -1, neurons: end - index, block: 1))
                index = end
                continue
            }
            let neurons = classes[group].roots.count
            var next = index
            while next < end, entries[next].1 == 0 { next += 1 }
            let block = next - index
            guard block > 0, neurons * block <= end - index,
                (0..<neurons * block).allSatisfy({ entries[index + $0].1 == $0 / block })
            else { return reordered(entries) }
            parts.append(AxisLayout.Part(group: group, neurons: neurons, block: block))
            index += neurons * block
        }
        return AxisLayout(parts)
    }

    /// An axis on which a group's neurons stand in another order than elsewhere, or between others: each group's entries are one part of it.
    private func reordered(_ entries: [(Int, Int)]) -> AxisLayout {
        // Per group the entries of each of its neurons that occur: a large group of which one neuron is read costs one neuron.
        var parts: [AxisLayout.Part] = [], order: [Int] = [], occurrences: [Int: [Int: [Int]]] = [:], sequence: [Int] = []
        for (index, entry) in entries.enumerated() {
            if occurrences[entry.0] == nil { sequence.append(entry.0) }
            occurrences[entry.0, default: [:]][entry.1, default: []].append(index)
        }
        for group in sequence {
            guard let found = occurrences[group]?.sorted(by: { $0.key < $1.key }).map(\.value) else { continue }
            let entries = found.reduce(0) { $0 + $1.count }
            if group >= 0, found.count == classes[group].roots.count, let block = found.first?.count,
                found.allSatisfy({ $0.count == block })
            {
                parts.append(AxisLayout.Part(group: group, neurons: found.count, block: block))
            } else {
                // Entries of no group, or only some of a group's neurons: a value's part, on no axis of a parameter.
                parts.append(AxisLayout.Part(group: -1, neurons: entries, block: 1))
            }
            order += found.joined()
        }
        return AxisLayout(parts, order: order)
    }
}

/// A partition that is made finer step by step.
private struct Refinement {
    private(set) var classes: [Int]
    private var counts: [Int32]
    private var next: Int

    init(_ classes: [Int]) {
        self.classes = classes
        counts = [Int32](repeating: 0, count: classes.count)
        next = (classes.max() ?? 0) + 1
    }

    private struct Key: Hashable {
        let label: Int
        let count: Int32
    }

    /// Keeps apart what occurs among `neurons` unequally often; −1 is no neuron.
    mutating func refine(_ neurons: some Sequence<Int>) {
        var touched: [Int] = []
        for neuron in neurons where neuron >= 0 {
            if counts[neuron] == 0 { touched.append(neuron) }
            counts[neuron] += 1
        }
        var labels: [Key: Int] = [:]
        for neuron in touched {
            let key = Key(label: classes[neuron], count: counts[neuron])
            counts[neuron] = 0
            if let label = labels[key] {
                classes[neuron] = label
            } else {
                labels[key] = next
                classes[neuron] = next
                next += 1
            }
        }
    }
}

/// Names for groups: of the run that a group's neurons come from, with the part of it where it is not all, or those that layers gave.
private struct GroupNames {
    private let runs: [LabelStore.Run]
    /// The last name given to each smallest label, and its place among the labels named so.
    private var given: [Int: Int] = [:]
    private let namings: [LabelStore.Naming]
    private var used: Set<String> = []

    init(_ store: LabelStore) {
        runs = store.runs
        namings = store.namings
        for (number, naming) in store.namings.enumerated() { for root in naming.roots where root > 0 { given[root] = number } }
    }

    /// A name for the group of which `labels` are the neurons' smallest labels; `groups` has the group of every label.
    mutating func name(of labels: [Int], groups: [Int32]) -> String {
        let base = plainName(of: labels, groups: groups)
        var name = base, number = 1
        while !used.insert(name).inserted {
            number += 1
            name = "\(base).\(number)"
        }
        return name
    }

    private func plainName(of labels: [Int], groups: [Int32]) -> String {
        guard let first = labels.first else { return "" }
        let own = groups[first]
        if let naming = given[first].map({ namings[$0] }) {
            var seen: [Int32] = []
            for root in naming.roots where root > 0 && seen.last != groups[root] && !seen.contains(groups[root]) {
                seen.append(groups[root])
            }
            return seen.count == 1 ? naming.name : "\(naming.name).\(seen.firstIndex(of: own) ?? 0)"
        }
        let run = run(of: first), offset = first - run.first
        let isWhole = offset == 0 && (run.first..<run.first + run.count).allSatisfy { groups[$0] == own }
        if isWhole { return run.name }
        let isRun = labels.last.map { $0 - first == labels.count - 1 } ?? false
        return isRun ? "\(run.name)[\(offset)..<\(offset + labels.count)]" : "\(run.name)[\(offset)…]"
    }

    private func run(of label: Int) -> LabelStore.Run {
        var low = 0, high = runs.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if runs[middle].first <= label { low = middle } else { high = middle - 1 }
        }
        return runs[low]
    }
}
