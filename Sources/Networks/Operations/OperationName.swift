/// The name of an ATen operation and of its overload, as the nodes of an exported graph have it: "conv2d.default".
package struct OperationName: Hashable, Sendable, CustomStringConvertible {
    package let base: String
    package let overload: String

    package init(_ base: String, _ overload: String = "default") {
        self.base = base
        self.overload = overload
    }

    /// Reads "add.Tensor"; a name alone means the overload "default".
    package init(text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(String(parts[0]), parts.count > 1 ? String(parts[1]) : "default")
    }

    package var description: String { "\(base).\(overload)" }

    /// As libtorch's registry calls it, where the default overload has no name.
    var registryName: String { overload == "default" ? base : "\(base).\(overload)" }

    /// Whether it writes into its first operand, as `relu_` does.
    package var isInPlace: Bool { base.hasSuffix("_") && !base.hasSuffix("__") }

    /// The operation that computes what an in-place one writes.
    package var functional: OperationName {
        guard isInPlace else { return self }
        let name = OperationName(String(base.dropLast()), overload)
        return name == OperationName("pow", "Scalar") ? OperationName("pow", "Tensor_Scalar") : name
    }
}
