import Networks
import Tensors

/// How strong a neuron is by its weights: each side of a layer that indexes the group gives a sum of |w|ᵖ over the neuron's row, column
/// or block of columns, each normalisation |γ|ᵖ; the score is the mean of these (Öz et al. 2024; no root is taken, biases and running
/// statistics do not count).
public struct WeightEnergy: Sendable {
    let power: Power
    let sides: Sides
    let reduction: Reduction

    /// The scores of a member's kept neurons of a group, in a network that consists of what the graft keeps.
    func scores(of group: Int, in member: Graft.Member, parents: ParentSet) throws -> [Double] {
        let network = parents.networks[member.parent]
        guard let own = network.groups[group], let kept = member.kept[group] else { return [] }
        let all = own.axes.compactMap { axis in Self.side(of: axis, in: network).map { (side: $0, axis: axis) } }
        let chosen = all.filter { sides.includes($0.side) }
        var maps: [Int: NeuronMap] = [:]
        for other in network.groups.selectable {
            // A complete group is left alone: nothing is copied for it.
            if let neurons = member.kept[other.id], neurons.count < other.neurons { maps[other.id] = .selection(neurons) }
        }
        var values: [[Double]] = [], last: NeuronGroup.Axis?
        // A group that has none of the chosen sides is scored by those it has.
        for (_, axis) in chosen.isEmpty ? all : chosen {
            let energies = try energies(along: axis, neurons: own.neurons, scale: member.scale, network, maps)
            // One side of one layer counts once, in however many runs it indexes the group.
            if let last, last.parameter == axis.parameter, last.axis == axis.axis, let before = values.popLast() {
                values.append(zip(before, energies).map(+))
            } else {
                values.append(energies)
            }
            last = axis
        }
        let scores = kept.map { neuron in reduction.apply(values.map { $0[neuron] }) }
        guard scores.allSatisfy(\.isFinite) else { throw FusionError.nonFiniteEnergy(group: own.name, parent: member.parent) }
        return scores
    }

    enum Side { case output, input, normalisation }

    /// What an axis of a parameter counts as, nil when it does not count.
    private static func side(of axis: NeuronGroup.Axis, in network: Network) -> Side? {
        let isWeight = axis.parameter.split(separator: ".").last?.hasSuffix("weight") == true
        guard isWeight, let value = network.parameters[axis.parameter] else { return nil }
        return value.rank == 1 ? .normalisation : axis.axis == 0 ? .output : .input
    }

    /// Σ |w|ᵖ for each neuron along an axis, over what is kept of the other axes.
    private func energies(
        along axis: NeuronGroup.Axis, neurons: Int, scale: Double, _ network: Network, _ maps: [Int: NeuronMap]
    ) throws -> [Double] {
        let layouts = network.groups.selectableLayouts(of: axis.parameter)
        var value = try network.parameter(axis.parameter)
        var writesLogits = false
        for (other, layout) in layouts.sorted(by: { $0.key < $1.key }) where other != axis.axis {
            let whole = value
            value = try network.groups.carried(whole, axis: other, layout: layout, along: maps)
            if layout.parts.contains(where: { network.groups[$0.group]?.role == .classes }) { writesLogits = true }
        }
        let factor = writesLogits ? power.raised(scale) : 1
        let length = neurons * axis.block
        let part = value.shape[axis.axis] == length ? value : try value.narrowed(axis: axis.axis, from: axis.offset, count: length)
        let before = part.shape[..<axis.axis].reduce(1, *), after = part.shape[(axis.axis + 1)...].reduce(1, *)
        let wide = try part.dtype() == .float64 ? part : part.converted(to: .float32)
        return try power.sums(wide, shape: [before, neurons, axis.block * after]).map { $0 * factor }
    }
}

extension WeightEnergy {
    public enum Power: String, Sendable, CaseIterable {
        case two = "2", one = "1"

        /// Σ |w|ᵖ over the first and last axes of a shape [before, neurons, after].
        func sums(_ value: Tensor, shape: [Int]) throws -> [Double] {
            let (before, neurons, after) = (shape[0], shape[1], shape[2])
            if before == 1 {
                let rows = try value.reshaped([neurons, after])
                return try (self == .one ? rows.absoluteNorm(axes: [1]) : rows.norm(axes: [1])).array(of: Double.self).map(raised)
            }
            // Whole rows added up first run at the speed of memory; a norm over both axes at once does not.
            let powers = try self == .one ? value.magnitude() : value.squared()
            return try powers.reshaped([before, neurons * after]).sum(axes: [0]).reshaped([neurons, after]).sum(axes: [1]).array(
                of: Double.self)
        }

        /// The p-th power.
        func raised(_ value: Double) -> Double { self == .one ? value : value * value }
    }

    public enum Sides: String, Sendable, CaseIterable {
        case all, weights, incoming, outgoing

        func includes(_ side: WeightEnergy.Side) -> Bool {
            switch self {
            case .all: true
            case .weights: side != .normalisation
            case .incoming: side == .output
            case .outgoing: side == .input
            }
        }
    }

    public enum Reduction: String, Sendable, CaseIterable {
        case mean, largest, product

        func apply(_ values: [Double]) -> Double {
            switch self {
            case .mean: values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
            case .largest: values.max() ?? 0
            case .product: values.reduce(1, *)
            }
        }
    }
}
