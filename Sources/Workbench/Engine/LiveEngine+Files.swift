import Formatting
import Foundation
import Provenance
import Reports
import Runs

extension LiveEngine {
    /// Suffixes that checkpoints usually have; what a file is, its content decides.
    private static let suffixes = [".safetensors", ".pt", ".pt2", ".pth", ".bin", ".ckpt"]

    func browse(_ folder: String, control: JobControl) throws -> FolderSnapshot {
        let url = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath).standardizedFileURL
        let manager = FileManager.default
        let names: [String]
        do { names = try manager.contentsOfDirectory(atPath: url.path) } catch {
            throw RunError.file(path: folder, line: nil, reason: "the folder cannot be read: \(error.localizedDescription)")
        }
        let here = URL(fileURLWithPath: manager.currentDirectoryPath).standardizedFileURL.path
        let entries = names.filter { !$0.hasPrefix(".") }.map { name -> FileEntry in
            let path = url.appendingPathComponent(name).path
            var isFolder: ObjCBool = false
            let exists = manager.fileExists(atPath: path, isDirectory: &isFolder)
            let size = (try? manager.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
            let isCheckpoint = Self.suffixes.contains { name.lowercased().hasSuffix($0) }
            // Paths below the working folder stay short: they are shown, and stand in recipes.
            let short = path.hasPrefix(here + "/") ? String(path.dropFirst(here.count + 1)) : path
            return FileEntry(
                name: name, path: short,
                kind: exists && isFolder.boolValue ? (Self.holdsModel(path) ? .model : .folder) : isCheckpoint ? .checkpoint : .other,
                bytes: size)
        }
        return FolderSnapshot(path: url.path, parent: url.path == "/" ? nil : url.deletingLastPathComponent().path, entries: entries)
    }

    /// Whether a folder is a network: a configuration and weights under the names that Hugging Face gives them.
    private static func holdsModel(_ folder: String) -> Bool {
        let manager = FileManager.default
        return manager.fileExists(atPath: folder + "/config.json")
            && ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"].contains {
                manager.fileExists(atPath: folder + "/" + $0)
            }
    }

    func inspect(_ path: String, control: JobControl) throws -> FilePreview {
        let found = try Inspection(try Parent.open([path])[0])
        if control.isCancelled() { throw JobCancelled() }
        var lines = [
            found.family.uppercased() + " · \(Format.grouped(found.parameterCount)) parameters",
            "\(found.format), \(Format.bytes(found.bytes)), \(found.types.joined(separator: ", "))",
        ]
        lines.append(
            "input \(found.inputs); \(found.groups.count { $0.role == "hidden" }) hidden neuron groups"
        )
        lines += ["graph: \(found.state)"] + found.assumptions.map { "assumed: \($0)" }
        lines += found.nonFinite.sorted { $0.key < $1.key }.map { "! \($0.key): \($0.value) entries are NaN or infinite" }
        let layers = found.layers.map {
            [
                $0.id, $0.outputShape.map(String.init).joined(separator: "×"),
                $0.parameterCount > 0
                    ? String($0.parameters.first?.split(separator: " ").last ?? "")
                    : $0.kind.split(separator: " ").last.map(String.init) ?? "",
            ]
        }
        return FilePreview(path: path, lines: lines, layers: layers)
    }
}
