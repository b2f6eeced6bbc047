import Datasets
import Networks
import Synchronization
import Tensors
import Transport

/// Partners by weights: coordinate descent over the layers (Ainsworth et al. 2023, Algorithm 1). Each group in turn, in random order, is
/// matched at the largest Σ ⟨w_i, v_j⟩ over everything that indexes it, with the other groups' partners fixed, until none changes.
///
/// With more than two parents each is matched with the mean of the others brought along, in rounds, until none changes (MergeMany,
/// Algorithm 3), and places are those of the reference.
final class WeightMatching: PartnerSearch {
    private let parents: ParentSet
    private let settings: GroupSettings
    private let sweeps: Int
    private let seed: UInt64

    private struct Found: Sendable {
        /// By parent, then group.
        var partners: [[Int: [Int?]]]
        var certificates: [[Int: Certificate]]
        var costs: [[Int: Matrix]]
        var objective: Double
        /// Groups that were matched before, by parent.
        var started: [Set<Int>]
    }

    private let found = Mutex<Found?>(nil)

    init(parents: ParentSet, settings: GroupSettings, seed: UInt64) {
        self.parents = parents
        self.settings = settings
        sweeps = settings.base[GitRebasin.sweeps]
        self.seed = seed
    }

    /// All hidden groups are matched together, whichever are wanted.
    func prepare(_ wanted: [NeuronGroup], control: FusionControl) throws {
        let groups = parents.groups.withoutHeadGroups.filter { $0.role == .hidden }
        guard found.withLock({ $0 == nil }) else { return }
        var best: Found?
        for index in 0..<settings.base[GitRebasin.restarts] {
            var random = SeededGenerator(seed: seed, purpose: "weight matching \(index)")
            let one = try descend(groups, &random, control: control)
            if one.objective > best?.objective ?? -.infinity { best = one }
        }
        let chosen = best
        found.withLock { $0 = chosen }
    }

    func partners(
        of group: NeuronGroup, parent: Int, scores: (own: [Double], reference: [Double]), control: FusionControl
    ) throws -> (partners: [Int?], certificate: Certificate?, cost: Matrix?, objective: Double) {
        guard let found = found.withLock({ $0 }), let partners = found.partners[parent][group.id] else {
            throw FusionError.network(.noSuchGroup(name: group.name, groups: parents.groups.all.map(\.name)))
        }
        let certificate = found.certificates[parent][group.id], cost = found.costs[parent][group.id]
        var objective = 0.0
        if let cost { for (place, neuron) in partners.enumerated() { if let neuron { objective += cost[neuron, place] } } }
        return (partners, certificate, cost, objective)
    }

    // MARK: Descent

    private func descend(_ groups: [NeuronGroup], _ random: inout SeededGenerator, control: FusionControl) throws -> Found {
        let others = (0..<parents.count).filter { $0 != parents.reference }
        var state = Found(
            partners: (0..<parents.count).map { parent in
                Dictionary(
                    uniqueKeysWithValues: groups.map { group in
                        let own = width(group, parent)
                        return (group.id, (0..<group.neurons).map { $0 < own ? $0 : nil })
                    })
            },
            certificates: [[Int: Certificate]](repeating: [:], count: parents.count),
            costs: [[Int: Matrix]](repeating: [:], count: parents.count), objective: 0,
            started: [Set<Int>](repeating: [], count: parents.count))
        // With two parents the one round matches against the reference itself; with more, against the mean of all the others.
        for round in 0..<(others.count == 1 ? 1 : sweeps) {
            var changed = false
            for parent in others {
                let target = try target(for: parent, state, round: round)
                for _ in 0..<sweeps {
                    var moved = false
                    for index in random.permutation(groups.count) {
                        try control.check()
                        if try match(groups[index], parent, target, &state, control) { moved = true }
                    }
                    changed = changed || moved
                    if !moved { break }
                }
            }
            if !changed { break }
        }
        for parent in others { state.objective += try likeness(parent, state) }
        return state
    }

    private func width(_ group: NeuronGroup, _ parent: Int) -> Int {
        parents.networks[parent].groups.all.first { $0.id == group.id }?.neurons ?? 0
    }

    /// The reference's parameters; or from the second round on, and with more than two parents, the mean of all other parents in the reference's order.
    private func target(for parent: Int, _ state: Found, round: Int) throws -> [String: Tensor] {
        var sums: [String: Tensor] = [:]
        for name in parents.referenceNetwork.parameterNames {
            var sum = try parents.referenceNetwork.parameter(name)
            sum = try sum.converted(to: .float64)
            if parents.count > 2, round > 0 {
                for other in 0..<parents.count where other != parent && other != parents.reference {
                    let carried = try carried(name, of: other, state, except: nil)
                    sum = try sum + carried
                }
                sum = try sum / Double(parents.count - 1)
            }
            sums[name] = sum
        }
        return sums
    }

    /// A parent's parameter in the reference's order on every axis but one.
    private func carried(_ name: String, of parent: Int, _ state: Found, except kept: Int?) throws -> Tensor {
        let network = parents.networks[parent], own = parents.name(of: name, in: parent)
        var value = try network.parameter(own)
        value = try value.converted(to: .float64)
        for (axis, layout) in (network.groups.layouts[own] ?? [:]).sorted(by: { $0.key < $1.key }) where axis != kept {
            var maps: [Int: NeuronMap] = [:]
            for part in layout.parts {
                if let partners = state.partners[parent][part.group] { maps[part.group] = try Self.map(partners, neurons: part.neurons) }
            }
            value = try network.groups.carried(value, axis: axis, layout: layout, along: maps)
        }
        return value
    }

    private static func map(_ partners: [Int?], neurons: Int) throws -> NeuronMap {
        let complete = partners.compactMap { $0 }
        if complete.count == partners.count { return .selection(complete) }
        var values = [Double](repeating: 0, count: neurons * partners.count)
        for (place, neuron) in partners.enumerated() { if let neuron { values[neuron * partners.count + place] = 1 } }
        return try .mixture(Tensor(values, shape: [neurons, partners.count]))
    }

    /// Matches one group of one parent anew; whether anything moved to a better place.
    private func match(
        _ group: NeuronGroup, _ parent: Int, _ target: [String: Tensor], _ state: inout Found, _ control: FusionControl
    ) throws -> Bool {
        let own = width(group, parent)
        guard let theirs = parents.networks[parent].groups.all.first(where: { $0.id == group.id }) else { return false }
        var sum: Tensor?
        // A tied weight may lead from the group to itself. It is of second degree in the group's order: at first what else indexes the group decides, and
        // then the products are those with the order so far, and a new order is taken where it is better by all weights.
        let looped = Self.looped(group), isFirst = state.started[parent].insert(group.id).inserted
        let usesLoops = !isFirst || group.axes.allSatisfy { looped.contains($0.parameter) }
        for (here, there) in zip(group.axes, theirs.axes) where usesLoops || !looped.contains(here.parameter) {
            guard let wanted = target[here.parameter] else { continue }
            // Counters and the like are not weights.
            guard
                try parents.referenceNetwork.parameters[here.parameter]?.dtype().isFloatingPoint
                    == true
            else { continue }
            let value = try carried(here.parameter, of: parent, state, except: there.axis)
            let earlier = sum
            let reference = try Self.rows(wanted, here, parents.groups, neurons: group.neurons)
            let rows = try Self.rows(value, there, parents.networks[parent].groups, neurons: own)
            let products = try reference.matmul(rows.transposed(0, 1))
            sum = if let earlier { try earlier + products } else { products }
        }
        guard let sum else { return false }
        let values = try sum.array(of: Double.self), constraints = settings.constraints(of: group, parent: parent).transposed
        let (likeness, found) = try transport(group.name, parent: parent) {
            let likeness = try Matrix(rows: group.neurons, columns: own, values: values)
            let found = try AssignmentSolver(.maximize).solve(
                cost: likeness, constraints: constraints, control: SolverControl(isCancelled: control.isCancelled))
            return (likeness, found)
        }
        let before = (state.partners[parent][group.id] ?? []).enumerated().reduce(0.0) { sum, pair in
            pair.element.map { sum + likeness[pair.offset, $0] } ?? sum
        }
        let scale = values.reduce(0) { max($0, abs($1)) } * Double(group.neurons)
        state.costs[parent][group.id] = likeness.transposed
        state.certificates[parent][group.id] = found.certificate
        if isFirst, !constraints.isEmpty {
            // The start, equal positions, need not keep to the constraints.
            state.partners[parent][group.id] = found.columns
            return true
        }
        guard found.objective > before + 1e-12 * scale else { return false }
        let earlier = state
        state.partners[parent][group.id] = found.columns
        guard !looped.isEmpty, usesLoops else { return true }
        if try products(parent, state, with: target) > products(parent, earlier, with: target) + 1e-12 * scale { return true }
        state = earlier
        return false
    }

    /// Parameters of which more than one axis indexes the group.
    private static func looped(_ group: NeuronGroup) -> Set<String> {
        var axes: [String: Set<Int>] = [:]
        for place in group.axes { axes[place.parameter, default: []].insert(place.axis) }
        return Set(axes.filter { $0.value.count > 1 }.keys)
    }

    /// ⟨target, parent in its order⟩ over all parameters.
    private func products(_ parent: Int, _ state: Found, with target: [String: Tensor]) throws -> Double {
        var sum = 0.0
        for name in parents.referenceNetwork.trainedNames {
            guard let wanted = target[name] else { continue }
            let value = try carried(name, of: parent, state, except: nil)
            sum += try (wanted * value).sum().item()
        }
        return sum
    }

    /// One row for each neuron: everything that the axis indexes.
    private static func rows(_ value: Tensor, _ axis: NeuronGroup.Axis, _ groups: NeuronGroups, neurons: Int) throws -> Tensor {
        try groups.sorted(value, axis: axis.axis, as: axis.parameter, axis.axis).narrowed(
            axis: axis.axis, from: axis.offset, count: neurons * axis.block
        ).transposed(0, axis.axis)
            .reshaped([neurons, axis.block, -1]).reshaped([neurons, -1])
    }

    /// ⟨reference, parent in its order⟩ over all parameters.
    private func likeness(_ parent: Int, _ state: Found) throws -> Double {
        var sum = 0.0
        for name in parents.referenceNetwork.trainedNames {
            let value = try carried(name, of: parent, state, except: nil)
            let own = try parents.referenceNetwork.parameter(name)
            sum += try (own.converted(to: .float64) * value).sum().item()
        }
        return sum
    }
}
