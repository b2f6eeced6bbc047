import Archives
import Networks

/// The graph of modules that are called one after another: `nn.Sequential`s, one in another, whose leaves are classes of ``ModuleCatalogue``.
struct SequentialGraph {
    /// What stands before the names in the pickle, but not before the parameters.
    private let cut: String
    private let root: ModuleTree
    private let names: Set<String>
    private var nodes: [Architecture.Node] = []
    private var objections: [(node: Int, tree: ModuleTree, objection: @Sendable ([Int]) -> String?)] = []
    /// What a linear layer without a flatten before it needs: modules that only a `forward` brings together.
    private let insertsFlatten: Bool

    /// - Parameter insertsFlatten: whether a flatten belongs before the first linear layer that reads an image.
    init(_ tree: ModuleTree, names: Set<String>, cut: String, insertsFlatten: Bool) throws {
        (root, self.names, self.cut, self.insertsFlatten) = (tree, names, cut, insertsFlatten)
        try add(tree, isRoot: true)
        guard !nodes.isEmpty else { throw tree.refused("there is no layer in it") }
    }

    /// The layers that compute neurons by weights, each with whether a nonlinearity follows before the next.
    var isSelfSufficient: Bool {
        var needsActivation = false
        for node in nodes {
            if node.layer is Linear || node.layer is Convolution {
                if needsActivation { return false }
                needsActivation = true
            } else if node.layer.isActivation {
                needsActivation = false
            }
        }
        return nodes.contains { $0.layer.isActivation }
    }

    /// Whether every parameter of the file has its layer.
    var usesEveryName: Bool {
        names.isSubset(of: nodes.flatMap { node in node.layer.parameters.compactMap { node.parameterName($0.name) } })
    }

    private mutating func add(_ tree: ModuleTree, isRoot: Bool = false) throws {
        try tree.checkHooks()
        if tree.isSequential || (isRoot && insertsFlatten) {
            for child in tree.children { try add(child) }
            return
        }
        let entry = try ModuleCatalogue.entry(of: tree.module), prefix = String(tree.path.dropFirst(cut.count))
        for (index, layer) in entry.layers.enumerated() {
            let isOwn = index + 1 == entry.layers.count,
                hasParameters =
                    isOwn
                    && layer.parameters.contains { parameter in
                        names.contains(prefix.isEmpty ? parameter.name : "\(prefix).\(parameter.name)")
                    }
            if insertsFlatten, layer is Linear, !nodes.contains(where: { $0.layer is Flatten || $0.layer is Linear }) {
                append(Flatten(), id: "flatten", prefix: nil)
            }
            append(
                layer, id: isOwn ? prefix : "\(prefix).\(type(of: layer).kind)",
                prefix: hasParameters || layer.parameters.contains { !$0.isOptional } ? prefix : nil)
        }
        if let objection = entry.objection, !nodes.isEmpty { objections.append((nodes.count - 1, tree, objection)) }
    }

    private mutating func append(_ layer: any Layer, id: String, prefix: String?) {
        // One module may be called twice; a module at the top has no name.
        var id = id.isEmpty ? type(of: layer).kind : id
        while nodes.contains(where: { $0.id == id }) { id += "_" }
        nodes.append(Architecture.Node(id: id, layer: layer, prefix: prefix, sources: [nodes.last?.id ?? Architecture.input]))
    }

    // MARK: input

    /// The graph with the input that its layers read: as a hint says, else the only one that fits, else the most usual one, which then is an assumption.
    func architecture(
        family: String, shapes: [String: [Int]], hints: RecognitionHints, assumptions: [String] = []
    ) throws -> Architecture {
        let candidates = candidates(shapes)
        if let told = hints.inputShape {
            return try checked(told, family, shapes, assumptions)
        }
        var refusal: (any Error)?
        for shape in candidates {
            do {
                let found = try checked(shape, family, shapes, assumptions)
                guard shape.count == 3 else { return found }
                // What comes out grows with what comes in: a neighbour that fits as well means that the choice is free.
                let isOnly = ![-1, 1].contains { step in
                    (try? checked([shape[0]] + shape.dropFirst().map { $0 + step }, family, shapes, [])) != nil
                }
                return isOnly
                    ? found
                    : try checked(
                        shape, family, shapes, assumptions + ["images of \(shape[1])×\(shape[2]), although other sizes fit as well"])
            } catch {
                refusal = refusal ?? error
            }
        }
        guard candidates.count > 1, let refusal else {
            throw refusal ?? root.refused("the input shape is unknown: specify it with --hint input=, such as input=1x28x28")
        }
        throw root.refused(
            "no square image of up to 256×256 fits its layers (at \(NetworkError.shape(candidates[0])): \(refusal)): specify the input with --hint input=, such as input=1x28x20"
        )
    }

    /// The inputs to try, the most usual first.
    private func candidates(_ shapes: [String: [Int]]) -> [[Int]] {
        // The first layer that knows its width says what comes in; only images go into convolutions, pools and paddings.
        for node in nodes {
            let weight = node.parameterName("weight").flatMap { shapes[$0] } ?? node.parameterName("running_mean").flatMap { shapes[$0] }
            if let convolution = node.layer as? Convolution, let weight, weight.count == 4 {
                let (channels, overflow) = weight[1].multipliedReportingOverflow(by: convolution.groups)
                return overflow ? [] : Self.images([channels])
            }
            if node.layer is Linear, let weight, weight.count == 2 {
                let readsImages = nodes.prefix { $0.id != node.id }.contains {
                    $0.layer is Pooling || $0.layer is AdaptiveAveragePooling || $0.layer is AdaptiveMaximumPooling || $0.layer is Padding
                }
                return readsImages ? Self.images([1, 3]) : [[weight[1]]]
            }
            if let weight, node.layer is LayerNormalization { return [weight] }
            if let weight, node.layer is BatchNormalization || node.layer is GroupNormalization || node.layer is InstanceNormalization {
                let rest = nodes.drop { $0.id != node.id }
                let isImage =
                    rest.contains {
                        $0.layer is Convolution || $0.layer is Pooling || $0.layer is AdaptiveAveragePooling || $0.layer is Flatten
                    } || node.layer is InstanceNormalization
                return isImage ? Self.images([weight[0]]) + [[weight[0]]] : [[weight[0]]]
            }
        }
        return Self.images([1, 3])
    }

    private static func images(_ channels: [Int]) -> [[Int]] {
        func usual(_ channels: Int) -> [Int] { channels == 1 ? [28, 8, 32] : [32, 64, 96, 224] }
        let known = channels.flatMap { channel in usual(channel).map { [channel, $0, $0] } }
        return known + channels.flatMap { channel in (1...256).filter { !usual(channel).contains($0) }.map { [channel, $0, $0] } }
    }

    private func checked(
        _ input: [Int], _ family: String, _ shapes: [String: [Int]], _ assumptions: [String]
    ) throws -> Architecture {
        var nodes = nodes
        // Rows of values are what a flatten leaves as they are, and images are rows behind it.
        if input.count == 1, !(nodes[0].layer is Flatten) {
            let first = nodes[0], id = nodes.contains { $0.id == "flatten" } ? "(flatten)" : "flatten"
            nodes[0] = Architecture.Node(id: first.id, layer: first.layer, prefix: first.prefix, sources: [id])
            nodes.insert(Architecture.Node(id: id, layer: Flatten(), prefix: nil, sources: [Architecture.input]), at: 0)
        }
        let architecture = try Architecture(family: family, inputShape: input, nodes: nodes, assumptions: assumptions)
        let trace = try NetworkTrace(of: architecture, shapes: shapes)
        for (place, tree, objection) in objections {
            let id = self.nodes[place].id, node = architecture.nodes.first { $0.id == id }
            let before = node?.sources.first.flatMap { source in trace.layers.first { $0.id == source }?.outputShape } ?? input
            if let reason = objection(before) { throw tree.refused(reason) }
        }
        return architecture
    }
}
