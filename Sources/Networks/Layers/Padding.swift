import Tensors

/// An image with a border around it: zeros, its mirror image, its outermost values, or its other side.
///
/// A convolution whose padding is not zeros is this layer and a convolution without padding.
package struct Padding: Layer {
    package enum Mode: String, Sendable, CaseIterable {
        case zeros, reflect, replicate, circular

        /// What libtorch calls it.
        var torchName: String { self == .zeros ? "constant" : rawValue }
    }

    package static let kind = "pad"
    package var isHomogeneous: Bool { true }
    package let mode: Mode
    /// Left, right, top, bottom, as PyTorch orders them.
    package let border: [Int]

    package init(_ mode: Mode, border: [Int]) {
        self.mode = mode
        self.border = border
    }

    package init(options: inout LayerOptions) throws {
        mode = try options.choice("mode", default: .zeros)
        border = try options.ints("border", count: 4)
    }

    package var options: [(name: String, value: OptionValue)] { [("mode", .string(mode.rawValue)), ("border", .ints(border))] }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        let (height, width) = (input.shape[1], input.shape[2])
        // A mirror image has no more positions than the image; a circle goes round once.
        let room = mode == .reflect ? (height - 1, width - 1) : mode == .circular ? (height, width) : (Int.max, Int.max)
        guard max(border[0], border[1]) <= room.1, max(border[2], border[3]) <= room.0 else {
            throw NetworkError.option(
                layer: scope.layer, option: "border",
                reason: "is \(border), more than an image of \(height)×\(width) has for \(mode.rawValue)")
        }
        return Features(shape: [input.channels, height + border[2] + border[3], width + border[0] + border[1]], layout: input.layout)
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].padded(border, mode: self.mode.torchName)
    }
}
