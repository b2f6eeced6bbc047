import CTorchInterface

/// An n-dimensional array in libtorch, on the processor or on a GPU.
///
/// Operations give new tensors and leave their operands as they are; the few that write in place end in `InPlace`.
///
/// ```swift
/// let x = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
/// let y = try x.matmul(x.transposed(0, 1)) + x
/// ```
public struct Tensor: @unchecked Sendable {
    // libtorch counts references atomically, and values are not written after they are made except by `…InPlace`,
    // whose callers hold the only reference; so a tensor may cross threads.
    private final class Handle {
        let reference: amg_tensor_ref
        let release: @convention(c) (amg_tensor_ref?) -> Void

        init(_ reference: amg_tensor_ref, release: @convention(c) (amg_tensor_ref?) -> Void) {
            self.reference = reference
            self.release = release
        }

        deinit { release(reference) }
    }

    private let handle: Handle

    /// The length of each axis.
    public let shape: [Int]

    var reference: amg_tensor_ref { handle.reference }

    /// Takes over a reference that the bridge has handed out.
    init(taking reference: amg_tensor_ref, table: amg_torch) {
        handle = Handle(reference, release: table.release)
        var sizes = [Int64](repeating: 0, count: Int(table.dimensions(reference)))
        table.shape(reference, &sizes, nil)
        shape = sizes.map(Int.init)
    }

    /// The number of axes.
    public var rank: Int { shape.count }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    public func dtype() throws(TensorError) -> DType {
        let code = Int(try Torch.table().dtype(reference))
        guard let dtype = DType(rawValue: code) else { throw .unsupportedElementType(code: code) }
        return dtype
    }

    public func device() throws(TensorError) -> Device {
        let packed = try Torch.table().device(reference)
        guard let device = Device(packed: packed) else {
            throw .operation(name: "device", failure: .notImplemented, message: "a device of type \(packed >> 8)")
        }
        return device
    }

    /// Elements to step over for one step along each axis.
    public func strides() throws(TensorError) -> [Int] {
        var sizes = [Int64](repeating: 0, count: rank), strides = sizes
        try Torch.table().shape(reference, &sizes, &strides)
        return strides.map(Int.init)
    }
}
