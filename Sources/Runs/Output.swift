import Foundation

/// Checks of a place to write to, made before the work rather than after it.
public enum Output {
    public static func check(_ path: String, suffixes: [String]) throws(RunError) {
        guard suffixes.contains(where: { path.lowercased().hasSuffix($0) }) else {
            throw .file(path: path, line: nil, reason: "the name should end in one of \(suffixes.joined(separator: ", "))")
        }
        let folder = (path as NSString).deletingLastPathComponent
        var isFolder: ObjCBool = false
        let place = folder.isEmpty ? "." : folder
        guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder), isFolder.boolValue else {
            throw .file(path: path, line: nil, reason: "there is no folder \(place)")
        }
        guard FileManager.default.isWritableFile(atPath: place) else {
            throw .file(path: path, line: nil, reason: "nothing may be written into \(place)")
        }
    }
}
