import Hyperparameters

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
        help: "What neurons are matched by; weights need no data.")

    public static let sweeps = Hyperparameter(
        "sweeps", "sweeps", 1...1000, default: 100, when: [matching == .weights], paper: "\(paper), Algorithm 1",
        help: "Maximum number of passes over all layers; it stops as soon as no layer changes.")

    public static let restarts = Hyperparameter(
        "restarts", "restarts", 1...100, default: 1, when: [matching == .weights], aliases: ["tries"],
        paper: "\(paper), section 3.2; Amalgam",
        help: "Runs that visit the layers in different random orders; the one with the largest similarity is kept.")

    public static let mixing = Hyperparameter(
        "mixing", "weight matched neurons", default: Mixing.average, paper: "\(paper), section 4; Luenam et al. 2025, published program",
        help: "How matched neurons are weighted, in the matching and in the mean.")
}
