import Archives
import Networks
import Tensors

/// What a name of an exported graph stands for.
enum GraphValue {
    /// What comes into the network.
    case input
    /// A parameter, or a buffer of floating-point numbers, by its name in the state dict.
    case stored(String)
    /// Depends on nothing that comes in or is trained.
    case constant(Tensor)
    /// A result of an operation, by the operation's place.
    case result(Int, Int)

    var constant: Tensor? { if case .constant(let tensor) = self { tensor } else { nil } }
}

/// An argument of an operation: a value, something literal, or a list.
indirect enum GraphArgument<Value> {
    case value(Value)
    case int(Int), real(Double), bool(Bool), string(String), dtype(DType)
    case none, byDefault
    case list([GraphArgument])
    /// So many times the batch.
    case batch(Int)

    /// The values in it, itself or its parts.
    var values: [Value] {
        switch self {
        case .value(let value): [value]
        case .list(let parts): parts.flatMap(\.values)
        default: []
        }
    }

    func mapped<Other>(_ change: (Value) throws -> Other) rethrows -> GraphArgument<Other> {
        switch self {
        case .value(let value): .value(try change(value))
        case .int(let value): .int(value)
        case .real(let value): .real(value)
        case .bool(let value): .bool(value)
        case .string(let value): .string(value)
        case .dtype(let value): .dtype(value)
        case .none: .none
        case .byDefault: .byDefault
        case .list(let parts): .list(try parts.map { try $0.mapped(change) })
        case .batch(let times): .batch(times)
        }
    }

    var int: Int? { if case .int(let value) = self { value } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var real: Double? {
        switch self {
        case .real(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }
    var isNone: Bool { if case .none = self { true } else if case .byDefault = self { true } else { false } }
    /// A list of whole numbers, or a single one.
    var ints: [Int]? {
        switch self {
        case .int(let value): return [value]
        case .list(let parts):
            let numbers = parts.compactMap(\.int)
            return numbers.count == parts.count ? numbers : nil
        default: return nil
        }
    }
}

/// An operation with its arguments in the order of its signature.
struct GraphCall<Value> {
    let name: String
    /// The path of the module that makes the call.
    let module: String
    var allowed: AllowedOperation
    var arguments: [GraphArgument<Value>]
    /// A value that is read for the length of its batch alone.
    var batchFrom: Value?

    /// The argument of a name; the default where the signature has none of the name.
    subscript(_ name: String) -> GraphArgument<Value> {
        get {
            guard let place = allowed.parameters.firstIndex(where: { $0.name == name }), arguments.indices.contains(place) else {
                return .byDefault
            }
            return arguments[place]
        }
        set {
            guard let place = allowed.parameters.firstIndex(where: { $0.name == name }) else { return }
            while arguments.count <= place { arguments.append(.byDefault) }
            arguments[place] = newValue
        }
    }

    var values: [Value] { arguments.flatMap(\.values) }
    var base: String { allowed.name.base }

    func fault(_ reason: String) -> NetworkError { .operation(node: name, name: "\(allowed.name)", reason: reason) }
}

/// What is known of a tensor of the graph.
struct GraphShape {
    let sizes: [Int]
    let type: DType?
    /// Axes whose length the file makes of the input's batch; always empty where it has a number for that.
    var batchAxes: Set<Int> = []
}

extension GraphCall<GraphValue> {
    /// The same call on the constants that its values are.
    func mappedConstants() throws -> GraphCall<Tensor> {
        GraphCall<Tensor>(
            name: name, module: module, allowed: allowed,
            arguments: try arguments.map { argument in
                try argument.mapped { value in
                    guard let tensor = value.constant else { throw fault("it was taken for a constant, but is none") }
                    return tensor
                }
            })
    }
}
