import Networks
import Transport

/// A coupling without its weight map, as stored in files.
public struct StoredCoupling: Sendable, Hashable {
    package let plan: TransportPlan
    package let source: [Double]
    package let target: [Double]
    package let certificate: Certificate?

    package init(plan: TransportPlan, source: [Double], target: [Double], certificate: Certificate? = nil) {
        self.plan = plan
        self.source = source
        self.target = target
        self.certificate = certificate
    }

    init(_ coupling: Coupling) {
        self.init(
            plan: coupling.plan, source: coupling.source, target: coupling.target, certificate: coupling.transport?.certificate)
    }

    /// The coupling of a parent with maps of weights.
    func coupling(parent: Int, maps: (producing: NeuronMap, consuming: NeuronMap?)) -> Coupling {
        let result = certificate.map {
            TransportResult(plan: plan, objective: 0, transportCost: 0, sourcePotential: [], targetPotential: [], certificate: $0)
        }
        return Coupling(
            parent: parent, plan: plan, source: source, target: target, transport: result, map: maps.producing,
            readingMap: maps.consuming)
    }
}

/// Couplings by the group's name and the parent's index.
public struct StoredPlan: Sendable, Hashable {
    private var couplings: [String: [Int: StoredCoupling]] = [:]

    package init() {}

    /// The couplings of a plan, as stored in files.
    public init(_ plan: FusionPlan) {
        for planned in plan.groups {
            for coupling in planned.couplings { self[planned.group.name, coupling.parent] = StoredCoupling(coupling) }
        }
    }

    package subscript(group: String, parent: Int) -> StoredCoupling? {
        get { couplings[group]?[parent] }
        set { couplings[group, default: [:]][parent] = newValue }
    }

    /// Names of groups, in alphabetical order.
    package var groups: [String] { couplings.keys.sorted() }

    /// The couplings of one group, one per parent. A file may leave out the reference's own, and classes that keep their order, unless the
    /// masses of the couplings weight the parents.
    ///
    /// - Throws: `FusionError.unsuitable` where a coupling is missing, or was made for parents of other widths.
    func couplings(of group: NeuronGroup, parents: ParentSet, massesAreWeights: Bool) throws -> [StoredCoupling] {
        let all = try parents.networks.indices.map { parent -> StoredCoupling in
            let own = parents.networks[parent].groups[group.id]?.neurons ?? 0, letter = FusionError.letter(parent)
            guard let stored = self[group.name, parent] else {
                guard !massesAreWeights, parent == parents.reference || group.role == .classes, own == group.neurons else {
                    throw FusionError.unsuitable(
                        reason:
                            "the stored plan has no coupling of neuron group \(group.name) for parent \(letter): store a plan of all groups and parents"
                    )
                }
                return StoredCoupling(.identity(parent: parent, neurons: own))
            }
            guard stored.plan.rows == own else {
                throw FusionError.unsuitable(
                    reason:
                        "the stored plan of neuron group \(group.name) couples \(stored.plan.rows) neurons, but parent \(letter) has \(own): it was made for other parents"
                )
            }
            guard group.role != .classes || stored.plan.columns == group.neurons else {
                throw FusionError.unsuitable(
                    reason: "the stored plan gives \(stored.plan.columns) classes, but there are \(group.neurons)")
            }
            return stored
        }
        guard Set(all.map(\.plan.columns)).count == 1 else {
            throw FusionError.unsuitable(
                reason: "the stored plans of neuron group \(group.name) give the parents different numbers of fused neurons")
        }
        return all
    }
}
