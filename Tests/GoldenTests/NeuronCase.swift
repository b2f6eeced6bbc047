import Archives
import Foundation
import Fusion
import Networks
import Tensors

/// What the cases of neuron interpolation share: parents, the network in words, the samples, the test set.
struct NeuronCase {
    let golden: GoldenCase
    let parents: [Network]
    let samples: LabelledInputs
    /// The ids of the weighted layers, in order.
    let layers: [String]
    /// The ids of the nodes at which levels end, where the case says so.
    let levels: [String]

    init(_ golden: GoldenCase) throws {
        self.golden = golden
        let files = golden.json["parents"]?.array?.compactMap(\.string) ?? []
        guard !files.isEmpty else { throw golden.notUnderstood("a case without parents") }
        let archive = try golden.archive("inputs.safetensors")
        let images = try archive.array("images")
        samples = LabelledInputs(values: try Self.normalised(images, golden), labels: try archive.array("labels").integers())
        let shape = Array(samples.values.shape.dropFirst())
        let archives = try files.map { try golden.archive($0) }
        let graph =
            golden.json["network"]?["type"]?.string == "ViT"
            ? try GoldenGraph(transformer: golden, inputShape: shape, archives[0]) : try GoldenGraph(golden, inputShape: shape)
        layers = graph.layers
        levels = graph.levels
        parents = try archives.map { archive in
            var parameters: [String: Tensor] = [:]
            for entry in archive.entries { parameters[entry.name] = try Tensor(entry.floats(), shape: entry.shape) }
            return try graph.network(parameters)
        }
    }

    /// Bytes to inputs, [count, channels, height, width], as the case writes it down.
    private static func normalised(_ bytes: StoredArray, _ golden: GoldenCase) throws -> Tensor {
        let shape = bytes.shape.count == 3 ? [bytes.shape[0], 1] + bytes.shape.dropFirst() : bytes.shape
        if golden.json["dataset"] != nil { return try GoldenData(golden).normalised(bytes).reshaped(shape) }
        let (mean, deviation) = try statistics(golden)
        guard mean.count == shape[1] || mean.count == 1 else { throw golden.notUnderstood("a mean of \(mean.count) channels") }
        let perChannel = [1, mean.count, 1, 1]
        return try (Tensor(bytes.floats(), shape: shape) / 255 - Tensor(mean, shape: perChannel)) / Tensor(deviation, shape: perChannel)
    }

    /// Mean and deviation from "x=(u/255-0.1307)/0.3081" or "mean [0.49,…], std [0.24,…]".
    private static func statistics(_ golden: GoldenCase) throws -> (mean: [Float], deviation: [Float]) {
        let text = golden.json["inputs"]?["images"]?.string ?? ""
        if let found = text.firstMatch(of: /\(u\/255-([0-9.]+)\)\/([0-9.]+)/), let mean = Float(found.1), let deviation = Float(found.2) {
            return ([mean], [deviation])
        }
        func list(_ text: Substring) -> [Float] { text.split(separator: ",").compactMap { Float($0.trimmingCharacters(in: .whitespaces)) } }
        guard let found = text.firstMatch(of: /mean \[([^\]]*)\], std \[([^\]]*)\]/) else {
            throw golden.notUnderstood("the normalisation “\(text)”")
        }
        return (list(found.1), list(found.2))
    }

    /// The test set, nil (with a printed line) where its files are not at hand.
    func testSet() throws -> GoldenTestSet? {
        if golden.json["dataset"] != nil { return try GoldenData(golden).testSet() }
        let text = golden.json["inputs"]?["dataset"]?.string ?? ""
        if text.hasPrefix("MNIST") { return try GoldenData.mnistTestSet(golden) }
        guard text.hasPrefix("CIFAR-10") else { throw golden.notUnderstood("the data set \(text)") }
        guard let folder = GoldenRoots.data("cifar-10-batches-bin") else {
            print("golden  \(golden.name): no CIFAR-10 files beside the golden cases, so accuracies were not compared")
            return nil
        }
        let bytes = try Data(contentsOf: folder.appendingPathComponent("test_batch.bin"))
        let record = 1 + 3 * 32 * 32, count = bytes.count / record
        let labels = (0..<count).map { Int(bytes[$0 * record]) }
        let (mean, deviation) = try Self.statistics(golden)
        var pixels: [Float] = []
        pixels.reserveCapacity(count * (record - 1))
        for index in 0..<count { pixels += bytes[index * record + 1..<(index + 1) * record].map(Float.init) }
        let scaled =
            try (Tensor(pixels, shape: [count, 3, 32, 32]) / 255 - Tensor(mean, shape: [1, 3, 1, 1]))
            / Tensor(deviation, shape: [1, 3, 1, 1])
        return GoldenTestSet(images: scaled, labels: labels)
    }

    /// "accuracy +-0.004" as a fraction, or "+-0.2 points".
    var accuracyTolerance: Double {
        let text = golden.json["tolerance"]?.string ?? ""
        guard let found = text.firstMatch(of: /accuracy \+-([0-9.]+)( points)?/), let value = Double(found.1) else { return 0.002 }
        return found.2 == nil ? value : value / 100
    }
}

struct LabelledInputs: InputSource {
    let values: Tensor
    let labels: [Int]
    var count: Int { values.shape[0] }
    func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
    func labels(_ range: Range<Int>) throws -> [Int]? { Array(labels[range]) }
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
        var nodes: [Architecture.Node] = [], layers: [String] = [], ids: [String] = []
        for (index, operation) in operations.enumerated() {
            func whole(_ key: String, _ fallback: Int) -> OptionValue { .int(operation[key]?.number.map { Int($0) } ?? fallback) }
            let key = operation["key"]?.string
            let id = key ?? "op\(index)"
            let (kind, options): (String, [String: OptionValue]) =
                switch operation["op"]?.string {
                case "flatten": ("flatten", [:])
                case "linear": ("linear", [:])
                case "relu", "gelu", "tanh", "sigmoid": ("activation", ["function": .string(operation["op"]?.string ?? "")])
                case "conv2d": ("conv2d", ["stride": whole("stride", 1), "padding": whole("padding", 0)])
                case "maxpool2d": ("pool", ["kernel": whole("kernel", 2), "stride": whole("stride", 2)])
                case "avgpool2d": ("pool", ["function": .string("average"), "kernel": whole("kernel", 2), "stride": whole("stride", 2)])
                case "batchnorm2d", "batch_norm": ("batch_norm", [:])
                case let other: throw golden.notUnderstood("the operation \(other ?? "(none)")")
                }
            nodes.append(
                Architecture.Node(
                    id: id, layer: try LayerCatalogue.make(kind: kind, layer: id, options: options), prefix: key,
                    sources: [ids.last ?? Architecture.input]))
            ids.append(id)
            if kind == "linear" || kind == "conv2d" { layers.append(id) }
        }
        let ends = golden.json["level_last_op"]?.numbers?.map { Int($0) } ?? []
        guard ends.allSatisfy({ ids.indices.contains($0) }) else { throw golden.notUnderstood("levels that end at \(ends)") }
        architecture = try Architecture(family: "golden", inputShape: inputShape, nodes: nodes)
        self.layers = layers
        levels = ends.map { ids[$0] }
    }

    /// A vision transformer: the family that its parameters' names tell, cut behind each block as the paper's program does. What the last
    /// block hands on is its class token alone.
    init(transformer golden: GoldenCase, inputShape: [Int], _ archive: Archive) throws {
        guard let heads = golden.json["network"]?["heads"]?.number.map({ Int($0) }) else {
            throw golden.notUnderstood("a transformer without heads")
        }
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

    func network(_ parameters: [String: Tensor]) throws -> Network { try Network(architecture, parameters: parameters) }
}

/// The largest difference as a part of the largest expected value.
func relativeDifference(_ ours: [Double], _ theirs: StoredArray) throws -> Double {
    let expected = try theirs.floats().map(Double.init)
    guard ours.count == expected.count else { return .infinity }
    let largest = expected.map(abs).max() ?? 1
    return zip(ours, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(largest, .leastNormalMagnitude)
}
