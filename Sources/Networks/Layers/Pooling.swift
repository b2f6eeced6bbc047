import Tensors

/// The largest, or the mean, of each window of positions.
package struct Pooling: Layer {
    package enum Function: String, Sendable, CaseIterable { case max, average }

    package static let kind = "pool"
    package var isHomogeneous: Bool { true }
    package let function: Function
    package let kernel: [Int]
    package let stride: [Int]
    package let padding: [Int]
    /// Between the positions of a window; of a largest value only.
    package let dilation: [Int]
    /// Whether a last window that reaches beyond the border counts.
    package let ceilMode: Bool
    /// Whether a mean counts the padding's zeros.
    package let countsPadding: Bool

    package init(
        _ function: Function, kernel: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false, countsPadding: Bool = true
    ) {
        self.function = function
        self.kernel = [kernel, kernel]
        self.stride = [stride, stride]
        self.padding = [padding, padding]
        dilation = [1, 1]
        self.ceilMode = ceilMode
        self.countsPadding = countsPadding
    }

    package init(options: inout LayerOptions) throws {
        function = try options.choice("function", default: .max)
        kernel = try options.pair("kernel", atLeast: 1)
        stride = try options.pair("stride", default: kernel, atLeast: 1)
        padding = try options.pair("padding", default: [0, 0])
        ceilMode = try options.bool("ceil_mode", default: false)
        // Each only where it has a meaning.
        dilation = function == .max ? try options.pair("dilation", default: [1, 1], atLeast: 1) : [1, 1]
        countsPadding = function == .average ? try options.bool("count_include_pad", default: true) : true
        guard zip(kernel, padding).allSatisfy({ 2 * $1 <= $0 }) else {
            throw NetworkError.option(
                layer: options.layer, option: "padding", reason: "is \(padding), but must be at most half of the kernel")
        }
    }

    package var options: [(name: String, value: OptionValue)] {
        [("function", .string(function.rawValue)), ("kernel", .ints(kernel)), ("stride", .ints(stride))]
            + (padding == [0, 0] ? [] : [("padding", .ints(padding))]) + (dilation == [1, 1] ? [] : [("dilation", .ints(dilation))])
            + (ceilMode ? [("ceil_mode", .bool(true))] : []) + (countsPadding ? [] : [("count_include_pad", .bool(false))])
    }

    /// ⌊(length + 2 padding − kernel) / stride⌋ + 1; rounded up in ceil mode, unless the last window would begin in the padding.
    static func outputLength(
        _ length: Int, kernel: Int, stride: Int, padding: Int, ceilMode: Bool = false, layer: String
    ) throws -> Int {
        let room = length + 2 * padding - kernel
        guard room >= 0 else {
            throw NetworkError.input(
                layer: layer, expected: "at least \(max(1, kernel - 2 * padding)) positions a side", found: "\(length)")
        }
        let rounded = (room + (ceilMode ? stride - 1 : 0)) / stride + 1
        return ceilMode && (rounded - 1) * stride >= length + padding ? rounded - 1 : rounded
    }

    /// The length that is left of one axis.
    func outputLength(_ length: Int, axis: Int, layer: String) throws -> Int {
        try Self.outputLength(
            length, kernel: dilation[axis] * (kernel[axis] - 1) + 1, stride: stride[axis], padding: padding[axis], ceilMode: ceilMode,
            layer: layer)
    }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        var shape = [input.channels]
        for axis in 0..<2 { shape.append(try outputLength(input.shape[axis + 1], axis: axis, layer: scope.layer)) }
        return Features(shape: shape, layout: input.layout)
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        switch function {
        case .max: try inputs[0].maxPooled(kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
        case .average:
            try inputs[0].averagePooled(
                kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode, countsPadding: countsPadding)
        }
    }
}

/// Means over equal parts, to a given number of positions; 1×1 is global average pooling, 0 keeps an axis as it is.
package struct AdaptiveAveragePooling: Layer {
    package static let kind = "adaptive_average_pool"
    package var isHomogeneous: Bool { true }
    package let size: [Int]

    package init(size: Int = 1) { self.size = [size, size] }
    package init(options: inout LayerOptions) throws { size = try options.pair("size", default: [1, 1]) }

    package var options: [(name: String, value: OptionValue)] { [("size", .ints(size))] }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        return Features(shape: [input.channels] + AdaptiveSize.of(size, Array(input.shape.dropFirst())), layout: input.layout)
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].adaptiveAveragePooled(AdaptiveSize.of(size, inputs[0].shape.suffix(2)))
    }
}

/// The largest value of each of equal parts, to a given number of positions; 0 keeps an axis as it is.
package struct AdaptiveMaximumPooling: Layer {
    package static let kind = "adaptive_max_pool"
    package var isHomogeneous: Bool { true }
    package let size: [Int]

    package init(size: Int = 1) { self.size = [size, size] }
    package init(options: inout LayerOptions) throws { size = try options.pair("size", default: [1, 1]) }

    package var options: [(name: String, value: OptionValue)] { [("size", .ints(size))] }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        return Features(shape: [input.channels] + AdaptiveSize.of(size, Array(input.shape.dropFirst())), layout: input.layout)
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].adaptiveMaxPooled(AdaptiveSize.of(size, inputs[0].shape.suffix(2)))
    }
}

private enum AdaptiveSize {
    /// Height and width of the output: as requested, the input's own where that is 0.
    static func of(_ wanted: [Int], _ lengths: some Collection<Int>) -> [Int] { zip(wanted, lengths).map { $0 == 0 ? $1 : $0 } }
}
