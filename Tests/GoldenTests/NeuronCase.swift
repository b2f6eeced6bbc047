import Archives
import Foundation
import Fusion
import Networks
import Tensors

/// What the cases of neuron interpolation share: parents, the network in words, the samples, the test set.
struct NeuronCase {
    let golden: GoldenCase
    let parents: [Network]
    let samples: GoldenInputs
    let labels: [Int]
    /// The ids of the weighted layers, in order.
    let layers: [String]
    /// The ids of the nodes at which levels end, where the case says so.
    let levels: [String]
    private let data: GoldenData

    init(_ golden: GoldenCase) throws {
        self.golden = golden
        guard let files = golden.json["parents"]?.strings, files.count >= 2 else {
            throw golden.notUnderstood("a case without a list of parents")
        }
        data = try GoldenData(golden)
        let archive = try golden.archive(golden.json["inputs"]?["file"]?.string?.firstWord ?? "inputs.safetensors")
        let values = try data.normalised(archive.array("images"))
        labels = try archive.array("labels").integers()
        guard labels.count == values.shape[0] else { throw golden.notUnderstood("\(labels.count) labels of \(values.shape[0]) inputs") }
        samples = GoldenInputs(values: values, labels: labels)
        let shape = Array(values.shape.dropFirst())
        let graph =
            golden.json["network"]?["type"]?.string == "ViT"
            ? try GoldenGraph(transformer: golden, inputShape: shape, golden.archive(files[0])) : try GoldenGraph(golden, inputShape: shape)
        layers = graph.layers
        levels = graph.levels
        parents = try files.map { try Network(graph.architecture, parameters: golden.parameters($0)) }
    }

    /// The test set; nil where its files are not at hand.
    func testSet() throws -> GoldenTestSet? { try data.testSet() }

    /// The samples as a set to measure on.
    var sampleSet: GoldenTestSet { GoldenTestSet(images: samples.values, labels: labels) }

    /// "accuracy +-0.004" as a fraction, or "+-0.2 points".
    var accuracyTolerance: Double {
        let text = golden.json["tolerance"]?.string ?? ""
        guard let found = text.firstMatch(of: /accuracy \+-([0-9.]+)( points)?/), let value = Double(found.1) else { return 0.002 }
        return found.2 == nil ? value : value / 100
    }

    /// Closes "accuracy" and "loss" of a network.
    func compare(
        _ figures: @autoclosure () throws -> GoldenTestSet.Figures, _ stated: JSON?, _ what: String, _ expectations: Expectations
    )
        throws
    {
        guard let stated, !stated.isNull else { return }
        let ours = try figures()
        try expectations.number(stated["accuracy"], ours.accuracy, within: accuracyTolerance + 1e-6, "accuracy of \(what)")
        // A mean over the set of logits that agree to 1e-2.
        try expectations.number(
            stated["loss"], ours.crossEntropy, within: 1e-2 * max(1, stated["loss"]?.number ?? 1), "cross-entropy of \(what)")
    }

    func compareParents(_ test: GoldenTestSet, _ expectations: Expectations) throws {
        for (index, stated) in (golden.json["expected_scalars"]?["parents_full"]?.array ?? []).enumerated() {
            guard parents.indices.contains(index) else { throw golden.notUnderstood("figures of parent \(index)") }
            try compare(test.figures(parents[index]), stated, "parent \(index)", expectations)
        }
    }
}

extension String {
    /// "inputs.safetensors (the fusion samples)" names the file first.
    var firstWord: String? { split(separator: " ").first.map(String.init) }
}

/// A network described in a case as a list of operations.
struct GoldenGraph {
    let architecture: Architecture
    let layers: [String]
    let levels: [String]

    init(_ golden: GoldenCase, inputShape: [Int]) throws {
        guard let operations = golden.json["network"]?.array else {
            throw golden.notUnderstood("a network that is not a list of operations")
        }
        var graph = GraphBuilder(), layers: [String] = [], ids: [String] = []
        for (index, operation) in operations.enumerated() {
            let name = operation["op"]?.string ?? "(none)"
            func require(_ known: Set<String>) throws {
                if let unknown = operation.keys.first(where: { !known.contains($0) }) {
                    throw golden.notUnderstood("\(unknown) of the operation \(name)")
                }
            }
            func whole(_ key: String, _ fallback: Int) throws -> OptionValue {
                guard let value = operation[key], !value.isNull else { return .int(fallback) }
                guard let whole = value.whole else { throw golden.notUnderstood("\(key) of the operation \(name)") }
                return .int(whole)
            }
            let (kind, options): (String, [String: OptionValue])
            switch name {
            case "flatten":
                try require(["op", "start_dim", "order"])
                guard (operation["start_dim"]?.whole ?? 1) == 1 else { throw golden.notUnderstood("flattening from another axis") }
                (kind, options) = ("flatten", [:])
            case "linear":
                try require(["op", "name", "key", "weight_shape", "bias"])
                (kind, options) = ("linear", [:])
            case "relu", "gelu", "tanh", "sigmoid":
                try require(["op"])
                (kind, options) = ("activation", ["function": .string(name)])
            case "conv2d":
                try require(["op", "name", "key", "weight_shape", "bias", "kernel", "stride", "padding"])
                (kind, options) = ("conv2d", ["stride": try whole("stride", 1), "padding": try whole("padding", 0)])
            case "maxpool2d", "avgpool2d":
                try require(["op", "kernel", "stride"])
                let kernel = try whole("kernel", 2)
                let stride = operation["stride"] == nil ? kernel : try whole("stride", 2)
                (kind, options) = (
                    "pool", ["kernel": kernel, "stride": stride, "function": .string(name == "avgpool2d" ? "average" : "max")]
                )
            case "batchnorm2d", "batch_norm":
                try require(["op", "name", "key", "weight_shape", "bias"])
                (kind, options) = ("batch_norm", [:])
            default: throw golden.notUnderstood("the operation \(name)")
            }
            let key = operation["key"]?.string, id = key ?? "op\(index)"
            graph.add(try LayerCatalogue.make(kind: kind, layer: id, options: options), id: id, prefix: key)
            ids.append(id)
            if kind == "linear" || kind == "conv2d" { layers.append(id) }
        }
        let stated = golden.json["level_last_op"]
        let ends = stated.map { $0.isNull ? [] : $0.wholes ?? [-1] } ?? []
        guard ends.allSatisfy(ids.indices.contains) else { throw golden.notUnderstood("levels that end at \(ends)") }
        architecture = try graph.architecture("golden", inputShape: inputShape)
        self.layers = layers
        levels = ends.map { ids[$0] }
    }

    /// A vision transformer: the family that its parameters' names tell, cut behind each block as the paper's program does. What the last
    /// block hands on is its class token alone.
    init(transformer golden: GoldenCase, inputShape: [Int], _ archive: Archive) throws {
        guard let heads = golden.json["network"]?["heads"]?.whole else { throw golden.notUnderstood("a transformer without heads") }
        architecture = try Families.recognise(
            ParameterTable(
                archive.entries.map { ($0.name, $0.shape) }, hints: RecognitionHints(inputShape: inputShape, heads: heads)))
        let blocks = architecture.nodes.filter { node in node.layer is Add && node.id.hasSuffix("sum2") }.map(\.id)
        guard let token = architecture.nodes.first(where: { $0.layer is SelectToken })?.id, !blocks.isEmpty else {
            throw golden.notUnderstood("a transformer without blocks or class token")
        }
        levels = blocks.dropLast() + [token, architecture.output.id]
        layers = []
        guard golden.json["network"]?["levels"]?.array?.count == levels.count else {
            throw golden.notUnderstood("the levels of the transformer")
        }
    }
}

/// Nodes one after another, each named after what it is.
struct GraphBuilder {
    private var nodes: [Architecture.Node] = []
    var last = Architecture.input
    private(set) var isFlat = false

    mutating func add(_ layer: any Layer, id: String, prefix: String? = nil, from sources: [String]? = nil) {
        nodes.append(Architecture.Node(id: id, layer: layer, prefix: prefix, sources: sources ?? [last]))
        last = id
    }

    /// A layer with parameters under its name, or one without.
    mutating func add(_ layer: any Layer, name: String? = nil, from sources: [String]? = nil) {
        add(layer, id: name ?? "\(type(of: layer).kind)\(nodes.count)", prefix: name, from: sources)
    }

    mutating func relu() { add(Activation(.relu)) }

    mutating func flatten() {
        add(Flatten())
        isFlat = true
    }

    mutating func sum(_ branch: String, _ shortcut: String) { add(Add(), from: [branch, shortcut]) }

    func architecture(_ family: String, inputShape: [Int]) throws -> Architecture {
        try Architecture(family: family, inputShape: inputShape, nodes: nodes)
    }
}
