/// The cyclic redundancy check of Castagnoli (iSCSI, RFC 3720), as TensorFlow's record files use it.
enum CRC32C {
    /// The polynomial 0x1EDC6F41, its bits reversed.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { checksum, byte in checksum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: checksum) ^ byte)] }
    }

    /// Turned and moved, so that the checksum of data that hold a checksum is not degenerate.
    static func masked(_ bytes: [UInt8]) -> UInt32 {
        let checksum = of(bytes)
        return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
    }
}
