import Archives
import Foundation
import Networks
import TOMLFiles
import Tensors

/// A network's graph as a TOML file that people write by hand (docs/architecture-files.md).
///
/// ```toml
/// family = "LeNet"
/// input = [1, 28, 28]
///
/// [[layer]]
/// kind = "conv2d"
/// name = "conv1"
/// padding = 2
/// ```
///
/// Layers stand in the order of computation, each after the one before it unless `from` names others. Widths are not part of
/// the file: they come from the checkpoint.
public enum ArchitectureFile {
    static let suffix = ".arch.toml"
    /// The keys of a layer that are not options of its kind.
    static let layerKeys = ["kind", "name", "id", "from", "share"]
    static let fileKeys = ["family", "input", "task", "ignore", "tied", "input_below", "input_part", "constant", "layer"]

    /// What an architecture file says.
    struct Description: Sendable {
        let architecture: Architecture
        /// Patterns of the names of tensors that no layer uses.
        let ignored: [String]
        /// Further names of parameters in a state dict, which no layer has, and the parameters that they are.
        var tied: [String: String] = [:]
        /// The exported graph that it comes from.
        var exported: ExportedArchitecture?
    }

    /// The architecture file of a checkpoint, where there is one beside it: its name, with or without its suffix, and `.arch.toml`.
    public static func beside(_ checkpoint: String) -> String? {
        candidates(checkpoint).first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Where the architecture file of a checkpoint stands: `lenet.arch.toml` for `lenet.pt`.
    public static func path(for checkpoint: String) -> String { candidates(checkpoint)[1] }

    private static func candidates(_ checkpoint: String) -> [String] {
        let name = checkpoint.lastIndex(of: "/").map { checkpoint[checkpoint.index(after: $0)...] } ?? checkpoint[...]
        let stem = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : name[..<$0] } ?? name
        return [checkpoint + suffix, checkpoint.dropLast(name.count) + stem + suffix]
    }

    /// Reads the file.
    static func description(_ path: String) throws -> Description {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw CheckpointError.architecture(
                file: path, line: nil, layer: nil, option: nil, reason: "cannot be read: \(error.localizedDescription)")
        }
        return try description(from: text, file: path)
    }

    /// - Parameter file: what errors call the text.
    public static func architecture(from text: String, file: String) throws(CheckpointError) -> Architecture {
        try lifting(file) { try description(from: text, file: file).architecture }
    }

    static func description(from text: String, file: String) throws -> Description {
        try ArchitectureReader(text: text, file: file).description()
    }
}

/// Reads one architecture file; remembers where in the text each layer stands, for errors.
private struct ArchitectureReader {
    let text: String
    let file: String
    private let lines: [Substring]

    init(text: String, file: String) {
        self.text = text
        self.file = file
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    func description() throws -> ArchitectureFile.Description {
        let table: TOMLTable
        do { table = try TOMLTable(checking: text) } catch {
            throw CheckpointError.architecture(file: file, line: error.line, layer: nil, option: nil, reason: "not TOML: \(error.reason)")
        }
        if let unknown = table.keys.sorted().first(where: { !ArchitectureFile.fileKeys.contains($0) }) {
            throw fault("is unknown; an architecture file has \(ArchitectureFile.fileKeys.joined(separator: ", "))", option: unknown)
        }
        guard let input = integers(table["input"]), !input.isEmpty, input.allSatisfy({ $0 > 0 }) else {
            throw fault("should be one sample's shape, such as [784] or [3, 32, 32]", option: "input")
        }
        let family = table["family"]?.string
        if table["family"] != nil, family == nil { throw fault("should be a text", option: "family") }
        let task = table["task"]?.string.flatMap { PredictionTask(rawValue: $0) }
        if table["task"] != nil, task == nil {
            throw fault("should be one of \(PredictionTask.allCases.map(\.rawValue).joined(separator: ", "))", option: "task")
        }
        guard let layers = table["layer"]?.array, !layers.isEmpty else {
            throw fault("should be a list of layers, each begun by [[layer]]", option: "layer")
        }
        var nodes: [Architecture.Node] = []
        for index in 0..<layers.count {
            guard let layer = layers[index].table else {
                throw fault("should be a list of tables, each begun by [[layer]]", option: "layer")
            }
            nodes.append(try node(layer, index: index, after: nodes.last?.id ?? Architecture.input))
        }
        let ignored = try ignored(table), tied = try tied(table), constants = try constants(table), elements = try elements(table)
        do {
            return ArchitectureFile.Description(
                architecture: try Architecture(
                    family: family ?? "described", inputShape: input, nodes: nodes, assumptions: [], constants: constants,
                    elements: elements, task: task),
                ignored: ignored, tied: tied)
        } catch {
            throw fault("\(error)")
        }
    }

    /// What samples consist of: several inputs, or one.
    private func elements(_ table: TOMLTable) throws -> InputElements {
        guard let list = table["input_part"]?.array else { return try bound(table) }
        var parts: [InputPart] = []
        for place in 0..<list.count {
            guard let entry = list[place].table, let name = entry["name"]?.string, let shape = integers(entry["shape"]),
                shape.allSatisfy({ $0 > 0 }), shape.reduce(1.0, { $0 * Double($1) }) < 1e9
            else { throw fault("should have a name and a shape", option: "input_part") }
            parts.append(InputPart(name: name, shape: shape, elements: try bound(entry)))
        }
        let count = parts.reduce(0.0) { $0 + Double($1.count) }
        guard parts.count > 1, let input = integers(table["input"]), input.count == 1, Double(input[0]) == count else {
            throw fault("should be several, with as many numbers together as the input has", option: "input_part")
        }
        return .parts(parts)
    }

    /// The bound of the numbers that an input consists of, where they are no measurements; 0 where it is not known.
    private func bound(_ table: TOMLTable) throws -> InputElements {
        guard let value = table["input_below"] else { return .real }
        if value.int == 0 { return .integer }
        guard let bound = value.int, bound > 0 else {
            throw fault("should be a whole number above every number of a sample", option: "input_below")
        }
        return .index(below: bound)
    }

    /// The tensors that operations of a graph read besides parameters.
    private func constants(_ table: TOMLTable) throws -> [String: Tensor] {
        guard let list = table["constant"]?.array else { return [:] }
        var constants: [String: Tensor] = [:]
        for place in 0..<list.count {
            guard let entry = list[place].table, let name = entry["name"]?.string, let shape = integers(entry["shape"]),
                let type = entry["type"]?.string.flatMap({ name in DType.allCases.first { $0.name == name } }),
                let data = entry["data"]?.string.flatMap({ Data(base64Encoded: $0) }), constants[name] == nil,
                let tensor = try Tensor(bytes: data, dtype: type, shape: shape)
            else { throw fault("should have a name of its own, type, shape and as many bytes of data in base64", option: "constant") }
            constants[name] = tensor
        }
        return constants
    }

    private func ignored(_ table: TOMLTable) throws -> [String] {
        guard let value = table["ignore"] else { return [] }
        guard let patterns = value.array?.map(\.string), patterns.allSatisfy({ $0 != nil }) else {
            throw fault("should be a list of names or patterns in quotes, such as [\"criterion.*\"]", option: "ignore")
        }
        return patterns.compactMap(\.self)
    }

    private func tied(_ table: TOMLTable) throws -> [String: String] {
        guard table["tied"] != nil else { return [:] }
        guard let names = table["tied"]?.table else { throw fault(Self.tiedForm, option: "tied") }
        var tied: [String: String] = [:]
        for name in names.keys {
            guard let original = names[name]?.string else { throw fault(Self.tiedForm, option: "tied") }
            tied[name] = original
        }
        return tied
    }

    private static let tiedForm = "should be a table of names in quotes, such as { \"decoder.weight\" = \"encoder.weight\" }"

    private func node(_ table: TOMLTable, index: Int, after previous: String) throws -> Architecture.Node {
        let number = "number \(index + 1)"
        guard let kind = table["kind"]?.string else { throw fault("is missing or not a text", layer: number, index: index, option: "kind") }
        let name = try text("name", in: table, index: index)
        let id = try text("id", in: table, index: index) ?? name ?? "\(kind)\(index + 1)"
        var options: [String: OptionValue] = [:]
        for key in table.keys where !ArchitectureFile.layerKeys.contains(key) {
            guard let value = option(table[key]) else {
                throw fault("should be a number, a list of whole numbers, a text, true or false", layer: id, index: index, option: key)
            }
            options[key] = value
        }
        let layer: any Layer
        do { layer = try LayerCatalogue.make(kind: kind, layer: id, options: options) } catch {
            switch error {
            case .option(_, let option, let reason): throw fault(reason, layer: id, index: index, option: option)
            case .unknownLayerKind(_, let kind, let known):
                throw fault("is “\(kind)”, which is none of \(known.joined(separator: ", "))", layer: id, index: index, option: "kind")
            default: throw fault("\(error)", layer: id, index: index)
            }
        }
        if name == nil, layer.parameters.contains(where: { !$0.isOptional }) {
            throw fault(
                "is missing: a layer of the kind \(kind) has parameters, and their names begin with it", layer: number, index: index,
                option: "name")
        }
        if name != nil, layer.parameters.isEmpty {
            throw fault(
                "names parameters, but a layer of the kind \(kind) has none; call it by “id”", layer: id, index: index, option: "name")
        }
        return Architecture.Node(
            id: id, layer: layer, prefix: name, sources: try sources(table["from"], id: id, index: index) ?? [previous],
            shared: try shared(table["share"], by: layer, id: id, index: index))
    }

    private func sources(_ value: (any TOMLValueConvertible)?, id: String, index: Int) throws -> [String]? {
        guard let value else { return nil }
        if let one = value.string { return [one] }
        guard let array = value.array else { throw fault("should be a list of layers' names", layer: id, index: index, option: "from") }
        var names: [String] = []
        for position in 0..<array.count {
            guard let name = array[position].string else {
                throw fault("should be a list of layers' names", layer: id, index: index, option: "from")
            }
            names.append(name)
        }
        return names
    }

    /// Parameters that are another layer's: `share.weight = "fc1.weight"`.
    private func shared(
        _ value: (any TOMLValueConvertible)?, by layer: any Layer, id: String, index: Int
    ) throws -> [String: String] {
        guard let value else { return [:] }
        guard let table = value.table else {
            throw fault("should name parameters, as share.weight = \"fc1.weight\" does", layer: id, index: index, option: "share")
        }
        let known = layer.parameters.map(\.name).filter { !$0.isEmpty }
        var names: [String: String] = [:]
        for key in table.keys.sorted() {
            guard known.contains(key) else {
                let has = known.isEmpty ? "no parameters that could be shared" : known.joined(separator: ", ")
                throw fault("“\(key)” is none of the layer's parameters; this kind has \(has)", layer: id, index: index, option: "share")
            }
            guard let name = table[key]?.string, !name.isEmpty else {
                throw fault(
                    "\(key) should be the full name of another layer's parameter, such as \"fc1.\(key)\"", layer: id, index: index,
                    option: "share")
            }
            names[key] = name
        }
        return names
    }

    private func text(_ key: String, in table: TOMLTable, index: Int) throws -> String? {
        guard let value = table[key] else { return nil }
        guard let text = value.string else { throw fault("should be a text", layer: "number \(index + 1)", index: index, option: key) }
        return text
    }

    private func option(_ value: (any TOMLValueConvertible)?) -> OptionValue? {
        switch value?.type {
        case .int: value?.int.map { .int($0) }
        case .double: value?.double.map { .real($0) }
        case .bool: value?.bool.map { .bool($0) }
        case .string: value?.string.map { .string($0) }
        case .array: integers(value).map { .ints($0) }
        default: nil
        }
    }

    private func integers(_ value: (any TOMLValueConvertible)?) -> [Int]? {
        guard let array = value?.array else { return nil }
        var integers: [Int] = []
        for position in 0..<array.count {
            guard let integer = array[position].int else { return nil }
            integers.append(integer)
        }
        return integers
    }

    // MARK: where it stands

    private func fault(_ reason: String, layer: String? = nil, index: Int? = nil, option: String? = nil) -> CheckpointError {
        .architecture(file: file, line: line(ofLayer: index, option: option), layer: layer, option: option, reason: reason)
    }

    /// The line of an option in a layer's table, or of the layer's header; found in the text, since the parser keeps no places.
    private func line(ofLayer index: Int?, option: String?) -> Int? {
        let headers = lines.indices.filter { lines[$0].filter { !$0.isWhitespace }.hasPrefix("[[layer]]") }
        let range: Range<Int>
        if let index {
            guard headers.indices.contains(index) else { return nil }
            range = headers[index]..<(headers.indices.contains(index + 1) ? headers[index + 1] : lines.count)
        } else {
            range = 0..<(headers.first ?? lines.count)
        }
        let ofOption = option.flatMap { option in
            range.first { line in
                let parts = lines[line].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return parts.count == 2 && parts[0].filter { !$0.isWhitespace && $0 != "\"" } == option
            }
        }
        return (ofOption ?? (index == nil ? nil : range.lowerBound)).map { $0 + 1 }
    }
}
