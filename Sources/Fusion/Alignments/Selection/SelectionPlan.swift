import Networks
import Transport

extension NeuronGroups {
    /// The groups that a selection decides about, and the classes, in the order of the network.
    var selectionOrder: [NeuronGroup] {
        let selectable = Set(selectable.map(\.id))
        return all.filter { $0.role == .classes || selectable.contains($0.id) }
    }
}

extension ParentSet {
    /// The plan of selected neurons: each parent's in a run, or in the places that pins ask for.
    ///
    /// - Parameters:
    ///   - diagnostics: by group id.
    ///   - costs: by group id, per parent, parent neurons × fused neurons in runs; kept for inspection.
    func plan(
        of graft: Graft, edits: PlanEdits, diagnostics: (NeuronGroup) -> DiagnosticsSet, costs: [Int: [Matrix]] = [:],
        seconds: [Int: Double] = [:]
    ) throws -> FusionPlan {
        FusionPlan(
            groups: try groups.selectionOrder.map { group in
                guard group.role == .hidden else {
                    let scales = networks.indices.map { parent in graft.members.first { $0.parent == parent }?.scale ?? 0 }
                    var own = DiagnosticsSet()
                    own[LogitWeights.self] = LogitWeights(scales: scales)
                    return GroupPlan(
                        group: group, couplings: scales.enumerated().map { .classes(parent: $0, count: group.neurons, scale: $1) },
                        seconds: 0,
                        diagnostics: own)
                }
                var runs: [(parent: Int, neuron: Int)] = []
                for parent in networks.indices {
                    runs += (graft.members.first { $0.parent == parent }?.kept[group.id] ?? []).map { (parent, $0) }
                }
                let places = try SelectionPlaces(runs, edits: edits[group.name], group: group.name)
                let couplings = networks.indices.map { parent -> Coupling in
                    let own = networks[parent].groups[group.id]?.neurons ?? 0
                    let cost = costs[group.id].flatMap { $0.indices.contains(parent) ? $0[parent] : nil }
                    return .selected(parent: parent, places: places, of: own, cost: cost)
                }
                return GroupPlan(group: group, couplings: couplings, seconds: seconds[group.id] ?? 0, diagnostics: diagnostics(group))
            })
    }
}

/// The place of every selected neuron among the fused ones of a group.
struct SelectionPlaces {
    /// For each fused neuron, its position in the runs: the parents' neurons one parent after another, each one's ascending.
    let order: [Int]
    let runs: [(parent: Int, neuron: Int)]

    /// Runs, but for pinned neurons, which take the places that their pins name; no neuron takes a place that is forbidden to it.
    init(_ runs: [(parent: Int, neuron: Int)], edits: PlanEdits.Group, group: String) throws {
        self.runs = runs
        order =
            edits.pinned.isEmpty && edits.forbidden.isEmpty
            ? Array(runs.indices) : try Self.constrained(runs, edits: edits, group: group)
    }

    private static func constrained(_ runs: [(parent: Int, neuron: Int)], edits: PlanEdits.Group, group: String) throws -> [Int] {
        func position(_ pairing: PlanEdits.Pairing) -> Int? {
            runs.firstIndex { $0.parent == pairing.parent && $0.neuron == pairing.from }
        }
        func pairs(_ pairings: Set<PlanEdits.Pairing>) -> Set<Pair> {
            Set(pairings.compactMap { pairing in position(pairing).map { Pair(source: $0, target: pairing.to) } })
        }
        if let lost = edits.pinned.sorted().first(where: { position($0) == nil }) {
            throw FusionError.unsuitable(
                reason:
                    "neuron group \(group): neuron \(lost.from) of parent \(FusionError.letter(lost.parent)) is pinned, but was not selected: there are more pins than fused neurons, or the parent has no such neuron"
            )
        }
        let cost = Matrix(rows: runs.count, columns: runs.count) { position, place in position == place ? 0 : 1 }
        let constraints = PlanConstraints(pinned: pairs(edits.pinned), forbidden: pairs(edits.forbidden))
        let columns = try transport(group, parent: edits.pinned.min()?.parent ?? 0) {
            try AssignmentSolver().solve(cost: cost, constraints: constraints).columns
        }
        var order = Array(runs.indices)
        for (position, place) in columns.enumerated() { if let place { order[place] = position } }
        return order
    }
}

extension Coupling {
    /// The parent's selected neurons at their places.
    static func selected(parent: Int, places: SelectionPlaces, of neurons: Int, cost: Matrix?) -> Coupling {
        let width = places.order.count, mass = 1 / Double(max(1, width))
        var source = [Double](repeating: 0, count: neurons), target = [Double](repeating: 0, count: width)
        var sources = [Int?](repeating: nil, count: width)
        var entries: [TransportPlan.Entry] = []
        for (place, position) in places.order.enumerated() where places.runs[position].parent == parent {
            let neuron = places.runs[position].neuron
            source[neuron] = mass
            target[place] = mass
            sources[place] = neuron
            entries.append(TransportPlan.Entry(row: neuron, column: place, mass: mass))
        }
        let ordered = cost.map { cost in
            Matrix(rows: cost.rows, columns: cost.columns) { cost[$0, places.order[$1]] }
        }
        return Coupling(
            parent: parent, plan: TransportPlan(rows: neurons, columns: width, entries: entries), source: source, target: target,
            cost: ordered, map: .scattered(sources))
    }

    /// Classes keep their order; their mass is the weight of the parent's logits.
    static func classes(parent: Int, count: Int, scale: Double) -> Coupling {
        let mass = scale / Double(max(1, count)), masses = [Double](repeating: mass, count: count)
        let plan = TransportPlan(rows: count, columns: count, storage: .permutation(columns: Array(0..<count), mass: mass))
        return Coupling(parent: parent, plan: plan, source: masses, target: masses, map: .identity)
    }

    /// The coupling of stored selected neurons with its map.
    init(selected stored: StoredCoupling, parent: Int, role: NeuronGroup.Role) {
        guard role == .hidden else {
            self = stored.coupling(parent: parent, maps: (.identity, nil))
            return
        }
        var sources = [Int?](repeating: nil, count: stored.plan.columns)
        stored.plan.forEachEntry { row, column, mass in if mass > 0 { sources[column] = row } }
        self = stored.coupling(parent: parent, maps: (.scattered(sources), nil))
    }
}

/// The weight of each parent's logits in the fused ones, as a selection decided it; a stored plan has it as the mass of the classes.
struct LogitWeights: Diagnostics {
    let scales: [Double]
}
