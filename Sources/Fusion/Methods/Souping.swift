import Hyperparameters
import Networks

/// Averages of networks that share a start: greedy soups, and averages weighted by Fisher information.
public enum Souping {
    package enum Align: String, HyperparameterChoice {
        case none, weights

        package var title: String {
            switch self {
            case .none: "not: neurons of the same number mean the same in siblings"
            case .weights: "by weight matching, as Git Re-Basin does, for parents without a common start"
            }
        }
    }

    package static let align = Hyperparameter(
        "align", "align", default: Align.none, paper: "Ainsworth et al. 2023; Amalgam",
        help: "Whether neurons are brought into the reference's order before they are averaged.")

    package static let scored = Hyperparameter(
        "samples", "samples to score on", 1...1_000_000, default: 1000, unit: "samples", paper: "Wortsman et al. 2022, section 2",
        help:
            "Number of samples that parents and their means are scored on: by accuracy where they have labels, else by the divergence from the teacher."
    )

    /// Neurons by their numbers, or matched by weights.
    static func alignment(_ context: FusionContext, parents: ParentSet) throws -> any Alignment {
        guard context.settings[align] == .weights else { return IdentityAlignment(parents: parents) }
        let settings = try GroupSettings(context.settings, edits: context.edits, parents: parents)
        return NeuronMatching(parents: parents, search: WeightMatching(parents: parents, settings: settings, seed: context.seed)) {
            group, parent, _ in [Double](repeating: 1, count: parents.networks[parent].groups[group.id]?.neurons ?? group.neurons)
        }
    }

    public static let method = Method(
        id: "soup", title: "greedy soup",
        summary: "Averages siblings one by one, best first, and keeps each that does not lower the score on held-out samples.",
        paper: "Wortsman et al., ICML 2022, arXiv 2203.05482",
        hyperparameters: [
            scored, align, ClassPriorWeighting.priors, ClassPriorWeighting.exponent, Blending.reference,
        ],
        presets: [],
        prepare: { context in
            let parents = try context.parentSet(), inputs = try context.samples(for: "the greedy soup")
            let soup = GreedySoup(repair: RepairStep(parents: parents, settings: context.settings, inputs: inputs)) { control in
                try SoupScore(
                    parents: parents, source: inputs, samples: context.settings[scored], knownShares: context.classShares,
                    weighting: ClassPriorWeighting(context.settings), seed: context.seed, method: "the greedy soup", control: control)
            }
            // The soup repairs every mean itself: a parent that is returned as it is keeps its statistics.
            return FusionPipeline(try alignment(context, parents: parents), soup, combinationKeys: [scored.key], steps: [], notes: [])
        })
}

/// The Fisher-weighted average.
public enum FisherMerging {
    private static let paper = "Matena & Raffel 2022"

    package static let samples = Hyperparameter(
        "samples", "samples", 1...1_000_000, default: 200, unit: "samples", paper: "\(paper), section 3",
        help: "Number of unlabelled samples that the Fisher information is the mean over; each takes its own backward pass.")

    static let labels = Hyperparameter(
        "fisher-labels", "labels of the Fisher information", default: FisherAverage.Labels.sampled, paper: "\(paper), section 3.1",
        help: "Which labels the gradients are of: they come from each parent's own predictions, never from the data.")

    package static let floor = Hyperparameter(
        "fisher-floor", "Fisher floor", 1e-9...1e3, scale: .logarithmic, default: 0.01, unit: "× mean",
        paper: "\(paper), appendix; Amalgam",
        help: "Added to the Fisher information of every parameter, relative to the mean of all: a large floor gives the plain average.")

    public static let method = Method(
        id: "fisher", title: "Fisher-weighted average",
        summary: "Averages siblings, each parameter weighted by how much the parent's own predictions depend on it.",
        paper: "Matena & Raffel, NeurIPS 2022, arXiv 2111.09832",
        hyperparameters: [samples, labels, floor, Souping.align, Blending.blend, Blending.weightList, Blending.reference],
        presets: [],
        prepare: { context in
            let parents = try context.parentSet(), settings = context.settings
            let average = FisherAverage(
                inputs: try context.samples(for: "the Fisher-weighted average"), samples: settings[samples], labels: settings[labels],
                floor: settings[floor], weights: try Blending.weights(settings, parents: parents.count), seed: context.seed)
            return try context.pipeline(
                Souping.alignment(context, parents: parents), own: average,
                keys: Blending.weightKeys.union([samples.key, labels.key, floor.key]))
        })
}
