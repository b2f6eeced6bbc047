import Foundation
import Testing

@testable import Archives

/// Where the tests' files are.
enum Fixtures {
    static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let archives = packageRoot.appendingPathComponent("Tests/Fixtures/archives")

    static func archive(_ name: String) -> String {
        archives.appendingPathComponent(name).path
    }

    /// The published models and golden cases, which stand beside the checkout and are never copied into it.
    static let shared: URL? = {
        let folder = packageRoot.appendingPathComponent("../shared").standardized
        if FileManager.default.fileExists(atPath: folder.appendingPathComponent("models").path) { return folder }
        print("ArchivesTests: no folder ../shared beside the package; the published models are not tested")
        return nil
    }()
}

/// A folder that is removed with the last reference.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("archives-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func path(_ name: String) -> String {
        url.appendingPathComponent(name).path
    }

    /// Writes the bytes and returns the path.
    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        try Data(bytes).write(to: url.appendingPathComponent(name))
        return path(name)
    }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } }
}

func contents(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Opens the bytes as a file, expecting an error, and returns its message.
func refusal(
    of bytes: some Sequence<UInt8>, in folder: TemporaryFolder, limits: ArchiveLimits = .standard,
    _ location: SourceLocation = #_sourceLocation
) throws -> String {
    let path = try folder.file("hostile", bytes)
    let error = #expect(throws: ArchiveError.self, sourceLocation: location) {
        let archive = try Archive.open(path, limits: limits)
        for array in archive.entries { _ = try array.doubles() }
    }
    let message = error?.description ?? "no error"
    #expect(message.contains(path) || error == nil, "the message names the file", sourceLocation: location)
    return message
}
