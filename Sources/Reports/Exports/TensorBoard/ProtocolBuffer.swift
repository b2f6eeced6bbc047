/// A message of Protocol Buffers, field by field: as much of the wire format as event files need.
struct ProtocolBuffer {
    private(set) var bytes: [UInt8] = []

    private enum WireType: UInt64 { case varint = 0, fixed64 = 1, delimited = 2, fixed32 = 5 }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func key(_ field: UInt64, _ type: WireType) { varint(field << 3 | type.rawValue) }

    mutating func integer(_ field: UInt64, _ value: Int64) {
        key(field, .varint)
        varint(UInt64(bitPattern: value))
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        key(field, .fixed64)
        bytes += value.bitPattern.littleEndianBytes
    }

    mutating func float(_ field: UInt64, _ value: Float) {
        key(field, .fixed32)
        bytes += value.bitPattern.littleEndianBytes
    }

    mutating func data(_ field: UInt64, _ value: [UInt8]) {
        key(field, .delimited)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func text(_ field: UInt64, _ value: String) { data(field, Array(value.utf8)) }

    mutating func message(_ field: UInt64, _ fill: (inout ProtocolBuffer) -> Void) {
        var inner = ProtocolBuffer()
        fill(&inner)
        data(field, inner.bytes)
    }
}

extension FixedWidthInteger {
    var littleEndianBytes: [UInt8] { (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * Self($0))) } }
}
