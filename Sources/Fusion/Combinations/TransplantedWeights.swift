import Networks
import Tensors

/// The kept neurons' weights side by side: each parent's block where its neurons went, zeros between neurons of different parents,
/// and the parents' parts of the output layer added up, each times its scale.
struct TransplantedWeights {
    /// The factor of each parent's part of the logits.
    let scales: [Double]

    /// Where every parent's kept neurons stand among the fused ones; the same for all parameters.
    struct FusedLayout {
        /// By group id.
        let widths: [Int: Int]
        /// By parent, then group id.
        fileprivate let places: [[Int: Place]]

        init(_ graft: Graft, parents: ParentSet) {
            var widths: [Int: Int] = [:], places = [[Int: Place]](repeating: [:], count: parents.count)
            for group in parents.groups.selectionOrder where group.role == .hidden {
                var start = 0
                for member in graft.members {
                    let kept = member.kept[group.id] ?? []
                    places[member.parent][group.id] = Place(start: start, neurons: kept.count, map: .selection(kept))
                    start += kept.count
                }
                widths[group.id] = start
            }
            self.widths = widths
            self.places = places
        }
    }

    func fused(_ name: String, parents: ParentSet, layout: FusedLayout) throws -> Tensor {
        let model = parents.referenceNetwork
        let reference = try model.parameter(name)
        let type = try reference.dtype()
        let layouts = model.groups.selectableLayouts(of: name)
        // Batches seen are counted anew: the statistics are no batch's any more.
        guard type.isFloatingPoint else { return try Tensor.zeros(reference.shape, dtype: type) }
        let indexed = Set(layouts.values.flatMap(\.parts).map(\.group))
        let isLogits = model.groups.all.contains { $0.role == .classes && indexed.contains($0.id) }
        // What no group indexes belongs to the whole network: the first parent's is kept.
        guard isLogits || model.groups.selectable.contains(where: { indexed.contains($0.id) }) else { return reference }
        let shape = NetworkCost.shape(of: reference.shape, layouts, widths: layout.widths)
        let total = try Tensor.zeros(shape, dtype: type)
        for (parent, network) in parents.networks.enumerated() {
            let own = parents.name(of: name, in: parent)
            let places = layout.places[parent]
            let value = try network.parameter(own)
            let maps = places.mapValues(\.map)
            var block = value
            for (axis, layout) in network.groups.selectableLayouts(of: own).sorted(by: { $0.key < $1.key }) {
                let whole = block
                block = try network.groups.carried(whole, axis: axis, layout: layout, along: maps)
            }
            try add(block, to: total, scale: isLogits ? scales[parent] : 1, layouts.sorted { $0.key < $1.key }[...], places, layout.widths)
        }
        return total
    }

    /// Where a parent's kept neurons stand among the fused ones: a run that begins at `start`.
    fileprivate struct Place {
        let start: Int
        let neurons: Int
        let map: NeuronMap
    }

    /// Adds a block at its place, axis by axis and part by part.
    private func add(
        _ block: Tensor, to total: Tensor, scale: Double, _ axes: ArraySlice<(key: Int, value: AxisLayout)>, _ places: [Int: Place],
        _ widths: [Int: Int]
    ) throws {
        guard let (axis, layout) = axes.first else {
            guard block.count > 0 else { return }
            return try total.addInPlace(block, scale: scale)
        }
        var from = 0, to = 0
        for part in layout.parts {
            let width = widths[part.group] ?? part.neurons
            let place = places[part.group] ?? Place(start: 0, neurons: width, map: .identity)
            let (source, target) = try (
                try block.narrowed(axis: axis, from: from, count: place.neurons * part.block),
                try total.narrowed(axis: axis, from: to + place.start * part.block, count: place.neurons * part.block)
            )
            try add(source, to: target, scale: scale, axes.dropFirst(), places, widths)
            from += place.neurons * part.block
            to += width * part.block
        }
    }
}

extension ParentSet {
    /// The network of selected neurons, each parent's in a run.
    ///
    /// - Parameter scales: the factor of each parent's part of the logits.
    func transplanted(_ graft: Graft, scales: [Double], control: FusionControl) throws -> Network {
        let weights = TransplantedWeights(scales: scales), layout = TransplantedWeights.FusedLayout(graft, parents: self)
        let parameters = try referenceNetwork.eachParameter(control) { try weights.fused($0, parents: self, layout: layout) }
        return try Network(referenceNetwork.architecture(widths: layout.widths), parameters: parameters)
    }
}
