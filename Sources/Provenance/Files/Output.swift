import Formatting
import Checkpoints
import Foundation

/// A file that a command writes.
package struct Output: Sendable {
    /// What is written: which suffixes there are, and how a file that this program wrote is recognised. Each is declared beside what writes it.
    package struct Kind: Sendable {
        /// Suffixes that choose the format; empty where any name will do.
        package let suffixes: [String]
        /// Whether a name that ends in a slash is a folder of its own.
        let mayBeFolder: Bool
        private let recognises: @Sendable (_ path: String) -> Bool

        package init(suffixes: [String] = [], mayBeFolder: Bool = false, recognises: @escaping @Sendable (_ path: String) -> Bool) {
            self.suffixes = suffixes
            self.mayBeFolder = mayBeFolder
            self.recognises = recognises
        }

        /// Whether this program wrote the file and nobody has edited it since; false where it cannot be read.
        package func wrote(_ path: String) -> Bool { recognises(path) }
    }

    package let path: String
    /// How the user names it, such as `--output`.
    package let option: String
    package let kind: Kind

    package init(_ path: String, _ option: String, _ kind: Kind) {
        self.path = path
        self.option = option
        self.kind = kind
    }

    /// Which existing files may be replaced. Whatever stands in a file's place stays until the new one is whole on the disk.
    package enum Replacing: Sendable {
        /// Those that this program wrote and nobody has edited since.
        case own
        /// Any but the inputs: for what is done again in its own place.
        case existing
        /// Any, as `--force` says.
        case anything
    }
}

extension Output {
    /// Whether a network goes into a folder of its own.
    var isFolder: Bool { kind.mayBeFolder && Checkpoint.isFolder(path) }

    /// Whether the name has a suffix of its kind, and whether its folder is there and may be written into.
    package func checkPlace() throws(RunError) {
        let suffixes = isFolder ? [] : kind.suffixes
        guard suffixes.isEmpty || suffixes.contains(where: { path.lowercased().hasSuffix($0) }) else {
            throw RunError.file(path: path, line: nil, reason: "the name should end in one of \(suffixes.joined(separator: ", "))")
        }
        // "runs/fused/" stands in "runs".
        let folder = path.folderOfPath
        var isFolder: ObjCBool = false
        let place = folder.isEmpty ? "." : folder
        guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder), isFolder.boolValue else {
            throw RunError.file(path: path, line: nil, reason: "there is no folder \(place)")
        }
        guard FileManager.default.isWritableFile(atPath: place) else {
            throw RunError.file(path: path, line: nil, reason: "no permission to write into \(place)")
        }
    }
}
