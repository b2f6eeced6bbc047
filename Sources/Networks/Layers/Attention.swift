import Tensors

/// softmax(Q Kᵀ · scale) V for each head by itself, the heads' outputs side by side (Vaswani et al. 2017).
///
/// It has no parameters: queries, keys and values come in from linear layers, as three inputs or as one whose width holds them one
/// after another. Heads are consecutive shares of the width. Queries and keys permute in pairs within a head, values within a head,
/// and heads as wholes.
package struct Attention: Layer {
    /// Scores are divided by the square root of a head's width (Vaswani et al. 2017) or of the whole width.
    package enum Scale: String, Sendable, CaseIterable { case head, width }

    package static let kind = "attention"
    package let heads: Int
    package let scale: Scale

    package init(heads: Int, scale: Scale = .head) {
        self.heads = heads
        self.scale = scale
    }

    package init(options: inout LayerOptions) throws {
        heads = try options.int("heads", atLeast: 1)
        scale = try options.choice("scale", default: .head)
    }

    package var options: [(name: String, value: OptionValue)] {
        [("heads", .int(heads))] + (scale == .head ? [] : [("scale", .string(scale.rawValue))])
    }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let layouts: [NeuronLabels], tokens: [Int]
        if inputs.count == 1 {
            let input = try scope.oneTokens(inputs)
            layouts = try scope.shares(of: input.layout, count: 3, name: "projection")
            tokens = [input.shape[0], input.shape[0], input.shape[0]]
        } else {
            guard inputs.count == 3, inputs.allSatisfy(\.isTokens) else {
                throw NetworkError.input(
                    layer: scope.layer, expected: "tokens × width, once or three times",
                    found: inputs.map(\.description).joined(separator: ", "))
            }
            layouts = inputs.map(\.layout)
            tokens = inputs.map { $0.shape[0] }
        }
        guard layouts[0].length == layouts[1].length, tokens[1] == tokens[2] else {
            throw NetworkError.input(
                layer: scope.layer, expected: "as many keys as values, as wide as the queries",
                found: inputs.map(\.description).joined(separator: ", "))
        }
        if let uneven = layouts.first(where: { $0.length % heads != 0 }) {
            throw NetworkError.input(layer: scope.layer, expected: "a width that \(heads) divides", found: "\(uneven.length)")
        }
        let shares = scope.ties.contains(.heads) ? heads : 1
        let queries = try scope.shares(of: layouts[0], count: shares, name: "pair")
        let keys = try scope.shares(of: layouts[1], count: shares, name: "pair")
        let values = try scope.shares(of: layouts[2], count: shares, name: "value")
        for (query, key) in zip(queries, keys) { try scope.tie(query, key) }
        if shares == heads { scope.headGroup([queries, values], name: "heads", isRead: true) }
        let output = NeuronLabels(joining: values)
        scope.addCost(tokens[0], tokens[1], layouts[0].length + output.length)
        return Features(shape: [tokens[0], output.length], layout: output, axis: 1)
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let parts = inputs.count == 3 ? inputs : try inputs[0].split(sizes: [Int](repeating: inputs[0].shape[2] / 3, count: 3), axis: 2)
        func headed(_ x: Tensor) throws -> Tensor {
            try x.reshaped([x.shape[0], x.shape[1], heads, x.shape[2] / heads]).transposed(1, 2)
        }
        var query = try headed(parts[0])
        // libtorch divides by the square root of a head's width; what is left of the other scale is its ratio to that.
        if scale == .width { query = try query / Double(heads).squareRoot() }
        let attended = try query.attention(
            key: headed(parts[1]), value: headed(parts[2]), isTwiceDifferentiable: mode.isTwiceDifferentiable
        ).transposed(1, 2)
        return try attended.reshaped([attended.shape[0], attended.shape[1], -1])
    }
}
