import Networks
import Tensors

/// What a network of other widths would hold and compute, told without building it.
package struct NetworkCost: Sendable, Equatable {
    /// Trained numbers.
    package let parameters: Int
    /// For one sample.
    package let multiplyAdds: Int
    /// All parameters, statistics and counters included, in the element types of the network it was derived from.
    package let bytes: Int

    /// The cost of `network` with other numbers of neurons, by group id; groups that are not named stay.
    package init(of network: Network, widths: [Int: Int] = [:]) throws {
        var shapes: [String: [Int]] = [:], bytes = 0
        for name in network.parameterNames {
            let value = try network.parameter(name)
            let shape = Self.shape(of: value.shape, network.groups.selectableLayouts(of: name), widths: widths)
            shapes[name] = shape
            let size = (try value.dtype()).byteCount
            let (count, overflow) = shape.reduce((1, false)) { product, length in
                let (value, overflows) = product.0.multipliedReportingOverflow(by: length)
                return (value, product.1 || overflows)
            }
            let (total, overflows) = bytes.addingReportingOverflow(count.multipliedReportingOverflow(by: size).partialValue)
            guard !overflow, !overflows else { throw FusionError.tooLarge(bytes: .max, limit: .max) }
            bytes = total
        }
        let architecture = try network.architecture(widths: widths)
        let trace = try NetworkTrace(of: architecture, shapes: shapes)
        parameters = trace.trainedCount
        multiplyAdds = trace.multiplyAdds
        self.bytes = bytes
    }

    /// A parameter's shape after its groups took on other widths.
    static func shape(of shape: [Int], _ layouts: [Int: AxisLayout], widths: [Int: Int]) -> [Int] {
        var shape = shape
        for (axis, layout) in layouts where shape.indices.contains(axis) {
            shape[axis] = layout.parts.reduce(0) { $0 + (widths[$1.group] ?? $1.neurons) * $1.block }
        }
        return shape
    }
}
