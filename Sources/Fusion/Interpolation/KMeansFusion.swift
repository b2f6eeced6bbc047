/// K-means Fusion: the neurons of any number of parents in any number of groups, fused weights by least squares (Luenam et al. 2025).
public enum KMeansFusion {
    public static let seeding = Hyperparameter(
        "seeding", "first centres",
        .choice([.init("farthest", "farthest first, as published"), .init("plus-plus", "k-means++")]),
        default: .choice("farthest"), paper: "Luenam et al. 2025, published program; Arthur & Vassilvitskii 2007",
        help: "How k-means chooses the neurons it starts from.")

    public static let tries = Hyperparameter(
        "tries", "tries", .integer(1...1000), default: .integer(10), paper: "Luenam et al. 2025, section 5",
        help: "Starts of k-means, of which the cheapest is kept.")

    public static let improvement = Hyperparameter(
        "least-improvement", "least improvement", .real(0...0.5, scale: .linear), default: .real(0.05), paper: "Luenam et al. 2025, published program",
        help: "K-means stops when three sweeps lower its cost by less than this part.")

    public static let method = Method(
        id: "kf", title: "k-means fusion",
        summary: "Groups the neurons of all parents by k-means and fits each layer to the groups' weighted means by least squares.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [InterpolationKnobs.samples] + Importance.knobs + [seeding, tries, improvement, InterpolationKnobs.costNorm]
            + InterpolationKnobs.fitting + [InterpolationKnobs.width, InterpolationKnobs.reference],
        presets: [
            .init(id: "paper", title: "the published program's settings", values: [
                "importance": .choice("conductance"), "solver": .choice("published-cutoff"), "batch-norm": .choice("folded"),
            ]),
            .init(id: "label-free", title: "without labels", values: ["importance": .choice("conductance"), "importance-target": .choice("predicted")]),
        ],
        prepare: { (context) throws(FusionError) in try procedure(context, firstCentres: [:]) })

    /// The method on given parents, with k-means started from given neurons.
    ///
    /// - Parameter firstCentres: by group name, the first centre of every try, as a number among the neurons of all parents one after another.
    public static func procedure(_ context: FusionContext, firstCentres: [String: [Int]]) throws(FusionError) -> any FusionProcedure {
        let settings = try InterpolationSettings(context.settings, classShares: context.classShares, parents: context.networks.count)
        guard let inputs = context.inputs else { throw .noSamples(method: "k-means fusion") }
        let parents = try ParentSet(context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
        var grouping = KMeansGrouping()
        grouping.seeding = try recipes { () throws(RecipeError) in try context.settings.choice(seeding.key) }
        grouping.tries = context.settings.count(tries.key)
        grouping.improvement = context.settings.number(improvement.key)
        grouping.isSquared = context.settings.word(InterpolationKnobs.costNorm.key) == "squared"
        grouping.seed = context.seed
        grouping.firstCentres = firstCentres
        return try LayerwiseRegression(parents: parents, settings: settings, grouping: grouping, inputs: inputs)
    }
}
