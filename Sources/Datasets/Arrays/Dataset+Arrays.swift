import Archives
import Foundation

extension Dataset {
    /// A file of arrays: safetensors, npz, npy, or a PyTorch file of tensors. Which arrays hold images and labels, ``ArrayNames`` knows.
    ///
    /// Without labels the samples are unlabelled (see ``isLabelled``): a method may use them, nothing can be measured on them.
    ///
    /// Images of shape [count, channels, height, width], [count, height, width, channels], [count, height, width] (grey) or [count, features]. Bytes are
    /// divided by 255, other numbers used as they are, but for those of 0 to 255 (``PixelScale``).
    ///
    /// - Parameters:
    ///   - split: nil takes the whole file, or the part `fallback` where its arrays are called after parts.
    ///   - network: what the data are read for; nil where none is known.
    package static func arrays(
        _ path: String, _ split: Split?, default fallback: Split = .test, _ options: ReadingOptions = ReadingOptions(),
        for network: NetworkSignature? = nil
    ) throws(DatasetError) -> Dataset {
        try lifting(path) {
            if let table = tables.first(where: { path.lowercased().hasSuffix($0) }) {
                throw DatasetError.mismatch(
                    file: path,
                    reason:
                        "a table (\(table.dropFirst())) is not read: convert it with  python3 -c \"import pandas as pd, numpy as np; t = pd.read_csv('FILE'); np.savez('data.npz', images=t.drop(columns='label').to_numpy('float32'), labels=t['label'].to_numpy())\""
                )
            }
            let archive = try Archive.open(path)
            let parts = try ArrayNames.parts(of: archive, split, default: fallback, options, inputs: network?.inputs ?? [])
            var reading = ArrayReading(archive: archive, options: options, network: network)
            for part in parts { try reading.add(part) }
            return try reading.dataset(split)
        }
    }

    private static let tables = [".csv", ".tsv", ".parquet", ".feather", ".arrow", ".xlsx", ".arff"]
}
