extension Archive {
    /// A format that can be written.
    package enum Format: String, Sendable, CaseIterable {
        case safetensors
        /// A PyTorch zip file with a state dict, for `torch.load(weights_only=True)`.
        case torch
        case npz
        /// One NumPy array.
        case npy

        /// The format that a file name's suffix stands for.
        package init?(path: String) {
            switch path.split(separator: ".").last?.lowercased() {
            case "safetensors": self = .safetensors
            case "pt", "pth", "ckpt", "checkpoint", "bin": self = .torch
            case "npz": self = .npz
            case "npy": self = .npy
            default: return nil
            }
        }
    }

    /// Writes the arrays as a file, which appears whole or not at all; the same arrays give the same bytes.
    ///
    /// - Parameters:
    ///   - metadata: kept in safetensors (`__metadata__`) and PyTorch files (a record that PyTorch passes over); NumPy's formats have no place for it.
    /// - Throws: ``ArchiveError/cannotWrite(file:reason:)``, with whatever stood at the path before still there.
    package static func write(
        _ arrays: [OutgoingArray], metadata: [String: String] = [:], to path: String, as format: Format
    ) throws(ArchiveError) {
        let outgoing = try OutgoingArrays(arrays, file: path)
        let file = try AtomicFile(path)
        switch format {
        case .safetensors: try SafetensorsFile.write(outgoing, metadata: metadata, to: file)
        case .torch: try TorchZipFile.write(outgoing, metadata: metadata, to: file)
        case .npz: try NumPyFile.writeArchive(outgoing, to: file)
        case .npy: try NumPyFile.writeSingle(outgoing, to: file)
        }
        try file.commit()
    }
}
