import Tensors

/// Sets values to zero at random while training; the identity otherwise.
package struct Dropout: Layer {
    /// What is dropped: single values, whole channels, or values that then stand at the lower end of SELU (Klambauer et al. 2017).
    package enum Unit: String, Sendable, CaseIterable { case values, channels, alpha }

    package static let kind = "dropout"
    package var isHomogeneous: Bool { true }
    package let rate: Double
    package let unit: Unit

    package init(options: inout LayerOptions) throws {
        rate = try options.real("rate", default: 0.5)
        guard (0..<1).contains(rate) else {
            throw NetworkError.option(layer: options.layer, option: "rate", reason: "is \(rate), but must be at least 0 and below 1")
        }
        unit = try options.choice("unit", default: .values)
    }

    package var options: [(name: String, value: OptionValue)] {
        [("rate", .real(rate))] + (unit == .values ? [] : [("unit", .string(unit.rawValue))])
    }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features { try scope.oneInput(inputs) }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        guard mode.isTraining, rate > 0, let generator = mode.generator else { return inputs[0] }
        var shape = inputs[0].shape
        if unit == .channels { for axis in shape.indices.dropFirst(2) { shape[axis] = 1 } }
        let kept = try Tensor.uniform(shape, from: 0, to: 1, generator: generator).moved(to: inputs[0].device()).isGreater(than: rate)
        let mask = try kept.converted(to: inputs[0].dtype())
        guard unit == .alpha else { return try inputs[0] * (mask / (1 - rate)) }
        // Mean 0 and variance 1 stay what they are (equation 7 there); -scale · alpha of SELU is the value dropped to.
        let floor = -1.7580993408473766, scale = 1 / ((1 - rate) * (1 + rate * floor * floor)).squareRoot()
        return try (inputs[0] * mask - mask * floor) * scale + floor * scale * (1 - rate)
    }
}
