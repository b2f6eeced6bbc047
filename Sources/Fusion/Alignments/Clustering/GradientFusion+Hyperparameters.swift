import Hyperparameters

/// The gradient variant of k-means fusion: levels of any kind, fitted by gradient descent (Luenam et al. 2025).
public enum GradientFusion {
    private static let paper = "Luenam et al. 2025"

    public static let stage = Hyperparameter(
        "level-boundary", "level boundary", default: ActivationStage.before, aliases: ["level-ends"], paper: "\(paper), section 4",
        help: "On which side of a nonlinearity the network is cut into levels.")

    public static let merging = Hyperparameter(
        "levels-merged", "merge levels", 1...64, default: 1, paper: "Amalgam",
        help: "Number of successive levels that are fitted together as one.")

    public static let levels = Hyperparameter(
        "levels", "levels", form: "none, or layers of the reference separated by commas, in the order of the network", paper: "Amalgam",
        help: "The last layer of each level, in place of the automatic partition; the last level always ends at the logits.")

    public static let seeding = Hyperparameter(
        "seeding", "initial centres", default: KMeansFusion.Seeding.firstParent, paper: "\(paper), published program",
        help: "How k-means is initialised.")

    public static let restarts = Hyperparameter(
        "restarts", "restarts", 1...1000, default: 1, when: [seeding.isOne(of: .farthest, .plusPlus)], aliases: ["tries"],
        paper: "\(paper), published program",
        help: "Runs of k-means from different initial centres; the one with the lowest cost is kept.")

    public static let rows = Hyperparameter(
        "normalise-rows", "L2-normalise samples", default: false, paper: "\(paper), published program",
        help: "Scales each parent's layer to unit norm on every sample before neurons are clustered; targets are not scaled.")

    public static let align = Hyperparameter(
        "align-skips", "align skip connections", default: false, paper: "\(paper), published program",
        help: "Reorders a level's targets to match its inputs, so that skip connections stay consistent.")

    package static let optimiser = Hyperparameter(
        "optimiser", "optimiser", default: LevelFit.Optimiser.adam, paper: "\(paper), appendix",
        help: "The optimiser of hidden levels; the last level always uses Adam.")

    public static let rate = Hyperparameter(
        "learning-rate", "learning rate", 1e-7...1, scale: .logarithmic, default: 1e-3, paper: "\(paper), appendix",
        help: "Learning rate of hidden levels.")

    public static let headRate = Hyperparameter(
        "head-learning-rate", "learning rate, last level", 1e-7...1, scale: .logarithmic, default: 1e-3, paper: "\(paper), appendix",
        help: "Learning rate of the last level.")

    public static let decay = Hyperparameter(
        "weight-decay", "weight decay", 0...0.1, scale: .linear, default: 1e-4, paper: "\(paper), appendix",
        help: "L2 penalty on the weights, added to the gradient.")

    public static let epochs = Hyperparameter(
        "epochs", "epochs", 0...10_000, default: 100, paper: "\(paper), appendix",
        help: "Maximum number of epochs of each hidden level.")

    public static let headEpochs = Hyperparameter(
        "head-epochs", "epochs, last level", 0...10_000, default: 150, paper: "\(paper), appendix",
        help: "Maximum number of epochs of the last level.")

    public static let batch = Hyperparameter(
        "batch", "batch size", 1...4096, default: 32, unit: "samples", paper: "\(paper), published program", help: "Samples per step.")

    public static let patience = Hyperparameter(
        "patience", "patience", 1...10_000, default: 15, unit: "epochs", paper: "\(paper), published program",
        help: "Early stopping: a level ends after this many epochs without a lower loss on held-out samples.")

    public static let restore = Hyperparameter(
        "restore-best", "restore best weights", default: true, paper: "Amalgam",
        help: "Keeps the weights with the lowest held-out loss; the published program keeps the last ones.")

    public static let perturbation = Hyperparameter(
        "perturbation", "perturbation", 0...1, scale: .linear, default: 0, paper: "\(paper), published program",
        help: "How far the initial weights of each level are moved from the reference's towards a random initialisation.")

    public static let weighted = Hyperparameter(
        "weighted-loss", "importance-weighted loss", default: true, paper: "\(paper), Theorem 1",
        help: "Weights the error of each fused neuron by the importance of the neurons in its cluster.")

    public static let head = Hyperparameter(
        "head", "logit weighting", default: Interpolation.Head.importance, paper: "\(paper), section 4 and published program",
        help: "How the parents' logits are weighted in the target of the last level.")

    /// What of the parents' logits the last level is fitted to.
    public enum HeadTarget: String, HyperparameterChoice {
        case logits, probabilities, published

        public var title: String {
            switch self {
            case .logits: "logits"
            case .probabilities: "probabilities, by Kullback–Leibler divergence"
            case .published: "probabilities in place of logits, as published"
            }
        }
    }

    public static let headTarget = Hyperparameter(
        "distillation", "last level: fit to", default: HeadTarget.logits, paper: "Hinton et al. 2015; \(paper), published program",
        help: "What the last level is fitted to.")

    public static let temperature = Hyperparameter(
        "temperature", "temperature", 0.1...100, scale: .logarithmic, default: 2, when: [headTarget.isOne(of: .probabilities, .published)],
        paper: "Hinton et al. 2015", help: "Softmax temperature of the parents' probabilities: larger is softer.")

    public static let headOnly = Hyperparameter(
        "head-only", "last level only", default: false, paper: "\(paper), baseline of section 5",
        help: "Fits the last level only and keeps the reference's other levels: last-layer distillation.")
}
