import Tensors

/// The largest, or the mean, of each window of positions.
public struct Pooling: Layer {
    public enum Function: String, Sendable, CaseIterable { case max, average }

    public static let kind = "pool"
    public var isHomogeneous: Bool { true }
    public let function: Function
    public let kernel: [Int]
    public let stride: [Int]
    public let padding: [Int]

    public init(_ function: Function, kernel: Int, stride: Int, padding: Int = 0) {
        self.function = function
        self.kernel = [kernel, kernel]
        self.stride = [stride, stride]
        self.padding = [padding, padding]
    }

    public init(options: inout LayerOptions) throws(NetworkError) {
        function = try options.choice("function", default: .max)
        kernel = try options.pair("kernel", atLeast: 1)
        stride = try options.pair("stride", default: kernel, atLeast: 1)
        padding = try options.pair("padding", default: [0, 0])
    }

    public var options: [(name: String, value: OptionValue)] {
        [("function", .string(function.rawValue)), ("kernel", .ints(kernel)), ("stride", .ints(stride))]
            + (padding == [0, 0] ? [] : [("padding", .ints(padding))])
    }

    /// ⌊(length + 2 padding − kernel) / stride⌋ + 1.
    static func outputLength(_ length: Int, kernel: Int, stride: Int, padding: Int, layer: String) throws(NetworkError) -> Int {
        let room = length + 2 * padding - kernel
        guard room >= 0 else { throw .input(layer: layer, expected: "at least \(kernel - 2 * padding) positions a side", found: "\(length)") }
        return room / stride + 1
    }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws(NetworkError) -> Features {
        let input = try scope.oneImage(inputs)
        var shape = [input.channels]
        for axis in 0..<2 {
            shape.append(try Self.outputLength(input.shape[axis + 1], kernel: kernel[axis], stride: stride[axis], padding: padding[axis], layer: scope.layer))
        }
        return Features(shape: shape, layout: input.layout)
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws(NetworkError) -> Tensor {
        try tensors { () throws(TensorError) in
            switch function {
            case .max: try inputs[0].maxPooled(kernel: kernel, stride: stride, padding: padding)
            case .average: try inputs[0].averagePooled(kernel: kernel, stride: stride, padding: padding)
            }
        }
    }
}

/// Means over equal parts, to a given number of positions; 1×1 is global average pooling.
public struct AdaptiveAveragePooling: Layer {
    public static let kind = "adaptive_average_pool"
    public var isHomogeneous: Bool { true }
    public let size: [Int]

    public init(size: Int = 1) { self.size = [size, size] }
    public init(options: inout LayerOptions) throws(NetworkError) { size = try options.pair("size", default: [1, 1], atLeast: 1) }

    public var options: [(name: String, value: OptionValue)] { [("size", .ints(size))] }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws(NetworkError) -> Features {
        let input = try scope.oneImage(inputs)
        return Features(shape: [input.channels] + size, layout: input.layout)
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws(NetworkError) -> Tensor {
        try tensors { () throws(TensorError) in try inputs[0].adaptiveAveragePooled(size) }
    }
}

/// The largest value of each of equal parts, to a given number of positions.
public struct AdaptiveMaximumPooling: Layer {
    public static let kind = "adaptive_max_pool"
    public var isHomogeneous: Bool { true }
    public let size: [Int]

    public init(size: Int = 1) { self.size = [size, size] }
    public init(options: inout LayerOptions) throws(NetworkError) { size = try options.pair("size", default: [1, 1], atLeast: 1) }

    public var options: [(name: String, value: OptionValue)] { [("size", .ints(size))] }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws(NetworkError) -> Features {
        let input = try scope.oneImage(inputs)
        return Features(shape: [input.channels] + size, layout: input.layout)
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws(NetworkError) -> Tensor {
        try tensors { () throws(TensorError) in try inputs[0].adaptiveMaxPooled(size) }
    }
}
