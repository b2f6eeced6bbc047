import Checkpoints
import Foundation
import Fusion
import Networks
import Tensors

/// An opened parent.
package struct Parent: Sendable {
    /// "A", "B", …
    package let letter: String
    /// The file's name; with its folder where two parents would read alike.
    package let name: String
    package let checkpoint: Checkpoint
    /// In the widest type of all parents, single precision at least, ready to run.
    package let network: Network
    /// Class names in the order of the outputs; nil where the file has none.
    package let classNames: [String]?

    package var path: String { checkpoint.path }
    /// "A a.pt".
    package var label: String { "\(letter) \(name)" }

    package init(letter: String, name: String, checkpoint: Checkpoint, network: Network, classNames: [String]?) {
        self.letter = letter
        self.name = name
        self.checkpoint = checkpoint
        self.network = network
        self.classNames = classNames
    }

    /// Opens parents in order. A file that cannot be opened names itself.
    ///
    /// - Parameter options: for all of them.
    package static func open(_ paths: [String], _ options: LoadOptions = LoadOptions()) throws -> [Parent] {
        let names = distinctNames(paths)
        let checkpoints: [Checkpoint]
        do { checkpoints = try paths.map { try Checkpoint.open($0, options) } } catch {
            if let difference = StatisticsDifference(error, paths: paths) { throw difference.error }
            throw error
        }
        let dtype = DType.widest(checkpoints.map(\.stored.dtype) + [.float32]) ?? .float32
        return try zip(checkpoints, names).enumerated().map { index, entry in
            Parent(
                letter: FusionError.letter(index), name: entry.1, checkpoint: entry.0, network: try entry.0.network(dtype: dtype),
                classNames: entry.0.description.classNames)
        }
    }

    /// Refuses parents whose files changed since they were opened: asked after each use.
    package static func checkUnchanged(_ parents: [Parent]) throws { for parent in parents { try parent.checkpoint.checkUnchanged() } }

    /// File names; with as many parent folders as needed to make them unique.
    package static func distinctNames(_ paths: [String]) -> [String] {
        let parts = paths.map { URL(fileURLWithPath: $0).standardizedFileURL.pathComponents.filter { $0 != "/" } }
        let deepest = parts.map(\.count).max() ?? 1
        for depth in 1...max(1, deepest) {
            let names = parts.map { $0.suffix(depth).joined(separator: "/") }
            if Set(names).count == Set(paths).count { return names }
        }
        return paths
    }
}
