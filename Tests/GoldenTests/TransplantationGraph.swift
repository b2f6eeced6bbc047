import Archives
import Networks
import Tensors

/// The graph that a transplantation case describes in words and tables: `architecture.kind` and what belongs to it.
///
/// Built from the case rather than recognised from the parameters, whose names alone do not tell where a network pools.
struct TransplantationGraph {
    let golden: GoldenCase

    init(_ golden: GoldenCase) { self.golden = golden }

    func network(file: String, parent: Int) throws -> Network {
        let archive = try golden.archive(file)
        var parameters: [String: Tensor] = [:]
        for entry in archive.entries { parameters[entry.name] = try Tensor(entry.floats(), shape: entry.shape) }
        return try Network(architecture(parent: parent), parameters: parameters)
    }

    private func architecture(parent: Int) throws -> Architecture {
        let described = golden.json["architecture"] ?? .null
        let all = described["layers_in_registration_order"]?.array ?? []
        guard all.indices.contains(parent), let layers = all[parent].array else { throw golden.notUnderstood("the list of layers") }
        switch described["kind"]?.string {
        case "mlp": return try perceptron(layers)
        case "lenet_mnist": return try lenet(layers)
        case "vgg": return try vgg(layers, described["cfg"]?.array ?? [])
        case "resnet": return try residual(layers)
        default: throw golden.notUnderstood("the architecture \(described["kind"]?.string ?? "(none)")")
        }
    }

    private func name(_ layer: JSON) throws -> String {
        guard let name = layer["name"]?.string else { throw golden.notUnderstood("a layer without a name") }
        return name
    }

    /// The layer with its parameters; the case's table has every option.
    private func layer(_ described: JSON) throws -> any Layer {
        switch described["kind"]?.string {
        case "dense": return Linear()
        case "conv2d":
            let options = ["stride", "padding"].map { ($0, OptionValue.ints(described[$0]?.numbers?.map { Int($0) } ?? [])) }
            return try LayerCatalogue.make(
                kind: Convolution.kind, layer: name(described), options: Dictionary(uniqueKeysWithValues: options))
        case "batchnorm2d":
            let options = [("eps", "eps"), ("momentum", "momentum")].compactMap { name, key in
                described[key]?.number.map { (name, OptionValue.real($0)) }
            }
            return try LayerCatalogue.make(
                kind: BatchNormalization.kind, layer: name(described), options: Dictionary(uniqueKeysWithValues: options))
        default: throw golden.notUnderstood("a layer of kind \(described["kind"]?.string ?? "(none)")")
        }
    }

    private var isDigits: Bool { golden.json["dataset"]?["name"]?.string?.hasPrefix("digits") == true }

    private func inputShape(channels: Int) -> [Int] {
        isDigits ? [channels, 8, 8] : golden.json["dataset"]?["name"]?.string == "cifar10" ? [channels, 32, 32] : [channels, 28, 28]
    }

    private func channels(_ layers: [JSON]) throws -> Int {
        guard let channels = layers.first?["inputs"]?.number else { throw golden.notUnderstood("the first layer") }
        return Int(channels)
    }

    // MARK: Kinds

    private func perceptron(_ layers: [JSON]) throws -> Architecture {
        try MultilayerPerceptron.architecture(layers: layers.map(name), inputWidth: channels(layers))
    }

    private func lenet(_ layers: [JSON]) throws -> Architecture {
        var graph = Graph()
        for described in layers {
            let isDense = described["kind"]?.string == "dense"
            if isDense, !graph.isFlat { graph.flatten() }
            graph.add(try layer(described), name: try name(described))
            if described["role"]?.string != "last" { graph.relu() }
            if !isDense { graph.add(Pooling(.max, kernel: 2, stride: 2)) }
        }
        return try graph.architecture("LeNet", inputShape: inputShape(channels: channels(layers)))
    }

    /// A number is a convolution, perhaps a norm, and ReLU; "M" is a pooling; what is left over is the classifier.
    private func vgg(_ layers: [JSON], _ plan: [JSON]) throws -> Architecture {
        var graph = Graph(), left = layers[...]
        for step in plan {
            if step.string == "M" {
                graph.add(Pooling(.max, kernel: 2, stride: 2))
                continue
            }
            guard let convolution = left.popFirst() else { throw golden.notUnderstood("a plan longer than the list of layers") }
            graph.add(try layer(convolution), name: try name(convolution))
            if left.first?["kind"]?.string == "batchnorm2d", let norm = left.popFirst() { graph.add(try layer(norm), name: try name(norm)) }
            graph.relu()
        }
        graph.flatten()
        for described in left {
            graph.add(try layer(described), name: try name(described))
            if described["role"]?.string != "last" { graph.relu() }
        }
        return try graph.architecture("VGG", inputShape: inputShape(channels: channels(layers)))
    }

    /// Basic blocks: conv1, bn1, ReLU, conv2, bn2, the shortcut added, ReLU.
    private func residual(_ layers: [JSON]) throws -> Architecture {
        var graph = Graph(), blocks: [String] = []
        func add(_ wanted: String) throws -> Bool {
            guard let found = try layers.first(where: { try name($0) == wanted }) else { return false }
            graph.add(try layer(found), name: wanted)
            return true
        }
        for described in layers {
            let parts = try name(described).split(separator: ".")
            let block = parts.prefix(2).joined(separator: ".")
            if parts.count >= 3, !blocks.contains(block) { blocks.append(block) }
        }
        _ = try add("conv1")
        _ = try add("bn1")
        graph.relu()
        for block in blocks {
            let input = graph.last
            for part in ["conv1", "bn1"] { _ = try add("\(block).\(part)") }
            graph.relu()
            for part in ["conv2", "bn2"] { _ = try add("\(block).\(part)") }
            let branch = graph.last
            graph.last = input
            for part in ["shortcut.0", "shortcut.1"] { _ = try add("\(block).\(part)") }
            graph.sum(branch, graph.last)
            graph.relu()
        }
        graph.add(AdaptiveAveragePooling())
        graph.flatten()
        guard try add("linear") else { throw golden.notUnderstood("a residual network without a last layer") }
        return try graph.architecture("ResNet", inputShape: inputShape(channels: channels(layers)))
    }

    /// Nodes one after another, each named after what it is.
    private struct Graph {
        private var nodes: [Architecture.Node] = []
        var last = Architecture.input
        private(set) var isFlat = false

        mutating func add(_ layer: any Layer, name: String? = nil, from sources: [String]? = nil) {
            let id = name ?? "\(type(of: layer).kind)\(nodes.count)"
            nodes.append(Architecture.Node(id: id, layer: layer, prefix: name, sources: sources ?? [last]))
            last = id
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
}
