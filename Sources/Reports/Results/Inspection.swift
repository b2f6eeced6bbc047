import Archives
import Checkpoints
import Formatting
import Foundation
import Provenance
import Networks

/// What a checkpoint holds, as `inspect` prints it.
package struct Inspection: Sendable, Codable {
    package struct Layer: Sendable, Codable {
        package let id: String
        package let kind: String
        package let outputShape: [Int]
        package let parameters: [String]
        package let parameterCount: Int
        package let multiplyAdds: Int
    }

    package struct Group: Sendable, Codable {
        package let name: String
        package let role: String
        package let neurons: Int
        package let axes: [String]
    }

    /// A tensor that is no parameter.
    package struct Tensor: Sendable, Codable {
        package let name: String
        package let type: String
        package let shape: [Int]
    }

    package struct Check: Sendable, Codable {
        package let passed: Bool
        package let difference: Double
        package let tolerance: Double
    }

    package let path: String
    package let format: String
    package let bytes: Int
    package let family: String
    /// "recognised", or the file it was read from.
    package let architecture: String
    package let types: [String]
    package let inputShape: [Int]
    /// Each of several inputs with its shape; the shape of one.
    package let inputs: String
    package let layers: [Layer]
    package let groups: [Group]
    package let parameterCount: Int
    package let multiplyAdds: Int
    /// How far the graph is known to be its author's: "exact", "as written", "recognised" or "recognised, assumed".
    package let state: String
    /// What stood before every name and was cut; it is put back on saving.
    package let prefix: String
    /// The networks of the file, where there are several.
    package let networks: [NetworkCandidate]
    /// Tensors that no layer uses; they are saved unchanged.
    package let leftAside: [Tensor]
    /// What the file holds that is not read.
    package let notRead: [String]
    package let assumptions: [String]
    /// What would prove or correct what was assumed.
    package let advice: String?
    /// What became of the hints that were given.
    package let hints: [String]
    /// Facts from its configuration, and notes on the file.
    package let notes: [String]
    /// Class names, where the file has them.
    package let classNames: [String]?
    /// Input preprocessing and its source; nil where no file specifies it.
    package let preprocessing: PreprocessingSummary?
    /// What the file says of itself, but for the manifest.
    package let metadata: [String: String]
    /// How the network came to be, where Amalgam saved it.
    package let manifest: Manifest?
    /// Parameters with NaN or infinity, and how many.
    package let nonFinite: [String: Int]
    package let check: Check?
    /// Whether the neuron groups need the permutation check: those of a graph from a file are found by rules that know its operations.
    package let isUnchecked: Bool
    package let logits: Logits?

    /// How the logits compare with PyTorch's.
    package struct Logits: Sendable, Codable {
        package let file: String
        package let samples: Int
        package let equal: Bool
        /// The largest difference in units of the largest logit, and what of it rounding may be.
        package let difference: Double
        package let tolerance: Double
    }

    package init(_ parent: Parent, check found: SelfCheck? = nil, logits compared: LogitProbe.Result? = nil) throws {
        let checkpoint = parent.checkpoint, network = parent.network
        path = parent.path
        format = checkpoint.provenance
        bytes = checkpoint.byteCount
        family = network.architecture.family
        architecture =
            switch checkpoint.architectureSource {
            case .recognised: "recognised from names and shapes"
            case .modules: "read from the modules in the file"
            case .exported(let file): file == checkpoint.path ? "the exported graph in the file" : "the exported graph of \(file)"
            case .file(let file): "read from \(file)"
            case .embedded: "stored in the file"
            }
        types = checkpoint.types.map { "\($0.type) ×\($0.count)" }
        inputShape = network.architecture.inputShape
        inputs = network.architecture.inputText
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
        isUnchecked = found == nil && checkpoint.architectureSource.isExported
        logits = compared.map {
            Logits(file: $0.path, samples: $0.samples, equal: $0.isEqual, difference: $0.relative, tolerance: $0.tolerance)
        }
        check = found.map { Check(passed: $0.passed, difference: $0.difference, tolerance: $0.tolerance) }
    }

    package var lines: [String] {
        var lines = [
            path, "  \(family), architecture \(architecture); \(format), \(Format.grouped(bytes)) bytes, \(types.joined(separator: ", "))",
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
        table.add(["(input)", "", printable(inputs), "", "", ""])
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
        if isUnchecked { lines.append("  permutation check: not run here; a fusion runs it first, --check runs it now") }
        if let logits { lines.append("  \(text(logits))") }
        lines += metadata.sorted { $0.key < $1.key }.filter { $0.key != "format" }.map { "  \($0.key): \($0.value)" }
        if let manifest { lines += ["", "  provenance"] + manifest.lines.map { "    \($0)" } }
        return lines + [""]
    }
}

extension Inspection {
    private func text(_ logits: Logits) -> String {
        let samples = "\(logits.samples) sample\(logits.samples == 1 ? "" : "s") of \(printable(logits.file))"
        let size = String(format: "%.1e of the largest (tolerance %.1e)", logits.difference, logits.tolerance)
        guard logits.equal else { return "logits: ! NOT those of \(samples): they differ by \(size)" }
        return "logits: those of \(samples), to \(size)" + (assumptions.isEmpty ? "" : ": what was assumed holds")
    }
}

/// How a network's inputs are prepared, for a report.
package struct PreprocessingSummary: Sendable, Codable {
    package let mean: [Double]?
    package let std: [Double]?
    package let rescaleFactor: Double?
    package let resize: [Int]?
    package let crop: [Int]?
    package let cropFraction: Double?
    package let interpolation: String?
    package let source: String
    /// In words.
    package let text: String

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
