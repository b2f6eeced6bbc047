import Archives
import Networks
import Tensors

extension Checkpoint {
    /// Whether a path means a folder: it ends in a slash, or a folder stands there.
    public static func isFolder(_ path: String) -> Bool { ModelFolder.isMeant(path) }

    /// Suffixes of the formats a checkpoint is saved in.
    public static let suffixes = [".safetensors", ".pt", ".pth", ".pt2"]

    /// Saves a network's parameters, in the format that the suffix names, or as a folder where the path ends in a slash or is one; it appears whole or not at all.
    ///
    /// PyTorch loads the result: `.pt` and `.pth` hold a state dict for `torch.load`, `.safetensors` is for `safetensors.torch`.
    /// The architecture is kept in the metadata of either, so that the file opens again whatever its family.
    ///
    /// - Parameters:
    ///   - given: how the parameters stood in the file that the network's names come from: prefix, types, tied names and what no layer
    ///     uses are written as they were. Nil writes the parameters as they are.
    ///   - dtype: of all floating-point parameters, in the place of the layout's types; integers keep theirs.
    ///   - description: class names and preprocessing, kept in the metadata; a folder has them in `config.json` and `preprocessor_config.json`.
    ///   - card: the `README.md` of a folder.
    ///   - metadata: kept in the file beside the parameters, such as the manifest of the run.
    public static func save(
        _ network: Network, to path: String, like layout: StateDictLayout? = nil, dtype: DType? = nil,
        description: ModelDescription = ModelDescription(), card: String? = nil,
        metadata: [String: String] = [:], shardBytes: Int = ModelFolder.shardBytes
    ) throws(CheckpointError) {
        try lifting(path) {
            let isFolder = ModelFolder.isMeant(path), suffix = suffixes.first { path.lowercased().hasSuffix($0) && path.count > $0.count }
            guard let suffix = isFolder ? ".safetensors" : suffix else { throw CheckpointError.suffix(file: path, known: suffixes) }
            var layout = layout ?? StateDictLayout()
            if suffix == ".pt2" {
                guard layout.program != nil else { throw CheckpointError.noGraph(file: path) }
                layout.dropPrefix()
            }
            var metadata = metadata.merging(description.metadata) { own, _ in own }
            metadata[architectureKey] = try ArchitectureFile.text(
                of: network.architecture, ignored: layout.leftAside.map(\.name), aliases: layout.aliases)
            metadata["format"] = metadata["format"] ?? "pt"
            // A tied parameter stands under all its names, so that a strict class finds each of them.
            let tied = layout.aliases.merging(network.architecture.aliases.map { ($0.name, $0.original) }) { _, own in own }
            let aliases = Dictionary(grouping: tied.keys) { tied[$0] ?? $0 }
            var arrays: [OutgoingArray] = []
            for name in network.parameterNames {
                guard let value = network.parameters[name] else { continue }
                let saved = try value.converted(parameter: name, to: dtype, or: layout.types[name], path: path)
                arrays.append(try OutgoingArray(name: layout.fileName(name), saved, path: path))
                for alias in (aliases[name] ?? []).sorted() {
                    arrays.append(try OutgoingArray(name: layout.fileName(alias), saved, tiedTo: layout.fileName(name), path: path))
                }
            }
            let taken = Set(arrays.map(\.name))
            arrays += layout.leftAside.filter { !taken.contains($0.name) }.map { OutgoingArray($0) }
            if isFolder {
                return try ModelFolder.write(
                    network, arrays, description: description, card: card, metadata: metadata, to: path, shardBytes: shardBytes)
            }
            if suffix == ".pt2", let program = layout.program {
                // The graph is the architecture.
                metadata[architectureKey] = nil
                return try Archive.write(arrays, like: program, metadata: metadata, to: path)
            }
            try Archive.write(arrays, metadata: metadata, to: path, as: suffix == ".safetensors" ? .safetensors : .torch)
        }
    }
}

extension Tensor {
    /// The parameter in the type in which it is saved: a floating-point one in `chosen`, else every one in the type that it had.
    ///
    /// - Throws: ``CheckpointError/overflow`` where a finite number becomes infinite in that type.
    fileprivate func converted(parameter: String, to chosen: DType?, or known: DType?, path: String) throws -> Tensor {
        let own = try dtype()
        guard let wanted = own.isFloatingPoint ? chosen ?? known : known, wanted != own, wanted.isFloatingPoint == own.isFloatingPoint
        else { return self }
        let saved = try converted(to: wanted)
        if wanted.isFloatingPoint, try !saved.allFinite(), try allFinite() {
            throw CheckpointError.overflow(file: path, parameter: parameter, type: wanted.name)
        }
        return saved
    }
}
