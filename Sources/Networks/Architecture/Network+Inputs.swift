import Tensors

extension Network {
    /// A batch as the graph takes it: samples that data sets hand out as [batch, channels, height, width] in the input's shape, token ids as integers;
    /// several inputs as one row of numbers, of which the graph cuts each.
    ///
    /// - Throws: ``NetworkError/input(layer:expected:found:)`` where token ids are no whole numbers from 0 on, or beyond the table that they index.
    func input(_ batch: Tensor) throws -> Tensor {
        let shape = Array(batch.shape.dropFirst()), own = architecture.inputShape
        let value = shape != own && shape.reduce(1, *) == own.reduce(1, *) ? try batch.reshaped([batch.shape[0]] + own) : batch
        switch architecture.elements {
        case .real: return try fitting(value)
        case .index, .integer: return try checked(value, as: architecture.elements, named: Architecture.input)
        case .parts(let parts):
            // Half precision would not hold token ids, and what is cut out of a sample has its type.
            guard [.float32, .float64].contains(dtype) || parts.allSatisfy(\.elements.holdIntegers) else {
                throw NetworkError.input(
                    layer: Architecture.input, expected: "parameters in float32, since real numbers stand beside whole ones in a sample",
                    found: dtype.name)
            }
            let row = try dtype == .float64 ? value.converted(to: .float64) : value.converted(to: .float32)
            var start = 0
            for part in parts {
                if part.elements.holdIntegers, row.shape.last ?? 0 >= start + part.count {
                    _ = try checked(row.narrowed(axis: 1, from: start, count: part.count), as: part.elements, named: part.name)
                }
                start += part.count
            }
            return row
        }
    }

    /// Whole numbers as integers, within their bound.
    private func checked(_ value: Tensor, as elements: InputElements, named name: String) throws -> Tensor {
        let ids = try value.dtype().isFloatingPoint ? value.converted(to: .int64) : value
        guard ids.count > 0 else { return ids }
        let isWhole = try !value.dtype().isFloatingPoint || (value - ids.converted(to: value.dtype())).magnitude().maximum().item() == 0
        let (least, most) = try (ids.minimum().item(), ids.maximum().item())
        let bound: Int? = if case .index(let bound) = elements { bound } else { nil }
        guard isWhole, bound.map({ least >= 0 && most < Double($0) }) ?? true else {
            throw NetworkError.input(
                layer: name, expected: bound.map { "token ids, whole numbers from 0 to \($0 - 1)" } ?? "whole numbers",
                found: isWhole ? "ids from \(Int(least)) to \(Int(most))" : "numbers that are not whole")
        }
        return ids
    }

    /// Random samples, [count] + one sample's shape: numbers, places in a vocabulary, masks.
    package func randomInputs(_ count: Int, _ generator: Generator) throws -> Tensor {
        guard case .parts(let parts) = architecture.elements else {
            return try random([count] + architecture.inputShape, of: architecture.elements, generator)
        }
        return try .concatenated(
            parts.map { part in
                let drawn = try random([count] + (part.shape.isEmpty ? [1] : part.shape), of: part.elements, generator)
                return try drawn.reshaped([count, part.count]).converted(to: dtype == .float64 ? .float64 : .float32)
            }, axis: 1)
    }

    private func random(_ shape: [Int], of elements: InputElements, _ generator: Generator) throws -> Tensor {
        switch elements {
        case .real, .parts:
            // Samples differ in their channels' means as well: what is averaged over positions would hardly tell noise apart.
            let means = try Tensor.normal(Array(shape.prefix(2)) + shape.dropFirst(2).map { _ in 1 }, generator: generator, dtype: dtype)
            return try Tensor.normal(shape, generator: generator, dtype: dtype) + means
        case .index(let bound):
            return try Tensor.uniform(shape, from: 0, to: Double(max(1, bound)), generator: generator).converted(to: .int64)
        case .integer:
            // 0 or 1, as in a mask; seldom 0, and never at the first place: what is masked altogether has no value.
            let drawn = try Tensor.uniform(shape, from: 0, to: 4, generator: generator).clamped(from: 0, to: 1).converted(to: .int64)
            let first = try drawn.narrowed(axis: 1, from: 0, count: 1)
            return try Tensor.concatenated([first * 0 + 1, drawn.narrowed(axis: 1, from: 1, count: shape[1] - 1)], axis: 1)
        }
    }
}
