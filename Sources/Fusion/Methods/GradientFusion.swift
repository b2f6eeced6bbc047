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
        help: "Runs of k-means from different centres, of which the one with the lowest cost is kept.")

    public static let rows = Hyperparameter(
        "normalise-rows", "L2-normalise samples", default: false, paper: "\(paper), published program",
        help: "Scales each parent's layer to unit norm on every sample before neurons are clustered; targets are not scaled.")

    public static let align = Hyperparameter(
        "align-skips", "align skip connections", default: false, paper: "\(paper), published program",
        help: "Reorders a level's targets to match its inputs, so that skip connections fit.")

    public static let optimiser = Hyperparameter(
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
        help: "Early stopping: epochs without a lower loss on held-out samples after which a level ends.")

    public static let restore = Hyperparameter(
        "restore-best", "restore best weights", default: true, paper: "Amalgam",
        help: "Keeps the weights with the lowest held-out loss; the published program keeps the last ones.")

    public static let perturbation = Hyperparameter(
        "perturbation", "perturbation", 0...1, scale: .linear, default: 0, paper: "\(paper), published program",
        help: "How far the initial weights of each level are moved from the reference's towards a fresh initialisation.")

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

    public static let method = Method(
        id: "kf-gradient", title: "k-means fusion by gradient descent",
        summary: "Clusters the outputs of whole levels by k-means and fits each level to the clusters' means by gradient descent.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [
            Interpolation.samples, Importance.hyperparameters, stage, merging, levels, seeding, restarts, rows, align, optimiser, rate,
            headRate, decay, epochs, headEpochs, batch, patience, restore, perturbation, weighted, head, headTarget, temperature, headOnly,
            Interpolation.reference,
        ],
        presets: [
            .init(
                id: "paper-mlp", title: "the published program's settings for MLPs",
                [
                    Importance.kind <- .uniform, seeding <- .secondParent, rate <- 1e-4, headRate <- 1e-4, epochs <- 25, restore <- false,
                    head <- .mean,
                ]),
            .init(
                id: "last-layer", title: "last-layer distillation",
                [headOnly <- true, headTarget <- .probabilities, head <- .mean, Importance.kind <- .uniform]),
        ],
        prepare: { context in try procedure(context, levels: namedLevels(context), fits: nil) })

    /// The level ends that the settings name, the logits among them; nil where they name none.
    private static func namedLevels(_ context: FusionContext) throws -> [String]? {
        let named = context.settings[levels].split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        guard named.contains(where: { !$0.isEmpty }) else { return nil }
        let index = try Blending.referenceIndex(context.settings, parents: context.networks.count)
        guard context.networks.indices.contains(index) else { throw FusionError.tooFewParents(context.networks.count) }
        let logits = context.networks[index].logitNode.id
        return named.last == logits ? named : named + [logits]
    }

    /// The method on given parents, with levels and their fits of one's own.
    ///
    /// - Parameters:
    ///   - levels: for the reference, the node at which each level ends, in order; nil for the automatic partition.
    ///   - fits: how each level is fitted; nil for what the hyperparameters say.
    public static func procedure(_ context: FusionContext, levels: [String]?, fits: [LevelFit]?) throws -> any FusionProcedure {
        guard let inputs = context.inputs else { throw FusionError.noSamples(method: "k-means fusion by gradient") }
        let parents = try ParentSet(context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
        let settings = context.settings, head = try LevelHead(context)
        var partitions: [LevelPartition] = []
        let places = parents.referenceNetwork.architecture.nodes.map(\.id)
        for network in parents.networks {
            guard let levels else {
                partitions.append(try LevelPartition(of: network, stage: settings[stage], merging: settings[merging])); continue
            }
            // Nodes correspond by their place in the graph; their names may differ.
            let own = network.architecture.nodes.map(\.id)
            partitions.append(
                try LevelPartition(of: network, ends: levels.map { name in places.firstIndex(of: name).map { own[$0] } ?? name }))
        }
        if let fits, fits.count != partitions[parents.reference].levels.count {
            throw FusionError.unsuitable(reason: "\(fits.count) fits were given for \(partitions[parents.reference].levels.count) levels")
        }
        var clustering = KMeansClustering()
        clustering.seeding = settings[seeding]
        clustering.tries = settings[restarts]
        clustering.improvement = 0
        clustering.repair = .farthestOfMany
        clustering.seed = context.seed
        return LevelwiseFit(
            parents: parents, settings: settings, importance: Importance(settings), head: head, fits: fits, clustering: clustering,
            batches: try SampleBatches(inputs, atMost: settings[Interpolation.samples], size: 100, method: "k-means fusion by gradient"),
            partitions: partitions, seed: context.seed)
    }
}
