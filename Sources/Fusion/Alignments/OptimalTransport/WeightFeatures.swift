import Networks
import Tensors
import Transport

/// Neurons as their incoming weights, one row each: weights of everything that computes the group, kernels flattened, and biases as one
/// more input that every network shares.
///
/// Weights count only where all they read is planned already: columns of neurons in different orders say nothing of their rows. So a
/// residual stream is compared by the layer that begins it on the first pass, and by all that write to it from the second on.
struct WeightFeatures {
    let parents: ParentSet
    /// Keeps rows under one plan.
    var cache: Cache?

    /// Rows that are compared several times.
    final class Cache {
        fileprivate struct Key: Hashable {
            var neurons: GroupNeurons
            var isMoved: Bool
            var isUnit: Bool
        }

        fileprivate var rows: [Key: Tensor] = [:]
    }

    init(parents: ParentSet, cache: Cache? = nil) { (self.parents, self.cache) = (parents, cache) }

    /// The rows of one group's neurons, what they read carried along the maps of `plan`.
    ///
    /// - Parameter isMoved: whether the plan moves this parent's neurons; the reference's stay.
    func rows(of neurons: GroupNeurons, given plan: FusionPlan, isMoved: Bool, settings: Settings) throws -> Tensor {
        let key = Cache.Key(neurons: neurons, isMoved: isMoved, isUnit: settings[OTFusion.unitRows])
        if let known = cache?.rows[key] { return known }
        let rows = try rows(
            of: neurons, maps: isMoved ? plan.readingMaps(of: neurons.parent) : [:], planned: Set(plan.groups.map(\.group.id)),
            withBias: true,
            unit: key.isUnit)
        cache?.rows[key] = rows
        return rows
    }

    /// A parent's own incoming weights, nothing carried.
    func ownRows(of neurons: GroupNeurons, withBias: Bool) throws -> Tensor {
        try rows(of: neurons, maps: [:], planned: nil, withBias: withBias, unit: false)
    }

    private func rows(
        of neurons: GroupNeurons, maps: [Int: NeuronMap], planned: Set<Int>?, withBias: Bool, unit: Bool
    ) throws -> Tensor {
        let network = parents.networks[neurons.parent]
        guard let group = network.groups[neurons.group] else {
            throw FusionError.network(.noSuchGroup(name: "\(neurons.group)", groups: network.groups.all.map(\.name)))
        }
        var known: Set<NeuronGroup.AxisPlace>?
        if let planned {
            let usable = group.incoming.filter { network.groups.reads($0, only: planned.subtracting([group.id])) }
            if !usable.isEmpty { known = Set(usable.map(NeuronGroup.AxisPlace.init)) }
        }
        let rows = try network.incomingWeights(of: group, along: maps, withBias: withBias) {
            known?.contains(NeuronGroup.AxisPlace($0)) ?? true
        }
        let wide = try rows.converted(to: .float32)
        return unit ? try wide / (wide.norm(axes: [1], keepingAxes: true) + 1e-9) : wide
    }
}

extension NeuronGroup {
    /// One run of entries on an axis, as a key.
    struct AxisPlace: Hashable {
        let parameter: String
        let axis: Int
        let offset: Int

        init(_ axis: Axis) {
            parameter = axis.parameter
            self.axis = axis.axis
            offset = axis.offset
        }
    }
}

extension NeuronGroups {
    /// Whether all that a parameter reads, on its other axes than this one, is the input or one of `planned`.
    func reads(_ axis: NeuronGroup.Axis, only planned: Set<Int>) -> Bool {
        (layouts[axis.parameter] ?? [:]).allSatisfy { other, layout in
            other == axis.axis || layout.parts.allSatisfy { part in planned.contains(part.group) || self[part.group]?.keepsOrder == true }
        }
    }
}
