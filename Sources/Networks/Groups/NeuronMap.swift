import Tensors

/// Where a parent's neurons of one group go: how an axis that indexes them is carried to the fused network's neurons.
public enum NeuronMap: Sendable {
    /// Every neuron stays.
    case identity
    /// New neuron j is the old neuron `indices[j]`.
    case selection([Int])
    /// New neuron j is the old neuron `sources[j]`, or zeros where that is nil.
    case scattered([Int?])
    /// New neuron j is the old neuron `sources[j]` times `factors[j]`, or zeros where the former is nil.
    case scaled([Int?], [Double])
    /// New neuron j is the mixture Σ_i T[i, j] · old neuron i; [old, new].
    case mixture(Tensor)

    /// The number of new neurons, out of `neurons` old ones.
    public func neurons(from neurons: Int) -> Int {
        switch self {
        case .identity: neurons
        case .selection(let indices): indices.count
        case .scattered(let sources), .scaled(let sources, _): sources.count
        case .mixture(let map): map.shape.last ?? 0
        }
    }

    /// Each new neuron one old neuron, or none.
    package static func ofSources(_ sources: [Int?]) -> NeuronMap {
        let all = sources.compactMap(\.self)
        return all.count == sources.count ? .selection(all) : .scattered(sources)
    }

    var isIdentity: Bool { if case .identity = self { true } else { false } }
}

extension NeuronGroups {
    /// Carries every neuron axis of a parameter along `maps` (by group id; a group not named stays as it is). The neurons of
    /// head groups (attention heads) are carried after the neurons inside them.
    ///
    /// - Parameters:
    ///   - reading: the maps of every axis but the parameter's first, where they differ.
    ///   - kept: an axis that stays as it is.
    public func carried(
        _ value: Tensor, parameter: String, along maps: [Int: NeuronMap], reading: [Int: NeuronMap]? = nil, keeping kept: Int? = nil
    ) throws(NetworkError) -> Tensor {
        var value = value
        let axes = (layouts[parameter] ?? [:]).keys.sorted()
        for (place, axis) in axes.enumerated() where axis != kept {
            value = try carried(value, axis: axis, as: parameter, axis, along: place == 0 ? maps : reading ?? maps)
        }
        return value
    }

    /// Carries an axis of any value whose entries stand as those on an axis of a parameter: what a layer gives, as the first axis of its weight.
    public func carried(
        _ value: Tensor, axis: Int, as parameter: String, _ parameterAxis: Int, along maps: [Int: NeuronMap]
    ) throws(NetworkError) -> Tensor {
        guard let layout = layouts[parameter]?[parameterAxis] else { return value }
        let value = try carried(value, axis: axis, layout: layout, along: maps)
        guard let runs = headGroupRuns[parameter]?[parameterAxis], !runs.isEmpty else { return value }
        return try carried(value, axis: axis, layout: headLayout(layout, runs: runs, along: maps), along: maps)
    }

    /// The axis as head groups see it, once the neurons inside them were carried: each run is one part, what lies between stays.
    private func headLayout(_ layout: AxisLayout, runs: [HeadGroupRun], along maps: [Int: NeuronMap]) throws(NetworkError) -> AxisLayout {
        let lengths = layout.parts.map { part in (maps[part.group] ?? .identity).neurons(from: part.neurons) * part.block }
        var parts: [AxisLayout.Part] = [], index = 0
        for run in runs.sorted(by: { $0.firstPart < $1.firstPart }) {
            let between = lengths[index..<run.firstPart].reduce(0, +)
            if between > 0 { parts.append(AxisLayout.Part(group: -1, neurons: between, block: 1)) }
            index = run.firstPart + run.neurons * run.partsEach
            let each = stride(from: run.firstPart, to: index, by: run.partsEach).map { lengths[$0..<$0 + run.partsEach].reduce(0, +) }
            guard let block = each.first, each.allSatisfy({ $0 == block }) else {
                throw .map(group: self[run.headGroup]?.name ?? "", neurons: each.max() ?? 0, rows: each.min() ?? 0)
            }
            parts.append(AxisLayout.Part(group: run.headGroup, neurons: run.neurons, block: block))
        }
        let after = lengths[index...].reduce(0, +)
        if after > 0 { parts.append(AxisLayout.Part(group: -1, neurons: after, block: 1)) }
        return AxisLayout(parts)
    }

    /// Carries one axis, part by part.
    public func carried(_ value: Tensor, axis: Int, layout: AxisLayout, along maps: [Int: NeuronMap]) throws(NetworkError) -> Tensor {
        guard layout.parts.contains(where: { !(maps[$0.group] ?? .identity).isIdentity }) else { return value }
        return try lifting {
            if let order = layout.order { return try reordered(value, axis: axis, layout: layout, order: order, along: maps) }
            let pieces = try layout.placed.map { part, offset in
                let piece = layout.parts.count == 1 ? value : try value.narrowed(axis: axis, from: offset, count: part.length)
                return try carried(piece, axis: axis, part: part, along: maps[part.group] ?? .identity)
            }
            return pieces.count == 1 ? pieces[0] : try Tensor.concatenated(pieces, axis: axis)
        }
    }

    /// An axis of a parameter, or of a value laid out as one, with its entries in the order of the axis's parts.
    package func sorted(_ value: Tensor, axis: Int, as parameter: String, _ parameterAxis: Int) throws(NetworkError) -> Tensor {
        guard let order = layouts[parameter]?[parameterAxis]?.order else { return value }
        return try lifting { try value.gathered(axis: axis, Tensor(order)) }
    }

    /// Carries an axis whose entries stand in another order than the parts: brought into theirs, carried, and brought back.
    private func reordered(
        _ value: Tensor, axis: Int, layout: AxisLayout, order: [Int], along maps: [Int: NeuronMap]
    ) throws -> Tensor {
        let sorted = try value.gathered(axis: axis, Tensor(order))
        let result = try carried(sorted, axis: axis, layout: AxisLayout(layout.parts), along: maps)
        guard result.shape[axis] == order.count else {
            let changed = layout.parts.first { (maps[$0.group] ?? .identity).neurons(from: $0.neurons) != $0.neurons }
            throw NetworkError.map(
                group: changed.flatMap { self[$0.group]?.name } ?? "", neurons: changed?.neurons ?? 0, rows: result.shape[axis])
        }
        var places = order
        for (index, place) in order.enumerated() { places[place] = index }
        return try result.gathered(axis: axis, Tensor(places))
    }

    private func carried(_ value: Tensor, axis: Int, part: AxisLayout.Part, along map: NeuronMap) throws -> Tensor {
        let name = self[part.group]?.name ?? "\(part.group)"
        let (before, after) = (value.shape[..<axis], value.shape[(axis + 1)...])
        switch map {
        case .identity:
            return value
        case .selection(let indices):
            guard indices.allSatisfy({ (0..<part.neurons).contains($0) }) else {
                throw NetworkError.map(group: name, neurons: part.neurons, rows: (indices.max() ?? 0) + 1)
            }
            return try value.reshaped(before + [part.neurons, part.block] + after)
                .gathered(axis: axis, Tensor(indices))
                .reshaped(before + [indices.count * part.block] + after)
        case .scattered(let sources):
            guard sources.allSatisfy({ $0.map((0..<part.neurons).contains) ?? true }) else {
                throw NetworkError.map(group: name, neurons: part.neurons, rows: (sources.compactMap { $0 }.max() ?? 0) + 1)
            }
            // One neuron of zeros behind the others, for all that come from nowhere.
            let zeros = try Tensor.zeros(before + [1, part.block] + after, dtype: value.dtype())
            return try Tensor.concatenated([value.reshaped(before + [part.neurons, part.block] + after), zeros], axis: axis)
                .gathered(axis: axis, Tensor(sources.map { $0 ?? part.neurons }))
                .reshaped(before + [sources.count * part.block] + after)
        case .scaled(let sources, let factors):
            let carried = try carried(value, axis: axis, part: part, along: .ofSources(sources))
            guard factors.count == sources.count else { throw NetworkError.map(group: name, neurons: sources.count, rows: factors.count) }
            let each = try Tensor(factors, shape: [factors.count, 1]).converted(to: value.dtype()).expanded([factors.count, part.block])
            return try carried * each.reshaped([factors.count * part.block] + [Int](repeating: 1, count: after.count))
        case .mixture(let matrix):
            guard matrix.rank == 2, matrix.shape[0] == part.neurons else {
                throw NetworkError.map(group: name, neurons: part.neurons, rows: matrix.shape.first ?? 0)
            }
            // [before, n, block · after] → the neuron axis first, one product, and back.
            let rows = before.reduce(1, *), columns = part.block * after.reduce(1, *)
            let first = try value.reshaped([rows, part.neurons, columns]).transposed(0, 1).reshaped([part.neurons, rows * columns])
            let mixed = try matrix.converted(to: value.dtype()).transposed(0, 1).matmul(first)
            return try mixed.reshaped([matrix.shape[1], rows, columns]).transposed(0, 1)
                .reshaped(before + [matrix.shape[1] * part.block] + after)
        }
    }
}

extension Network {
    /// The same parameters with every group carried along `maps`.
    public func carried(along maps: [Int: NeuronMap]) throws(NetworkError) -> Network {
        var carried: [String: Tensor] = [:]
        for name in parameterNames { carried[name] = try groups.carried(parameter(name), parameter: name, along: maps) }
        return try with(parameters: carried)
    }

    /// What comes into each neuron of a group: the weights of all that computes it, one row for each neuron, with the inputs
    /// carried along `maps`; biases as one column each where requested. [neurons, features]
    ///
    /// - Parameter isWanted: which of the group's incoming axes count; all where nil.
    public func incomingWeights(
        of group: NeuronGroup, along maps: [Int: NeuronMap] = [:], withBias: Bool, where isWanted: ((NeuronGroup.Axis) -> Bool)? = nil
    ) throws(NetworkError) -> Tensor {
        try lifting {
            var maps = maps
            for id in group.members.joined() + [group.id] { maps[id] = nil }
            let all =
                group.isHeadGroup
                ? group.axes.filter { axis in
                    group.members.joined().contains { id in
                        groups[id]?.incoming.contains { $0.parameter == axis.parameter && $0.axis == axis.axis } ?? false
                    }
                } : group.incoming
            let incoming = all.filter { isWanted?($0) ?? true }
            var columns = try incoming.map { axis in
                let carried = try groups.carried(parameter(axis.parameter), parameter: axis.parameter, along: maps, keeping: axis.axis)
                return try rows(of: carried, axis, neurons: group.neurons)
            }
            if withBias {
                let names = Set(incoming.map(\.parameter))
                var taken: Set<String> = []
                for layer in trace.layers where layer.parameters.contains(where: { names.contains($0.fullName) }) {
                    let vectors = Set(layer.parameters.filter { $0.shape.count == 1 }.map(\.fullName)).subtracting(taken)
                    taken.formUnion(vectors)
                    for axis in group.axes where vectors.contains(axis.parameter) {
                        columns.append(try rows(of: parameter(axis.parameter), axis, neurons: group.neurons))
                    }
                }
            }
            guard !columns.isEmpty else {
                throw NetworkError.noSuchGroup(name: group.name, groups: groups.all.filter { !$0.incoming.isEmpty }.map(\.name))
            }
            return columns.count == 1 ? columns[0] : try Tensor.concatenated(columns, axis: 1)
        }
    }

    private func rows(of value: Tensor, _ axis: NeuronGroup.Axis, neurons: Int) throws -> Tensor {
        try groups.sorted(value, axis: axis.axis, as: axis.parameter, axis.axis)
            .narrowed(axis: axis.axis, from: axis.offset, count: neurons * axis.block).transposed(0, axis.axis).reshaped([neurons, -1])
    }
}
