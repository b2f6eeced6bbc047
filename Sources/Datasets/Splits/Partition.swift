/// A way to deal data out to several parents, each sample to exactly one of them.
package enum Partition: Sendable, Equatable {
    /// Equal shares at random; sizes differ by at most 1.
    case iid(parts: Int)
    /// Each part gets the classes of its list; a class may stand in one list only, and classes in none are left out.
    case labels([[Int]])
    /// The classes, in random order, dealt into groups of nearly equal size (the sharded split of Neuron Interpolation).
    case disjointLabels(parts: Int)
    /// Each class is cut by shares drawn from a Dirichlet distribution, whose concentrations, evenly spaced from 1 to 5, are shuffled for each class
    /// (the non-iid split of Neuron Interpolation, Luenam 2025). What rounding leaves goes to the last part.
    case dirichlet(parts: Int)
    /// The first part has every sample of one class and a share of each of the others; the second has the rest (the skill transfer of Singh and Jaggi 2020, section 5.1).
    case personal(label: Int, share: Double)
    /// A random share, and the rest (`small_big` of the same paper).
    case smallBig(share: Double)
}

extension Partition {
    /// The names of the partitions, in data specs and sample sets.
    package enum Kind: String, Sendable, CaseIterable, Codable {
        case iid, labels, sharded, dirichlet, personal, smallBig = "small-big"

        static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
    }

    package var kind: Kind {
        switch self {
        case .iid: .iid
        case .labels: .labels
        case .disjointLabels: .sharded
        case .dirichlet: .dirichlet
        case .personal: .personal
        case .smallBig: .smallBig
        }
    }

    /// What a partition of some kind lacks.
    package struct Missing: Error, Sendable {
        package let keys: String
    }

    /// A partition by its name and what that needs; what it does not need is left unused.
    package init(_ kind: Kind, parts: Int?, labels: [[Int]]?, label: Int?, share: Double?) throws(Missing) {
        switch kind {
        case .iid, .sharded, .dirichlet:
            guard let parts else { throw Missing(keys: "parts") }
            self = kind == .iid ? .iid(parts: parts) : kind == .sharded ? .disjointLabels(parts: parts) : .dirichlet(parts: parts)
        case .labels:
            guard let labels else { throw Missing(keys: "labels") }
            self = .labels(labels)
        case .personal:
            guard let label, let share else { throw Missing(keys: "label and share") }
            self = .personal(label: label, share: share)
        case .smallBig:
            guard let share else { throw Missing(keys: "share") }
            self = .smallBig(share: share)
        }
    }
}

extension Dataset {
    /// The parts, each in the order of the whole.
    ///
    /// - Throws: ``DatasetError/selection(dataset:reason:)`` where the partition makes no sense for these data or would leave a part empty.
    package func partitioned(_ partition: Partition, seed: UInt64) throws(DatasetError) -> [Dataset] {
        var generator = SeededGenerator(seed: seed, purpose: "partition")
        let (parts, description) = try positions(partition, &generator)
        var result: [Dataset] = []
        for (index, positions) in parts.enumerated() {
            guard !positions.isEmpty else {
                throw .selection(
                    dataset: name, reason: "part \(index + 1) of \(parts.count) would be empty; use fewer parts or more samples")
            }
            result.append(try selecting(positions.sorted(), as: "part \(index + 1) of \(parts.count), \(description), seed \(seed)"))
        }
        return result
    }

    private func positions(_ partition: Partition, _ generator: inout SeededGenerator) throws(DatasetError) -> ([[Int]], String) {
        switch partition {
        case .iid(let parts):
            try check(parts: parts)
            let order = generator.permutation(count)
            return ((0..<parts).map { part in Array(order[count * part / parts..<count * (part + 1) / parts]) }, "iid")

        case .labels(let lists):
            return (try positions(ofLabels: lists), "by lists of classes")

        case .disjointLabels(let parts):
            try check(parts: parts)
            guard parts <= classCount else {
                throw .selection(dataset: name, reason: "\(parts) parts cannot have separate classes: there are \(classCount) classes")
            }
            let order = generator.permutation(classCount)
            let lists = (0..<parts).map { part in Array(order[classCount * part / parts..<classCount * (part + 1) / parts]) }
            return (try positions(ofLabels: lists), "disjoint classes")

        case .dirichlet(let parts):
            try check(parts: parts)
            return (dirichlet(parts, &generator), "Dirichlet non-iid")

        case .personal(let label, let share):
            try check(share: share)
            guard (0..<classCount).contains(label) else {
                throw .selection(dataset: name, reason: "there is no class \(label); classes are 0..<\(classCount)")
            }
            var (first, second): ([Int], [Int]) = ([], [])
            for (other, pool) in positionsByClass.enumerated() {
                if other == label {
                    first += pool
                    continue
                }
                var pool = pool
                generator.shuffle(&pool)
                let size = Int((Double(pool.count) * share).rounded())
                first += pool.prefix(size)
                second += pool.dropFirst(size)
            }
            return ([first, second], "personal class \(label)")

        case .smallBig(let share):
            try check(share: share)
            let order = generator.permutation(count)
            let size = Int((Double(count) * share).rounded())
            return ([Array(order.prefix(size)), Array(order.dropFirst(size))], "small and big")
        }
    }

    private func positions(ofLabels lists: [[Int]]) throws(DatasetError) -> [[Int]] {
        var owner: [Int: Int] = [:]
        for (part, list) in lists.enumerated() {
            for label in list {
                guard (0..<classCount).contains(label) else {
                    throw .selection(dataset: name, reason: "there is no class \(label); classes are 0..<\(classCount)")
                }
                guard owner.updateValue(part, forKey: label) == nil else {
                    throw .selection(dataset: name, reason: "class \(label) is in two lists")
                }
            }
        }
        var parts = [[Int]](repeating: [], count: lists.count)
        for (position, label) in labels.enumerated() {
            if let part = owner[label] { parts[part].append(position) }
        }
        return parts
    }

    private func dirichlet(_ count: Int, _ generator: inout SeededGenerator) -> [[Int]] {
        var parts = [[Int]](repeating: [], count: count)
        for whole in positionsByClass {
            var shuffled = whole
            generator.shuffle(&shuffled)
            var concentrations = (0..<count).map { count == 1 ? 1 : 1 + 4 * Double($0) / Double(count - 1) }
            generator.shuffle(&concentrations)
            let shares = generator.dirichlet(concentrations)
            var pool = shuffled[...]
            let size = Double(pool.count)
            for part in parts.indices.dropLast() {
                let taken = min(Int(shares[part] * size), pool.count)
                parts[part] += pool.prefix(taken)
                pool = pool.dropFirst(taken)
            }
            parts[count - 1] += pool
        }
        return parts
    }

    private func check(parts: Int) throws(DatasetError) {
        guard parts >= 1, parts <= count else {
            throw .selection(dataset: name, reason: "\(count) samples cannot be split into \(parts) parts")
        }
    }

    private func check(share: Double) throws(DatasetError) {
        guard share > 0, share < 1 else { throw .selection(dataset: name, reason: "a fraction of \(share) is outside 0 to 1") }
    }
}
