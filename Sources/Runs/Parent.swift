import Checkpoints
import Foundation
import Fusion
import Networks
import Tensors

/// An opened parent.
public struct Parent: Sendable {
    /// "A", "B", …
    public let letter: String
    /// The file's name; with its folder where two parents would read alike.
    public let name: String
    public let checkpoint: Checkpoint
    /// In single precision (double where the file holds doubles), ready to run.
    public let network: Network

    public var path: String { checkpoint.path }

    /// The type that the network is computed in.
    var computedType: DType { checkpoint.types.first?.type == .float64 ? .float64 : .float32 }

    /// Opens parents in order. A file that cannot be opened names itself.
    ///
    /// - Parameter options: for all of them.
    public static func open(_ paths: [String], _ options: LoadOptions = LoadOptions()) throws(RunError) -> [Parent] {
        try runs {
            let names = distinctNames(paths)
            return try zip(paths, names).enumerated().map { index, entry in
                let checkpoint = try Checkpoint.open(entry.0, options)
                return Parent(
                    letter: FusionError.letter(index), name: entry.1, checkpoint: checkpoint,
                    network: try checkpoint.network(dtype: checkpoint.types.first?.type == .float64 ? .float64 : .float32))
            }
        }
    }

    /// File names; as many folders before them as it takes to tell them apart.
    static func distinctNames(_ paths: [String]) -> [String] {
        let parts = paths.map { URL(fileURLWithPath: $0).standardizedFileURL.pathComponents.filter { $0 != "/" } }
        let deepest = parts.map(\.count).max() ?? 1
        for depth in 1...max(1, deepest) {
            let names = parts.map { $0.suffix(depth).joined(separator: "/") }
            if Set(names).count == Set(paths).count { return names }
        }
        return paths
    }
}
