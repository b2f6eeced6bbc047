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
    /// Groups of so many neurons are matched faster: by products in the weights' own type, summed in f64 over blocks of features, of which only those of moved
    /// features are computed again; and each assignment starts from the prices of the one before.
    private let large: Int
    private let likenesses: NeuronProducts
    /// Whether every group is matched in every sweep: what skipping those that cannot have changed is held against.
    private let skips: Bool

    private struct Found: Sendable {
        /// By parent, then group.
        var partners: [[Int: [Int?]]]
        var certificates: [[Int: Certificate]]
        /// Where costs are wanted.
        var costs: [[Int: Matrix]]
        /// Σ of the products of the group's partners.
        var likenesses: [[Int: Double]]
        /// The last prices of the parent's neurons of large groups.
        var prices: [[Int: [Double]]]
        /// The last products of large groups, with the partners of all groups that they were computed with.
        var products: [[Int: NeuronProducts.Kept]]
        var objective: Double
        /// Groups that were matched before, by parent.
        var started: [Set<Int>]
    }

    private let found = Mutex<Found?>(nil)

    /// Bytes of products that are kept between matches.
    private static let memory = 1 << 30

    init(parents: ParentSet, settings: GroupSettings, seed: UInt64, large: Int = 256, skips: Bool = true) {
        self.large = large
        likenesses = NeuronProducts(parents: parents, large: large)
        self.skips = skips
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
        return (
            partners, found.certificates[parent][group.id], found.costs[parent][group.id], found.likenesses[parent][group.id] ?? 0
        )
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
            costs: [[Int: Matrix]](repeating: [:], count: parents.count),
            likenesses: [[Int: Double]](repeating: [:], count: parents.count),
            prices: [[Int: [Double]]](repeating: [:], count: parents.count),
            products: [[Int: NeuronProducts.Kept]](repeating: [:], count: parents.count), objective: 0,
            started: [Set<Int>](repeating: [], count: parents.count))
        let neighbours = neighbours(of: groups)
        // With two parents the one round matches against the reference itself; with more, against the mean of all the others.
        for round in 0..<(others.count == 1 ? 1 : sweeps) {
            var changed = false
            for parent in others {
                let target = try target(for: parent, state, round: round)
                state.products[parent] = [:]
                // A group is matched again only where a neighbour has moved: otherwise it would find what it has.
                var open = Set(groups.map(\.id))
                for _ in 0..<sweeps {
                    var moved = false
                    for index in random.permutation(groups.count) {
                        try control.check()
                        let group = groups[index]
                        guard open.remove(group.id) != nil || !skips else { continue }
                        let isFirst = !state.started[parent].contains(group.id)
                        if try match(group, parent, target, &state, control) {
                            moved = true
                            open.formUnion(neighbours[group.id] ?? [])
                        }
                        // The first match left out what leads from the group to itself.
                        if isFirst, !Self.looped(group).isEmpty { open.insert(group.id) }
                    }
                    changed = changed || moved
                    if !moved { break }
                }
            }
            if !changed { break }
        }
        state.products = []
        if settings.base[GitRebasin.restarts] > 1 { for parent in others { state.objective += try likeness(parent, state) } }
        return state
    }

    /// For every group those that share a parameter with it; itself where it is on two axes of one.
    private func neighbours(of groups: [NeuronGroup]) -> [Int: Set<Int>] {
        var sharing: [String: Set<Int>] = [:], all: [Int: Set<Int>] = [:]
        for group in groups { for place in group.axes { sharing[place.parameter, default: []].insert(group.id) } }
        for ids in sharing.values { for id in ids { all[id, default: []].formUnion(ids.subtracting([id])) } }
        for group in groups where !Self.looped(group).isEmpty { all[group.id, default: []].insert(group.id) }
        return all
    }

    private func width(_ group: NeuronGroup, _ parent: Int) -> Int {
        parents.networks[parent].groups.all.first { $0.id == group.id }?.neurons ?? 0
    }

    /// The reference's parameters; or from the second round on, and with more than two parents, the mean of all other parents in the reference's order.
    private func target(for parent: Int, _ state: Found, round: Int) throws -> [String: Tensor] {
        var sums: [String: Tensor] = [:]
        for name in parents.referenceNetwork.parameterNames {
            var sum = try parents.referenceNetwork.parameter(name)
            if parents.count > 2, round > 0 {
                sum = try sum.converted(to: .float64)
                for other in 0..<parents.count where other != parent && other != parents.reference {
                    sum = try sum + likenesses.carried(name, of: other, state.partners[other]).converted(to: .float64)
                }
                sum = try sum / Double(parents.count - 1)
            }
            sums[name] = sum
        }
        return sums
    }

    /// Matches one group of one parent anew; whether anything moved to a better place.
    private func match(
        _ group: NeuronGroup, _ parent: Int, _ target: [String: Tensor], _ state: inout Found, _ control: FusionControl
    ) throws -> Bool {
        let own = width(group, parent)
        guard let theirs = parents.networks[parent].groups.all.first(where: { $0.id == group.id }) else { return false }
        // A tied weight may lead from the group to itself. It is of second degree in the group's order: at first what else indexes the group decides, and
        // then the products are those with the order so far, and a new order is taken where it is better by all weights.
        let looped = Self.looped(group), isFirst = state.started[parent].insert(group.id).inserted
        let usesLoops = !isFirst || group.axes.allSatisfy { looped.contains($0.parameter) }
        let earlier = looped.isEmpty ? state.products[parent].removeValue(forKey: group.id) : nil
        let places = zip(group.axes, theirs.axes).filter { usesLoops || !looped.contains($0.0.parameter) }
        guard
            let cost = try likenesses.cost(
                of: group, at: places.map { (here: $0, there: $1) }, in: parent, along: state.partners[parent], target: target,
                earlier: earlier)
        else { return false }
        let held = state.products.joined().reduce(0) { $0 + 8 * $1.value.cost.values.count }
        if group.neurons >= large, looped.isEmpty, held + 8 * cost.values.count <= Self.memory {
            state.products[parent][group.id] = (cost, state.partners[parent])
        }
        let constraints = settings.constraints(of: group, parent: parent).transposed
        let found = try transport(group.name, parent: parent) {
            try AssignmentSolver().solve(
                cost: cost, constraints: constraints, prices: state.prices[parent][group.id],
                control: SolverControl(isCancelled: control.isCancelled))
        }
        func worth(_ partners: [Int?]) -> Double {
            partners.enumerated().reduce(0.0) { sum, pair in pair.element.map { sum - cost[pair.offset, $0] } ?? sum }
        }
        let mine = state.partners[parent][group.id] ?? [], before = worth(mine)
        let scale = cost.largestMagnitude * Double(group.neurons)
        if control.keepsCosts {
            var likeness = cost.transposed
            for index in likeness.values.indices { likeness.values[index].negate() }
            state.costs[parent][group.id] = likeness
        }
        if group.neurons >= large { state.prices[parent][group.id] = found.columnPotential }
        state.certificates[parent][group.id] = found.certificate
        state.likenesses[parent][group.id] = before
        if isFirst, !constraints.isEmpty {
            // The start, equal positions, need not keep to the constraints.
            state.partners[parent][group.id] = found.columns
            state.likenesses[parent][group.id] = worth(found.columns)
            return true
        }
        guard -found.objective > before + 1e-12 * scale else { return false }
        let unchanged = state
        state.partners[parent][group.id] = found.columns
        state.likenesses[parent][group.id] = worth(found.columns)
        guard !looped.isEmpty, usesLoops else { return true }
        if try products(parent, state, with: target) > products(parent, unchanged, with: target) + 1e-12 * scale { return true }
        state = unchanged
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
            let value = try likenesses.carried(name, of: parent, state.partners[parent])
            sum += try (wanted.converted(to: .float64) * value.converted(to: .float64)).sum().item()
        }
        return sum
    }

    /// ⟨reference, parent in its order⟩ over all parameters.
    private func likeness(_ parent: Int, _ state: Found) throws -> Double {
        var sum = 0.0
        for name in parents.referenceNetwork.trainedNames {
            let value = try likenesses.carried(name, of: parent, state.partners[parent])
            let own = try parents.referenceNetwork.parameter(name)
            sum += try (own.converted(to: .float64) * value.converted(to: .float64)).sum().item()
        }
        return sum
    }
}
