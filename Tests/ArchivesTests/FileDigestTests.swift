import Foundation
import Testing
@testable import Archives

/// A checksum stands for the bytes that were used, not for what the path names later.
@Suite("The checksum of an opened file") struct FileDigestTests {
    private func place() throws -> String {
        let folder = NSTemporaryDirectory() + "amalgam-digest-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    /// One number fills the file; from 1 MiB on it is mapped.
    private func write(_ value: Float, count: Int, to path: String) throws {
        try Archive.write([OutgoingArray("weight", [Float](repeating: value, count: count), shape: [count])], to: path, as: .safetensors)
    }

    @Test("another file in its place leaves the checksum of what was opened", arguments: [16, 1 << 19])
    func replaced(count: Int) throws {
        let folder = try place(), path = folder + "/a.safetensors"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write(1, count: count, to: path)
        let before = try SHA256.ofFile(path), archive = try Archive.open(path)
        try write(2, count: count, to: path)
        #expect(try SHA256.ofFile(path) != before)
        #expect(try archive.digest.sha256() == before)
        #expect(try archive.digest.sha256() == before)
    }

    @Test("a mapped file that is written into while it is used is an error")
    func changed() throws {
        let folder = try place(), path = folder + "/a.safetensors"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write(1, count: 1 << 19, to: path)
        let archive = try Archive.open(path)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data([0]))
        try file.close()
        #expect { _ = try archive.digest.sha256() } throws: { "\($0)".contains("changed while it was in use") }
    }

    @Test("a mapped file that is shortened while it is read gives zeros and an error")
    func shortened() throws {
        let folder = try place(), path = folder + "/a.safetensors"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write(1, count: 1 << 20, to: path)
        let archive = try Archive.open(path), array = try archive.array("weight")
        // As libtorch reads parameters: without asking before.
        let sum: Float = array.withUnsafeStorage { bytes in
            guard truncate(path, 8192) == 0 else { return -1 }
            return stride(from: 0, to: bytes.count - 3, by: 4).reduce(into: Float(0)) { sum, place in
                sum += bytes.loadUnaligned(fromByteOffset: place, as: Float.self)
            }
        }
        #expect(sum >= 0 && sum < Float(1 << 20))
        #expect { try archive.digest.checkUnchanged() } throws: { "\($0)".contains("changed while it was in use") }
    }

    @Test("contents that are changed in place are found, also where the time of change is set back; another name is no change")
    func setBack() throws {
        let folder = try place(), path = folder + "/a.safetensors"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write(1, count: 1 << 19, to: path)
        let archive = try Archive.open(path), before = try archive.digest.sha256()
        try FileManager.default.moveItem(atPath: path, toPath: path + "-moved")
        try archive.digest.checkUnchanged()
        #expect(try archive.digest.sha256() == before)
        let date = try #require(FileManager.default.attributesOfItem(atPath: path + "-moved")[.modificationDate] as? Date)
        let file = try #require(FileHandle(forUpdatingAtPath: path + "-moved"))
        try file.seek(toOffset: 1 << 20)
        try file.write(contentsOf: Data([9]))
        try file.close()
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path + "-moved")
        #expect { try archive.digest.checkUnchanged() } throws: { "\($0)".contains("changed while it was in use") }
    }
}
