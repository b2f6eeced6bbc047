extension TorchCollector {
    /// The keys under which training scripts keep the state dict, the usual ones first.
    private static let wrapperKeys = [
        "state_dict", "model_state_dict", "model_state", "model_weights", "model", "net", "network", "net_state_dict", "module", "params", "weights",
    ]
    /// Keys whose tensors are not the network's.
    private static let otherKeys = ["optim", "sched", "scaler", "ema_optim", "rng", "loops", "callbacks", "hyper_parameters", "args"]

    /// Collects the tensors from wherever they are kept, and says where that is.
    mutating func findTensors() throws(ArchiveError) -> String {
        var current = graph.root
        var keys: [String] = []
        while true {
            guard keys.count < limits.nesting else { throw exceeded("the state dict is nested deeper", limits.nesting) }
            let under = keys.isEmpty ? "" : " under key '\(keys.joined(separator: "', '"))'"
            if let name = try moduleDescription(current) {
                try addModule(current, "")
                return name + under
            }
            guard let node = graph.node(current) else { throw unsuitable("a \(kindInWords(current))\(under)") }
            if case .tensor = node.kind {
                _ = try addTensor("tensor", current)
                return "a single tensor" + under
            }
            if case .refusedTensor = node.kind { _ = try addTensor("tensor", current) }
            if let sequence = tensorSequence(current) {
                for (index, item) in sequence.items.enumerated() { _ = try addTensor("\(index)", item) }
                return sequence.name + under
            }
            guard let pairs = graph.pairs(current) else { throw unsuitable("a \(kindInWords(current))\(under)") }
            if let next = try wrapped(in: pairs) {
                addFacts(pairs, except: next.key)
                keys.append(next.key)
                current = next.value
                continue
            }
            try addStateDictionary(current, prefix: "")
            return "state dict" + (keys.isEmpty ? " at the top level" : under)
        }
    }

    /// Tensors in a row, as data are kept: a tuple or list of nothing else, or a `TensorDataset` of them. They are named by their numbers.
    private func tensorSequence(_ value: PickleValue) -> (items: [PickleValue], name: String)? {
        var value = value, name = kindInWords(value)
        if graph.className(value)?.hasSuffix(".TensorDataset") == true, let inner = graph.attributes(value).flatMap({ graph.value($0, "tensors") }) {
            (value, name) = (inner, "TensorDataset")
        }
        guard let items = graph.sequence(value), !items.isEmpty, items.count <= 64 else { return nil }
        let allTensors = items.allSatisfy { item in if case .tensor? = graph.node(item)?.kind { true } else { false } }
        return allTensors ? (items, "a \(name) of \(items.count) tensors") : nil
    }

    private func unsuitable(_ found: String) -> ArchiveError {
        .unsupported(file: file, place: place ?? "the pickle", reason: "it holds \(found)", advice: "a state dict, a dictionary around one, or a whole module is read; save model.state_dict()")
    }

    /// The entry that wraps the state dict: under a usual key, or the only one that can.
    private mutating func wrapped(in pairs: [(key: PickleValue, value: PickleValue)]) throws(ArchiveError) -> (key: String, value: PickleValue)? {
        var candidates: [(key: String, value: PickleValue)] = []
        var hasTensors = false
        for (key, value) in pairs {
            try visit()
            guard case .text(let key) = key, let node = graph.node(value) else { continue }
            switch node.kind {
            case .tensor, .refusedTensor: hasTensors = true
            default: if try holdsTensors(value) { candidates.append((key, value)) }
            }
        }
        for key in Self.wrapperKeys {
            if let candidate = candidates.first(where: { $0.key == key }) { return candidate }
        }
        let own = candidates.filter { candidate in !Self.otherKeys.contains { candidate.key.hasPrefix($0) } }
        return !hasTensors && own.count == 1 ? own[0] : nil
    }

    /// Whether the value is a module, or a dictionary that holds a tensor at some depth.
    private mutating func holdsTensors(_ value: PickleValue) throws(ArchiveError) -> Bool {
        if try moduleDescription(value) != nil { return true }
        var pending = [(value: value, depth: 0)]
        var seen: Set<Int> = []
        while let next = pending.popLast() {
            guard case .node(let index) = next.value, next.depth < limits.nesting, seen.insert(index).inserted, let pairs = graph.pairs(next.value) else { continue }
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
    private mutating func addStateDictionary(_ dictionary: PickleValue, prefix: String) throws(ArchiveError) {
        guard let pairs = graph.pairs(dictionary) else { return }
        try entering(dictionary, prefix.isEmpty ? "the state dict" : prefix) { (collector) throws(ArchiveError) in
            for (key, value) in pairs {
                try collector.visit()
                guard case .text(let key) = key else {
                    collector.contents.ignored.append(prefix + "(entries whose keys are not text)")
                    continue
                }
                let name = prefix + key
                if try collector.addTensor(name, value) { continue }
                if try collector.moduleDescription(value) != nil {
                    try collector.addModule(value, name)
                } else if collector.graph.pairs(value) != nil, !(prefix.isEmpty && Self.otherKeys.contains { key.hasPrefix($0) }) {
                    try collector.addStateDictionary(value, prefix: name + ".")
                } else {
                    collector.addFact(name, value)
                }
            }
        }
    }
}
