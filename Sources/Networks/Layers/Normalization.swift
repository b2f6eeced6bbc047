import Tensors

/// y = (x − mean) / √(variance + ε) · weight + bias over the neurons, for each token or row of values by itself; of an image, over all its
/// channels and positions, with a weight for each: [channels, height, width].
package struct LayerNormalization: Layer {
    package static let kind = "layer_norm"
    package let epsilon: Double
    package let parameters = [
        ParameterDeclaration("weight", optional: true, neutral: 1, initial: .ones),
        ParameterDeclaration("bias", optional: true, neutral: 0, initial: .zeros),
    ]

    package init(epsilon: Double = 1e-5) { self.epsilon = epsilon }
    package init(options: inout LayerOptions) throws { epsilon = try options.real("eps", default: 1e-5) }

    package var options: [(name: String, value: OptionValue)] { epsilon == 1e-5 ? [] : [("eps", .real(epsilon))] }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneLaidOut(inputs)
        if input.isImage {
            for name in ["weight", "bias"] {
                guard let found = scope.optionalShape(of: name) else { continue }
                guard found == input.shape else {
                    throw NetworkError.shape(
                        layer: scope.layer, parameter: scope.fullName(name), expected: NetworkError.shape(input.shape), found: found)
                }
                try scope.attach(name, axis: 0, input.layout)
            }
            scope.noteSet(input.layout)
            return input
        }
        scope.noteSet(input.layout)
        for name in ["weight", "bias"] { try scope.attachVector(name, input.layout) }
        return input
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].layerNormed(
            Array(inputs[0].shape.suffix(inputs[0].rank == 4 ? 3 : 1)), weight: parameters.optional("weight"),
            bias: parameters.optional("bias"), epsilon: epsilon)
    }
}

/// Normalises each of `groups` equal runs of channels together, for each sample by itself (Wu & He 2018).
///
/// Channels permute within their run, and runs as wholes.
package struct GroupNormalization: Layer {
    package static let kind = "group_norm"
    package let groups: Int
    package let epsilon: Double
    package let parameters = [
        ParameterDeclaration("weight", optional: true, neutral: 1, initial: .ones),
        ParameterDeclaration("bias", optional: true, neutral: 0, initial: .zeros),
    ]

    package init(groups: Int, epsilon: Double = 1e-5) {
        self.groups = groups
        self.epsilon = epsilon
    }

    package init(options: inout LayerOptions) throws {
        groups = try options.int("groups", atLeast: 1)
        epsilon = try options.real("eps", default: 1e-5)
    }

    package var options: [(name: String, value: OptionValue)] {
        [("groups", .int(groups))] + (epsilon == 1e-5 ? [] : [("eps", .real(epsilon))])
    }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneLaidOut(inputs)
        guard input.axis == 0 else {
            throw NetworkError.input(layer: scope.layer, expected: "values or channels × height × width", found: input.description)
        }
        if groups > 1 {
            let shares = try scope.shares(of: input.layout, count: groups, name: "run")
            scope.headGroup([shares], name: "runs", isRead: true)
        }
        for name in ["weight", "bias"] { try scope.attachVector(name, input.layout) }
        return input
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].groupNormed(
            groups: groups, weight: parameters.optional("weight"), bias: parameters.optional("bias"), epsilon: epsilon)
    }
}
