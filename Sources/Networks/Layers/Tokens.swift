import Tensors

/// An image's positions as tokens, row by row: [channels, height, width] → [positions, channels].
public struct Tokens: Layer {
    public static let kind = "tokens"

    public init() {}
    public init(options: inout LayerOptions) {}

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        return Features(shape: [input.shape[1] * input.shape[2], input.channels], layout: input.layout, axis: 1)
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].flattened(from: 2).transposed(1, 2)
    }
}

/// Square patches of an image as tokens, row by row, each written out in a row: [channels, height, width] → [patches, size² · channels].
///
/// `channels` says whether a patch is written position by position (`last`) or channel by channel (`first`).
public struct Patches: Layer {
    public enum ChannelOrder: String, Sendable, CaseIterable { case first, last }

    public static let kind = "patches"
    public let size: Int
    public let channels: ChannelOrder

    public init(size: Int, channels: ChannelOrder) {
        self.size = size
        self.channels = channels
    }

    public init(options: inout LayerOptions) throws {
        size = try options.int("size", atLeast: 1)
        guard size <= 256 else {
            throw NetworkError.option(
                layer: options.layer, option: "size", reason: "is \(size), but patches have at most 256 positions a side")
        }
        channels = try options.choice("channels", default: .last)
    }

    public var options: [(name: String, value: OptionValue)] { [("size", .int(size)), ("channels", .string(channels.rawValue))] }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        guard input.shape[1] % size == 0, input.shape[2] % size == 0 else {
            throw NetworkError.input(layer: scope.layer, expected: "sides that \(size) divides", found: input.description)
        }
        let positions = size * size
        let layout = channels == .first ? input.layout.blown(up: positions) : NeuronLabels(joining: (0..<positions).map { _ in input.layout })
        return Features(shape: [input.shape[1] * input.shape[2] / positions, positions * input.channels], layout: layout, axis: 1)
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let shape = inputs[0].shape, (rows, columns) = (shape[2] / size, shape[3] / size)
        // [batch, channels, rows, size, columns, size] → [batch, rows, columns, (size, size and channels in the order wanted)]
        return try inputs[0].reshaped([shape[0], shape[1], rows, size, columns, size])
            .permuted(channels == .first ? [0, 2, 4, 1, 3, 5] : [0, 2, 4, 3, 5, 1])
            .reshaped([shape[0], rows * columns, size * size * shape[1]])
    }
}

/// A learned token before all others. The layer's name is its parameter's: [1, 1, width].
public struct ClassToken: Layer {
    public static let kind = "class_token"
    public let parameters = [ParameterDeclaration("", output: 2, initial: .zeros)]

    public init() {}
    public init(options: inout LayerOptions) {}

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        var features = try scope.oneTokens(inputs)
        let expected = "1 × 1 × \(features.channels)"
        let shape = try scope.shape(of: "", rank: 3, as: expected)
        guard shape == [1, 1, features.channels] else {
            throw NetworkError.shape(layer: scope.layer, parameter: scope.fullName(""), expected: expected, found: shape)
        }
        try scope.attach("", axis: 2, features.layout)
        features.shape[0] += 1
        return features
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let token = try parameters("")
        return try Tensor.concatenated([token.expanded([inputs[0].shape[0], 1, inputs[0].shape[2]]), inputs[0]], axis: 1)
    }
}

/// A learned vector added to each token, by its place. The layer's name is its parameter's: [1, tokens, width].
public struct PositionEmbedding: Layer {
    public static let kind = "position_embedding"
    public let parameters = [ParameterDeclaration("", output: 2, initial: .zeros)]

    public init() {}
    public init(options: inout LayerOptions) {}

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneTokens(inputs)
        let expected = "1 × \(NetworkError.shape(input.shape))"
        let shape = try scope.shape(of: "", rank: 3, as: expected)
        guard shape == [1] + input.shape else {
            throw NetworkError.shape(layer: scope.layer, parameter: scope.fullName(""), expected: expected, found: shape)
        }
        try scope.attach("", axis: 2, input.layout)
        return input
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let embedding = try parameters("")
        return try inputs[0] + embedding
    }
}

/// One token of all: [tokens, width] → [width].
public struct SelectToken: Layer {
    public static let kind = "select_token"
    public let index: Int

    public init(index: Int = 0) { self.index = index }
    public init(options: inout LayerOptions) throws { index = try options.int("index", default: 0) }

    public var options: [(name: String, value: OptionValue)] { [("index", .int(index))] }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneTokens(inputs)
        guard index < input.shape[0] else {
            throw NetworkError.option(layer: scope.layer, option: "index", reason: "is \(index), but there are \(input.shape[0]) tokens")
        }
        return Features(shape: [input.channels], layout: input.layout)
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].selected(axis: 1, at: index)
    }
}

/// The mean of all tokens but the first `skip`: [tokens, width] → [width].
public struct TokenMean: Layer {
    public static let kind = "token_mean"
    public let skip: Int

    public init(skip: Int = 0) { self.skip = skip }
    public init(options: inout LayerOptions) throws { skip = try options.int("skip", default: 0) }

    public var options: [(name: String, value: OptionValue)] { [("skip", .int(skip))] }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneTokens(inputs)
        guard skip < input.shape[0] else {
            throw NetworkError.option(layer: scope.layer, option: "skip", reason: "is \(skip), but there are \(input.shape[0]) tokens")
        }
        return Features(shape: [input.channels], layout: input.layout)
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].narrowed(axis: 1, from: skip, count: inputs[0].shape[1] - skip).mean(axes: [1])
    }
}
