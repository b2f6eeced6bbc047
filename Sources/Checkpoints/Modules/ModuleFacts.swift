import Archives
import Networks

/// What a family learns from the modules of a class with its own `forward`: the options of every layer. How `forward` calls them stays assumed.
struct ModuleFacts {
    private(set) var layers = LayerFacts()
    private var heads: Int?
    /// The modules by what they are, for what they may contradict.
    private var activations: [(tree: ModuleTree, layer: Activation)] = []
    private var pools: [(tree: ModuleTree, layer: Pooling)] = []
    private var adaptivePools: [(tree: ModuleTree, layer: any Layer)] = []
    private var outputs: [(tree: ModuleTree, layer: any Layer)] = []
    private var placed: [(tree: ModuleTree, prefix: String, layer: any Layer)] = []
    private var refusals: [any Error] = []
    private var dropsValues = false

    /// Modules without parameters that change nothing outside training, or that a family's own pooling stands for, of libraries whose networks the families know.
    private static let harmless: Set<String> = ["DropPath", "StochasticDepth", "DropBlock2d", "FastAdaptiveAvgPool", "PatchDropout"]

    init(_ tree: ModuleTree, cut: String) {
        for module in tree.all.dropFirst() {
            do {
                try module.checkHooks()
                if let heads = module.module.attributes["num_heads"] ?? module.module.attributes["heads"] {
                    self.heads = Int(heads) ?? self.heads
                }
                guard let known = Self.known(module) else {
                    // Containers are their modules, and an empty sequence changes nothing; a leaf that nothing is known of may compute anything.
                    if module.children.isEmpty, !module.isSequential, !Self.harmless.contains(module.shortName),
                        module.module.attributes["num_heads"] == nil
                    {
                        throw module.refused("unknown class, so its computation is unknown")
                    }
                    continue
                }
                try add(module, ModuleCatalogue.entry(of: known), cut: cut)
            } catch {
                refusals.append(error)
            }
        }
        layers.activation = activations.first?.layer
        layers.pool = pools.first?.layer
        layers.adaptivePool = adaptivePools.first?.layer
        layers.output = outputs.first?.layer
    }

    /// The module under the name of the `torch.nn` class that it is; timm and torchvision derive some that compute the same.
    private static func known(_ tree: ModuleTree) -> StoredModule? {
        if ModuleCatalogue.knows(tree.className) { return tree.module }
        let derived = [
            "timm.layers.norm.LayerNorm": "torch.nn.modules.normalization.LayerNorm",
            "timm.models.layers.norm.LayerNorm": "torch.nn.modules.normalization.LayerNorm",
            "timm.layers.activations.GELU": "torch.nn.modules.activation.GELU",
        ]
        return derived[tree.className].map {
            StoredModule(path: tree.path, className: $0, attributes: tree.module.attributes, hooks: tree.module.hooks)
        }
    }

    private mutating func add(_ tree: ModuleTree, _ entry: ModuleCatalogue.Entry, cut: String) {
        guard let layer = entry.layers.last else { return }
        switch layer {
        case let activation as Activation: activations.append((tree, activation))
        case let pool as Pooling: pools.append((tree, pool))
        case is AdaptiveAveragePooling, is AdaptiveMaximumPooling: adaptivePools.append((tree, layer))
        case is Softmax, is LogSoftmax: outputs.append((tree, layer))
        case let dropout as Dropout: dropsValues = dropsValues || dropout.rate > 0
        case is Flatten: break
        case is Padding: refusals.append(tree.refused("no family pads by a module of its own, so where forward calls it is not known"))
        default:
            let prefix = String(tree.path.dropFirst(cut.count))
            layers.layers[prefix] = entry.layers
            placed.append((tree, prefix, layer))
        }
    }

    /// The hints, completed by facts from the modules.
    func completing(_ hints: RecognitionHints) -> RecognitionHints {
        var hints = hints
        hints.heads = hints.heads ?? heads
        hints.activation = hints.activation ?? layers.activation
        return hints
    }

    var assumptions: [String] { dropsValues ? ["dropout is omitted, which affects training only"] : [] }

    /// - Throws: ``NetworkError/module(path:className:reason:)`` for a module that no family can place.
    func checkKnown() throws {
        if let refusal = refusals.first { throw refusal }
        func checkAlike<Value>(_ modules: [(tree: ModuleTree, layer: Value)], _ text: (Value) -> String) throws {
            guard let first = modules.first, let other = modules.first(where: { text($0.layer) != text(first.layer) }) else { return }
            throw other.tree.refused(
                "it is \(text(other.layer)), but “\(first.tree.path)” is \(text(first.layer)); which of them forward calls where is not in the file"
            )
        }
        func words(_ layer: any Layer) -> String {
            ([type(of: layer).kind] + layer.options.map { "\($0.name) \($0.value.inWords)" }).joined(separator: " ")
        }
        try checkAlike(activations) { $0.title }
        try checkAlike(pools) { words($0) }
        try checkAlike(adaptivePools) { words($0) }
        try checkAlike(outputs) { words($0) }
    }

    /// - Throws: ``NetworkError/module(path:className:reason:)`` for a module that the recognised graph has no place for.
    func checkAgreement(_ architecture: Architecture) throws {
        let byPrefix = Dictionary(
            architecture.nodes.compactMap { node in node.prefix.map { ($0, node.layer) } }, uniquingKeysWith: { first, _ in first })
        for (tree, prefix, layer) in placed {
            // A parameter that attention keeps under a name of its own has no module.
            guard let own = byPrefix[prefix] else {
                if layer.parameters.contains(where: { !$0.isOptional }) {
                    throw tree.refused("the family \(architecture.family) has no layer there")
                }
                throw tree.refused("the family \(architecture.family) has no place for it")
            }
            guard type(of: own) == type(of: layer) else {
                throw tree.refused("the family \(architecture.family) has \(type(of: own).kind) there")
            }
        }
        let layers = architecture.nodes.map(\.layer)
        func checkPlaced(_ trees: [ModuleTree], _ isThere: Bool) throws {
            guard let first = trees.first, !isThere else { return }
            throw first.refused("the family \(architecture.family) has no place for it, so where forward calls it is not known")
        }
        try checkPlaced(activations.map(\.tree), layers.contains { $0 is Activation })
        try checkPlaced(pools.map(\.tree), layers.contains { $0 is Pooling })
        try checkPlaced(adaptivePools.map(\.tree), layers.contains { $0 is AdaptiveAveragePooling || $0 is AdaptiveMaximumPooling })
        try checkPlaced(outputs.map(\.tree), layers.contains { $0 is Softmax || $0 is LogSoftmax })
        // More pools than the graph has: one of them is somewhere else.
        if pools.count > layers.count(where: { $0 is Pooling }) {
            throw pools[0].tree.refused(
                "there are \(pools.count) pools, and the family \(architecture.family) has \(layers.count { $0 is Pooling })")
        }
    }
}
