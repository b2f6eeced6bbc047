import Testing

@testable import Archives

@Suite("SHA-256") struct SHA256Tests {
    func digest(_ bytes: [UInt8], pieces: Int = 1, isPortable: Bool = false) -> String {
        var hash = SHA256(isPortable: isPortable)
        for piece in 0..<pieces { hash.update(Array(bytes[piece * bytes.count / pieces..<(piece + 1) * bytes.count / pieces])) }
        return hash.hexadecimal()
    }

    @Test("the examples of the standard, either way")
    func examples() {
        for isPortable in [false, true] {
            #expect(digest([], isPortable: isPortable) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            #expect(digest(Array("abc".utf8), isPortable: isPortable) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            // A million times the letter a.
            let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
            #expect(digest(million, isPortable: isPortable) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        }
    }

    @Test("the portable way and the processor's give the same, however the bytes are cut")
    func alike() {
        let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 7) }
        for size in Array(0...130) + [1023, 1024, 1025, 1088, 4096, 8999, 9000] {
            let expected = digest(Array(bytes.prefix(size)), isPortable: true)
            for pieces in [1, 2, 3, 7] {
                #expect(digest(Array(bytes.prefix(size)), pieces: pieces) == expected, "\(size) bytes in \(pieces)")
            }
        }
    }
}
