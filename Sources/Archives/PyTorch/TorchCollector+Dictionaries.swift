extension TorchCollector {
    /// Whether the value is a module, or a dictionary that holds a tensor at some depth.
    mutating func holdsTensors(_ value: PickleValue) throws(ArchiveError) -> Bool {
        if try moduleDescription(value) != nil { return true }
        var pending = [(value: value, depth: 0)]
        var seen: Set<Int> = []
        while let next = pending.popLast() {
            guard case .node(let index) = next.value, next.depth < limits.nesting, seen.insert(index).inserted,
                let pairs = graph.pairs(next.value)
            else { continue }
            for pair in pairs {
                try visit()
                guard case .text = pair.key, let node = graph.node(pair.value) else { continue }
                switch node.kind {
                case .tensor, .refusedTensor: return true
                default: pending.append((pair.value, next.depth + 1))
                }
            }
        }
        return false
    }

    /// Every tensor of a dictionary; dictionaries inside it lend their key as a prefix.
    mutating func addStateDictionary(_ dictionary: PickleValue, prefix: String) throws(ArchiveError) {
        guard let pairs = graph.pairs(dictionary) else { return }
        try entering(dictionary, prefix.isEmpty ? "the state dict" : prefix) { (collector) throws(ArchiveError) in
            for (key, value) in pairs {
                try collector.visit()
                guard case .text(let key) = key else {
                    try collector.ignore(prefix + "(entries whose keys are not strings)")
                    continue
                }
                let name = try collector.joined(prefix, key, by: "")
                if try collector.addTensor(name, value) { continue }
                if try collector.moduleDescription(value) != nil {
                    try collector.addModule(value, name)
                } else if collector.graph.pairs(value) != nil, !(prefix.isEmpty && Self.otherKeys.contains { key.hasPrefix($0) }) {
                    try collector.addStateDictionary(value, prefix: name + ".")
                } else {
                    try collector.addFact(name, value)
                }
            }
        }
    }
}
