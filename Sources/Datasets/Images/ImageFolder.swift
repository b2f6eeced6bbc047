import Foundation

/// A folder with a folder for each class, with parts that have them, or with images alone.
struct ImageFolder {
    let path: String
    private let train: String?
    private let test: String?

    init(_ path: String) throws {
        self.path = try DataFolder(path).path
        let folders = try Self.folders(in: path)
        func part(_ names: [String]) -> String? { names.first(where: folders.contains).map { path + "/" + $0 } }
        train = part(["train"])
        test = part(["test", "val", "validation"])
    }

    var hasParts: Bool { train != nil && test != nil }

    func parts(_ split: Split) throws -> [String] {
        guard let train, let test else {
            if split == .all { return [train ?? path] }
            throw DatasetError.missing(
                path: path,
                expected: "it has no folders train and test (or val); without them the whole folder is one set without splits")
        }
        switch split {
        case .train: return [train]
        case .test: return [test]
        case .all: return [train, test]
        }
    }

    /// The names of the class folders: the training part, or the only one, says which there are. Empty for a folder of images alone.
    func classNames() throws -> [String] {
        let names = try Self.folders(in: train ?? path)
        let files = try Self.files(in: train ?? path)
        guard !names.isEmpty || !files.isEmpty else {
            throw DatasetError.missing(path: train ?? path, expected: "a folder for each class, named after it, or images")
        }
        return names
    }

    /// Folders in the order of their names; hidden ones, and what macOS puts into zip files, are passed over.
    static func folders(in path: String) throws -> [String] {
        try entries(path).filter { $0.isFolder && $0.name != "__MACOSX" }.map(\.name)
    }

    /// Files in the order of their names; hidden ones are passed over.
    static func files(in path: String) throws -> [String] {
        try entries(path).filter { !$0.isFolder }.map { path + "/" + $0.name }
    }

    /// The files of a class's folder, in which there may be no folders.
    static func files(ofClass path: String) throws -> [String] {
        if let inner = try folders(in: path).first {
            throw DatasetError.mismatch(
                file: path + "/" + inner,
                reason:
                    "a subfolder of a class folder; images must be directly in the class folder: give the folder above the classes, or move the images up"
            )
        }
        return try files(in: path)
    }

    private static func entries(_ path: String) throws -> [(name: String, isFolder: Bool)] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw DatasetError.missing(path: path, expected: "the folder cannot be read")
        }
        // By bytes, so that the order is the same whatever the language.
        return names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { name in
            var isFolder: ObjCBool = false
            return (name, FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder) && isFolder.boolValue)
        }
    }
}
