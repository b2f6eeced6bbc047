/// The gradient variant of k-means fusion: levels of any kind, fitted by gradient descent (Luenam et al. 2025).
public enum GradientFusion {
    private static let paper = "Luenam et al. 2025"

    public static let stage = Hyperparameter(
        "level-ends", "levels end", .choice([.init("before", "before the nonlinearity"), .init("after", "behind the nonlinearity")]),
        default: .choice("before"), paper: "\(paper), section 4", help: "Where the network is cut into levels.")
    public static let merging = Hyperparameter(
        "levels-merged", "merge levels", .integer(1...64), default: .integer(1), paper: "Amalgam",
        help: "How many successive levels are fitted together as one.")
    public static let levels = Hyperparameter(
        "levels", "levels", .text(form: "none, or layers of the reference with commas between, in the order of the network"),
        default: .text(""), paper: "Amalgam",
        help: "The layers at which levels end, in place of the automatic cut; the last level ends at the logits, named or not.")
    public static let start = Hyperparameter(
        "seeding", "first centres",
        .choice([
            .init("first-parent", "the first parent's neurons"), .init("second-parent", "the second parent's neurons"),
            .init("farthest", "farthest first"), .init("plus-plus", "k-means++"),
        ]),
        default: .choice("first-parent"), paper: "\(paper), published program", help: "How k-means chooses the neurons it starts from.")
    public static let tries = Hyperparameter(
        "tries", "tries", .integer(1...1000), default: .integer(1),
        when: [.init(key: "seeding", values: [.choice("farthest"), .choice("plus-plus")])], paper: "\(paper), published program",
        help: "Starts of k-means, of which the cheapest is kept.")
    public static let rows = Hyperparameter(
        "normalise-rows", "normalise samples", .flag, default: .flag(false), paper: "\(paper), published program",
        help: "Scales each parent's layer to unit norm on every sample before neurons are grouped; targets stay as they are.")
    public static let align = Hyperparameter(
        "align-skips", "align skip connections", .flag, default: .flag(false), paper: "\(paper), published program",
        help: "Puts a level's targets in the order of its inputs, so that what a residual path carries along fits.")
    public static let optimiser = Hyperparameter(
        "optimiser", "optimiser", .choice([.init("adam", "Adam"), .init("sgd", "plain gradient descent")]), default: .choice("adam"),
        paper: "\(paper), appendix", help: "The update rule of hidden levels; the last level always has Adam.")
    public static let rate = Hyperparameter(
        "learning-rate", "learning rate", .real(1e-7...1, scale: .logarithmic), default: .real(1e-3), paper: "\(paper), appendix",
        help: "Step size of hidden levels.")
    public static let headRate = Hyperparameter(
        "head-learning-rate", "learning rate of the head", .real(1e-7...1, scale: .logarithmic), default: .real(1e-3),
        paper: "\(paper), appendix",
        help: "Step size of the last level.")
    public static let decay = Hyperparameter(
        "weight-decay", "weight decay", .real(0...0.1, scale: .linear), default: .real(1e-4), paper: "\(paper), appendix",
        help: "Pull of the weights towards zero.")
    public static let epochs = Hyperparameter(
        "epochs", "epochs", .integer(0...10_000), default: .integer(100), paper: "\(paper), appendix",
        help: "Most passes over the samples for each hidden level.")
    public static let headEpochs = Hyperparameter(
        "head-epochs", "epochs of the head", .integer(0...10_000), default: .integer(150), paper: "\(paper), appendix",
        help: "Most passes over the samples for the last level.")
    public static let batch = Hyperparameter(
        "batch", "batch", .integer(1...4096), default: .integer(32), unit: "samples", paper: "\(paper), published program",
        help: "Samples of one step.")
    public static let patience = Hyperparameter(
        "patience", "patience", .integer(1...10_000), default: .integer(15), unit: "epochs", paper: "\(paper), published program",
        help: "Epochs without a better loss on held-out samples after which a level is done.")
    public static let restore = Hyperparameter(
        "restore-best", "keep the best weights", .flag, default: .flag(true), paper: "Amalgam",
        help: "Keeps the weights of the best held-out loss; the published program keeps the last.")
    public static let perturbation = Hyperparameter(
        "perturbation", "perturbation", .real(0...1, scale: .linear), default: .real(0), paper: "\(paper), published program",
        help: "How far each level starts from the reference's weights towards fresh ones.")
    public static let weighted = Hyperparameter(
        "weighted-loss", "weigh the loss", .flag, default: .flag(true), paper: "\(paper), Theorem 1",
        help: "Lets each fused neuron's error count by the importance of the neurons it stands for.")
    public static let head = Hyperparameter(
        "head", "fused logits",
        .choice([
            .init("mean", "the parents' mean"), .init("importance", "weighed by the classes' importance"),
            .init("shares", "weighed by each parent's share of the class"),
            .init("published-shares", "the same, divided by the number of parents as published"),
        ]),
        default: .choice("importance"), paper: "\(paper), section 4 and published program",
        help: "How the parents' logits are weighed in the target of the last level.")
    public static let distillation = Hyperparameter(
        "distillation", "last level learns",
        .choice([
            .init("logits", "the logits"), .init("probabilities", "the probabilities, by Kullback–Leibler divergence"),
            .init("published", "the probabilities in place of logits, as published"),
        ]),
        default: .choice("logits"), paper: "Hinton et al. 2015; \(paper), published program",
        help: "What of the parents' answers the last level is fitted to.")
    public static let temperature = Hyperparameter(
        "temperature", "temperature", .real(0.1...100, scale: .logarithmic), default: .real(2),
        when: [.init(key: "distillation", values: [.choice("probabilities"), .choice("published")])], paper: "Hinton et al. 2015",
        help: "How far the parents' probabilities are softened.")
    public static let headOnly = Hyperparameter(
        "head-only", "last level only", .flag, default: .flag(false), paper: "\(paper), baseline of section 5",
        help: "Leaves every level but the last as in the reference: last-layer distillation.")

    public static let method = Method(
        id: "kf-gradient", title: "k-means fusion by gradient",
        summary: "Groups the outputs of whole levels by k-means and fits each level to the groups' means by gradient descent.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [InterpolationKnobs.samples] + Importance.knobs + [
            stage, merging, levels, start, tries, rows, align, optimiser, rate, headRate, decay, epochs, headEpochs, batch, patience,
            restore, perturbation, weighted, head,
            distillation, temperature, headOnly, InterpolationKnobs.reference,
        ],
        presets: [
            .init(
                id: "paper-mlp", title: "the published program's settings for MLPs",
                values: [
                    "importance": .choice("uniform"), "seeding": .choice("second-parent"), "learning-rate": .real(1e-4),
                    "head-learning-rate": .real(1e-4),
                    "epochs": .integer(25), "restore-best": .flag(false), "head": .choice("mean"),
                ]),
            .init(
                id: "last-layer", title: "last-layer distillation",
                values: [
                    "head-only": .flag(true), "distillation": .choice("probabilities"), "head": .choice("mean"),
                    "importance": .choice("uniform"),
                ]),
        ],
        prepare: { (context) throws(FusionError) in try procedure(context, levels: namedLevels(context), fits: nil) })

    /// The level ends that the settings name, the logits among them; nil where they name none.
    private static func namedLevels(_ context: FusionContext) throws(FusionError) -> [String]? {
        let named = context.settings.text(levels.key).split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        guard named.contains(where: { !$0.isEmpty }) else { return nil }
        let index = try Blending.referenceIndex(context.settings, parents: context.networks.count)
        guard context.networks.indices.contains(index) else { throw .tooFewParents(context.networks.count) }
        let logits = context.networks[index].logitNode.id
        return named.last == logits ? named : named + [logits]
    }

    /// The method on given parents, with levels and their fits of one's own.
    ///
    /// - Parameters:
    ///   - levels: for the reference, the node at which each level ends, in order; nil for the automatic partition.
    ///   - fits: how each level is fitted; nil for what the hyperparameters say.
    public static func procedure(_ context: FusionContext, levels: [String]?, fits: [LevelFit]?) throws(FusionError) -> any FusionProcedure
    {
        guard let inputs = context.inputs else { throw .noSamples(method: "k-means fusion by gradient") }
        let parents = try ParentSet(context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
        let settings = try GradientSettings(context, fits: fits)
        var partitions: [LevelPartition] = []
        let places = parents.referenceNetwork.architecture.nodes.map(\.id)
        for network in parents.networks {
            guard let levels else {
                partitions.append(try LevelPartition(of: network, stage: settings.stage, merging: settings.merging)); continue
            }
            // Nodes correspond by their place in the graph; their names may differ.
            let own = network.architecture.nodes.map(\.id)
            partitions.append(
                try LevelPartition(of: network, ends: levels.map { name in places.firstIndex(of: name).map { own[$0] } ?? name }))
        }
        if let fits, fits.count != partitions[parents.reference].levels.count {
            throw .unsuitable(reason: "\(fits.count) fits were given for \(partitions[parents.reference].levels.count) levels")
        }
        var grouping = KMeansGrouping()
        grouping.seeding = try recipes { () throws(RecipeError) in try context.settings.choice(start.key) }
        grouping.tries = context.settings.count(tries.key)
        grouping.improvement = 0
        grouping.repair = .farthestOfMany
        grouping.seed = context.seed
        return LevelwiseFit(
            parents: parents, settings: settings, grouping: grouping,
            batches: try SampleBatches(inputs, atMost: settings.samples, size: 100, method: "k-means fusion by gradient"),
            partitions: partitions, seed: context.seed)
    }
}
