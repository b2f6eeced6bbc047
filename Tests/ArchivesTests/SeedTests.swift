import Foundation
import Testing

@testable import Archives

/// The seeds of the fuzzer, and what it has found: `Fuzz/Seeds`. Each is read or refused, here without the sanitizer, as `make fuzz` does with it.
struct SeedTests {
    private static func seeds(_ kind: String) throws -> [URL] {
        let folder = Fixtures.packageRoot.appendingPathComponent("Fuzz/Seeds/\(kind)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).sorted { $0.path < $1.path }
        try #require(files.count > 20)
        return files
    }

    /// A file's bytes in memory of their own.
    private func view(_ file: URL) throws -> ByteView {
        let bytes = try Data(contentsOf: file), memory = OwnedMemory(byteCount: bytes.count)
        bytes.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
        return ByteView(memory)
    }

    @Test func archives() throws {
        var opened = 0
        for file in try Self.seeds("archives") {
            for verifies in [true, false] {
                var limits = ArchiveLimits()
                limits.verifiesChecksums = verifies
                do {
                    let archive = try Archive.open(try view(file), path: file.lastPathComponent, limits: limits)
                    opened += 1
                    try? archive.verifyChecksums()
                    for array in archive.entries.prefix(64) where array.count <= 1 << 20 {
                        _ = try? array.floats()
                        _ = try? array.integers()
                    }
                } catch {
                    #expect(error is ArchiveError && "\(error)".utf8.count <= 4096, "\(file.lastPathComponent)")
                }
                _ = try? JSONValue.read(try view(file), path: "seed", limits: limits)
            }
        }
        #expect(opened > 0, "seeds that are all refused at once would reach nothing")
    }

    @Test func pickles() throws {
        var read = 0
        for file in try Self.seeds("pickles") {
            let bytes = try view(file), budget = FileBudget(size: bytes.count, file: "seed", limits: ArchiveLimits())
            do {
                let graph = try PickleReader.read(ByteReader(bytes, file: "seed"), budget: budget)
                read += 1
                var collector = TorchCollector(graph: graph, file: "seed", place: nil, budget: budget)
                let storage = ByteView(OwnedMemory(byteCount: 64))
                _ = try collector.collect(key: nil) { (_, _) throws(ArchiveError) in storage }
            } catch {
                #expect("\(error)".utf8.count <= 4096, "\(file.lastPathComponent)")
            }
        }
        #expect(read > 0)
    }
}
