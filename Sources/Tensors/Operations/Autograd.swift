import CTorchInterface

// Differentiation. Recording is on by default, as in libtorch, for tensors that ask for gradients.

extension Tensor {
    /// A leaf of the same values whose gradient is recorded.
    public func asVariable() throws(TensorError) -> Tensor {
        let leaf = try detached()
        let table = try Torch.table()
        var error = amg_error()
        guard table.set_requires_gradient(leaf.reference, true, &error) else { throw TensorError(error, operation: "requires_grad") }
        return leaf
    }

    /// The gradients of this tensor's sum with respect to `variables`.
    ///
    /// - Parameter recording: whether the gradients can themselves be differentiated.
    public func gradients(of variables: [Tensor], keepingGraph: Bool = false, recording: Bool = false) throws(TensorError) -> [Tensor] {
        let found = try optionalGradients(of: variables, keepingGraph: keepingGraph, recording: recording)
        var all: [Tensor] = []
        for (index, gradient) in found.enumerated() {
            guard let gradient else { throw .noGradient(index: index) }
            all.append(gradient)
        }
        return all
    }

    /// As `gradients(of:)`; nil for a variable that has no part in this tensor.
    public func optionalGradients(
        of variables: [Tensor], keepingGraph: Bool = false, recording: Bool = false
    ) throws(TensorError) -> [Tensor?] {
        let table = try Torch.table()
        var error = amg_error()
        var results = [amg_tensor_ref?](repeating: nil, count: variables.count)
        let inputs = variables.map { $0.reference as amg_tensor_ref? }
        let outputs = [reference as amg_tensor_ref?]
        let done = withExtendedLifetime(variables) {
            table.gradients(outputs, 1, inputs, Int32(inputs.count), keepingGraph || recording, recording, &results, &error)
        }
        guard done else { throw TensorError(error, operation: "gradients") }
        return results.map { $0.map { Tensor(taking: $0, table: table) } }
    }
}

/// Runs `body` with products and convolutions on `device` in bf16, as libtorch's autocast chooses; sums and losses stay in f32.
package func withMixedPrecision<Result>(on device: Device, _ body: () throws -> Result) throws -> Result {
    let table = try Torch.table()
    let before = table.set_mixed_precision(device.packed, true)
    defer { _ = table.set_mixed_precision(device.packed, before) }
    return try body()
}

/// Runs `body` without recording for differentiation on this thread.
package func withoutRecording<Result>(_ body: () throws -> Result) throws -> Result {
    let table = try Torch.table()
    let before = table.set_recording(false)
    defer { _ = table.set_recording(before) }
    return try body()
}
