import Networks
import Tensors

/// What the neurons that an alignment brings together become: as the method has it, or by regression, whatever the alignment.
///
/// By regression every layer is fitted anew in order, on the fused network's own inputs, to the values that its neurons stand for in the parents: the
/// weighted mean of those that became one (a residual sum is fitted as a whole), and the last layer to the parents' logits, weighed by class shares.
public enum Recombination {
    enum Rule: String, Sendable {
        case automatic, own, average, regression

        /// What it comes to for these networks: inside attention no layer can be fitted by itself, as published.
        func resolved(for network: Network) -> Rule {
            guard self == .automatic else { return self }
            return network.architecture.nodes.contains { $0.layer is Attention } ? .regression : .own
        }
    }

    private static let isRegression = Hyperparameter.Condition(key: "combine", values: [.choice("regression"), .choice("automatic")])

    public static let samples = Hyperparameter(
        "combine-samples", "samples to fit on", .integer(1...1_000_000), default: .integer(400), unit: "inputs", when: [isRegression],
        paper: "Amalgam",
        help: "How many unlabelled inputs the layers are fitted on.")

    public static let inputs = Hyperparameter(
        "combine-inputs", "inputs made of them", .integer(1...10_000_000), default: .integer(4000), unit: "inputs", when: [isRegression],
        paper: "Amalgam",
        help: "The samples and mixtures of two of them each; never fewer than layers need to be fitted.")

    public static let ridge = Hyperparameter(
        "combine-ridge", "ridge of the fit", .real(1e-6...10, scale: .logarithmic), default: .real(1e-4), unit: "× mean square",
        when: [isRegression],
        paper: "Hoerl & Kennard 1970", help: "How strongly weights are held small, relative to the mean square of their inputs.")

    /// The knobs of a method whose own combination is a mean of weights or a transplant, or a regression of its own for layers without attention.
    static func hyperparameters(own title: String, isRegression: Bool = false) -> [Hyperparameter] {
        var choices: [Hyperparameter.Choice] = [.init("own", title), .init("regression", "every layer fitted anew to the neurons' values")]
        if isRegression {
            choices.insert(.init("automatic", "by regression where there is attention, else as published"), at: 0)
            choices.append(.init("average", "the mean of the weights"))
        }
        return [
            Hyperparameter(
                "combine", "combine by", .choice(choices), default: .choice(choices[0].word), paper: "Luenam et al. 2025; Amalgam",
                help: "What becomes of the neurons that the alignment brings together."),
            samples, inputs, ridge,
        ]
    }
}

/// Carries out a recombination on what a method has made.
struct RecombinationStep: Sendable {
    private let parents: ParentSet
    private let rule: Recombination.Rule
    /// What layers are fitted with; nil where none are.
    private let fit: (shares: ShareRule, inputs: ExpandedInputs, ridge: Double)?
    private let knownShares: [[Double]]?

    private static let rows = 50_000

    init(parents: ParentSet, _ context: FusionContext) throws(FusionError) {
        self.parents = parents
        let settings = context.settings
        knownShares = context.classShares
        let asked: Recombination.Rule =
            settings["combine"] == nil ? .own : try recipes { () throws(RecipeError) in try settings.choice("combine") }
        rule = asked.resolved(for: parents.referenceNetwork)
        guard rule == .regression else { fit = nil; return }
        guard let source = context.inputs else { throw .noSamples(method: "combination by regression") }
        let shares = try recipes { () throws(RecipeError) in try ShareRule(settings) }
        fit = (
            shares,
            try ExpandedInputs(
                source, samples: settings.count(Recombination.samples.key),
                count: max(settings.count(Recombination.inputs.key), parents.rowsNeeded), jitter: .none, seed: context.seed,
                method: "combination by regression"),
            settings.number(Recombination.ridge.key)
        )
    }

    func applied(to outcome: FusionOutcome, control: FusionControl) throws(FusionError) -> FusionOutcome {
        switch rule {
        case .own, .automatic: return outcome
        case .average: return try averaged(outcome, control)
        case .regression: return try fitted(outcome, control)
        }
    }

    private func averaged(_ outcome: FusionOutcome, _ control: FusionControl) throws(FusionError) -> FusionOutcome {
        var parameters: [String: Tensor] = [:]
        for name in parents.referenceNetwork.parameterNames {
            try control.check()
            parameters[name] = try ShareAverage().fused(name, parents: parents, plan: outcome.plan)
        }
        let all = parameters, before = outcome.network
        return outcome.with(
            network: try networks { () throws(NetworkError) in try before.with(parameters: all) }, note: "combined by the mean of weights")
    }

    private func fitted(_ outcome: FusionOutcome, _ control: FusionControl) throws(FusionError) -> FusionOutcome {
        guard let fit else { return outcome }
        let teacher = try fit.shares.teacher(of: parents, known: knownShares, on: fit.inputs, control: control)
        let layers = LayerFit(
            parents: parents, teacher: teacher, inputs: fit.inputs,
            mixtures: try NeuronMixtures(outcome.plan, parents: parents, weights: outcome.weights),
            rows: Self.rows, ridge: fit.ridge)
        var account = outcome.reconstruction ?? ReconstructionAccount()
        let network = try layers.refitted(outcome.network, steps: FitStep.all(of: outcome.network), account: &account, control: control)
        var outcome = outcome.with(
            network: network,
            note: "combined by regression on \(fit.inputs.count) inputs made of \(fit.inputs.samples) samples of \(fit.inputs.source.name)")
        account.classShares = teacher.shares
        outcome.notes += account.layers.map(\.note) + LayerFit.tieNotes(network)
        outcome.reconstruction = account
        return outcome
    }
}
