import Networks
import Tensors
import Transport

/// How one parent's neurons of a group correspond to the fused network's.
public struct Coupling: Sendable {
    public let parent: Int
    /// Parent neurons × fused neurons, with marginals and certificate; nil where the correspondence is the identity by definition.
    public let transport: TransportResult?
    /// What the solver paid for each pair of neurons; kept only when asked for.
    public let cost: Matrix?
    /// The masses of the parent's and of the fused neurons.
    public let source: [Double]
    public let target: [Double]
    /// The plan scaled to a map of weights.
    public let map: GroupMap

    /// The identity of `neurons` neurons.
    static func identity(parent: Int, neurons: Int) -> Coupling {
        let masses = Masses.uniform(neurons)
        return Coupling(parent: parent, transport: nil, cost: nil, source: masses, target: masses, map: .identity)
    }

    /// The plan; the identity's is diagonal.
    public var plan: Matrix {
        transport?.plan.dense() ?? Matrix(rows: source.count, columns: source.count) { $0 == $1 ? source[$0] : 0 }
    }

    /// How many plan entries lie where row and column number agree, as a share of the mass: 1 when nothing moved.
    public var identityShare: Double {
        guard let plan = transport?.plan else { return 1 }
        var diagonal = 0.0, total = 0.0
        plan.forEachEntry { row, column, mass in
            total += mass
            if row == column { diagonal += mass }
        }
        return total > 0 ? diagonal / total : 0
    }
}

/// What is known of one neuron group after it was planned.
public struct GroupPlan: Sendable {
    public let group: NeuronGroup
    /// One for each parent, in the order of parents.
    public let couplings: [Coupling]
    public let seconds: Double

    /// The number of fused neurons.
    public var neurons: Int { couplings.first?.target.count ?? group.neurons }
}

/// The couplings of every planned group, in the order in which the network computes them.
public struct FusionPlan: Sendable {
    public internal(set) var groups: [GroupPlan] = []

    public subscript(group id: Int) -> GroupPlan? { groups.first { $0.group.id == id } }

    /// Where a parent's neurons go, by group id.
    public func maps(of parent: Int) -> [Int: GroupMap] {
        var maps: [Int: GroupMap] = [:]
        for plan in groups {
            if let coupling = plan.couplings.first(where: { $0.parent == parent }) { maps[plan.group.id] = coupling.map }
        }
        return maps
    }
}
