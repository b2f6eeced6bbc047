import Testing

@testable import Archives

@Suite("SHA-256") struct SHA256Tests {
    @Test("the examples of the standard")
    func examples() {
        #expect(SHA256.of([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256.of(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        // A million times the letter a.
        let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(SHA256.of(million) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("the same checksum however the bytes are cut into pieces, and reading it early changes nothing")
    func pieces() {
        let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 7) }
        for size in [0, 1, 55, 56, 63, 64, 65, 128, 1024, 8999, 9000] {
            let whole = Array(bytes.prefix(size)), expected = SHA256.of(whole)
            for count in [2, 3, 7] {
                var hash = SHA256()
                for piece in 0..<count {
                    hash.update(Array(whole[piece * size / count..<(piece + 1) * size / count]))
                    if piece == 0 { _ = hash.hexadecimal() }
                }
                #expect(hash.hexadecimal() == expected, "\(size) bytes in \(count) pieces")
            }
        }
    }
}
