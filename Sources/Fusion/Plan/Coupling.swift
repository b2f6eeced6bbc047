import Networks
import Tensors
import Transport

/// How one parent's neurons of a group correspond to the fused network's.
public struct Coupling: Sendable {
    /// The place of the parent in the list of parents.
    public let parent: Int
    /// Parent neurons × fused neurons. A parent neuron that goes nowhere has an empty row; a fused neuron that this parent has no part
    /// in, an empty column.
    public let plan: TransportPlan
    /// The masses of the parent's and of the fused neurons.
    public let source: [Double]
    public let target: [Double]
    /// Cost, potentials and certificate, where a transport solver found the plan.
    public let transport: TransportResult?
    /// The cost matrix; kept only on request.
    public let cost: Matrix?
    /// The map that is applied to the weights.
    public let map: NeuronMap
    /// The map of weights that read the group; different only in one published variant.
    public let readingMap: NeuronMap
    /// Notes for the user, in sentences.
    public let notes: [String]

    public init(
        parent: Int, plan: TransportPlan, source: [Double], target: [Double], transport: TransportResult? = nil, cost: Matrix? = nil,
        map: NeuronMap,
        readingMap: NeuronMap? = nil, notes: [String] = []
    ) {
        self.parent = parent
        self.plan = plan
        self.source = source
        self.target = target
        self.transport = transport
        self.cost = cost
        self.map = map
        self.readingMap = readingMap ?? map
        self.notes = notes
    }

    /// The same for a parent of another number.
    func renumbered(_ parent: Int) -> Coupling {
        Coupling(
            parent: parent, plan: plan, source: source, target: target, transport: transport, cost: cost, map: map, readingMap: readingMap,
            notes: notes)
    }

    /// The same without the cost matrix.
    func withoutCost() -> Coupling {
        Coupling(
            parent: parent, plan: plan, source: source, target: target, transport: transport, map: map, readingMap: readingMap, notes: notes
        )
    }

    /// Neuron i is fused neuron i.
    public static func identity(parent: Int, neurons: Int) -> Coupling {
        let masses = Masses.uniform(neurons)
        let plan = TransportPlan(
            rows: neurons, columns: neurons, storage: .permutation(columns: Array(0..<neurons), mass: masses.first ?? 0))
        return Coupling(parent: parent, plan: plan, source: masses, target: masses, map: .identity)
    }

    /// The fraction of the mass that keeps its index: 1 for an identity.
    public var identityShare: Double {
        var diagonal = 0.0, total = 0.0
        plan.forEachEntry { row, column, mass in
            total += mass
            if row == column { diagonal += mass }
        }
        return total > 0 ? diagonal / total : 0
    }
}

/// The result of planning one neuron group.
public struct GroupPlan: Sendable {
    /// The reference's group.
    public let group: NeuronGroup
    /// One for each parent, in the order of parents.
    public let couplings: [Coupling]
    /// The duration of planning the group.
    public let seconds: Double
    /// The method's diagnostics of the group.
    public let diagnostics: DiagnosticsSet

    public init(group: NeuronGroup, couplings: [Coupling], seconds: Double, diagnostics: DiagnosticsSet = DiagnosticsSet()) {
        self.group = group
        self.couplings = couplings
        self.seconds = seconds
        self.diagnostics = diagnostics
    }

    /// The same without cost matrices, which only a drawing needs.
    package func withoutCosts() -> GroupPlan {
        GroupPlan(group: group, couplings: couplings.map { $0.withoutCost() }, seconds: seconds, diagnostics: diagnostics)
    }

    /// The number of fused neurons.
    public var neurons: Int { couplings.first?.plan.columns ?? group.neurons }
}

/// The couplings of every planned group, in the order in which the network computes them.
public struct FusionPlan: Sendable {
    /// In the order in which the network computes them.
    public internal(set) var groups: [GroupPlan]

    public init(groups: [GroupPlan] = []) { self.groups = groups }

    /// The planned group with this id.
    public subscript(group id: Int) -> GroupPlan? { groups.first { $0.group.id == id } }

    /// The neuron maps of a parent, by group id.
    public func maps(of parent: Int) -> [Int: NeuronMap] {
        var maps: [Int: NeuronMap] = [:]
        for plan in groups {
            if let coupling = plan.couplings.first(where: { $0.parent == parent }) { maps[plan.group.id] = coupling.map }
        }
        return maps
    }

    /// The same for weights that read the groups.
    public func readingMaps(of parent: Int) -> [Int: NeuronMap] {
        var maps: [Int: NeuronMap] = [:]
        for plan in groups {
            if let coupling = plan.couplings.first(where: { $0.parent == parent }) { maps[plan.group.id] = coupling.readingMap }
        }
        return maps
    }
}
