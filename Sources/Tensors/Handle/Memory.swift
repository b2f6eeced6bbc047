import CTorchInterface

// Tensors from and to Swift memory.

extension Tensor {
    /// Copies `elements`, in row-major order, into a tensor of `shape`.
    public init<Element: TensorElement>(_ elements: [Element], shape: [Int]) throws(TensorError) {
        guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == elements.count else {
            throw .elementCount(shape: shape, count: elements.count)
        }
        let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = buffer.initialize(from: elements)
        try self.init(
            wrapping: UnsafeMutableRawPointer(buffer.baseAddress), dtype: Element.dtype, shape: shape, strides: nil,
            keeping: Allocation(UnsafeMutableRawBufferPointer(buffer)))
    }

    /// A tensor of one axis.
    public init<Element: TensorElement>(_ elements: [Element]) throws(TensorError) {
        try self.init(elements, shape: [elements.count])
    }

    /// A tensor without axes.
    public init<Element: TensorElement>(scalar: Element) throws(TensorError) {
        try self.init([scalar], shape: [])
    }

    /// Makes a tensor of `shape` whose elements `fill` writes, without a copy in between.
    public init<Element: TensorElement>(
        shape: [Int], of type: Element.Type = Element.self, filledBy fill: (UnsafeMutableBufferPointer<Element>) -> Void
    ) throws(TensorError) {
        let count = shape.reduce(1, *)
        guard shape.allSatisfy({ $0 >= 0 }) else { throw .elementCount(shape: shape, count: 0) }
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: count * MemoryLayout<Element>.stride, alignment: 64)
        fill(raw.bindMemory(to: Element.self))
        try self.init(wrapping: raw.baseAddress, dtype: Element.dtype, shape: shape, strides: nil, keeping: Allocation(raw))
    }

    /// Views foreign memory without copying it. The memory must hold the elements that `shape` and `strides` reach, and lives
    /// as long as `owner`, which is released with the last tensor on it. Memory that may not be written (a mapped file) must
    /// not be given to an operation that ends in `InPlace`.
    public init(
        wrapping memory: UnsafeMutableRawPointer?, dtype: DType, shape: [Int], strides: [Int]?, keeping owner: AnyObject
    ) throws(TensorError) {
        let table = try Torch.table()
        var error = amg_error()
        let context = Unmanaged.passRetained(owner).toOpaque()
        let made = table.wrap(
            memory, Int32(dtype.rawValue), shape.map(Int64.init), strides?.map(Int64.init), Int32(shape.count),
            { context in if let context { Unmanaged<AnyObject>.fromOpaque(context).release() } }, context, &error)
        guard let made else { throw TensorError(error, operation: "from_blob") }
        self.init(taking: made, table: table)
    }

    /// Whether the elements lie in row-major order without gaps.
    public func isRowMajor() throws(TensorError) -> Bool { try Torch.table().is_contiguous(reference) }

    /// Lends the elements in row-major order, on the processor: without a copy when they already lie so.
    public func withElements<Element: TensorElement, Result>(
        of type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws -> Result
    ) throws -> Result {
        let found = try dtype()
        guard found == Element.dtype else { throw TensorError.elementType(expected: Element.dtype, found: found) }
        let table = try Torch.table()
        let here = try device() == .cpu ? self : moved(to: .cpu)
        let source = table.is_contiguous(here.reference) ? here : try here.contiguous()
        let start = table.data(source.reference)?.assumingMemoryBound(to: Element.self)
        return try withExtendedLifetime(source) { try body(UnsafeBufferPointer(start: start, count: count)) }
    }

    /// The elements in row-major order, converted to `Element` where the tensor holds another type.
    public func array<Element: TensorElement>(of type: Element.Type = Element.self) throws(TensorError) -> [Element] {
        let converted = try dtype() == Element.dtype ? self : self.converted(to: Element.dtype)
        do {
            return try converted.withElements(of: Element.self) { Array($0) }
        } catch {
            throw error as? TensorError ?? .unexpectedResult(name: "array")
        }
    }

    /// The only element of a tensor that has one, as Double.
    public func item() throws(TensorError) -> Double {
        guard count == 1 else { throw .elementCount(shape: shape, count: 1) }
        return try array(of: Double.self)[0]
    }
}

/// Memory that is freed with its last tensor.
final class Allocation {
    let memory: UnsafeMutableRawBufferPointer
    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }
    deinit { memory.deallocate() }
}
