import Archives
import Networks
import Tensors

extension Checkpoint {
    /// Suffixes of the formats a checkpoint is saved in.
    public static let suffixes = [".safetensors", ".pt", ".pth"]

    /// Saves a network's parameters, in the format that the suffix names; the file appears whole or not at all.
    ///
    /// PyTorch loads the result: `.pt` and `.pth` hold a state dict for `torch.load`, `.safetensors` is for `safetensors.torch`.
    /// The architecture is kept in the metadata of either, so that the file opens again whatever its family.
    ///
    /// - Parameter metadata: kept in the file beside the parameters, such as the manifest of the run.
    public static func save(_ network: Network, to path: String, metadata: [String: String] = [:]) throws(CheckpointError) {
        let suffix = suffixes.first { path.lowercased().hasSuffix($0) && path.count > $0.count }
        guard let suffix else { throw .suffix(file: path, known: suffixes) }
        var metadata = metadata
        metadata[architectureKey] = ArchitectureFile.text(of: network.architecture)
        metadata["format"] = metadata["format"] ?? "pt"
        // A tied parameter stands under all its names, so that a strict class finds each of them.
        let aliases = Dictionary(grouping: network.architecture.aliases, by: \.original)
        var arrays: [OutgoingArray] = []
        for name in network.parameterNames {
            guard let value = network.parameters[name] else { continue }
            arrays.append(try OutgoingArray(name: name, value, path: path))
            for alias in aliases[name] ?? [] { arrays.append(try OutgoingArray(name: alias.name, value, tiedTo: name, path: path)) }
        }
        let format: Archive.Format = suffix == ".safetensors" ? .safetensors : .torch
        try archives { () throws(ArchiveError) in try Archive.write(arrays, metadata: metadata, to: path, as: format) }
    }
}
