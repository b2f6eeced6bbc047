import CDigests

/// The SHA-256 of a run of bytes (FIPS 180-4), given piece by piece, by libcrypto.
///
/// ```swift
/// var hash = SHA256()
/// hash.update(bytes)
/// print(hash.hexadecimal())
/// ```
package struct SHA256: ~Copyable {
    private let context = EVP_MD_CTX_new()

    package init() { Self.check(EVP_DigestInit_ex(context, EVP_sha256(), nil)) }

    deinit { EVP_MD_CTX_free(context) }

    /// The checksum of a file, without reading all of it into memory.
    package static func ofFile(_ path: String) throws(ArchiveError) -> String {
        let view = ByteView(try MappedFile(path))
        var hash = SHA256()
        view.withUnsafeBytes { hash.update($0) }
        try view.checkUnchanged()
        return hash.hexadecimal()
    }

    /// The checksum of some bytes.
    package static func of(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexadecimal()
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        Self.check(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
    }

    package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The checksum of the bytes so far, in 64 hexadecimal digits; more bytes may follow.
    package func hexadecimal() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let end = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(end) }
        Self.check(EVP_MD_CTX_copy_ex(end, context))
        Self.check(EVP_DigestFinal_ex(end, &digest, nil))
        return digest.hexadecimal
    }

    /// libcrypto computes SHA-256 in every configuration; it fails only where no memory is left.
    private static func check(_ status: Int32) { precondition(status == 1, "libcrypto is out of memory") }
}

extension [UInt8] {
    /// Two hexadecimal digits for each byte.
    var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
