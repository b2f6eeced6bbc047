import Tensors

/// A directed acyclic graph of layers with named parameters. Widths are not part of it: they come from the parameters.
public struct Architecture: Sendable {
    /// One layer in the graph.
    public struct Node: Sendable {
        /// The name of this node, unique in the graph.
        public let id: String
        /// What the node computes.
        public let layer: any Layer
        /// What stands before the layer's parameter names: "fc1" for `fc1.weight`. In "attention.in_proj_*" the star stands for the
        /// parameter's name, as in `attention.in_proj_weight`. Nil for layers without parameters.
        public let prefix: String?
        /// The nodes whose outputs come in; `Architecture.input` is the network's input.
        public let sources: [String]
        /// Parameters that the layer shares with another one: the full name there, by the name that this layer declares ("weight": "fc1.weight").
        /// Two layers that name one parameter are tied: it is one tensor, trained once, and its axes index the same neurons in both.
        public let shared: [String: String]

        public init(id: String, layer: any Layer, prefix: String?, sources: [String], shared: [String: String] = [:]) {
            self.id = id
            self.layer = layer
            self.prefix = prefix
            self.sources = sources
            self.shared = shared
        }

        /// The full name of one of the layer's parameters, in another layer where it is shared; nil for a layer without parameters.
        public func parameterName(_ name: String) -> String? { shared[name] ?? ownName(name) }

        /// The name that one of the layer's parameters has as the layer's own, shared or not: what a state dict calls it.
        public func ownName(_ name: String) -> String? {
            guard let prefix else { return nil }
            if let star = prefix.lastIndex(of: "*") { return prefix.replacingCharacters(star, with: name) }
            return prefix.isEmpty || name.isEmpty ? prefix + name : "\(prefix).\(name)"
        }
    }

    /// The id that stands for the network's input.
    public static let input = "(input)"

    /// Comparing two networks takes time and memory in the product of their layers.
    static let mostLayers = 4096

    /// The family's name, such as "MLP", or the architecture file's own.
    public let family: String
    /// One sample's shape: [width], [channels, height, width], or any other that the graph of a file has; several inputs one after another, [numbers].
    public let inputShape: [Int]
    /// Every node comes after its sources.
    public let nodes: [Node]
    /// What the parameters did not determine and was assumed, in sentences.
    public let assumptions: [String]
    /// Tensors that belong to the graph and are no parameters: tables and masks that depend on nothing, by the names under which operations name them.
    public let constants: [String: Tensor]
    /// What samples consist of.
    public let elements: InputElements
    /// What the outputs are for, where that is known.
    public var task: PredictionTask?

    /// Checks the graph and puts the nodes in an order in which each follows its sources.
    public init(
        family: String, inputShape: [Int], nodes: [Node], assumptions: [String] = [], task: PredictionTask? = nil
    ) throws(NetworkError) {
        try self.init(
            family: family, inputShape: inputShape, nodes: nodes, assumptions: assumptions, constants: [:], elements: .real, task: task)
    }

    /// The same with what only the graph of a file has.
    package init(
        family: String, inputShape: [Int], nodes: [Node], assumptions: [String], constants: [String: Tensor], elements: InputElements,
        task: PredictionTask?
    ) throws(NetworkError) {
        guard !nodes.isEmpty else { throw .graph(reason: "it has no layers") }
        guard nodes.count <= Self.mostLayers else { throw .graph(reason: "it has \(nodes.count) layers, more than \(Self.mostLayers)") }
        guard !inputShape.isEmpty, inputShape.allSatisfy({ $0 > 0 }), Features.count(inputShape) != nil else {
            throw .graph(reason: "the input shape \(NetworkError.shape(inputShape)) is empty, not positive or too large")
        }
        self.family = family
        self.inputShape = inputShape
        self.assumptions = assumptions
        self.task = task
        self.constants = constants
        self.elements = elements
        self.nodes = try Self.ordered(nodes)
    }

    /// The nodes in an order in which each follows its sources.
    private static func ordered(_ nodes: [Node]) throws(NetworkError) -> [Node] {
        var known: Set<String> = [input]
        for node in nodes {
            guard known.insert(node.id).inserted else { throw .graph(reason: "two layers are named “\(node.id)”") }
        }
        for node in nodes {
            guard !node.sources.isEmpty else { throw .graph(reason: "layer “\(node.id)” has no input") }
            for source in node.sources where !known.contains(source) {
                throw .graph(reason: "layer “\(node.id)” takes its input from “\(source)”, which does not exist")
            }
        }
        let sorted = try sorted(nodes)
        let used = Set(nodes.flatMap(\.sources))
        let ends = sorted.filter { !used.contains($0.id) }.map(\.id)
        guard ends.count == 1 else {
            throw .graph(reason: "it should have one output, but nothing uses the layers \(ends.joined(separator: ", "))")
        }
        return sorted
    }

    /// Kahn's algorithm, keeping the given order among nodes that are ready: of those, the first goes next.
    private static func sorted(_ nodes: [Node]) throws(NetworkError) -> [Node] {
        var readers: [String: [Int]] = [:], waiting = [Int](repeating: 0, count: nodes.count)
        for (place, node) in nodes.enumerated() {
            for source in Set(node.sources) where source != input {
                readers[source, default: []].append(place)
                waiting[place] += 1
            }
        }
        // Descending, so that the first of all stands last.
        var ready = waiting.indices.filter { waiting[$0] == 0 }, sorted: [Node] = []
        ready.reverse()
        while let place = ready.popLast() {
            sorted.append(nodes[place])
            for reader in readers[nodes[place].id] ?? [] {
                waiting[reader] -= 1
                guard waiting[reader] == 0 else { continue }
                var low = 0, high = ready.count
                while low < high {
                    let middle = (low + high) / 2
                    if ready[middle] > reader { low = middle + 1 } else { high = middle }
                }
                ready.insert(reader, at: low)
            }
        }
        guard sorted.count == nodes.count else {
            let left = nodes.indices.filter { waiting[$0] > 0 }.map { nodes[$0].id }
            throw .graph(reason: "the layers \(left.joined(separator: ", ")) form a cycle")
        }
        return sorted
    }

    /// Whether the input is token ids or other integers, which can be neither normalised nor averaged.
    package var takesTokens: Bool { elements.holdIntegers }

    /// Whether samples of a data set's shape, [channels, height, width], are inputs: of the same shape, with leading axes of length one, or in one row.
    ///
    /// - Parameter inputs: the names of the arrays that stand one after another in a sample; empty for one.
    package func accepts(sampleShape: [Int], inputs: [String]) -> Bool {
        guard elements.parts.map(\.name) == inputs else { return false }
        return sampleShape == inputShape || inputShape == [sampleShape.reduce(1, *)]
            || inputShape.count < sampleShape.count && inputShape == Array(sampleShape.suffix(inputShape.count))
                && sampleShape.dropLast(inputShape.count).allSatisfy { $0 == 1 }
    }

    /// The node whose output is the network's.
    public var output: Node { nodes[nodes.count - 1] }

    /// The layers that hold parameters, in order.
    public var parameterised: [Node] { nodes.filter { $0.prefix != nil } }
}

extension String {
    fileprivate func replacingCharacters(_ place: Index, with text: String) -> String {
        self[..<place] + text + self[index(after: place)...]
    }
}

/// Builds a graph layer by layer.
struct ArchitectureBuilder {
    private(set) var nodes: [Architecture.Node] = []
    private(set) var last = Architecture.input
    /// Known facts about the layers; they override what a family assumes.
    private let facts: LayerFacts?

    init(facts: LayerFacts? = nil) { self.facts = facts }

    /// Adds a layer after the last one, or after `sources`; gives its id.
    @discardableResult
    mutating func add(_ layer: any Layer, prefix: String? = nil, id: String? = nil, from sources: [String]? = nil) -> String {
        guard let prefix, let known = facts?.layers[prefix], let own = known.last, type(of: own) == type(of: layer) else {
            return append(layer, prefix: prefix, id: id, from: sources)
        }
        var sources = sources
        for before in known.dropLast() { sources = [append(before, prefix: nil, id: "\(prefix).\(type(of: before).kind)", from: sources)] }
        return append(own, prefix: prefix, id: id, from: sources)
    }

    /// Adds what follows a layer: its normalisation and a nonlinearity, in the order of their numbers.
    mutating func addHidden(_ prefix: String, norm: (prefix: String, layer: any Layer)?, _ activation: Activation?) {
        let isLast = norm.map { NormPlacement.isBehindActivation($0.prefix, of: prefix) } ?? false
        if let norm, !isLast { add(norm.layer, prefix: norm.prefix) }
        if let activation { add(activation, id: "\(prefix).\(activation.function.rawValue)") }
        if let norm, isLast { add(norm.layer, prefix: norm.prefix) }
    }

    private mutating func append(_ layer: any Layer, prefix: String?, id: String?, from sources: [String]?) -> String {
        var name = id ?? prefix ?? "\(type(of: layer).kind)\(nodes.count + 1)"
        while nodes.contains(where: { $0.id == name }) { name += "_" }
        nodes.append(Architecture.Node(id: name, layer: layer, prefix: prefix, sources: sources ?? [last]))
        last = name
        return name
    }
}
