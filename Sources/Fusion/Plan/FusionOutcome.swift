import Networks

/// The result of a fusion.
public struct FusionOutcome: Sendable {
    /// The fused network.
    public internal(set) var network: Network
    /// The couplings of every group.
    public let plan: FusionPlan
    /// The parents' weights in the fusion, where the method has them.
    public let weights: [Double]?
    /// Notes for the user on this fusion, in sentences.
    public internal(set) var notes: [String]
    /// Diagnostics of the method and of the steps after it.
    public internal(set) var diagnostics = DiagnosticsSet()
    /// The parent whose names, neuron order and widths the network has; nil until the method is known to the ``Fuser``.
    public internal(set) var reference: Int?

    public init(network: Network, plan: FusionPlan, weights: [Double]? = nil, notes: [String] = []) {
        self.network = network
        self.plan = plan
        self.weights = weights
        self.notes = notes
    }

    /// Takes notes that it has not yet.
    mutating func warn(_ warnings: [String]) { notes += warnings.filter { !notes.contains($0) } }

    func noting(_ note: String) -> FusionOutcome { with(network: network, note: note) }

    func with(network: Network, note: String) -> FusionOutcome {
        var changed = self
        changed.network = network
        changed.notes.append(note)
        return changed
    }
}

/// A step that follows the combination: a repair of statistics, a refinement.
protocol FusionStep: Sendable {
    func applied(to outcome: FusionOutcome, control: FusionControl) throws -> FusionOutcome
}
