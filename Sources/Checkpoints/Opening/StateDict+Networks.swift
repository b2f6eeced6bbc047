import Archives

// Several networks whose parameters stand side by side in one state dict, separated by the prefixes of their names.

extension StateDict {
    /// A network or a part of one: everything behind one word.
    private struct Part {
        let prefix: String
        var tensors = 0
        var numbers = 0
        var hasMatrix = false
    }

    /// The parts behind `wrapper`, in the file's order.
    private func parts(behind wrapper: String) -> [Part] {
        var parts: [Part] = [], places: [String: Int] = [:]
        for entry in entries where entry.name.hasPrefix(wrapper) {
            guard let point = entry.name.dropFirst(wrapper.count).firstIndex(of: ".") else { continue }
            let prefix = String(entry.name[...point])
            let place = places[prefix] ?? parts.count
            if place == parts.count {
                places[prefix] = place
                parts.append(Part(prefix: prefix))
            }
            parts[place].tensors += 1
            parts[place].numbers += entry.stored?.count ?? 0
            parts[place].hasMatrix = parts[place].hasMatrix || entry.isMatrix
        }
        return parts
    }

    private func candidates(_ parts: [Part], opened: Set<String>) -> [NetworkCandidate] {
        parts.map { NetworkCandidate(.prefix, $0.prefix, tensors: $0.tensors, numbers: $0.numbers, isOpened: opened.contains($0.prefix)) }
    }

    /// Takes the tensors whose names begin with what the user said, alone or behind a wrapper.
    mutating func narrow(to wanted: String) throws {
        let wrapper = Self.wrapper(of: entries.map(\.name))
        for prefix in [wanted, wanted + ".", wrapper + wanted, wrapper + wanted + "."] where !prefix.isEmpty {
            guard prefix.hasSuffix("."), entries.contains(where: { $0.name.hasPrefix(prefix) && $0.name.count > prefix.count }) else {
                continue
            }
            let parts = parts(behind: wrapper).filter(\.hasMatrix)
            networks = parts.count > 1 ? candidates(parts, opened: [prefix]) : []
            let others = entries.filter { !$0.name.hasPrefix(prefix) }
            if !others.isEmpty {
                notes.append("selected \(printable(prefix))* of \(entries.count) tensors; only that network is saved")
            }
            let names = undotted(others)
            entries = entries.filter { $0.name.hasPrefix(prefix) && $0.name.count > prefix.count }
            cut(prefix)
            if let (sibling, dotted) = names { restore(dotted, of: sibling, behind: wrapper) }
            return
        }
        let found = parts(behind: wrapper).map { printable($0.prefix) }
        throw CheckpointError.noSuchPrefix(file: file, prefix: wanted, present: found)
    }

    /// Leaves out averages that stand beside the network.
    ///
    /// - Throws: ``CheckpointError/severalNetworks`` where nothing says which one is meant.
    mutating func chooseNetwork() throws {
        let wrapper = Self.wrapper(of: entries.map(\.name))
        let parts = parts(behind: wrapper), large = parts.filter(\.hasMatrix)
        // The averages of Stable Diffusion are vectors and counters beside a network, and matrices as well.
        let names = large.map { String($0.prefix.dropFirst(wrapper.count).dropLast()) }
        switch NetworkRoles.choice(among: names) {
        case .all: return
        case .unclear: throw CheckpointError.severalNetworks(file: file, networks: candidates(large, opened: []))
        case .these(let chosen):
            let opened = Set(chosen.map { large[$0].prefix }), others = large.filter { !opened.contains($0.prefix) }
            networks = candidates(large, opened: opened)
            notes.append(
                "selected \(opened.sorted().map { printable($0) + "*" }.joined(separator: ", ")) and skipped \(others.map { printable($0.prefix) + "*" }.joined(separator: ", ")), another network; "
                    + "\(others.map { NetworkCandidate(.prefix, $0.prefix, tensors: 0, numbers: 0, isOpened: false).option }.joined(separator: " or ")) takes it, and what is saved holds one"
            )
            entries.removeAll { entry in others.contains { entry.name.hasPrefix($0.prefix) } }
        }
    }

    // MARK: Averages with the points taken out of their names

    /// A network beside this one by whose names those without points can be read: its prefix, and its names by themselves without points.
    private func undotted(_ others: [StateDictEntry]) -> (prefix: String, names: [String: String])? {
        let wrapper = Self.wrapper(of: others.map(\.name))
        guard !wrapper.isEmpty else { return nil }
        return (
            wrapper,
            Dictionary(
                others.map { entry in
                    let name = String(entry.name.dropFirst(wrapper.count))
                    return (name.filter { $0 != "." }, name)
                }, uniquingKeysWith: { first, _ in first })
        )
    }

    /// Gives entries without a point in their names those of the network that they are the average of.
    private mutating func restore(_ dotted: [String: String], of sibling: String, behind wrapper: String) {
        guard entries.allSatisfy({ !$0.name.contains(".") }), entries.contains(where: { $0.isMatrix && dotted[$0.name] != nil }) else {
            return
        }
        // The rest is the average's own: its decay, and how often it was updated.
        entries.removeAll { dotted[$0.name] == nil }
        for index in entries.indices { entries[index].name = dotted[entries[index].name] ?? entries[index].name }
        prefix = sibling
        notes.append("the names without dots are those of \(printable(sibling))*; they are saved with that prefix")
    }
}
