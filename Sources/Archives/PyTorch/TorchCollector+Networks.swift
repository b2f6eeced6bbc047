extension TorchCollector {
    /// The keys under which training scripts keep the state dict, the usual ones first.
    private static let wrapperKeys = [
        "state_dict", "model_state_dict", "model_state", "model_weights", "model", "net", "network", "net_state_dict", "module", "params",
        "weights",
    ]
    /// Keys whose tensors are not a network's.
    static let otherKeys = ["optim", "sched", "scaler", "ema_optim", "rng", "loops", "callbacks", "hyper_parameters", "args"]
    /// A file has few networks.
    private static let mostNetworks = 32

    private typealias Child = (key: String, value: PickleValue)

    /// Collects the tensors from wherever they are kept, and says where that is.
    ///
    /// - Parameter wanted: the key of the network among several, alone or with the keys before it; nil takes the usual one.
    mutating func findTensors(under wanted: String?) throws(ArchiveError) -> String {
        var current = graph.root
        var keys: [String] = [], others: [Child] = []
        var isFound = wanted == nil
        while true {
            guard keys.count < limits.nesting else { throw exceeded("the state dict is nested deeper", limits.nesting) }
            let under = keys.isEmpty ? "" : " under key '\(keys.joined(separator: "', '"))'"
            if let name = try moduleDescription(current) {
                if !isFound { throw try missing(wanted, others) }
                try addModule(current, "")
                try list(others, opened: keys)
                return name + under
            }
            guard let node = graph.node(current) else { throw unsuitable("a \(kindInWords(current))\(under)") }
            if node.kind.isTensor {
                if !isFound { throw try missing(wanted, others) }
                _ = try addTensor("tensor", current)
                return "a single tensor" + under
            }
            if isFound, let sequence = tensorSequence(current) {
                for (index, item) in sequence.items.enumerated() { _ = try addTensor("\(index)", item) }
                return sequence.name + under
            }
            guard let (children, hasTensors) = try children(of: current) else { throw unsuitable("a \(kindInWords(current))\(under)") }
            let path = keys.isEmpty ? "" : keys.joined(separator: ".") + "."
            let own = children.filter { child in !Self.otherKeys.contains { child.key.hasPrefix($0) } }
            var next: Child?
            if let wanted, !isFound {
                next = children.first { wanted == $0.key || wanted == path + $0.key }
                isFound = next != nil
                if next == nil { next = children.first { wanted.hasPrefix(path + $0.key + ".") } }
            }
            next = next ?? usual(own, hasTensors: hasTensors)
            if let next {
                others += own.filter { $0.key != next.key }.map { (path + $0.key, $0.value) }
                try addFacts(beside: next.key, of: current)
                keys.append(next.key)
                current = next.value
                continue
            }
            if !isFound { throw try missing(wanted, others + own.map { (path + $0.key, $0.value) }) }
            if graph.sequence(current) != nil {
                guard own.count > 1 else { throw unsuitable("a \(kindInWords(current))\(under)") }
                for child in own { try addNetwork(child.value, child.key) }
            } else {
                try addStateDictionary(current, prefix: "")
            }
            // A dictionary of nothing but state dicts may be one network in parts, or several networks.
            if hasTensors || own.count < 2 {
                try list(others, opened: keys)
            } else {
                try list(others + own.map { (path + $0.key, $0.value) }, opened: nil)
            }
            return "state dict" + (keys.isEmpty ? " at the top level" : under)
        }
    }

    /// Tensors in a row, as data are kept: a tuple or list of nothing else, or a `TensorDataset` of them. They are named by their numbers.
    private func tensorSequence(_ value: PickleValue) -> (items: [PickleValue], name: String)? {
        var value = value, name = kindInWords(value)
        if graph.className(value)?.hasSuffix(".TensorDataset") == true,
            let inner = graph.attributes(value).flatMap({ graph.value($0, "tensors") })
        {
            (value, name) = (inner, "TensorDataset")
        }
        guard let items = graph.sequence(value), !items.isEmpty, items.count <= 64 else { return nil }
        let allTensors = items.allSatisfy { item in if case .tensor? = graph.node(item)?.kind { true } else { false } }
        return allTensors ? (items, "a \(name) of \(items.count) tensors") : nil
    }

    private func unsuitable(_ found: String) -> ArchiveError {
        .unsupported(
            file: file, place: place ?? "the pickle", reason: "it holds \(found)",
            advice: "a state dict, a dictionary around one, or a whole module is read; save model.state_dict()")
    }

    private mutating func missing(_ key: String?, _ others: [Child]) throws(ArchiveError) -> ArchiveError {
        try list(others, opened: nil)
        return .missingNetwork(file: file, key: key ?? "", present: contents.networks.map(\.key))
    }

    /// What in a dictionary or a list leads to tensors, and whether tensors stand in it directly; nil for what is neither.
    private mutating func children(of value: PickleValue) throws(ArchiveError) -> (children: [Child], hasTensors: Bool)? {
        let pairs: [(key: PickleValue, value: PickleValue)]
        if let items = graph.sequence(value) {
            pairs = items.enumerated().map { (.text("\($0)"), $1) }
        } else if let own = graph.pairs(value) {
            pairs = Array(own)
        } else {
            return nil
        }
        var children: [Child] = [], hasTensors = false
        for (key, value) in pairs {
            try visit()
            guard case .text(let key) = key, let node = graph.node(value) else { continue }
            switch node.kind {
            case .tensor, .refusedTensor: hasTensors = true
            default: if try holdsTensors(value) { children.append((key, value)) }
            }
        }
        return (children, hasTensors)
    }

    /// The entry that wraps the state dict: under a usual key, or the only one that can.
    private func usual(_ own: [Child], hasTensors: Bool) -> Child? {
        for key in Self.wrapperKeys {
            if let child = own.first(where: { $0.key == key }) { return child }
        }
        return !hasTensors && own.count == 1 ? own[0] : nil
    }

    /// What stands beside the chosen entry of a dictionary or a list.
    private mutating func addFacts(beside key: String, of value: PickleValue) throws(ArchiveError) {
        if let items = graph.sequence(value) {
            for (index, item) in items.enumerated() where "\(index)" != key && graph.pairs(item) == nil { try addFact("[\(index)]", item) }
        } else if let pairs = graph.pairs(value) {
            try addFacts(pairs, except: key)
        }
    }

    private mutating func addNetwork(_ value: PickleValue, _ name: String) throws(ArchiveError) {
        if try moduleDescription(value) != nil {
            try addModule(value, name)
        } else {
            try addStateDictionary(value, prefix: name.isEmpty ? "" : name + ".")
        }
    }

    /// Lists the networks: those of `others` that have a matrix at least, and the one that was opened.
    private mutating func list(_ others: [Child], opened keys: [String]?) throws(ArchiveError) {
        var networks: [StoredNetwork] = []
        for (key, value) in others.prefix(Self.mostNetworks) {
            guard let (tensors, elements, hasMatrix) = try size(of: value), hasMatrix else { continue }
            networks.append(StoredNetwork(key: key, tensors: tensors, elements: elements, isOpened: false))
        }
        guard !networks.isEmpty else { return }
        if let keys {
            let (tensors, elements, _) = size()
            networks.insert(StoredNetwork(key: keys.joined(separator: "."), tensors: tensors, elements: elements, isOpened: true), at: 0)
        }
        contents.networks = networks.count > 1 || keys == nil ? networks : []
    }

    /// How large the network under a value is; nil where it cannot be walked, so that it is not offered.
    private mutating func size(of value: PickleValue) throws(ArchiveError) -> (tensors: Int, elements: Int, hasMatrix: Bool)? {
        var walker = self
        (walker.tensors, walker.refused, walker.contents) = ([], [], ArchiveContents(provenance: ""))
        do throws(ArchiveError) { try walker.addNetwork(value, "") } catch {
            if case .exceedsLimit = error { throw error }
            return nil
        }
        return walker.size()
    }

    private func size() -> (tensors: Int, elements: Int, hasMatrix: Bool) {
        var elements = 0, hasMatrix = false
        for (_, value) in tensors {
            guard case .tensor(let tensor)? = graph.node(value)?.kind else { continue }
            let (sum, overflow) = elements.addingReportingOverflow(
                tensor.shape.allSatisfy { $0 >= 0 } ? elementCount(tensor.shape) ?? 0 : 0)
            if !overflow { elements = sum }
            hasMatrix = hasMatrix || tensor.shape.count >= 2
        }
        return (tensors.count, elements, hasMatrix)
    }
}
