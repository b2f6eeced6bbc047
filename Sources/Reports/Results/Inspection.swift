import Archives
import Checkpoints
import Formatting
import Foundation
import Provenance
import Networks

/// What a checkpoint holds, as `inspect` prints it.
public struct Inspection: Sendable, Codable {
    public struct Layer: Sendable, Codable {
        public let id: String
        public let kind: String
        public let outputShape: [Int]
        public let parameters: [String]
        public let parameterCount: Int
        public let multiplyAdds: Int
    }

    public struct Group: Sendable, Codable {
        public let name: String
        public let role: String
        public let neurons: Int
        public let axes: [String]
    }

    /// A tensor that is no parameter.
    public struct Tensor: Sendable, Codable {
        public let name: String
        public let type: String
        public let shape: [Int]
    }

    public struct Check: Sendable, Codable {
        public let passed: Bool
        public let difference: Double
        public let tolerance: Double
    }

    public let path: String
    public let format: String
    public let bytes: Int
    public let family: String
    /// "recognised", or the file it was read from.
    public let architecture: String
    public let types: [String]
    public let inputShape: [Int]
    public let layers: [Layer]
    public let groups: [Group]
    public let parameterCount: Int
    public let multiplyAdds: Int
    /// How far the graph is known to be its author's: "exact", "as written", "recognised" or "recognised, assumed".
    public let state: String
    /// What stood before every name and was cut; it is put back on saving.
    public let prefix: String
    /// The networks of the file, where there are several.
    public let networks: [NetworkCandidate]
    /// Tensors that no layer uses; they are saved unchanged.
    public let leftAside: [Tensor]
    /// What the file holds that is not read.
    public let notRead: [String]
    public let assumptions: [String]
    /// What would prove or correct what was assumed.
    public let advice: String?
    /// What became of the hints that were given.
    public let hints: [String]
    /// Facts from its configuration, and notes on the file.
    public let notes: [String]
    /// Class names, where the file has them.
    public let classNames: [String]?
    /// Input preprocessing and its source; nil where no file specifies it.
    public let preprocessing: PreprocessingSummary?
    /// What the file says of itself, but for the manifest.
    public let metadata: [String: String]
    /// How the network came to be, where Amalgam saved it.
    public let manifest: Manifest?
    /// Parameters with NaN or infinity, and how many.
    public let nonFinite: [String: Int]
    public let check: Check?

    public init(_ parent: Parent, check found: SelfCheck? = nil) throws {
        let checkpoint = parent.checkpoint, network = parent.network
        path = parent.path
        format = checkpoint.provenance
        bytes = checkpoint.byteCount
        family = network.architecture.family
        architecture =
            switch checkpoint.architectureSource {
            case .recognised: "recognised from names and shapes"
            case .modules: "read from the modules in the file"
            case .file(let file): "read from \(file)"
            case .embedded: "stored in the file"
            }
        types = checkpoint.types.map { "\($0.type) ×\($0.count)" }
        inputShape = network.architecture.inputShape
        layers = network.layerRows.map {
            Layer(
                id: $0.id, kind: $0.kind, outputShape: $0.outputShape,
                parameters: $0.parameters.map {
                    "\($0.name.split(separator: ".").last ?? "") \($0.shape.map(String.init).joined(separator: "×"))"
                },
                parameterCount: $0.parameterCount, multiplyAdds: $0.multiplyAdds)
        }
        groups = network.groupRows.map { Group(name: $0.name, role: $0.role.rawValue, neurons: $0.neurons, axes: $0.axes) }
        parameterCount = network.parameterCount
        multiplyAdds = network.trace.multiplyAdds
        state = checkpoint.graphState.rawValue
        prefix = checkpoint.layout.prefix
        networks = checkpoint.candidates
        leftAside = checkpoint.layout.leftAside.map { Tensor(name: $0.name, type: $0.elementType.torchName, shape: $0.shape) }
        notRead = checkpoint.ignored
        assumptions = checkpoint.assumptions
        advice = checkpoint.graphAdvice
        hints = checkpoint.hintNotes
        notes = checkpoint.notes + checkpoint.tieNotes + checkpoint.doubtfulTies
        classNames = checkpoint.description.classNames
        preprocessing = checkpoint.description.preprocessing.map(PreprocessingSummary.init)
        metadata = checkpoint.metadata.filter { $0.key != Manifest.key }
        manifest = Manifest(of: checkpoint)
        nonFinite = Dictionary(try checkpoint.nonFinite().map { ($0.parameter, $0.count) }, uniquingKeysWith: +)
        check = found.map { Check(passed: $0.passed, difference: $0.difference, tolerance: $0.tolerance) }
    }

    public var lines: [String] {
        var lines = [
            path, "  \(family), \(architecture); \(format), \(Format.grouped(bytes)) bytes, \(types.joined(separator: ", "))",
        ]
        if !prefix.isEmpty { lines.append("  prefix removed from names (restored on saving): \(printable(prefix))") }
        if networks.count > 1 {
            lines += ["  networks in the file:"] + networks.map { "    \($0.isOpened ? "▸" : " ") \($0.description)   \($0.option)" }
        }
        lines += notes.map { "  \(printable($0))" }
        if let classNames {
            lines.append(
                "  classes: \(classNames.prefix(10).map(printable).joined(separator: ", "))\(classNames.count > 10 ? ", … (\(classNames.count))" : "")"
            )
        }
        if let preprocessing { lines.append("  preprocessing: \(printable(preprocessing.text)) (\(printable(preprocessing.source)))") }
        lines.append("  graph: \(state)")
        lines += hints.map { "  \($0)" } + assumptions.map { "  assumed: \($0)" } + (advice.map { ["  to correct this: \($0)"] } ?? [])
        lines += nonFinite.sorted { $0.key < $1.key }.map {
            "  ! \($0.key) holds NaN or infinity in \($0.value) \($0.value == 1 ? "place" : "places")"
        }
        var table = PlainTable([
            ("layer", .left), ("kind", .left), ("output", .left), ("shapes", .left), ("parameters", .right), ("multiply-adds", .right),
        ])
        table.add(["(input)", "", inputShape.map(String.init).joined(separator: "×"), "", "", ""])
        for layer in layers {
            table.add([
                layer.id, layer.kind, layer.outputShape.map(String.init).joined(separator: "×"), layer.parameters.joined(separator: ", "),
                layer.parameterCount == 0 ? "" : Format.grouped(layer.parameterCount),
                layer.multiplyAdds == 0 ? "" : Format.grouped(layer.multiplyAdds),
            ])
        }
        table.add(["total", "", "", "", Format.grouped(parameterCount), Format.grouped(multiplyAdds)])
        lines += [""] + table.lines.map { "  \($0)" } + [""]
        var neurons = PlainTable([("neuron group", .left), ("role", .left), ("neurons", .right), ("parameter axes", .left)])
        for group in groups { neurons.add([group.name, group.role, "\(group.neurons)", group.axes.joined(separator: ", ")]) }
        lines += neurons.lines.map { "  \($0)" }
        if let check {
            lines.append(
                String(
                    format: "  permutation check: %@, logits changed by %.1e (tolerance %.1e)",
                    check.passed ? "passed" : "! FAILED: the architecture is wrong", check.difference, check.tolerance))
        }
        lines += metadata.sorted { $0.key < $1.key }.filter { $0.key != "format" }.map { "  \($0.key): \($0.value)" }
        if let manifest { lines += ["", "  provenance"] + manifest.lines.map { "    \($0)" } }
        return lines + [""]
    }
}

/// How a network's inputs are prepared, for a report.
public struct PreprocessingSummary: Sendable, Codable {
    public let mean: [Double]?
    public let std: [Double]?
    public let rescaleFactor: Double?
    public let resize: [Int]?
    public let crop: [Int]?
    public let cropFraction: Double?
    public let interpolation: String?
    public let source: String
    /// In words.
    public let text: String

    init(_ preprocessing: Preprocessing) {
        mean = preprocessing.mean
        std = preprocessing.standardDeviation
        rescaleFactor = preprocessing.rescale
        resize = preprocessing.resize
        crop = preprocessing.crop
        cropFraction = preprocessing.cropFraction
        interpolation = preprocessing.interpolation
        source = preprocessing.source
        text = preprocessing.text
    }
}
