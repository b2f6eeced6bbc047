/// The labels of a value of any rank, kept once along the axes on which they do not vary: runs of equal labels cost nothing.
struct ValueLabels: Sendable, Equatable {
    /// The value's, with a batch of one.
    let shape: [Int]
    /// For each axis its length, or one where the labels are the same all along it.
    let extents: [Int]
    /// In row-major order over the extents.
    let entries: [Int]

    init(shape: [Int], extents: [Int], entries: [Int]) {
        self.shape = shape
        self.extents = extents
        self.entries = entries
    }

    /// One label everywhere.
    init(_ label: Int, shape: [Int]) { self.init(shape: shape, extents: shape.map { _ in 1 }, entries: [label]) }

    /// Labels along one axis.
    init(_ labels: NeuronLabels, axis: Int, shape: [Int]) {
        let isUniform = labels.entries.allSatisfy { $0 == labels.entries[0] }
        if isUniform, let label = labels.entries.first {
            self.init(label, shape: shape)
        } else {
            self.init(shape: shape, extents: shape.indices.map { $0 == axis ? labels.length : 1 }, entries: labels.entries)
        }
    }

    /// A label for each element; axes along which they do not vary are found.
    init(shape: [Int], dense: [Int]) {
        var (extents, entries) = (shape, dense)
        for axis in shape.indices.reversed() where extents[axis] > 1 {
            let inner = extents[(axis + 1)...].reduce(1, *), length = extents[axis], outer = extents[..<axis].reduce(1, *)
            var kept: [Int] = []
            kept.reserveCapacity(outer * inner)
            let isUniform = entries.withUnsafeBufferPointer { entries -> Bool in
                for block in 0..<outer {
                    for place in 0..<inner {
                        var label = NeuronLabels.constant
                        for step in 0..<length {
                            let found = entries[(block * length + step) * inner + place]
                            // A constant says nothing.
                            if found == label || found < 0 { continue }
                            guard label < 0 else { return false }
                            label = found
                        }
                        kept.append(label)
                    }
                }
                return true
            }
            guard isUniform else { continue }
            extents[axis] = 1
            entries = kept
        }
        self.init(shape: shape, extents: extents, entries: entries)
    }

    /// The axes along which labels vary.
    var varyingAxes: [Int] { extents.indices.filter { extents[$0] > 1 } }

    /// The same labels for a value of another shape whose axes correspond; an axis whose labels vary keeps its length.
    func withShape(_ other: [Int]) -> ValueLabels { ValueLabels(shape: other, extents: extents, entries: entries) }

    /// The only label, where all are alike.
    var only: Int? { entries.count == 1 ? entries[0] : nil }

    /// A label for each element, in row-major order.
    var dense: NeuronLabels {
        let strides = strides
        var places = [0]
        for axis in shape.indices {
            places = places.flatMap { place in (0..<shape[axis]).map { place + $0 * strides[axis] } }
        }
        return NeuronLabels(places.map { entries[$0] })
    }

    /// Steps between neighbours along each axis; none along axes on which labels do not vary.
    var strides: [Int] {
        var strides = [Int](repeating: 0, count: extents.count), step = 1
        for axis in extents.indices.reversed() {
            strides[axis] = extents[axis] > 1 ? step : 0
            step *= extents[axis]
        }
        return strides
    }

    /// The labels along one axis, one list for each place on the other axes where they differ.
    func rows(along axis: Int) -> [[Int]] {
        let strides = strides
        var starts = [0]
        for other in extents.indices where other != axis && extents[other] > 1 {
            starts = starts.flatMap { start in (0..<extents[other]).map { start + $0 * strides[other] } }
        }
        return starts.map { start in (0..<shape[axis]).map { entries[start + $0 * strides[axis]] } }
    }
}
