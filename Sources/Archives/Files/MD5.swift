import CDigests

/// The MD5 of a file (RFC 1321), by libcrypto: the checksum that older data sets publish. It detects a broken download; it does not protect against forgery.
package enum MD5 {
    /// In 32 hexadecimal digits, without reading all of the file into memory.
    package static func ofFile(_ path: String) throws(ArchiveError) -> String {
        let view = ByteView(try MappedFile(path))
        let found = view.withUnsafeBytes { Self.digest($0) }
        try view.checkUnchanged()
        guard let found else {
            throw .unsupported(
                file: path, place: "its MD5", reason: "libcrypto on this system does not compute MD5 (FIPS mode)",
                advice: "check the file by its SHA-256")
        }
        return found
    }

    /// nil where libcrypto does not offer MD5.
    static func digest(_ bytes: UnsafeRawBufferPointer) -> String? {
        var digest = [UInt8](repeating: 0, count: 16)
        return EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_md5(), nil) == 1 ? digest.hexadecimal : nil
    }
}
