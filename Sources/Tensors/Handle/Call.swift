import CTorchInterface
import Synchronization

/// One argument of an ATen operation, in the order of its signature.
package enum Argument {
    case tensor(Tensor)
    case tensors([Tensor?])
    case int(Int)
    case ints([Int])
    case real(Double)
    case reals([Double])
    case bool(Bool)
    case string(String)
    case dtype(DType)
    case device(Device)
    /// The place of tensors that have a shape and a type, but no memory.
    case withoutMemory
    case generator(Generator)
    /// The operation's own default.
    case byDefault
    case none

    package static func optional(_ tensor: Tensor?) -> Argument { tensor.map { .tensor($0) } ?? .none }
}

extension Argument: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral {
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .real(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// Calls the ATen operation `name` ("add.Tensor": name and overload). Arguments left out take their defaults.
/// An operation is declared by the one line that calls it; libtorch knows its signature.
func call(_ name: StaticString, _ arguments: Argument...) throws(TensorError) -> Tensor {
    let results = try results(of: name, arguments)
    guard results.count == 1, case .tensor(let tensor)? = results.first else { throw .unexpectedResult(name: name.description) }
    return tensor
}

/// Calls an operation with several tensors, or a list of them, as its result.
func callForMany(_ name: StaticString, _ arguments: Argument...) throws(TensorError) -> [Tensor] {
    var tensors: [Tensor] = []
    for case .tensor(let tensor) in try results(of: name, arguments) { tensors.append(tensor) }
    return tensors
}

/// Calls an operation for what it does to its arguments.
func callForEffect(_ name: StaticString, _ arguments: Argument...) throws(TensorError) {
    _ = try results(of: name, arguments)
}

private enum CallResult {
    case tensor(Tensor)
    case other
}

private func results(of name: StaticString, _ arguments: [Argument]) throws(TensorError) -> [CallResult] {
    let table = try Torch.table()
    return try results(of: try Registry.shared.operation(name, in: table), name: name.description, arguments, table)
}

private func results(
    of operation: amg_operation_ref, name: String, _ arguments: [Argument], _ table: amg_torch
) throws(TensorError) -> [CallResult] {
    var frame = Frame()
    defer { frame.free() }
    let values = arguments.map { frame.value(of: $0) }
    return try withUnsafeTemporaryResults { (results: UnsafeMutablePointer<amg_value>, capacity) throws(TensorError) in
        var error = amg_error()
        var count: Int32 = 0
        guard table.call(operation, values, Int32(values.count), results, Int32(capacity), &count, &error) else {
            throw TensorError(error, operation: name)
        }
        // The arguments' handles must outlive the call: `values` holds only their addresses.
        return withExtendedLifetime(arguments) {
            (0..<Int(count)).map { index in
                let value = results[index]
                guard value.tag == AMG_TENSOR, let reference = value.tensor else { return .other }
                return .tensor(Tensor(taking: reference, table: table))
            }
        }
    }
}

private func withUnsafeTemporaryResults<Result>(
    _ body: (UnsafeMutablePointer<amg_value>, Int) throws(TensorError) -> Result
) throws(TensorError) -> Result {
    let capacity = 256
    let results = UnsafeMutablePointer<amg_value>.allocate(capacity: capacity)
    defer { results.deallocate() }
    return try body(results, capacity)
}

/// Memory that the lists and strings of one call need until it returns.
private struct Frame {
    private var owned: [UnsafeMutableRawPointer] = []

    mutating func value(of argument: Argument) -> amg_value {
        var value = amg_value()
        switch argument {
        case .byDefault: value.tag = AMG_DEFAULT
        case .none: value.tag = AMG_NONE
        case .tensor(let tensor): value.tag = AMG_TENSOR; value.tensor = tensor.reference
        case .int(let integer): value.tag = AMG_INT; value.integer = Int64(integer)
        case .real(let real): value.tag = AMG_DOUBLE; value.real = real
        case .bool(let flag): value.tag = AMG_BOOL; value.integer = flag ? 1 : 0
        case .dtype(let dtype): value.tag = AMG_DTYPE; value.integer = Int64(dtype.rawValue)
        case .device(let device): value.tag = AMG_DEVICE; value.integer = device.packed
        // libtorch's device type “meta”, packed as the bridge packs devices.
        case .withoutMemory: value.tag = AMG_DEVICE; value.integer = 14 << 8
        case .generator(let generator): value.tag = AMG_GENERATOR; value.generator = generator.reference
        case .ints(let integers):
            value.tag = AMG_INTS; value.count = Int64(integers.count)
            value.integers = UnsafePointer(copy(integers.map(Int64.init)))
        case .reals(let reals):
            value.tag = AMG_DOUBLES; value.count = Int64(reals.count)
            value.reals = UnsafePointer(copy(reals))
        case .tensors(let tensors):
            value.tag = AMG_TENSORS; value.count = Int64(tensors.count)
            value.tensors = UnsafePointer(copy(tensors.map { $0?.reference }))
        case .string(let string):
            value.tag = AMG_STRING
            value.string = UnsafePointer(copy(string.utf8CString.map { $0 }))
        }
        return value
    }

    func free() { for memory in owned { memory.deallocate() } }

    private mutating func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        memory.initialize(from: elements, count: elements.count)
        owned.append(UnsafeMutableRawPointer(memory))
        return memory
    }
}

/// Operations found so far, by the address of their name, which is the same at every call from one place.
private final class Registry: Sendable {
    static let shared = Registry()

    private struct Operation: @unchecked Sendable { let reference: amg_operation_ref }
    private let found = Mutex<[Int: Operation]>([:])

    func operation(_ name: StaticString, in table: amg_torch) throws(TensorError) -> amg_operation_ref {
        let key = Int(bitPattern: name.utf8Start)
        if let earlier = found.withLock({ $0[key] }) { return earlier.reference }
        let reference = try Self.lookUp(name.description, in: table)
        found.withLock { $0[key] = Operation(reference: reference) }
        return reference
    }

    static func lookUp(_ name: String, in table: amg_torch) throws(TensorError) -> amg_operation_ref {
        let parts = name.split(separator: ".", maxSplits: 1)
        var error = amg_error()
        // The bridge's own operations say whose they are.
        let known = parts.first.map { $0.contains("::") ? String($0) : "aten::\($0)" } ?? ""
        guard let reference = table.find(known, parts.count > 1 ? String(parts[1]) : "", &error) else {
            throw TensorError(error, operation: name)
        }
        return reference
    }
}

/// An ATen operation whose name is known only at run time, such as a node of an exported graph.
package struct NamedOperation: @unchecked Sendable {
    // libtorch's handles are never written, and live as long as the process.
    private let reference: amg_operation_ref
    /// Its name, with its overload where that is not the default: "add.Tensor", "relu".
    package let name: String
    /// What libtorch's registry says that it takes and gives: `aten::relu(Tensor self) -> Tensor`.
    package let signature: String

    private static let found = Mutex<[String: NamedOperation]>([:])

    /// - Throws: ``TensorError`` where libtorch has no such operation.
    package init(_ name: String) throws(TensorError) {
        if let earlier = Self.found.withLock({ $0[name] }) {
            self = earlier
            return
        }
        let table = try Torch.table()
        reference = try Registry.lookUp(name, in: table)
        self.name = name
        let capacity = 4096
        signature = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { [reference] text in
            text.initialize(repeating: 0)
            return table.signature(reference, text.baseAddress, Int32(capacity)) < capacity
                ? text.baseAddress.map { String(cString: $0) } ?? "" : ""
        }
        let made = self
        Self.found.withLock { $0[name] = made }
    }

    /// Calls the operation with arguments in the order of its signature; those left out take their defaults.
    ///
    /// - Returns: its results in order, a list of tensors one by one; nil for what is no tensor.
    package func callAsFunction(_ arguments: [Argument]) throws(TensorError) -> [Tensor?] {
        try results(of: reference, name: name, arguments, try Torch.table()).map {
            if case .tensor(let tensor) = $0 { tensor } else { nil }
        }
    }
}
