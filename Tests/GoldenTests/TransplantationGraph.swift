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
        try Network(architecture(parent: parent), parameters: golden.parameters(file))
    }

    private func architecture(parent: Int) throws -> Architecture {
        let described = golden.json["architecture"] ?? .null
        let all = described["layers_in_registration_order"]
        // One list for each parent, or one for all.
        guard let layers = all?[0]?["name"] == nil ? all?[parent]?.array : all?.array, !layers.isEmpty else {
            throw golden.notUnderstood("the list of layers")
        }
        switch described["kind"]?.string {
        case "mlp"?: return try perceptron(layers)
        case "vgg"?: return try vgg(layers, plan(described["cfg"], parent))
        case "resnet"?: return try residual(layers)
        case let kind? where kind.hasPrefix("lenet"): return try lenet(layers)
        default: throw golden.notUnderstood("the architecture \(described["kind"]?.string ?? "(none)")")
        }
    }

    /// The widths and poolings of a convolution chain: one list for all parents, or one for each.
    private func plan(_ stated: JSON?, _ parent: Int) throws -> [JSON] {
        guard let plan = stated?[0]?.array == nil ? stated?.array : stated?[parent]?.array else {
            throw golden.notUnderstood("the list of widths and poolings")
        }
        return plan
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
            let options = ["stride", "padding"].map { ($0, OptionValue.ints(described[$0]?.wholes ?? [])) }
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

    private func channels(_ layers: [JSON]) throws -> Int {
        guard let channels = layers.first?["inputs"]?.whole else { throw golden.notUnderstood("the first layer") }
        return channels
    }

    /// The data's shape, which must have the channels that the first layer reads.
    private func inputShape(_ layers: [JSON]) throws -> [Int] {
        let shape = try GoldenData(golden).shape
        guard try channels(layers) == shape[0] else { throw golden.notUnderstood("a first layer of \(try channels(layers)) channels") }
        return shape
    }

    // MARK: Kinds

    private func perceptron(_ layers: [JSON]) throws -> Architecture {
        try MultilayerPerceptron.architecture(layers: layers.map(name), inputWidth: channels(layers))
    }

    private func lenet(_ layers: [JSON]) throws -> Architecture {
        var graph = GraphBuilder()
        for described in layers {
            let isDense = described["kind"]?.string == "dense"
            if isDense, !graph.isFlat { graph.flatten() }
            graph.add(try layer(described), name: try name(described))
            if described["role"]?.string != "last" { graph.relu() }
            if !isDense { graph.add(Pooling(.max, kernel: 2, stride: 2)) }
        }
        return try graph.architecture("LeNet", inputShape: inputShape(layers))
    }

    /// A number is a convolution, perhaps a norm, and ReLU; "M" is a pooling; the remaining layers are the classifier.
    private func vgg(_ layers: [JSON], _ plan: [JSON]) throws -> Architecture {
        var graph = GraphBuilder(), left = layers[...]
        for step in plan {
            if step.string == "M" {
                graph.add(Pooling(.max, kernel: 2, stride: 2))
                continue
            }
            guard let width = step.whole, let convolution = left.popFirst(), convolution["outputs"]?.whole == width else {
                throw golden.notUnderstood("a list of widths and poolings that is not the list of layers")
            }
            graph.add(try layer(convolution), name: try name(convolution))
            if left.first?["kind"]?.string == "batchnorm2d", let norm = left.popFirst() { graph.add(try layer(norm), name: try name(norm)) }
            graph.relu()
        }
        graph.flatten()
        guard left.allSatisfy({ $0["kind"]?.string == "dense" }) else {
            throw golden.notUnderstood("a list of widths and poolings that is shorter than the list of layers")
        }
        for described in left {
            graph.add(try layer(described), name: try name(described))
            if described["role"]?.string != "last" { graph.relu() }
        }
        return try graph.architecture("VGG", inputShape: inputShape(layers))
    }

    /// Basic blocks: conv1, bn1, ReLU, conv2, bn2, the shortcut added, ReLU.
    private func residual(_ layers: [JSON]) throws -> Architecture {
        var graph = GraphBuilder(), blocks: [String] = []
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
        return try graph.architecture("ResNet", inputShape: inputShape(layers))
    }
}
