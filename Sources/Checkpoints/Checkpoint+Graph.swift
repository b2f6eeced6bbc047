import Archives
import Networks

extension Checkpoint {
    /// The graph of a network of which no architecture was written down: exactly, where its modules are called one after another; else recognised by its
    /// parameters' names and shapes, with the options of its modules where the file has them.
    static func graph(
        of entries: [(name: String, shape: [Int])], modules: [StoredModule], hints: RecognitionHints
    ) throws -> (Architecture, ArchitectureSource) {
        if let script = modules.first(where: { $0.className.hasPrefix("__torch__.") }) {
            throw NetworkError.module(
                path: script.path, className: script.className,
                reason:
                    "TorchScript, whose graph is not read: save its weights with torch.save(torch.jit.load(FILE).state_dict(), \"weights.pt\"), or describe the network in an architecture file NAME.arch.toml beside it"
            )
        }
        let shapes = Dictionary(entries.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first }), names = Set(shapes.keys)
        guard let tree = ModuleTree(modules) else {
            let recognised = try Families.recognise(ParameterTable(entries, hints: hints))
            return (recognised, .recognised(family: recognised.family))
        }
        let cut = tree.cut(of: names)
        if tree.isSequential || (tree.children.isEmpty && ModuleCatalogue.knows(tree.className)) {
            let graph = try SequentialGraph(tree, names: names, cut: cut, insertsFlatten: false)
            return (try graph.architecture(family: tree.shortName, shapes: shapes, hints: hints), .modules)
        }
        try tree.checkHooks()
        let facts = ModuleFacts(tree, cut: cut)
        let table = ParameterTable(entries, hints: facts.completing(hints), facts: facts.layers)
        let isPublished = if try ResidualNetwork.recognise(table) != nil { true } else { try VisionTransformer.recognise(table) != nil }
        // A class whose modules are all `nn.Sequential`s and layers, with a nonlinearity between every two weights, leaves only their order open.
        if !isPublished, tree.children.flatMap(\.all).allSatisfy({ $0.isSequential || ModuleCatalogue.knows($0.className) }) {
            let graph = try SequentialGraph(tree, names: names, cut: cut, insertsFlatten: true)
            if graph.isSelfSufficient, graph.usesEveryName {
                let assumption =
                    "\(tree.shortName).forward calls its modules in the order of registration and flattens before the linear layers"
                let architecture = try graph.architecture(family: tree.shortName, shapes: shapes, hints: hints, assumptions: [assumption])
                return (architecture, .recognised(family: architecture.family))
            }
        }
        try facts.checkKnown()
        let recognised = try Families.recognise(table)
        try facts.checkAgreement(recognised)
        let known = try recognised.assuming(facts.assumptions)
        guard known.assumptions.allSatisfy({ $0.hasPrefix(imagesOf) }) else { return (known, .recognised(family: known.family)) }
        // Every option was read, but what forward does with the layers was not.
        return (
            try known.assuming(["\(tree.shortName).forward calls its layers as a \(known.family) does"]), .recognised(family: known.family)
        )
    }
}

extension ModuleTree {
    /// What stands before the modules' paths, but was cut from the parameters' names.
    func cut(of names: Set<String>) -> String {
        let paths = all.filter { ModuleCatalogue.knows($0.className) }.map(\.path).filter { path in
            names.contains { name in path.hasSuffix(name.split(separator: ".").dropLast().joined(separator: ".")) }
        }
        guard let first = paths.first else { return path.isEmpty ? "" : path + "." }
        var cut = ""
        for word in first.split(separator: ".") {
            let all = paths.allSatisfy { path in
                guard path.hasPrefix(cut) else { return false }
                let rest = String(path.dropFirst(cut.count))
                return names.contains { $0.hasPrefix(rest + ".") }
            }
            if all { return cut }
            cut += word + "."
        }
        return path.isEmpty ? "" : path + "."
    }
}

extension Architecture {
    /// The same graph with more assumptions.
    func assuming(_ more: [String]) throws -> Architecture {
        more.isEmpty ? self : try with(assumptions: assumptions + more)
    }
}
