import Tensors

/// An image's positions as tokens, row by row: [channels, height, width] → [positions, channels].
package struct Tokens: Layer {
    package static let kind = "tokens"

    package init() {}
    package init(options: inout LayerOptions) {}

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        return Features(shape: [input.shape[1] * input.shape[2], input.channels], layout: input.layout, axis: 1)
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].flattened(from: 2).transposed(1, 2)
    }
}

/// Square patches of an image as tokens, row by row, each written out in a row: [channels, height, width] → [patches, size² · channels].
///
/// `channels` says whether a patch is written position by position (`last`) or channel by channel (`first`).
package struct Patches: Layer {
    package enum ChannelOrder: String, Sendable, CaseIterable { case first, last }

    package static let kind = "patches"
    package let size: Int
    package let channels: ChannelOrder

    package init(size: Int, channels: ChannelOrder) {
        self.size = size
        self.channels = channels
    }

    package init(options: inout LayerOptions) throws {
        size = try options.int("size", atLeast: 1)
        guard size <= 256 else {
            throw NetworkError.option(
                layer: options.layer, option: "size", reason: "is \(size), but patches have at most 256 positions a side")
        }
        channels = try options.choice("channels", default: .last)
    }

    package var options: [(name: String, value: OptionValue)] { [("size", .int(size)), ("channels", .string(channels.rawValue))] }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        guard input.shape[1] % size == 0, input.shape[2] % size == 0 else {
            throw NetworkError.input(layer: scope.layer, expected: "sides that \(size) divides", found: input.description)
        }
        let positions = size * size
        let layout =
            channels == .first ? input.layout.blown(up: positions) : NeuronLabels(joining: (0..<positions).map { _ in input.layout })
        return Features(shape: [input.shape[1] * input.shape[2] / positions, positions * input.channels], layout: layout, axis: 1)
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let shape = inputs[0].shape, (rows, columns) = (shape[2] / size, shape[3] / size)
        // [batch, channels, rows, size, columns, size] → [batch, rows, columns, (size, size and channels in the order wanted)]
        return try inputs[0].reshaped([shape[0], shape[1], rows, size, columns, size])
            .permuted(channels == .first ? [0, 2, 4, 1, 3, 5] : [0, 2, 4, 3, 5, 1])
            .reshaped([shape[0], rows * columns, size * size * shape[1]])
    }
}

/// A learned token before all others. The layer's name is its parameter's: [1, 1, width].
package struct ClassToken: Layer {
    package static let kind = "class_token"
    package let parameters = [ParameterDeclaration("", output: 2, initial: .zeros)]

    package init() {}
    package init(options: inout LayerOptions) {}

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
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

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let token = try parameters("")
        return try Tensor.concatenated([token.expanded([inputs[0].shape[0], 1, inputs[0].shape[2]]), inputs[0]], axis: 1)
    }
}

/// A learned vector added to each token, by its place. The layer's name is its parameter's: [1, tokens, width].
package struct PositionEmbedding: Layer {
    package static let kind = "position_embedding"
    package let parameters = [ParameterDeclaration("", output: 2, initial: .zeros)]

    package init() {}
    package init(options: inout LayerOptions) {}

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneTokens(inputs)
        let expected = "1 × \(NetworkError.shape(input.shape))"
        let shape = try scope.shape(of: "", rank: 3, as: expected)
        guard shape == [1] + input.shape else {
            throw NetworkError.shape(layer: scope.layer, parameter: scope.fullName(""), expected: expected, found: shape)
        }
        try scope.attach("", axis: 2, input.layout)
        return input
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let embedding = try parameters("")
        return try inputs[0] + embedding
    }
}

/// One token of all: [tokens, width] → [width].
package struct SelectToken: Layer {
    package static let kind = "select_token"
    package let index: Int

    package init(index: Int = 0) { self.index = index }
    package init(options: inout LayerOptions) throws { index = try options.int("index", default: 0) }

    package var options: [(name: String, value: OptionValue)] { [("index", .int(index))] }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneTokens(inputs)
        guard index < input.shape[0] else {
            throw NetworkError.option(layer: scope.layer, option: "index", reason: "is \(index), but there are \(input.shape[0]) tokens")
        }
        return Features(shape: [input.channels], layout: input.layout)
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].selected(axis: 1, at: index)
    }
}

/// The mean of all tokens but the first `skip`: [tokens, width] → [width].
package struct TokenMean: Layer {
    package static let kind = "token_mean"
    package let skip: Int

    package init(skip: Int = 0) { self.skip = skip }
    package init(options: inout LayerOptions) throws { skip = try options.int("skip", default: 0) }

    package var options: [(name: String, value: OptionValue)] { [("skip", .int(skip))] }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneTokens(inputs)
        guard skip < input.shape[0] else {
            throw NetworkError.option(layer: scope.layer, option: "skip", reason: "is \(skip), but there are \(input.shape[0]) tokens")
        }
        return Features(shape: [input.channels], layout: input.layout)
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].narrowed(axis: 1, from: skip, count: inputs[0].shape[1] - skip).mean(axes: [1])
    }
}
