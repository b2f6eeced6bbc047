extension TorchCollector {
    /// What kind of module a value is, in words; nil where it is none.
    func moduleDescription(_ value: PickleValue) throws(ArchiveError) -> String? {
        guard case .object? = graph.node(value)?.kind, let name = graph.className(value), let attributes = graph.attributes(value) else {
            return nil
        }
        if name.hasPrefix("__torch__.") { return "TorchScript module of class \(name)" }
        let modules = try entry("_modules", of: attributes), parameters = try entry("_parameters", of: attributes)
        guard modules != nil || parameters != nil else { return nil }
        return "whole pickled module of class \(name)"
    }

    /// A module's parameters, its buffers and then its children: the order of its state dict.
    mutating func addModule(_ module: PickleValue, _ name: String) throws(ArchiveError) {
        guard let attributes = graph.attributes(module) else { return }
        try entering(module, name.isEmpty ? "the module" : name) { (collector) throws(ArchiveError) in
            try collector.describe(module, attributes, name)
            if collector.graph.className(module)?.hasPrefix("__torch__.") == true {
                return try collector.addScriptModule(attributes, name)
            }
            try collector.addMembers(attributes, "_parameters", of: name)
            try collector.addMembers(attributes, "_buffers", of: name, except: try collector.nonPersistentBuffers(attributes))
            guard let children = try collector.entry("_modules", of: attributes) else { return }
            guard let pairs = collector.graph.pairs(children) else { throw collector.malformed("_modules", of: name, children) }
            for (key, child) in pairs {
                try collector.visit()
                guard case .text(let key) = key else { throw collector.malformed("_modules", of: name, children) }
                if child == .none { continue }
                guard try collector.moduleDescription(child) != nil else {
                    throw collector.malformed("_modules.\(key)", of: name, children)
                }
                try collector.addModule(child, try collector.joined(name, key))
            }
        }
    }

    /// TorchScript keeps parameters, buffers and children alike as attributes.
    private mutating func addScriptModule(_ attributes: PickleValue, _ name: String) throws(ArchiveError) {
        for (key, value) in graph.pairs(attributes) ?? PickledPairs(items: []) {
            try visit()
            guard case .text(let key) = key else { continue }
            if try moduleDescription(value) != nil {
                try addModule(value, try joined(name, key))
            } else {
                _ = try addTensor(try joined(name, key), value)
            }
        }
    }

    private mutating func addMembers(
        _ attributes: PickleValue, _ table: String, of name: String, except left: Set<String> = []
    ) throws(ArchiveError) {
        guard let members = try entry(table, of: attributes) else { return }
        guard let pairs = graph.pairs(members) else { throw malformed(table, of: name, members) }
        for (key, value) in pairs {
            try visit()
            guard case .text(let key) = key else { throw malformed(table, of: name, members) }
            if value == .none || left.contains(key) { continue }
            guard try addTensor(try joined(name, key), value) else { throw malformed("\(table).\(key)", of: name, members) }
        }
    }

    /// Buffers that a state dict leaves out.
    private func nonPersistentBuffers(_ attributes: PickleValue) throws(ArchiveError) -> Set<String> {
        guard let value = try entry("_non_persistent_buffers_set", of: attributes), let node = graph.node(value), node.kind == .set else {
            return []
        }
        try visit(node.items.count)
        return Set(node.items.compactMap { item in if case .text(let name) = item { name } else { nil } })
    }

    private func malformed(_ table: String, of name: String, _ value: PickleValue) -> ArchiveError {
        damaged("\(table) of module '\(name)' is not what PyTorch writes", at: graph.node(value)?.offset ?? 0)
    }

    /// What stands under a key of a module's attributes.
    private func entry(_ key: String, of attributes: PickleValue) throws(ArchiveError) -> PickleValue? {
        try visit(graph.pairs(attributes)?.count ?? 0)
        return graph.value(attributes, key)
    }

    /// Records the module's class and its plain attributes.
    private mutating func describe(_ module: PickleValue, _ attributes: PickleValue, _ name: String) throws(ArchiveError) {
        var plain: [String: String] = [:]
        try budget.take(FileBudget.Cost.module, place ?? "the pickle")
        for (key, value) in graph.pairs(attributes) ?? PickledPairs(items: []) {
            try visit()
            guard case .text(let key) = key, !key.hasPrefix("_"), plain.count < Self.mostFacts else { continue }
            let text = graph.plainText(value)
            if let text = text ?? plainList(value) {
                try budget.take(FileBudget.Cost.attribute + text.utf8.count, place ?? "the pickle")  // checked: a plain text is short
                plain[key] = text
            }
            if text == nil { try addIntegerList(try joined(name, key), value) }
        }
        contents.modules.append(
            StoredModule(path: name, className: graph.className(module) ?? "", attributes: plain, hooks: try hooks(attributes)))
    }

    /// A short list of numbers, in Python's spelling: `[3, 3]`.
    private func plainList(_ value: PickleValue) -> String? {
        guard graph.node(value)?.kind == .list, let items = graph.sequence(value), !items.isEmpty, items.count <= 8 else { return nil }
        var parts: [String] = []
        for item in items {
            if case .node = item { return nil }
            guard let part = graph.plainText(item) else { return nil }
            parts.append(part)
        }
        return "[" + parts.joined(separator: ", ") + "]"
    }

    /// What changes the module's result beside its class.
    private func hooks(_ attributes: PickleValue) throws(ArchiveError) -> [String] {
        var found: [String] = []
        for table in ["_forward_pre_hooks", "_forward_hooks"] {
            guard let pairs = try entry(table, of: attributes).flatMap({ graph.pairs($0) }) else { continue }
            for pair in pairs.prefix(Self.mostFacts) {
                let hook = graph.className(pair.value) ?? "a hook"
                try budget.text(hook, place ?? "the pickle")
                found.append(hook)
            }
        }
        if try entry("forward", of: attributes) != nil { found.append("forward") }
        return found
    }
}
