/// The type of an array's elements.
///
/// One table: the spelling in each format stands beside the type.
package enum ElementType: String, CaseIterable, Sendable {
    case f16, bf16, f32, f64
    case i8, i16, i32, i64
    case u8, u16, u32, u64
    case bool
    /// Complex numbers: the real and the imaginary part, of 32 or 64 bits each.
    case c64, c128

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .i8, .u8, .bool: 1
        case .f16, .bf16, .i16, .u16: 2
        case .f32, .i32, .u32: 4
        case .f64, .i64, .u64, .c64: 8
        case .c128: 16
        }
    }

    package var isFloatingPoint: Bool {
        switch self {
        case .f16, .bf16, .f32, .f64: true
        default: false
        }
    }

    /// Whether the elements are complex numbers, which no layer computes with.
    package var isComplex: Bool { self == .c64 || self == .c128 }

    /// Bytes of the parts that a change of byte order turns.
    var partSize: Int { isComplex ? size / 2 : size }

    /// The spelling in a safetensors header; nil where the format has no such type.
    var safetensorsName: String? { self == .c128 ? nil : rawValue.uppercased() }

    /// The class of a PyTorch storage of this type, in module `torch`; nil where PyTorch has none and keeps the type beside untyped bytes.
    var torchStorageName: String? {
        switch self {
        case .f16: "HalfStorage"
        case .bf16: "BFloat16Storage"
        case .f32: "FloatStorage"
        case .f64: "DoubleStorage"
        case .i8: "CharStorage"
        case .i16: "ShortStorage"
        case .i32: "IntStorage"
        case .i64: "LongStorage"
        case .u8: "ByteStorage"
        case .bool: "BoolStorage"
        case .c64: "ComplexFloatStorage"
        case .c128: "ComplexDoubleStorage"
        case .u16, .u32, .u64: nil
        }
    }

    /// The name of the PyTorch dtype, in module `torch`.
    package var torchName: String {
        switch self {
        case .f16: "float16"
        case .bf16: "bfloat16"
        case .f32: "float32"
        case .f64: "float64"
        case .i8: "int8"
        case .i16: "int16"
        case .i32: "int32"
        case .i64: "int64"
        case .u8: "uint8"
        case .u16: "uint16"
        case .u32: "uint32"
        case .u64: "uint64"
        case .bool: "bool"
        case .c64: "complex64"
        case .c128: "complex128"
        }
    }

    /// Kind letter and size of the NumPy dtype, as in `<f4`; nil where NumPy has no such type.
    var numpyName: String? {
        switch self {
        case .bf16, .c64, .c128: nil
        case .f16, .f32, .f64: "f\(size)"
        case .i8, .i16, .i32, .i64: "i\(size)"
        case .u8, .u16, .u32, .u64: "u\(size)"
        case .bool: "b1"
        }
    }
}
