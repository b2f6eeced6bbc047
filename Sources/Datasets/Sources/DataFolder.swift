import Archives
import Foundation

/// A folder of data files, or one of the places inside it where other programs put them.
struct DataFolder {
    let path: String
    /// Folders to look in, this one first.
    private let places: [String]

    /// The most bytes one file may come to.
    static let largestFile = 4 << 30

    /// - Parameters:
    ///   - inner: where the files stand in folders that torchvision made.
    init(_ path: String, inner: [String] = []) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw DatasetError.missing(path: path, expected: "the folder does not exist")
        }
        guard isFolder.boolValue else { throw DatasetError.missing(path: path, expected: "it is a file; give the folder that contains it") }
        self.path = path
        places = [path] + inner.map { path + "/" + $0 }
    }

    /// The first of the names that is there.
    func find(_ names: [String]) -> String? {
        for place in places {
            for name in names where FileManager.default.fileExists(atPath: place + "/" + name) { return place + "/" + name }
        }
        return nil
    }

    func file(_ names: [String]) throws -> String {
        guard let found = find(names) else {
            throw DatasetError.missing(path: path, expected: "no file \(names.joined(separator: " or "))")
        }
        return found
    }

    /// A file's bytes, inflated where they are gzip.
    static func contents(_ path: String) throws -> [UInt8] {
        try fileContents(path, limit: largestFile)
    }
}
