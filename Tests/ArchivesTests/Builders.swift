@testable import Archives

/// A safetensors file with this header and so many bytes of data.
func safetensors(_ header: String, data: Int, length: UInt64? = nil) -> [UInt8] {
    var writer = ByteWriter()
    writer.integer(length ?? UInt64(header.utf8.count))
    writer.append(header.utf8)
    writer.append(repeatElement(1, count: data))
    return writer.bytes
}

/// A PyTorch zip file with this pickle and one storage of 16 bytes.
func torchFile(_ pickle: [UInt8], in folder: TemporaryFolder) throws -> [UInt8] {
    let path = folder.path("built.pt")
    let file = try AtomicFile(path)
    var zip = ZipWriter(file)
    try zip.add("archive/data.pkl", pickle)
    try zip.add("archive/data/0", [UInt8](repeating: 0, count: 16))
    try zip.finish()
    try file.commit()
    return try contents(path)
}

/// Pickles spelled as Python's `pickletools` shows them, one short function per instruction.
enum Spell {
    static func proto(_ body: [UInt8]...) -> [UInt8] { [0x80, 2] + body.flatMap { $0 } + [0x2E] }
    static func text(_ text: String) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(0x58)
        writer.integer(UInt32(text.utf8.count))
        writer.append(text.utf8)
        return writer.bytes
    }
    static func integer(_ value: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.append([0x8A, 8])
        writer.integer(Int64(value))
        return writer.bytes
    }
    static func global(_ module: String, _ name: String) -> [UInt8] { [0x63] + Array("\(module)\n\(name)\n".utf8) }
    static func tuple(_ parts: [UInt8]...) -> [UInt8] { [0x28] + parts.flatMap { $0 } + [0x74] }
    static func dictionary(_ pairs: [UInt8]...) -> [UInt8] { [0x7D, 0x28] + pairs.flatMap { $0 } + [0x75] }
    static func put(_ index: UInt8) -> [UInt8] { [0x71, index] }
    static func get(_ index: UInt8) -> [UInt8] { [0x68, index] }
    static let reduce: [UInt8] = [0x52], build: [UInt8] = [0x62], emptyList: [UInt8] = [0x5D], append: [UInt8] = [0x61],
        newFalse: [UInt8] = [0x89]

    /// A tensor of 4 floats in storage `key`, unless told otherwise.
    static func tensor(
        key: String = "0", count: Int = 4, offset: Int = 0, shape: [Int] = [4], strides: [Int] = [1], storage: String = "FloatStorage"
    ) -> [UInt8] {
        let identifier = tuple(text("storage"), global("torch", storage), text(key), text("cpu"), integer(count)) + [0x51]
        let sizes = [0x28] + shape.flatMap(integer) + [0x74], steps = [0x28] + strides.flatMap(integer) + [0x74]
        return global("torch._utils", "_rebuild_tensor_v2") + tuple(identifier, integer(offset), sizes, steps, newFalse, dictionary())
            + reduce
    }
}
