import Foundation
import Testing

@testable import Datasets

/// The seeds of the fuzzer of images, and what it has found: each is an image or an error in words.
@Suite struct ImageSeedTests {
    @Test func images() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(
            at: root.appendingPathComponent("Fuzz/Seeds/images"), includingPropertiesForKeys: nil)
        try #require(files.count > 20)
        var seen = 0
        for file in files {
            do {
                guard let size = try ImageFile.header(file.path) else { continue }
                seen += 1
                let count = Int(size.width) * Int(size.height) * Int(size.channels)
                guard count <= 1 << 22 else { continue }
                let pixels = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
                defer { pixels.deallocate() }
                try ImageFile.decode(file.path, size: size, into: pixels)
            } catch { #expect(error is DatasetError, "\(file.lastPathComponent): \(error)") }
        }
        #expect(seen > 0)
    }
}
