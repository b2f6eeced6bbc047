import Archives
import Foundation
import Networks

/// A network as a folder: `config.json`, `model.safetensors` (in shards with their index where it is large), `preprocessor_config.json`, and a model card.
public enum ModelFolder {
    /// What the Hugging Face libraries put into one file at most.
    public static let shardBytes = 5_000_000_000

    /// Whether a path means a folder: it ends in a slash, or a folder stands there whose name has no suffix of a checkpoint's.
    static func isMeant(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        if path.hasSuffix("/") { return true }
        return !Checkpoint.suffixes.contains { path.lowercased().hasSuffix($0) }
            && (FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue)
    }

    /// Files that this program writes into such a folder, and that go when it is written again.
    package static func isOwn(_ name: String) -> Bool {
        ["config.json", "preprocessor_config.json", "README.md", "model.safetensors", "model.safetensors.index.json"].contains(name)
            || (name.hasPrefix("model-") && name.hasSuffix(".safetensors"))
    }

    /// Writes the folder; it appears whole or not at all.
    static func write(
        _ network: Network, _ arrays: [OutgoingArray], description: ModelDescription, card: String?, metadata: [String: String],
        to path: String, shardBytes: Int
    ) throws {
        let shards = shards(arrays, largest: shardBytes), configuration = configuration(network, description),
            preprocessor = preprocessor(description)
        let folder = try AtomicFolder(path)
        if shards.count == 1 {
            try Archive.write(arrays, metadata: metadata, to: folder.place(of: "model.safetensors"), as: .safetensors)
        } else {
            var map = JSONValue.object([]), members: [JSONValue.Member] = []
            for (index, shard) in shards.enumerated() {
                let name = "model-\(padded(index + 1))-of-\(padded(shards.count)).safetensors"
                members += shard.map { JSONValue.Member(key: $0.name, value: .text(name)) }
                // The first says of the network what a single file would.
                try Archive.write(
                    shard, metadata: index == 0 ? metadata : ["format": "pt"], to: folder.place(of: name), as: .safetensors)
            }
            map = .object(members)
            let total = arrays.reduce(0) { $0 + bytes($1) }
            try folder.write(
                JSONValue.object(["metadata": .object(["total_size": .number(total)]), "weight_map": map]).json() + "\n",
                as: "model.safetensors.index.json")
        }
        try folder.write(configuration.json() + "\n", as: "config.json")
        if let preprocessor { try folder.write(preprocessor.json() + "\n", as: "preprocessor_config.json") }
        if let card { try folder.write(card, as: "README.md") }
        try folder.commit(replacing: isOwn)
    }

    private static func bytes(_ array: OutgoingArray) -> Int { array.shape.reduce(array.elementType.size, *) }

    private static func padded(_ number: Int) -> String { String(repeating: "0", count: max(0, 5 - "\(number)".count)) + "\(number)" }

    /// Runs of arrays of at most so many bytes; a larger array stands alone. Tied arrays are written wherever their names are.
    static func shards(_ arrays: [OutgoingArray], largest: Int) -> [[OutgoingArray]] {
        var shards: [[OutgoingArray]] = [[]], size = 0
        for array in arrays {
            let next = bytes(array)
            if let last = shards.last, !last.isEmpty, size + next > largest {
                shards.append([])
                size = 0
            }
            // A tie does not reach into another file.
            let tied = array.tiedTo.map { tie in shards[shards.count - 1].contains { $0.name == tie } } ?? true
            shards[shards.count - 1].append(tied ? array : array.untied)
            size += next
        }
        return shards
    }

    // MARK: What describes the network

    /// The reference's `config.json` with labels and widths as the network has them; a small one where there was none.
    static func configuration(_ network: Network, _ description: ModelDescription) -> JSONValue {
        var json = description.configuration ?? .object([])
        if ["architecture", "architectures", "model_type"].allSatisfy({ json[$0] == nil }) {
            json["architecture"] = .text(network.architecture.family)
        }
        let outputs = network.trace.outputWidth
        for key in ["num_labels", "num_classes"] where json[key] != nil { json[key] = .number(outputs) }
        if let names = description.classNames {
            json["id2label"] = .object(names.enumerated().map { JSONValue.Member(key: "\($0)", value: .text($1)) })
            if Set(names).count == names.count {
                json["label2id"] = .object(names.enumerated().map { JSONValue.Member(key: $1, value: .number($0)) })
            }
            if json["label_names"] != nil { json["label_names"] = .list(names.map { .text($0) }) }
        } else if ["id2label", "num_labels", "num_classes"].allSatisfy({ json[$0] == nil }) {
            json["num_labels"] = .number(outputs)
        }
        // What a fused network may have more of than its reference.
        let attentions = network.architecture.nodes.compactMap { $0.layer as? Attention }
        func only(_ widths: [Int]) -> Int? { Set(widths).count == 1 ? widths.first : nil }
        func width(of suffix: String) -> [Int] {
            network.parameterNames.filter { $0.hasSuffix(suffix) }.compactMap { network.parameters[$0]?.shape.first }
        }
        if json["intermediate_size"]?.int != nil, let width = only(width(of: "intermediate.dense.weight")) {
            json["intermediate_size"] = .number(width)
        }
        if json["hidden_size"]?.int != nil, let width = only(width(of: "attention.output.dense.weight")) {
            json["hidden_size"] = .number(width)
        }
        if json["num_attention_heads"]?.int != nil, let heads = only(attentions.map(\.heads)) {
            json["num_attention_heads"] = .number(heads)
        }
        return json
    }

    /// The reference's `preprocessor_config.json`, or one that says how the inputs are normalised; nil where that is unknown, or in `config.json`.
    static func preprocessor(_ description: ModelDescription) -> JSONValue? {
        guard let known = description.preprocessing, known.isNormalised, known.source != "pretrained_cfg of config.json" else {
            return description.preprocessor
        }
        if known.source == "preprocessor_config.json", let preprocessor = description.preprocessor { return preprocessor }
        var json =
            description.preprocessor
            ?? .object(["do_resize": .bool(false), "do_rescale": .bool(true), "rescale_factor": .number(1.0 / 255)])
        json["do_normalize"] = .bool(true)
        json["image_mean"] = .list((known.mean ?? [0]).map { .number($0) })
        json["image_std"] = .list((known.standardDeviation ?? [1]).map { .number($0) })
        if let rescale = known.rescale { json["rescale_factor"] = .number(rescale) }
        return json
    }
}

extension OutgoingArray {
    /// The same array, written for itself.
    fileprivate var untied: OutgoingArray { OutgoingArray(name: name, elementType: elementType, shape: shape, copying: self) }
}
