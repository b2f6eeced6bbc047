/// What layers and operations say of whole values.
extension TraceScope {
    /// What a product that sums up along an axis finds there.
    enum Contraction {
        /// The neurons along the axis, the same everywhere.
        case neurons(NeuronLabels)
        /// The axis indexes positions, and neurons lie along others: each neuron is mixed with nothing but itself.
        case positions
    }

    /// The labels along an axis that is summed up with a parameter's: what varies along other axes is tied, for the parameter is the same there.
    mutating func contracted(_ value: ValueLabels, axis: Int) -> Contraction {
        let others = value.varyingAxes.filter { $0 != axis }
        if !others.isEmpty {
            guard hasFree(value) else { return .neurons(.fixed(value.shape[axis])) }
            if value.extents[axis] == 1 { return .positions }
        }
        let rows = value.rows(along: axis)
        guard var along = rows.first else { return .neurons(.fixed(value.shape[axis])) }
        for row in rows.dropFirst() {
            for (place, label) in row.enumerated() {
                labels.tie(along[place], label)
                if along[place] <= 0 && label > along[place] { along[place] = label }
            }
        }
        return .neurons(NeuronLabels(along))
    }

    /// The same with each neuron's smallest label, kept once along axes on which neurons turn out to be the same.
    mutating func canonical(_ value: ValueLabels) -> ValueLabels { labels.canonical(value) }

    /// Whether any of a value's neurons may move.
    mutating func hasFree(_ value: ValueLabels) -> Bool { value.entries.contains { labels.isFree($0) } }

    /// Keeps all of a value's neurons in place.
    mutating func fix(_ value: ValueLabels) { for label in value.entries { labels.fix(label) } }

    /// Says that values are combined element by element; gives the labels of the result, of their broadcast shape.
    ///
    /// A value of length one along an axis says nothing of the neurons there.
    mutating func combined(_ first: ValueLabels, _ second: ValueLabels) throws -> ValueLabels {
        let rank = max(first.shape.count, second.shape.count)
        let one = first.padded(to: rank), other = second.padded(to: rank)
        let shape = try zip(one.shape, other.shape).map { a, b in
            guard a == b || a == 1 || b == 1 else {
                throw NetworkError.input(
                    layer: layer, expected: "inputs of one shape",
                    found: "\(NetworkError.shape(first.shape)) and \(NetworkError.shape(second.shape))")
            }
            return a == 1 ? b : a
        }
        let onlyOne = one.varyingAxes.filter { other.extents[$0] == 1 }, onlyOther = other.varyingAxes.filter { one.extents[$0] == 1 }
        let isOtherSilent = onlyOne.allSatisfy { other.shape[$0] == 1 }, isOneSilent = onlyOther.allSatisfy { one.shape[$0] == 1 }
        if !onlyOne.isEmpty, !onlyOther.isEmpty {
            // Neurons along one axis, and other neurons along another: each element is of two, of which one can move, where the other factor
            // is the same for all of them.
            let keepsOne = isOtherSilent && (!isOneSilent || one.entries.count >= other.entries.count)
            if !keepsOne { fix(one) }
            if keepsOne || !isOneSilent { fix(other) }
            note("it combines neurons along one axis with neurons along another")
            return keepsOne ? one.withShape(shape) : other.withShape(shape)
        }
        // One that is the same for all neurons of the other says nothing of them; a neuron that is read by itself is like no other.
        if !onlyOne.isEmpty, isOtherSilent, let label = other.only {
            labels.noteSet([label])
            return one.withShape(shape)
        }
        if !onlyOther.isEmpty, isOneSilent, let label = one.only {
            labels.noteSet([label])
            return other.withShape(shape)
        }
        let extents = zip(one.extents, other.extents).map { max($0, $1) }
        var entries: [Int] = []
        entries.reserveCapacity(extents.reduce(1, *))
        for (a, b) in zip(one.places(over: extents), other.places(over: extents)) {
            let (left, right) = (one.entries[a], other.entries[b])
            if left != right { labels.tie(left, right) }
            entries.append(max(left, right))
        }
        return ValueLabels(shape: shape, extents: extents, entries: entries)
    }
}

extension ValueLabels {
    /// The same with axes of length one before.
    func padded(to rank: Int) -> ValueLabels {
        let ones = [Int](repeating: 1, count: max(0, rank - shape.count))
        return ones.isEmpty ? self : ValueLabels(shape: ones + shape, extents: ones + extents, entries: entries)
    }

    /// The places of the entries, in row-major order over larger extents.
    func places(over other: [Int]) -> [Int] {
        var places = [0]
        places.reserveCapacity(other.reduce(1, *))
        for (axis, stride) in strides.enumerated() where other[axis] > 1 {
            places = places.flatMap { place in (0..<other[axis]).map { place + $0 * stride } }
        }
        return places
    }
}

extension LabelStore {
    /// The same with each neuron's smallest label, kept once along axes on which neurons turn out to be the same.
    mutating func canonical(_ value: ValueLabels) -> ValueLabels {
        guard value.entries.count > 1 else { return value }
        var isChanged = false
        var entries = value.entries
        for place in entries.indices where entries[place] > 0 {
            let root = root(entries[place])
            if root != entries[place] {
                entries[place] = root
                isChanged = true
            }
        }
        guard isChanged else { return value }
        let compact = ValueLabels(shape: value.extents, dense: entries)
        return ValueLabels(shape: value.shape, extents: compact.extents, entries: compact.entries)
    }

    /// What an operation gave, now that all ties are known: labels that differed along an axis may be the same neurons.
    mutating func settled(_ features: Features) -> Features {
        guard var value = features.value else { return features }
        value.labels = canonical(value.labels)
        return Features(value)
    }
}
