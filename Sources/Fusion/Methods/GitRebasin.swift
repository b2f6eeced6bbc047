/// Git Re-Basin: neurons are permuted into the reference's order and weights averaged (Ainsworth, Hayase & Srinivasa, ICLR 2023).
public enum GitRebasin {
    public enum Matching: String, HyperparameterChoice {
        case weights, activations, preactivations = "pre-activations"

        public var title: String {
            switch self {
            case .weights: "weights, by coordinate descent"
            case .activations: "activations after the nonlinearity"
            case .preactivations: "activations before it"
            }
        }
    }

    public enum Mixing: String, HyperparameterChoice {
        case average, importance

        public var title: String {
            switch self {
            case .average: "equally"
            case .importance: "by importance"
            }
        }
    }

    private static let paper = "Ainsworth et al. 2023"

    public static let matching = Hyperparameter(
        "matching", "match by", default: Matching.weights, paper: "\(paper), section 3; Luenam et al. 2025, published program",
        help: "What is compared to match neurons; weights need no data.")

    public static let sweeps = Hyperparameter(
        "sweeps", "sweeps", 1...1000, default: 100, when: [matching == .weights], paper: "\(paper), Algorithm 1",
        help: "Maximum number of passes over all layers; it stops as soon as no layer changes.")

    public static let restarts = Hyperparameter(
        "restarts", "restarts", 1...100, default: 1, when: [matching == .weights], aliases: ["tries"],
        paper: "\(paper), section 3.2; Amalgam",
        help: "Runs that visit the layers in different random orders, of which the one with the largest similarity is kept.")

    public static let mixing = Hyperparameter(
        "mixing", "weight matched neurons", default: Mixing.average, paper: "\(paper), section 4; Luenam et al. 2025, published program",
        help: "How matched neurons are weighted, in the matching and in the mean.")

    public static let method = Method(
        id: "git-rebasin", title: "Git Re-Basin",
        summary: "Permutes each parent's neurons into the reference's order, then averages.",
        paper: "Ainsworth, Hayase & Srinivasa, ICLR 2023, arXiv 2209.04836",
        hyperparameters: [
            matching, sweeps, restarts, Interpolation.samples, mixing, Importance.hyperparameters(when: mixing == .importance),
            Importance.normalised, Interpolation.reference, Recombination.hyperparameters(own: "mean of the weights"),
        ],
        presets: [
            .init(
                id: "interpolation-paper", title: "as compared in Luenam et al. 2025",
                [
                    matching <- .activations, mixing <- .importance, Importance.kind <- .conductance, Importance.target <- .label,
                    Repair.kind <- .none,
                ])
        ],
        prepare: { context in
            let settings = context.settings
            let parents = try ParentSet(context.networks, reference: Blending.referenceIndex(settings, parents: context.networks.count))
            let search = settings[matching], kind = settings[mixing] == .importance ? Importance(settings) : Importance(.uniform)
            guard context.inputs != nil || (search == .weights && !kind.needsSamples) else {
                throw FusionError.noSamples(method: "Git Re-Basin by \(search == .weights ? "weights mixed by importance" : "activations")")
            }
            let count = settings[Interpolation.samples]
            let scores = GroupScores(parents: parents, importance: kind, inputs: context.inputs, samples: count)
            let partners: any PartnerSearch
            if search == .weights {
                partners = WeightMatching(
                    parents: parents, sweeps: settings[sweeps], tries: settings[restarts], seed: context.seed)
            } else {
                guard let inputs = context.inputs else { throw FusionError.noSamples(method: "Git Re-Basin by activations") }
                partners = try ActivationMatching(parents: parents, inputs: inputs, samples: count, isAfter: search == .activations)
            }
            return PermuteThenMix(
                parents: parents, partners: partners, scores: scores, normalisesImportance: settings[Importance.normalised])
        })
}
