import Foundation
import Testing

@testable import Archives

@Suite("Tar archives and MD5") struct TarAndDigestTests {
    /// One file of a tar archive, its header's checksum right unless told otherwise.
    static func member(_ name: String, _ bytes: [UInt8], size: String? = nil, kind: Character = "0", sum: Int? = nil) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at place: Int) { header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
        put(name, at: 0)
        put(size ?? String(bytes.count, radix: 8), at: 124)
        put(String(kind), at: 156)
        put("        ", at: 148)
        put(String(sum ?? header.reduce(0) { $0 + Int($1) }, radix: 8) + "\0 ", at: 148)
        return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }

    func opened(_ bytes: [UInt8]) throws -> TarFile {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).tar").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try TarFile(path)
    }

    @Test("members are found by their name or their last part, folders and links are passed over")
    func members() throws {
        let tar = try opened(
            Self.member("d", [], kind: "5") + Self.member("d/a", [1, 2]) + Self.member("l", [], kind: "2") + Self.member("b", [3])
                + [UInt8](repeating: 0, count: 1024))
        #expect(tar.names == ["d/a", "b"])
        #expect(try Array(tar.member("a")) == [1, 2] && Array(tar.member("d/a")) == [1, 2] && Array(tar.member("b")) == [3])
        #expect { try tar.member("c") } throws: { "\($0)".contains("no array named 'c'; it holds d/a, b") }
    }

    @Test(
        "archives that lie are refused with the byte and the reason",
        arguments: [
            ([UInt8](repeating: 0, count: 1024), "it holds no files"), ([UInt8](repeating: 65, count: 600), "checksum is not a number"),
            ([], "it holds no files"),
            (member("a", [1], sum: 3), "its checksum is 3, its bytes come to"),
            (member("a", [1], size: "7777777"), "2097151 bytes, but only 512 are left"),
            (member("a", [1], size: "9"), "size of a member is not a number"), (Array(member("a", [1]).prefix(512)), "only 0 are left"),
        ])
    func hostile(bytes: [UInt8], reason: String) {
        #expect { try opened(bytes) } throws: { "\($0)".contains(reason) && "\($0)".contains(".tar: damaged at byte 0") }
    }

    @Test("MD5 gives the digests of RFC 1321's own examples")
    func md5() {
        for (text, digest) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"),
            (String(repeating: "1234567890", count: 8), "57edf4a22be3c955ac49da2e2107b67a"),
        ] {
            #expect(Array(text.utf8).withUnsafeBytes { MD5.digest($0) } == digest)
        }
    }
}
