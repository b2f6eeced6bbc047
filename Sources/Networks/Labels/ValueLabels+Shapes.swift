import Tensors

extension ValueLabels {
    /// A label for each element, one more than it is, so that zeros that an operation fills in are constants. Of 32 bits where they hold it.
    func tensor() throws -> Tensor {
        let isNarrow = (entries.max() ?? 0) < 1 << 24
        let labels = isNarrow ? try Tensor(entries.map { Float($0 + 1) }) : try Tensor(entries.map { Double($0 + 1) })
        return try labels.reshaped(extents).expanded(shape)
    }

    /// What ``tensor()`` gave, after an operation has moved its elements.
    init(_ tensor: Tensor) throws {
        let shape = tensor.shape
        var value = tensor
        for axis in shape.indices where shape[axis] > 1 {
            // Where all labels along the axis are alike, or constants, one is kept.
            let largest = try value.largest(axis: axis).reshaped(value.shape.enumerated().map { $0 == axis ? 1 : $1 })
            let isOther = try (value - largest) * value
            if try isOther.magnitude().maximum().item() == 0 { value = largest }
        }
        let entries = try value.contiguous().reshaped([-1]).converted(to: .float64).array(of: Double.self).map { Int($0) - 1 }
        self.init(shape: shape, extents: value.shape, entries: entries)
    }

    func permuted(_ axes: [Int]) -> ValueLabels {
        let strides = strides
        var places = [0]
        for axis in axes where extents[axis] > 1 {
            places = places.flatMap { place in (0..<extents[axis]).map { place + $0 * strides[axis] } }
        }
        return ValueLabels(shape: axes.map { shape[$0] }, extents: axes.map { extents[$0] }, entries: places.map { entries[$0] })
    }

    /// A run of places along an axis.
    func sliced(axis: Int, _ range: Range<Int>) -> ValueLabels {
        var shape = shape
        shape[axis] = range.count
        guard extents[axis] > 1 else { return withShape(shape) }
        let strides = strides
        var places = [0], extents = extents
        for other in extents.indices where extents[other] > 1 {
            let steps = other == axis ? range : 0..<extents[other]
            places = places.flatMap { place in steps.map { place + $0 * strides[other] } }
        }
        extents[axis] = range.count
        return ValueLabels(shape: shape, extents: extents, entries: places.map { entries[$0] })
    }

    /// With an axis of length one put in.
    func inserted(axis: Int) -> ValueLabels {
        var shape = shape, extents = extents
        shape.insert(1, at: axis)
        extents.insert(1, at: axis)
        return ValueLabels(shape: shape, extents: extents, entries: entries)
    }

    /// Without an axis along which labels do not vary.
    func removed(axis: Int) -> ValueLabels {
        var shape = shape, extents = extents
        shape.remove(at: axis)
        extents.remove(at: axis)
        return ValueLabels(shape: shape, extents: extents, entries: entries)
    }

    /// With another length of an axis along which labels do not vary.
    func resized(axis: Int, to length: Int) -> ValueLabels {
        var shape = shape
        shape[axis] = length
        return withShape(shape)
    }

    /// Each place along an axis several times in a row.
    func repeated(axis: Int, times: Int) -> ValueLabels {
        guard extents[axis] > 1 else { return resized(axis: axis, to: shape[axis] * times) }
        let parts = (0..<shape[axis]).map { sliced(axis: axis, $0..<$0 + 1) }
        return ValueLabels(joining: parts.flatMap { [ValueLabels](repeating: $0, count: times) }, axis: axis)
    }

    /// Values one after another along an axis; their labels vary along the same other axes.
    init(joining parts: [ValueLabels], axis: Int) {
        let outer = parts[0].extents[..<axis].reduce(1, *)
        var entries: [Int] = []
        for block in 0..<outer {
            for part in parts {
                let size = part.entries.count / outer
                entries += part.entries[block * size..<(block + 1) * size]
            }
        }
        var shape = parts[0].shape, extents = parts[0].extents
        shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
        extents[axis] = shape[axis]
        self.init(shape: shape, extents: extents, entries: entries)
    }
}
