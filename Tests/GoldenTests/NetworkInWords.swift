import Archives
import Networks
import Tensors

/// The network that an OTFusion case describes in a sentence: "conv1 3x3 pad1 stride1 (1->8) -> ReLU -> maxpool 2x2 stride 2 -> …".
///
/// Where the sentence says something else, the parameters' names and shapes decide, as they would for a user's file.
struct NetworkInWords {
    let golden: GoldenCase

    init(_ golden: GoldenCase) { self.golden = golden }

    /// "fc1.weight" is the weight of fc1.
    static func layer(_ parameter: String) -> String { parameter.hasSuffix(".weight") ? String(parameter.dropLast(7)) : parameter }

    func network(file: String, parent: Int) throws -> Network {
        let archive = try golden.archive(file), parameters = try golden.parameters(file)
        if let described = try described() { return try Network(described, parameters: parameters) }
        let architecture = try Families.recognise(
            ParameterTable(
                archive.entries.map { ($0.name, $0.shape) }, hints: RecognitionHints(inputShape: try GoldenData(golden).shape)))
        return try Network(architecture, parameters: parameters)
    }

    private var layers: [JSON] { golden.json["layer_order"]?.array ?? [] }

    /// The network as the sentence has it; nil where a step of it is not one of those known here.
    private func described() throws -> Architecture? {
        let words = golden.json["network"]?["forward"]?.string ?? ""
        if let list = words.firstMatch(of: /layer list \[([0-9M, ]+)\]/)?.output.1 { return try listed(list) }
        var graph = GraphBuilder(), built = 0
        // "(8x8 -> 64)" explains a step; what follows the last step in sentences of its own says what there is not.
        let steps = words.replacing(/\([^)]*\)/, with: "").split(separator: "->").map { $0.trimmingCharacters(in: .whitespaces) }
        for step in steps {
            let name = String(step.prefix { $0 != " " })
            if let layer = layers.first(where: { $0["name"]?.string == "\(name).weight" }) {
                if layer["kind"]?.string == "linear", !graph.isFlat { graph.flatten() }
                graph.add(try self.layer(layer), name: name)
                built += 1
            } else if step.hasPrefix("ReLU") {
                graph.relu()
            } else if let pool = step.firstMatch(of: /^(max|avg)pool ?(\d+)(?:x\d+)?(?: stride ?(\d+))?/), let kernel = Int(pool.output.2) {
                let stride = pool.output.3.flatMap { Int($0) } ?? kernel
                graph.add(Pooling(pool.output.1 == "max" ? .max : .average, kernel: kernel, stride: stride))
            } else if step.hasPrefix("flatten") {
                if !graph.isFlat { graph.flatten() }
            } else if step.hasPrefix("global average pool") {
                graph.add(AdaptiveAveragePooling())
            } else {
                return nil
            }
        }
        guard built == layers.count, built > 0 else { return nil }
        return try graph.architecture("golden", inputShape: GoldenData(golden).shape)
    }

    /// "[16,M,32,M]": a number is a convolution and ReLU, M a pooling; the layers after them are dense.
    private func listed(_ list: Substring) throws -> Architecture? {
        var graph = GraphBuilder(), left = layers[...]
        for step in list.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if step == "M" {
                graph.add(Pooling(.max, kernel: 2, stride: 2))
            } else if let convolution = left.popFirst(), let name = convolution["name"]?.string {
                graph.add(try layer(convolution), name: Self.layer(name))
                graph.relu()
            } else {
                return nil
            }
        }
        graph.flatten()
        for (index, dense) in left.enumerated() {
            guard let name = dense["name"]?.string else { return nil }
            graph.add(try layer(dense), name: Self.layer(name))
            if index < left.count - 1 { graph.relu() }
        }
        return try graph.architecture("golden", inputShape: GoldenData(golden).shape)
    }

    private func layer(_ described: JSON) throws -> any Layer {
        switch described["kind"]?.string {
        case "linear": return Linear()
        case "conv2d":
            let options = try ["stride", "padding"].map { key in
                guard let value = described[key]?.whole else { throw golden.notUnderstood("\(key) of \(described.path)") }
                return (key, OptionValue.int(value))
            }
            return try LayerCatalogue.make(
                kind: Convolution.kind, layer: described["name"]?.string ?? "", options: Dictionary(uniqueKeysWithValues: options))
        default: throw golden.notUnderstood("a layer of kind \(described["kind"]?.string ?? "(none)")")
        }
    }
}
