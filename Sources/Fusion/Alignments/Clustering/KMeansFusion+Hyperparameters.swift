import Hyperparameters

/// K-means Fusion: the neurons of any number of parents in any number of clusters, fused weights by least squares (Luenam et al. 2025).
public enum KMeansFusion {
    public enum ClusteringRule: String, HyperparameterChoice {
        case kMeans = "k-means", ward, entropic, selection

        public var title: String {
            switch self {
            case .kMeans: "k-means, as published"
            case .ward: "Ward linkage"
            case .entropic: "soft clusters by entropic transport"
            case .selection: "real neurons that best reconstruct all others"
            }
        }
    }

    public enum Seeding: String, HyperparameterChoice {
        /// The neurons of one parent.
        case firstParent = "first-parent", secondParent = "second-parent"
        /// A random neuron of the first parent, then always the neuron farthest from the centres chosen (published).
        case farthest
        /// Every centre drawn with probability in proportion to score × squared distance (Arthur & Vassilvitskii 2007).
        case plusPlus = "plus-plus"

        public var title: String {
            switch self {
            case .firstParent: "the neurons of parent A"
            case .secondParent: "the neurons of parent B"
            case .farthest: "farthest first"
            case .plusPlus: "k-means++"
            }
        }
    }

    public static let rule = Hyperparameter(
        "clustering", "clustering", default: ClusteringRule.kMeans, aliases: ["grouping"],
        paper: "Luenam et al. 2025, section 3.3; Amalgam",
        help: "How the neurons of all parents are clustered into the fused network's neurons.")

    public static let softness = Hyperparameter(
        "softness", "softness", 1e-4...10, scale: .logarithmic, default: 0.02, when: [rule == .entropic],
        paper: "Cuturi & Doucet 2014; Amalgam",
        help: "Entropic regularisation of soft clusters, relative to the standard deviation of distances.")

    public static let seeding = Hyperparameter(
        "seeding", "initial centres", among: [Seeding.farthest, .plusPlus], default: .farthest,
        titles: [.farthest: "farthest first, as published"], when: [rule.isOne(of: .kMeans, .entropic)],
        paper: "Luenam et al. 2025, published program; Arthur & Vassilvitskii 2007", help: "How k-means is initialised.")

    public static let restarts = Hyperparameter(
        "restarts", "restarts", 1...1000, default: 10, when: [rule.isOne(of: .kMeans, .entropic)], aliases: ["tries"],
        paper: "Luenam et al. 2025, section 5",
        help: "Runs of k-means from different initial centres; the one with the lowest cost is kept.")

    public static let improvement = Hyperparameter(
        "least-improvement", "tolerance", 0...0.5, scale: .linear, default: 0.05, when: [rule.isOne(of: .kMeans, .entropic)],
        paper: "Luenam et al. 2025, published program",
        help: "K-means stops when three iterations reduce its cost by less than this fraction.")
}
