import Networks
import Tensors
import Transport

/// Couplings by optimal transport from each parent to the reference parent (Singh & Jaggi 2020, Algorithm 1).
///
/// For a group with n neurons in a parent and m in the reference: a cost n × m between neurons, by activations or by incoming
/// weights whose inputs were already carried along; a plan with the masses of both; and the plan scaled so that each reference
/// neuron is a convex mixture of the parent's.
///
/// Attention heads are matched first, each pair at the cost of transporting the neurons inside it; the neurons inside then go from each
/// head to its match.
struct TransportAlignment: GroupwiseAlignment {
    let parents: ParentSet
    let choices: GroupSettings
    /// Costs by activations; nil when neurons are compared by weights alone.
    private(set) var activations: ActivationCosts?
    /// Importance of the neurons, where that is their mass.
    var scores: GroupScores?
    /// The parents' numbers in the recipe, where this is a part of a longer fusion.
    let numbers: [Int]
    /// Whether the reference's neurons are carried as well, which they are to a barycenter.
    let movesReference: Bool

    init(
        parents: ParentSet, choices: GroupSettings, activations: ActivationCosts?, scores: GroupScores? = nil, numbers: [Int]? = nil,
        movesReference: Bool = false
    ) {
        self.movesReference = movesReference
        self.parents = parents
        self.choices = choices
        self.activations = activations
        self.scores = scores
        self.numbers = numbers ?? Array(parents.networks.indices)
    }

    var needsEarlierGroups: Bool {
        choices.base[OTFusion.shortcuts] != .stream || choices.used.contains { $0[OTFusion.source] == .weights || $0[OTFusion.recomputes] }
    }
    var passes: Int { choices.base[OTFusion.source] == .weights ? choices.base[OTFusion.passes] : 1 }

    private var sums: SumCouplings { SumCouplings(parents: parents, shortcuts: choices.base[OTFusion.shortcuts]) }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        let scaling: PlanScaling = group.isHeadGroup ? .columns : choices[group][OTFusion.mapScaling]
        return try stored.enumerated().map { parent, stored in
            let isIdentity = stored == StoredCoupling(.identity(parent: parent, neurons: stored.plan.rows))
            return try isIdentity
                ? .identity(parent: parent, neurons: stored.plan.rows)
                : stored.coupling(parent: parent, maps: scaling.maps(of: stored.plan))
        }
    }

    /// One pass over the samples serves every group.
    func prepare(_ groups: [NeuronGroup], control: FusionControl) throws {
        guard let activations, !choices.base[OTFusion.recomputes] else { return }
        var pairings: [NeuronPairing] = []
        let matched = Set(groups.filter(\.isHeadGroup).flatMap { $0.members.joined() })
        for group in groups where !keepsOrder(group) && sums.sum(of: group) == nil && !matched.contains(group.id) {
            for parent in parents.networks.indices where parent != parents.reference {
                pairings += self.pairings(of: group, parent: parent).filter { self.settings($0)[OTFusion.source] == .activations }
            }
        }
        try activations.compute(pairings, control: control)
    }

    func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws -> [Coupling] {
        var couplings: [Coupling] = []
        for parent in parents.networks.indices {
            try control.check()
            if parent == parents.reference || keepsOrder(group) {
                couplings.append(.identity(parent: parent, neurons: parents.networks[parent].groups[group.id]?.neurons ?? 0))
            } else {
                let alignment = try readAgain(group, parent: parent, given: plan, control: control)
                couplings.append(try alignment.coupling(of: group, parent: parent, given: plan, control: control))
            }
        }
        return couplings
    }

    // MARK: One parent, one group

    func keepsOrder(_ group: NeuronGroup) -> Bool { group.role == .classes && choices.base[OTFusion.lastLayer] == .keep }

    private func coupling(
        of group: NeuronGroup, parent: Int, given plan: FusionPlan, control: FusionControl
    ) throws -> Coupling {
        if let sum = sums.sum(of: group) { return try sums.coupling(at: sum, group: group, parent: parent, given: plan) }
        if group.isHeadGroup { return try headCoupling(of: group, parent: parent, given: plan, control: control) }
        let target = try match(of: group, parent: parent, given: plan)
        let neurons = parents.networks[parent].groups[group.id]?.neurons ?? 0
        if group.incoming.isEmpty || choices[group][OTFusion.solver] == .identity {
            guard neurons == target.neurons else {
                throw FusionError.widths(group: group.name, parent: numbers[parent], neurons: neurons, reference: target.neurons)
            }
            return .identity(parent: parent, neurons: neurons)
        }
        let pairing = NeuronPairing(
            source: GroupNeurons(parent: parent, group: group.id), target: GroupNeurons(parent: parents.reference, group: target.id))
        let settings = choices[group]
        let solution = try solution(
            of: pairing, constraints: choices.constraints(of: group, parent: numbers[parent]), given: plan, control: control)
        let (giving, reading) = try settings[OTFusion.mapScaling].maps(of: solution.result.plan)
        return Coupling(
            parent: parent, plan: solution.result.plan, source: solution.source, target: solution.target, transport: solution.result,
            cost: control.keepsCosts ? solution.cost : nil, map: giving, readingMap: reading,
            notes: deadNeurons(solution.cost, settings, group: group, parent: parent))
    }

    /// A vector of zeros is at distance 1 from all others, so that the metric cannot compare its neuron.
    private func deadNeurons(_ cost: Matrix?, _ settings: Settings, group: NeuronGroup, parent: Int) -> [String] {
        guard let cost, settings[OTFusion.metric] == .cosine || settings[OTFusion.metric] == .correlation,
            settings[OTFusion.costNormalisation] == .none,
            settings.clipRange == nil
        else { return [] }
        func isDead(_ values: some Sequence<Double>) -> Bool { values.allSatisfy { $0 == 1 || $0 == 0 } }
        let rows = (0..<cost.rows).count { isDead(cost.row($0)) }
        let columns = (0..<cost.columns).count { column in isDead((0..<cost.rows).lazy.map { cost.values[$0 * cost.columns + column] }) }
        guard rows > 0 || columns > 0 else { return [] }
        return [
            "\(group.name): \(rows) dead neurons of parent \(FusionError.letter(numbers[parent])) and \(columns) of the reference have all-zero features, "
                + "which the metric cannot compare: they were matched in index order (metric=euclidean avoids this)"
        ]
    }

    /// The reference's group that a parent's group goes to: its own, or that of the head it was matched with.
    private func match(of group: NeuronGroup, parent: Int, given plan: FusionPlan) throws -> NeuronGroup {
        let groups = parents.groups
        for headGroup in groups.all where headGroup.isHeadGroup {
            for (head, members) in headGroup.members.enumerated() {
                guard let place = members.firstIndex(of: group.id),
                    let coupling = plan[group: headGroup.id]?.couplings.first(where: { $0.parent == parent }),
                    let matches = coupling.plan.permutation, let matched = groups[headGroup.members[matches[head]][place]]
                else { continue }
                return matched
            }
        }
        return groups[group.id] ?? group
    }

    // MARK: Heads

    /// Every pair of neuron sets whose costs a group needs: its own, or those of all pairs of heads.
    private func pairings(of group: NeuronGroup, parent: Int) -> [NeuronPairing] {
        func pairing(_ source: Int, _ target: Int) -> NeuronPairing {
            NeuronPairing(
                source: GroupNeurons(parent: parent, group: source), target: GroupNeurons(parent: parents.reference, group: target))
        }
        guard group.isHeadGroup else {
            return group.incoming.isEmpty || choices[group][OTFusion.solver] == .identity ? [] : [pairing(group.id, group.id)]
        }
        return group.members.flatMap { own in group.members.flatMap { other in zip(own, other).map { pairing($0, $1) } } }
    }

    private func headCoupling(
        of headGroup: NeuronGroup, parent: Int, given plan: FusionPlan, control: FusionControl
    ) throws -> Coupling {
        guard choices[headGroup][OTFusion.solver] != .identity else { return .identity(parent: parent, neurons: headGroup.neurons) }
        var cost = Matrix(rows: headGroup.neurons, columns: headGroup.neurons)
        // Each head is compared with every other: its weights are carried once.
        let features = WeightFeatures(parents: parents, cache: WeightFeatures.Cache())
        for (i, own) in headGroup.members.enumerated() {
            for (j, other) in headGroup.members.enumerated() {
                for (source, target) in zip(own, other) {
                    let pairing = NeuronPairing(
                        source: GroupNeurons(parent: parent, group: source), target: GroupNeurons(parent: parents.reference, group: target))
                    cost[i, j] += try solution(
                        of: pairing, constraints: .none, given: plan, features: features, control: control
                    ).result.objective
                }
            }
        }
        let masses = Masses.uniform(headGroup.neurons)
        let result = try transport(headGroup, parent) {
            // A mean of heads is no head: they are matched one to one whatever the solver of the neurons is.
            let problem = try TransportProblem(
                cost: cost, source: masses, target: masses, constraints: choices.constraints(of: headGroup, parent: numbers[parent]))
            return try ExactSolver().solve(problem, control: SolverControl(isCancelled: control.isCancelled))
        }
        return Coupling(
            parent: parent, plan: result.plan, source: masses, target: masses, transport: result, cost: control.keepsCosts ? cost : nil,
            map: try PlanScaling.columns.maps(of: result.plan).producing)
    }

    // MARK: Problems

    private struct Solution {
        let result: TransportResult
        let cost: Matrix?
        let source: [Double]
        let target: [Double]
    }

    private func group(_ neurons: GroupNeurons) throws -> NeuronGroup {
        let groups = parents.networks[neurons.parent].groups
        guard let group = groups[neurons.group] else {
            throw FusionError.network(.noSuchGroup(name: "\(neurons.group)", groups: groups.all.map(\.name)))
        }
        return group
    }

    private func settings(_ pairing: NeuronPairing) -> Settings {
        parents.networks[pairing.source.parent].groups[pairing.source.group].map { choices[$0] } ?? choices.base
    }

    /// Runs a solver; its errors name the neuron group and the parent.
    private func transport<Result>(_ group: NeuronGroup, _ parent: Int, _ body: () throws -> Result) throws -> Result {
        try Fusion.transport(group.name, parent: numbers[parent], body)
    }

    private func solution(
        of pairing: NeuronPairing, constraints: PlanConstraints, given plan: FusionPlan, features: WeightFeatures? = nil,
        control: FusionControl
    ) throws -> Solution {
        let settings = settings(pairing), name = try group(pairing.source), parent = pairing.source.parent
        let source = try masses(of: pairing.source, settings, control: control),
            target = try masses(of: pairing.target, settings, control: control)
        let solverControl = SolverControl(isCancelled: control.isCancelled)
        guard let solver = settings.transportSolver else {
            guard constraints.isEmpty else {
                throw FusionError.unsuitable(
                    reason:
                        "neuron group \(name.name): solver=gromov does not support pins and forbidden pairs; use exact, sinkhorn or unbalanced for this group"
                )
            }
            let own = try cost(NeuronPairing(source: pairing.source, target: pairing.source), given: plan, control: control)
            let other = try cost(NeuronPairing(source: pairing.target, target: pairing.target), given: plan, control: control)
            return try transport(name, parent) {
                let problem = try GromovWassersteinProblem(sourceCost: own, targetCost: other, source: source, target: target)
                return Solution(
                    result: try settings.gromovSolver.solve(problem, control: solverControl).requireConverged(), cost: nil, source: source,
                    target: target)
            }
        }
        let raw = try cost(pairing, given: plan, features: features, control: control)
        return try transport(name, parent) {
            var cost = try settings[OTFusion.costNormalisation].apply(to: raw)
            if let range = settings.clipRange { cost = cost.clipped(to: range) }
            let problem = try TransportProblem(cost: cost, source: source, target: target, constraints: constraints)
            let result = try solver.outcome(of: problem, control: solverControl).requireConverged()
            return Solution(result: result, cost: cost, source: source, target: target)
        }
    }

    /// The cost between two sets of neurons: by activations or by incoming weights.
    private func cost(
        _ pairing: NeuronPairing, given plan: FusionPlan, features: WeightFeatures? = nil, control: FusionControl
    ) throws -> Matrix {
        let settings = settings(pairing)
        if settings[OTFusion.source] == .activations, let activations {
            return try activations.cost(pairing, control: control)
        }
        let features = features ?? WeightFeatures(parents: parents)
        // Distances inside a parent need nothing carried, unless they stand beside those to others.
        let isMoved = movesReference || (pairing.source.parent != parents.reference && pairing.source != pairing.target)
        let source = try features.rows(of: pairing.source, given: plan, isMoved: isMoved, settings: settings)
        let target = try features.rows(of: pairing.target, given: plan, isMoved: movesReference, settings: settings)
        if let cost = try WeightCosts.cost(settings[OTFusion.metric], from: source, to: target) { return cost }
        let (one, other) = (try source.array(of: Float.self), try target.array(of: Float.self))
        return try transport(try group(pairing.source), pairing.source.parent) {
            return try Matrix.cost(
                settings[OTFusion.metric], from: PointSet(count: source.shape[0], features: source.shape[1], values: one, side: .source),
                to: PointSet(count: target.shape[0], features: target.shape[1], values: other, side: .target))
        }
    }

    /// Squared distances between neurons; of unit vectors, and up to a factor of two, where the metric is an angle.
    func squaredDistances(_ pairing: NeuronPairing, given plan: FusionPlan, control: FusionControl) throws -> Matrix {
        var cost = try cost(pairing, given: plan, control: control)
        if settings(pairing)[OTFusion.metric] == .euclidean {
            for index in cost.values.indices { cost.values[index] *= cost.values[index] }
        }
        return cost
    }

    /// The same alignment with activations of the parent as aligned so far.
    private func readAgain(
        _ group: NeuronGroup, parent: Int, given plan: FusionPlan, control: FusionControl
    ) throws -> TransportAlignment {
        guard let activations, choices.base[OTFusion.recomputes], choices[group][OTFusion.source] == .activations else { return self }
        let network = parents.networks[parent]
        // The heads of an attention that is being planned stay where they are until all of it is known.
        let bundles = network.groups.all.filter { $0.isHeadGroup && ($0.id == group.id || $0.members.joined().contains(group.id)) }
        let open = Set(bundles.flatMap { $0.members.joined() + [$0.id] })
        let aligned = try network.aligned(along: plan.maps(of: parent).filter { !open.contains($0.key) })
        var copy = self
        let again = ActivationCosts(parents: try parents.replacing(parent, with: aligned), choices: choices, inputs: activations.inputs)
        if group.isHeadGroup { try again.compute(pairings(of: group, parent: parent), control: control) }
        copy.activations = again
        return copy
    }

    /// The marginals of a parent's neurons: uniform, by importance, or by the norm of their own incoming weights, with 10⁻⁹ added as published so that
    /// a dead neuron has some mass. Classes are always uniform. Masses sum to 1; for the unbalanced solver they are not
    /// normalised, as published: 1 for each neuron, or the norm itself.
    func masses(of neurons: GroupNeurons, control: FusionControl) throws -> [Double] {
        try masses(of: neurons, choices[try group(neurons)], control: control)
    }

    private func masses(of neurons: GroupNeurons, _ settings: Settings, control: FusionControl) throws -> [Double] {
        let group = try group(neurons)
        let isUnbalanced = settings[OTFusion.solver] == .unbalanced
        let raw: [Double]
        if settings[OTFusion.marginals] == .uniform || group.role == .classes {
            return Masses.uniform(group.neurons, total: isUnbalanced ? Double(group.neurons) : 1)
        } else if settings[OTFusion.marginals] == .importance, let scores {
            raw = try scores.scores(of: group.id, parent: neurons.parent, control: control)
        } else {
            let rows = try WeightFeatures(parents: parents).ownRows(of: neurons, withBias: false)
            raw = try (settings[OTFusion.marginals] == .l1 ? rows.absoluteNorm(axes: [1]) : rows.norm(axes: [1])).array(of: Double.self).map
            {
                $0 + 1e-9
            }
        }
        let total = raw.reduce(0, +)
        return isUnbalanced ? raw : raw.map { $0 / total }
    }
}
