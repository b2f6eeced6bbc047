import Tensors

/// Where a parent's neurons of one group go: how an axis that indexes them is carried to the fused network's neurons.
public enum GroupMap: Sendable {
    /// Every neuron stays.
    case identity
    /// New neuron j is the old neuron `indices[j]`.
    case selection([Int])
    /// New neuron j is the old neuron `sources[j]`, or zeros where that is nil.
    case scattered([Int?])
    /// New neuron j is the mixture Σ_i T[i, j] · old neuron i; [old, new].
    case mixture(Tensor)

    /// The number of new neurons, out of `neurons` old ones.
    public func neurons(from neurons: Int) -> Int {
        switch self {
        case .identity: neurons
        case .selection(let indices): indices.count
        case .scattered(let sources): sources.count
        case .mixture(let map): map.shape.last ?? 0
        }
    }
}

extension NeuronGroups {
    /// Carries every neuron axis of a parameter along `maps` (by group id; a group not named stays as it is).
    public func carried(_ value: Tensor, parameter: String, along maps: [Int: GroupMap]) throws(NetworkError) -> Tensor {
        var value = value
        for (axis, layout) in (layouts[parameter] ?? [:]).sorted(by: { $0.key < $1.key }) {
            value = try carried(value, axis: axis, layout: layout, along: maps)
        }
        return value
    }

    /// Carries one axis, part by part.
    public func carried(_ value: Tensor, axis: Int, layout: AxisLayout, along maps: [Int: GroupMap]) throws(NetworkError) -> Tensor {
        guard layout.parts.contains(where: { part in maps[part.group].map { if case .identity = $0 { false } else { true } } ?? false }) else { return value }
        var pieces: [Tensor] = [], offset = 0
        for part in layout.parts {
            let length = part.neurons * part.block
            let piece = layout.parts.count == 1 ? value : try tensors { () throws(TensorError) in try value.narrowed(axis: axis, from: offset, count: length) }
            pieces.append(try carried(piece, axis: axis, part: part, along: maps[part.group] ?? .identity))
            offset += length
        }
        if pieces.count == 1 { return pieces[0] }
        return try tensors { () throws(TensorError) in try Tensor.concatenated(pieces, axis: axis) }
    }

    private func carried(_ value: Tensor, axis: Int, part: AxisLayout.Part, along map: GroupMap) throws(NetworkError) -> Tensor {
        let name = all.first { $0.id == part.group }?.name ?? "\(part.group)"
        let (before, after) = (value.shape[..<axis], value.shape[(axis + 1)...])
        switch map {
        case .identity:
            return value
        case .selection(let indices):
            guard indices.allSatisfy({ (0..<part.neurons).contains($0) }) else {
                throw .map(group: name, neurons: part.neurons, rows: (indices.max() ?? 0) + 1)
            }
            return try tensors { () throws(TensorError) in
                try value.reshaped(before + [part.neurons, part.block] + after)
                    .gathered(axis: axis, Tensor(indices))
                    .reshaped(before + [indices.count * part.block] + after)
            }
        case .scattered(let sources):
            guard sources.allSatisfy({ $0.map((0..<part.neurons).contains) ?? true }) else {
                throw .map(group: name, neurons: part.neurons, rows: (sources.compactMap { $0 }.max() ?? 0) + 1)
            }
            return try tensors { () throws(TensorError) in
                // One neuron of zeros behind the others, for all that come from nowhere.
                let zeros = try Tensor.zeros(before + [1, part.block] + after, dtype: value.dtype())
                return try Tensor.concatenated([value.reshaped(before + [part.neurons, part.block] + after), zeros], axis: axis)
                    .gathered(axis: axis, Tensor(sources.map { $0 ?? part.neurons }))
                    .reshaped(before + [sources.count * part.block] + after)
            }
        case .mixture(let matrix):
            guard matrix.rank == 2, matrix.shape[0] == part.neurons else { throw .map(group: name, neurons: part.neurons, rows: matrix.shape.first ?? 0) }
            return try tensors { () throws(TensorError) in
                // [before, n, block · after] → the neuron axis first, one product, and back.
                let rows = before.reduce(1, *), columns = part.block * after.reduce(1, *)
                let first = try value.reshaped([rows, part.neurons, columns]).transposed(0, 1).reshaped([part.neurons, rows * columns])
                let type = try value.dtype()
                let mixed = try matrix.converted(to: type).transposed(0, 1).matmul(first)
                return try mixed.reshaped([matrix.shape[1], rows, columns]).transposed(0, 1)
                    .reshaped(before + [matrix.shape[1] * part.block] + after)
            }
        }
    }
}

extension Network {
    /// The same parameters with every group carried along `maps`.
    public func carried(along maps: [Int: GroupMap]) throws(NetworkError) -> Network {
        var carried: [String: Tensor] = [:]
        for name in parameterNames { carried[name] = try groups.carried(parameter(name), parameter: name, along: maps) }
        return try with(parameters: carried)
    }
}
