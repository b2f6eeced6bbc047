import CTorchInterface

/// What libtorch, or a look into a tensor, can refuse.
public enum TensorError: Error, Equatable, Sendable {
    /// libtorch could not be loaded. The reason says why and what to do.
    case libtorchMissing(reason: String)
    /// An operation failed: its ATen name, the kind of failure, libtorch's own words.
    case operation(name: String, failure: Failure, message: String)
    /// A tensor has a different element type than requested.
    case elementType(expected: DType, found: DType)
    /// A shape does not fit the number of elements given.
    case elementCount(shape: [Int], count: Int)
    /// An element type that libtorch has and Amalgam does not use (quantised, complex).
    case unsupportedElementType(code: Int)
    /// An operation gave another kind of result than its declaration here says.
    case unexpectedResult(name: String)
    /// A tensor to differentiate by does not affect the outputs.
    case noGradient(index: Int)
    /// Several processes that work together cannot meet, or have lost one of them. The reason names it.
    case process(reason: String)

    public enum Failure: Int, Sendable {
        case outOfMemory = 1, index, value, notImplemented, linearAlgebra, torch, other
    }
}

extension TensorError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .libtorchMissing(let reason):
            "libtorch is not available: \(reason)"
        case .operation(let name, .outOfMemory, let message):
            "\(name) ran out of memory: \(message). Use fewer samples or a smaller batch."
        case .operation(let name, _, let message):
            "\(name) failed: \(message)"
        case .elementType(let expected, let found):
            "a tensor of \(found) was read as \(expected); convert it first"
        case .elementCount(let shape, let count):
            "shape \(shape) holds \(shape.reduce(1, *)) elements, but \(count) were given"
        case .unsupportedElementType(let code):
            "a tensor has the element type number \(code), which Amalgam does not use (quantised or complex)"
        case .unexpectedResult(let name):
            "\(name) gave a result of another kind than declared; this is a defect, please report it"
        case .noGradient(let index):
            "tensor \(index) of those to differentiate by has no part in the outputs"
        case .process(let reason): reason
        }
    }
}

extension TensorError {
    init(_ error: amg_error, operation name: String) {
        self = .operation(name: name, failure: Failure(rawValue: Int(error.code.rawValue)) ?? .other, message: Self.text(of: error))
    }

    static func text(of error: amg_error) -> String {
        withUnsafeBytes(of: error.message) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
