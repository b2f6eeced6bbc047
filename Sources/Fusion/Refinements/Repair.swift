import Networks
import Tensors

/// What is done after a fusion so that activations have the mean and spread that the layers behind them expect.
///
/// Averaged neurons vary less than those they were averaged from, and running statistics carried by a map are those of no network
/// at all. Both are set right on unlabelled samples: Jordan et al. (ICLR 2023).
package enum Repair: String, HyperparameterChoice {
    case none, statistics, repair

    package var title: String {
        switch self {
        case .none: "none: statistics as the method fuses them"
        case .statistics: "re-estimate batch-norm statistics"
        case .repair: "REPAIR: the same, and the mean and variance of every other layer set to the parents'"
        }
    }

    package static let kind = Hyperparameter(
        "repair", "repair", default: Repair.statistics, paper: "Jordan et al. 2023, sections 4 and 5",
        help: "Correction of activation statistics after the fusion, on unlabelled samples; skipped with a note if there are none.")

    package static let samples = Hyperparameter(
        "repair-samples", "samples for repair", 2...1_000_000, default: 1000, unit: "samples",
        when: [kind.isOne(of: .statistics, .repair)], paper: "Jordan et al. 2023, appendix A",
        help: "Number of samples that the statistics are estimated on.")

    /// Those of every method.
    static let hyperparameters: [any HyperparameterDeclarations] = [kind, samples]
}

/// Carries out a repair on what a method has made.
struct RepairStep: FusionStep {
    let parents: ParentSet
    let repair: Repair
    let samples: Int
    let inputs: (any InputSource)?

    init(parents: ParentSet, settings: Settings, inputs: (any InputSource)?) {
        self.parents = parents
        self.inputs = inputs
        repair = settings[Repair.kind]
        samples = settings[Repair.samples]
    }

    /// The outcome with its network repaired, and a note of what was done, or why not.
    func applied(to outcome: FusionOutcome, control: FusionControl) throws -> FusionOutcome {
        let hasStatistics = !outcome.network.normalizationLayers.isEmpty
        guard repair != .none, hasStatistics || repair == .repair else { return outcome }
        guard let inputs, inputs.count > 1 else {
            guard hasStatistics else { throw FusionError.noSamples(method: "REPAIR") }
            return outcome.noting(
                "batch-norm statistics were mapped by the plan but not re-estimated, because there are no samples: specify data with --data"
            )
        }
        // A batch normalises by its own statistics, so that the last one must not be a sliver.
        let count = min(samples, inputs.count), parts = max(1, (count + 128) / 256)
        let batches = try SampleBatches(inputs, atMost: samples, size: (count + parts - 1) / parts, method: "repair")
        if try isExact(outcome, batches, control: control) {
            return outcome.noting(
                "no repair: the parents are permuted copies of one network, and the fused network gives their outputs: its \(hasStatistics ? "batch-norm statistics" : "layers") were kept"
            )
        }
        var outcome = outcome
        if repair == .repair { outcome = try Rescaling(parents: parents, batches: batches).applied(to: outcome, control: control) }
        guard hasStatistics else { return outcome }
        let estimator = StatisticsEstimator(outcome.network)
        try batches.forEach(control) { (x, _) in
            try estimator.observe(x)
        }
        let network = try estimator.network()
        return outcome.with(
            network: network, note: "batch-norm statistics re-estimated from \(batches.count) unlabelled samples of \(inputs.name)")
    }

    /// Outputs that differ by less than this share of the largest one are the same but for rounding.
    private static let tolerance = 1e-3

    /// Whether the plan does nothing but renumber neurons, and every parent gives what the fused network gives on the first samples: statistics of samples
    /// would then replace those of the training, and nothing else would change.
    private func isExact(_ outcome: FusionOutcome, _ batches: SampleBatches, control: FusionControl) throws -> Bool {
        guard !outcome.plan.groups.isEmpty,
            outcome.plan.groups.allSatisfy({ $0.couplings.allSatisfy { $0.plan.permutation != nil } })
        else { return false }
        try control.check()
        let x = try batches.inputs(0..<min(batches.size, batches.count))
        let fused = try Self.outputs(of: outcome.network, x), largest = try fused.magnitude().maximum().item()
        // Not a number is not the same as anything.
        return try parents.networks.allSatisfy { network in
            let own = try Self.outputs(of: network, x)
            guard own.shape == fused.shape else { return false }
            return try (own - fused).magnitude().maximum().item() <= Self.tolerance * largest
        }
    }

    private static func outputs(of network: Network, _ x: Tensor) throws -> Tensor {
        let node = network.logitNode.id
        guard let value = try network.values(of: [node], given: [Architecture.input: x])[node] else {
            throw FusionError.network(.graph(reason: "nothing has computed “\(node)”"))
        }
        return try value.converted(to: .float64)
    }
}
