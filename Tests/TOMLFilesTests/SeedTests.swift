import Foundation
import Testing

@testable import TOMLFiles

/// The seeds of the fuzzer, and what it has found: each is read or refused with a line.
@Suite struct SeedTests {
    @Test func texts() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(
            at: root.appendingPathComponent("Fuzz/Seeds/toml"), includingPropertiesForKeys: nil)
        try #require(files.count > 10)
        var read = 0
        for file in files {
            let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            do {
                _ = try TOMLTable(checking: text).convert()
                read += 1
            } catch { #expect(error is TOMLFault, "\(file.lastPathComponent): \(error)") }
        }
        #expect(read > 0)
    }
}
