import Networks

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
}
