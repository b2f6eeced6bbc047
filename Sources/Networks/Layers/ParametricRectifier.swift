import Tensors

/// max(x, 0) + weight · min(x, 0) with a learned slope: one for all values, or one for each channel (He et al. 2015).
package struct ParametricRectifier: Layer {
    package static let kind = "prelu"
    package let parameters = [ParameterDeclaration("weight", initial: .constant(0.25))]
    package var isActivation: Bool { true }
    package var isHomogeneous: Bool { true }

    package init() {}
    package init(options: inout LayerOptions) {}

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        var input = try scope.oneInput(inputs)
        let slopes = try scope.shape(of: "weight", rank: 1, as: "1 or \(input.channels)")
        if slopes == [1] { return input }
        input = scope.laidOut(input)
        guard input.axis == 0 else {
            throw NetworkError.input(
                layer: scope.layer, expected: "values or channels × height × width, for its slopes are one for each channel",
                found: input.description)
        }
        guard slopes == [input.channels] else {
            throw NetworkError.shape(
                layer: scope.layer, parameter: scope.fullName("weight"), expected: "1 or \(input.channels)", found: slopes)
        }
        try scope.attachVector("weight", input.layout)
        return input
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let weight = try parameters("weight")
        return try inputs[0].prelu(weight)
    }
}
