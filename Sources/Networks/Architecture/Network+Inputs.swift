import Tensors

extension Network {
    /// A batch as the graph takes it: samples that data sets hand out as [batch, channels, height, width] in the input's shape, token ids as integers.
    ///
    /// - Throws: ``NetworkError/input(layer:expected:found:)`` where token ids are no whole numbers from 0 on, or beyond the table that they index.
    func input(_ batch: Tensor) throws -> Tensor {
        let shape = Array(batch.shape.dropFirst()), own = architecture.inputShape
        let value = shape != own && shape.reduce(1, *) == own.reduce(1, *) ? try batch.reshaped([batch.shape[0]] + own) : batch
        guard case .index(let bound) = architecture.elements else { return try fitting(value) }
        let ids = try value.dtype().isFloatingPoint ? value.converted(to: .int64) : value
        guard ids.count > 0 else { return ids }
        let isWhole = try !value.dtype().isFloatingPoint || (value - ids.converted(to: value.dtype())).magnitude().maximum().item() == 0
        let (least, most) = try (ids.minimum().item(), ids.maximum().item())
        guard isWhole, least >= 0, most < Double(bound) else {
            throw NetworkError.input(
                layer: Architecture.input, expected: "token ids, whole numbers from 0 to \(bound - 1)",
                found: isWhole ? "ids from \(Int(least)) to \(Int(most))" : "numbers that are not whole")
        }
        return ids
    }
}
