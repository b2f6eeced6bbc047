import CTorchInterface

/// Tensors in one run of bytes, as they go between processes: what they are first, then their numbers, each at a multiple of 64 bytes.
struct TensorParcel {
    let tensor: Tensor
    private let memory: Allocation

    private static let unit = 64

    var count: Int { memory.memory.count }

    /// Room for a parcel of so many bytes.
    init(room count: Int) throws(TensorError) {
        guard count >= Self.unit else { throw Self.damaged }
        memory = Allocation(UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: Self.unit))
        tensor = try Tensor(wrapping: memory.memory.baseAddress, dtype: .uint8, shape: [count], strides: nil, keeping: memory)
    }

    init(_ tensors: [Tensor]) throws(TensorError) {
        var header = [Int64(tensors.count)], size = 0
        for own in tensors {
            let dtype = try own.dtype()
            header += [Int64(dtype.rawValue), Int64(own.rank)] + own.shape.map(Int64.init)
            size += Self.padded(own.count * dtype.byteCount)
        }
        let start = Self.padded(8 * (header.count + 1))
        // Where the numbers begin.
        header.insert(Int64(start), at: 0)
        try self.init(room: start + size)
        let bytes = memory.memory
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        header.withUnsafeBytes { bytes.copyMemory(from: $0) }
        var place = start
        for own in tensors {
            do {
                try own.withBytes { source in
                    UnsafeMutableRawBufferPointer(rebasing: bytes[place...]).copyMemory(from: source)
                    place += Self.padded(source.count)
                }
            } catch { throw error as? TensorError ?? .unexpectedResult(name: "parcel") }
        }
    }

    /// The tensors, in the parcel's own memory.
    func contents() throws(TensorError) -> [Tensor] {
        let bytes = memory.memory
        var cursor = 0
        func next() throws(TensorError) -> Int {
            guard cursor + 8 <= bytes.count else { throw Self.damaged }
            defer { cursor += 8 }
            return Int(bytes.loadUnaligned(fromByteOffset: cursor, as: Int64.self))
        }
        var place = try next(), tensors: [Tensor] = []
        for _ in 0..<(try next()) {
            guard let dtype = DType(rawValue: try next()) else { throw Self.damaged }
            var shape: [Int] = []
            for _ in 0..<(try next()) { shape.append(try next()) }
            let size = shape.reduce(dtype.byteCount, *)
            guard shape.allSatisfy({ $0 >= 0 }), place >= 0, size <= bytes.count - place else { throw Self.damaged }
            tensors.append(
                try Tensor(wrapping: bytes.baseAddress.map { $0 + place }, dtype: dtype, shape: shape, strides: nil, keeping: memory))
            place += Self.padded(size)
        }
        return tensors
    }

    private static func padded(_ count: Int) -> Int { (count + unit - 1) / unit * unit }
    private static let damaged = TensorError.process(reason: "another rank sent what is no list of tensors: do all ranks run one version?")
}
