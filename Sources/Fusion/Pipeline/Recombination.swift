import Networks
import Tensors

/// What the neurons that an alignment brings together become: as the method has it, or by regression, whatever the alignment.
///
/// By regression every layer is fitted anew in order, on the fused network's own inputs, to the values that its neurons stand for in the parents: the
/// weighted mean of those that became one (a residual sum is fitted as a whole), and the last layer to the parents' logits, weighed by class shares.
public enum Recombination {
    public enum Rule: String, HyperparameterChoice {
        case automatic, own, regression, average

        public var title: String {
            switch self {
            case .automatic: "regression where there is attention, else as published"
            case .own: "as published"
            case .regression: "layer-wise regression to the neurons' values"
            case .average: "mean of the weights"
            }
        }

        /// What it comes to for these networks: inside attention no layer can be fitted by itself, as published.
        func resolved(for network: Network) -> Rule {
            guard self == .automatic else { return self }
            return network.architecture.nodes.contains { $0.layer is Attention } ? .regression : .own
        }
    }

    static let rule = rule(among: Rule.allCases, default: .own, own: Rule.own.title)

    private static func rule(among rules: [Rule], default fallback: Rule, own title: String) -> Hyperparameter<Rule> {
        Hyperparameter(
            "combine", "combine by", among: rules, default: fallback, titles: [.own: title], paper: "Luenam et al. 2025; Amalgam",
            help: "How the fused weights are computed from the aligned neurons.")
    }

    private static let isRegression = rule.isOne(of: .regression, .automatic)

    public static let samples = Hyperparameter(
        "combine-samples", "samples to fit on", 1...1_000_000, default: 400, unit: "inputs", when: [isRegression], paper: "Amalgam",
        help: "Number of unlabelled inputs that layers are fitted on.")

    public static let inputs = Hyperparameter(
        "combine-inputs", "mixup inputs", 1...10_000_000, default: 4000, unit: "inputs", when: [isRegression], paper: "Amalgam",
        help: "Number of samples and mixup inputs together; more where layers need more to be fitted.")

    public static let ridge = Hyperparameter(
        "combine-ridge", "ridge", 1e-6...10, scale: .logarithmic, default: 1e-4, unit: "× mean square", when: [isRegression],
        paper: "Hoerl & Kennard 1970", help: "Strength of the L2 penalty on the weights, relative to the mean square of their inputs.")

    /// Those of a method whose own combination is a mean of weights or a transplant, or a regression of its own for layers without attention.
    static func hyperparameters(own title: String, isRegression: Bool = false) -> [any HyperparameterDeclarations] {
        let rules: [Rule] = isRegression ? [.automatic, .own, .regression, .average] : [.own, .regression]
        return [rule(among: rules, default: rules[0], own: title), samples, inputs, ridge]
    }
}

/// Carries out a recombination on what a method has made.
struct RecombinationStep: Sendable {
    private let parents: ParentSet
    private let rule: Recombination.Rule
    /// What layers are fitted with; nil where none are.
    private let fit: (shares: ClassPriorWeighting, inputs: ExpandedInputs, ridge: Double)?
    private let knownShares: [[Double]]?

    private static let rows = 50_000

    init(parents: ParentSet, _ context: FusionContext) throws {
        self.parents = parents
        let settings = context.settings
        knownShares = context.classShares
        rule = settings[Recombination.rule].resolved(for: parents.referenceNetwork)
        guard rule == .regression else { fit = nil; return }
        guard let source = context.inputs else { throw FusionError.noSamples(method: "combination by regression") }
        let shares = ClassPriorWeighting(settings)
        fit = (
            shares,
            try ExpandedInputs(
                source, samples: settings[Recombination.samples],
                count: max(settings[Recombination.inputs], parents.rowsNeeded), augmentation: .none, seed: context.seed,
                method: "combination by regression"),
            settings[Recombination.ridge]
        )
    }

    func applied(to outcome: FusionOutcome, control: FusionControl) throws -> FusionOutcome {
        switch rule {
        case .own, .automatic: return outcome
        case .average: return try averaged(outcome, control)
        case .regression: return try fitted(outcome, control)
        }
    }

    private func averaged(_ outcome: FusionOutcome, _ control: FusionControl) throws -> FusionOutcome {
        var parameters: [String: Tensor] = [:]
        for name in parents.referenceNetwork.parameterNames {
            try control.check()
            parameters[name] = try ShareAverage().fused(name, parents: parents, plan: outcome.plan)
        }
        let all = parameters, before = outcome.network
        return outcome.with(
            network: try before.with(parameters: all), note: "combined by the mean of weights")
    }

    private func fitted(_ outcome: FusionOutcome, _ control: FusionControl) throws -> FusionOutcome {
        guard let fit else { return outcome }
        let teacher = try fit.shares.teacher(of: parents, known: knownShares, on: fit.inputs, control: control)
        let layers = LayerFit(
            parents: parents, teacher: teacher, inputs: fit.inputs,
            mixtures: try NeuronMixtures(outcome.plan, parents: parents, weights: outcome.weights),
            rows: Self.rows, ridge: fit.ridge)
        var diagnostics = outcome.reconstruction ?? ReconstructionDiagnostics()
        let network = try layers.refitted(
            outcome.network, steps: FitStep.all(of: outcome.network), diagnostics: &diagnostics, control: control)
        var outcome = outcome.with(
            network: network,
            note: "combined by regression on \(fit.inputs.count) inputs made of \(fit.inputs.samples) samples of \(fit.inputs.source.name)")
        diagnostics.classShares = teacher.shares
        outcome.notes += diagnostics.layers.map(\.note) + LayerFit.tieNotes(network)
        outcome.reconstruction = diagnostics
        return outcome
    }
}
