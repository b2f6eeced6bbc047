/// The element type of a tensor. Raw values are libtorch's `ScalarType` numbers.
public enum DType: Int, Sendable, CaseIterable {
    case uint8 = 0, int8, int16, int32, int64, float16, float32, float64
    case bool = 11
    case bfloat16 = 15

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .int16, .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64: 8
        }
    }

    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .float32, .float64, .bfloat16: true
        default: false
        }
    }

    /// PyTorch's name, such as "bfloat16".
    public var name: String { "\(self)" }

    /// The types in which a network may be saved, by name.
    public static let savedNames = [DType.float32, .float64, .bfloat16, .float16].map(\.name)

    /// A type in which a network may be saved, by its name or a usual short form (`bf16`, `fp32`).
    public init?(savedAs name: String) {
        switch name.lowercased() {
        case "float32", "f32", "fp32", "float": self = .float32
        case "float64", "f64", "fp64", "double": self = .float64
        case "bfloat16", "bf16": self = .bfloat16
        case "float16", "f16", "fp16", "half": self = .float16
        default: return nil
        }
    }

    /// The floating-point type that holds the numbers of all of these; nil where none of them is one.
    public static func widest(_ types: some Sequence<DType>) -> DType? {
        let found = Set(types).filter(\.isFloatingPoint)
        guard let first = found.first else { return nil }
        if found.contains(.float64) { return .float64 }
        // f16 has more digits, bf16 more range: only f32 has both.
        return found.count == 1 ? first : .float32
    }
}

/// A Swift type that libtorch stores as it is.
public protocol TensorElement: Sendable {
    static var dtype: DType { get }
}

extension Float: TensorElement { public static var dtype: DType { .float32 } }
extension Double: TensorElement { public static var dtype: DType { .float64 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Int: TensorElement { public static var dtype: DType { .int64 } }
extension Int32: TensorElement { public static var dtype: DType { .int32 } }
extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }

/// Where a tensor's memory is.
public enum Device: Hashable, Sendable, CustomStringConvertible {
    case cpu
    case cuda(Int)

    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }

    /// `type << 8 | index + 1`, as the bridge packs it.
    var packed: Int64 {
        switch self {
        case .cpu: 0
        case .cuda(let index): 1 << 8 | Int64(index + 1)
        }
    }

    init?(packed: Int64) {
        switch packed >> 8 {
        case 0: self = .cpu
        case 1: self = .cuda(Int(packed & 0xff) - 1)
        default: return nil
        }
    }
}
