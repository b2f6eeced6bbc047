import Networks
import Transport

/// A procedure whose plan can be carried out by itself: made once and executed at several blends, or read from a file.
public protocol PlanExecuting: FusionProcedure {
    /// The fused network that a plan comes to.
    func fuse(along plan: FusionPlan, control: FusionControl) throws -> FusionOutcome
    /// The plan that stored couplings come to: with maps of weights, and with what was not stored because it is the identity.
    func plan(from stored: StoredPlan) throws -> FusionPlan
    /// Whether these hyperparameters, by key, decide nothing but how aligned parents are averaged.
    func onlyCombines(_ keys: Set<String>) -> Bool
}

/// A coupling without its map of weights, as files keep it.
public struct StoredCoupling: Sendable, Hashable {
    public let plan: TransportPlan
    public let source: [Double]
    public let target: [Double]
    public let certificate: Certificate?

    public init(plan: TransportPlan, source: [Double], target: [Double], certificate: Certificate? = nil) {
        self.plan = plan
        self.source = source
        self.target = target
        self.certificate = certificate
    }
}

/// Couplings by the group's name and the parent's number.
public struct StoredPlan: Sendable, Hashable {
    private var couplings: [String: [Int: StoredCoupling]] = [:]

    public init() {}

    public subscript(group: String, parent: Int) -> StoredCoupling? {
        get { couplings[group]?[parent] }
        set { couplings[group, default: [:]][parent] = newValue }
    }

    /// Names of groups, in alphabetical order.
    public var groups: [String] { couplings.keys.sorted() }
}
