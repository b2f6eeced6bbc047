import Archives
import Tensors

extension DType {
    /// The tensor type of a stored type; nil for unsigned types wider than a byte, which libtorch does not compute with.
    init?(_ stored: ElementType) {
        switch stored {
        case .f16: self = .float16
        case .bf16: self = .bfloat16
        case .f32: self = .float32
        case .f64: self = .float64
        case .i8: self = .int8
        case .i16: self = .int16
        case .i32: self = .int32
        case .i64: self = .int64
        case .u8: self = .uint8
        case .bool: self = .bool
        case .u16, .u32, .u64, .c64, .c128: return nil
        }
    }

    /// The type it is stored as.
    var stored: ElementType {
        switch self {
        case .float16: .f16
        case .bfloat16: .bf16
        case .float32: .f32
        case .float64: .f64
        case .int8: .i8
        case .int16: .i16
        case .int32: .i32
        case .int64: .i64
        case .uint8: .u8
        case .bool: .bool
        }
    }
}

extension StoredArray {
    /// The array as a tensor over the file's own memory; a copy only where the file does not align its elements.
    package func tensor() throws(CheckpointError) -> Tensor {
        try lifting(file) {
            guard let dtype = DType(elementType) else {
                throw CheckpointError.elementType(file: file, array: name, type: elementType.torchName)
            }
            try storage.checkUnchanged()
            if count == 0 { return try Tensor.zeros(shape, dtype: dtype) }
            let start = storage.withUnsafeBytes {
                $0.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) + layout.offset * elementType.size }
            }
            let isAligned = UInt(bitPattern: start) % UInt(elementType.size) == 0
            if isAligned {
                return try Tensor(wrapping: start, dtype: dtype, shape: shape, strides: strides, keeping: storage.owner)
            }
            let copy = try withContiguousBytes { AlignedMemory(copying: $0) }
            return try Tensor(wrapping: copy.bytes.baseAddress, dtype: dtype, shape: shape, strides: nil, keeping: copy)
        }
    }
}

extension OutgoingArray {
    /// A tensor on its way into a file; `path` is for errors.
    package init(name: String, _ value: Tensor, tiedTo: String? = nil, path: String) throws(CheckpointError) {
        let dtype = try lifting(path) { try value.dtype() }
        self.init(name: name, elementType: dtype.stored, shape: value.shape, tiedTo: tiedTo) { (sink) throws(ArchiveError) in
            do {
                try value.withBytes { try sink($0) }
            } catch let error as ArchiveError {
                throw error
            } catch {
                throw ArchiveError.cannotWrite(file: path, reason: "parameter \(name): \(error)")
            }
        }
    }
}

/// A copy of bytes at an address that suits every element type.
private final class AlignedMemory {
    let bytes: UnsafeMutableRawBufferPointer

    init(copying source: UnsafeRawBufferPointer) {
        bytes = .allocate(byteCount: source.count, alignment: 64)
        bytes.copyMemory(from: source)
    }

    deinit { bytes.deallocate() }
}
