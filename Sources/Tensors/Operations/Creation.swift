// Tensors made from nothing, and changes of element type and place.

extension Tensor {
    /// A tensor of zeros.
    public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws(TensorError) -> Tensor {
        try call("zeros", .ints(shape), .dtype(dtype), .byDefault, .device(device))
    }

    /// A tensor of one value.
    public static func full(_ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu) throws(TensorError) -> Tensor {
        try call("full", .ints(shape), .real(value), .dtype(dtype), .byDefault, .device(device))
    }

    /// A tensor of ones.
    public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws(TensorError) -> Tensor {
        try full(shape, 1, dtype: dtype, device: device)
    }

    /// The identity matrix of `size` rows.
    public static func identity(_ size: Int, dtype: DType = .float32) throws(TensorError) -> Tensor {
        try call("eye", .int(size), .dtype(dtype))
    }

    /// 0, 1, … count − 1 as 64-bit integers.
    public static func range(_ count: Int) throws(TensorError) -> Tensor {
        try call("arange", .int(count), .dtype(.int64))
    }

    /// Independent draws from N(0, 1).
    public static func normal(_ shape: [Int], generator: Generator, dtype: DType = .float32) throws(TensorError) -> Tensor {
        try call("randn.generator", .ints(shape), .generator(generator), .dtype(dtype))
    }

    /// Independent draws from U(low, high).
    public static func uniform(
        _ shape: [Int], from low: Double, to high: Double, generator: Generator, dtype: DType = .float32
    ) throws(TensorError) -> Tensor {
        try call("uniform_", .tensor(zeros(shape, dtype: dtype)), .real(low), .real(high), .generator(generator))
    }

    /// A random order of 0 … count − 1.
    public static func permutation(_ count: Int, generator: Generator) throws(TensorError) -> Tensor {
        try call("randperm.generator", .int(count), .generator(generator), .dtype(.int64))
    }

    /// A one in the column that each class number names, zeros elsewhere: [count, classes], 64-bit integers.
    public static func oneHot(_ labels: Tensor, classes: Int) throws(TensorError) -> Tensor {
        try call("one_hot", .tensor(labels), .int(classes))
    }

    /// The same values in another element type.
    public func converted(to dtype: DType) throws(TensorError) -> Tensor {
        try call("to.dtype", .tensor(self), .dtype(dtype))
    }

    /// The same values on another device.
    public func moved(to device: Device) throws(TensorError) -> Tensor {
        try call("to.device", .tensor(self), .device(device), .dtype(dtype()))
    }

    /// The same values, lying in row-major order.
    public func contiguous() throws(TensorError) -> Tensor { try call("contiguous", .tensor(self)) }

    /// The same values of a batch of images, lying channel by channel within each position: the order in which libtorch pools, normalises and
    /// convolves fastest on a processor.
    public func channelsLast() throws(TensorError) -> Tensor { try call("contiguous", .tensor(self), .int(2)) }

    /// A copy of the values that shares nothing with this tensor, lying in row-major order.
    public func copied() throws(TensorError) -> Tensor { try call("clone", .tensor(self), .int(0)) }

    /// The same values without their history.
    public func detached() throws(TensorError) -> Tensor { try call("detach", .tensor(self)) }
}
