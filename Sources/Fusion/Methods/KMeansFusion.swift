/// K-means Fusion: the neurons of any number of parents in any number of groups, fused weights by least squares (Luenam et al. 2025).
public enum KMeansFusion {
    enum GroupingRule: String { case kMeans = "k-means", ward, entropic, selection }

    public static let grouping = Hyperparameter(
        "grouping", "group by",
        .choice([
            .init("k-means", "k-means, as published"), .init("ward", "Ward's agglomeration"),
            .init("entropic", "soft groups by entropic transport"),
            .init("selection", "real neurons that give all others back"),
        ]),
        default: .choice("k-means"), paper: "Luenam et al. 2025, section 3.3; Amalgam",
        help: "How the neurons of all parents become the fused network's.")

    private static let byMeans = Hyperparameter.Condition(key: "grouping", values: [.choice("k-means"), .choice("entropic")])

    public static let softness = Hyperparameter(
        "softness", "softness", .real(1e-4...10, scale: .logarithmic), default: .real(0.02),
        when: [.init(key: "grouping", values: [.choice("entropic")])],
        paper: "Cuturi & Doucet 2014; Amalgam", help: "How far a neuron is shared out among clusters, relative to the spread of distances.")

    public static let seeding = Hyperparameter(
        "seeding", "first centres",
        .choice([.init("farthest", "farthest first, as published"), .init("plus-plus", "k-means++")]),
        default: .choice("farthest"), when: [byMeans], paper: "Luenam et al. 2025, published program; Arthur & Vassilvitskii 2007",
        help: "How k-means chooses the neurons it starts from.")

    public static let tries = Hyperparameter(
        "tries", "tries", .integer(1...1000), default: .integer(10), when: [byMeans], paper: "Luenam et al. 2025, section 5",
        help: "Starts of k-means, of which the cheapest is kept.")

    public static let improvement = Hyperparameter(
        "least-improvement", "least improvement", .real(0...0.5, scale: .linear), default: .real(0.05), when: [byMeans],
        paper: "Luenam et al. 2025, published program",
        help: "K-means stops when three sweeps lower its cost by less than this part.")

    public static let method = Method(
        id: "kf", title: "k-means fusion",
        summary: "Groups the neurons of all parents by k-means and fits each layer to the groups' weighted means by least squares.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [InterpolationKnobs.samples] + Importance.knobs + [
            grouping, softness, seeding, tries, improvement, InterpolationKnobs.costNorm,
        ]
            + InterpolationKnobs.fitting + [InterpolationKnobs.width, InterpolationKnobs.reference]
            + Recombination.hyperparameters(own: "least squares layer by layer, as published", isRegression: true),
        presets: [
            .init(
                id: "paper", title: "the published program's settings",
                values: [
                    "importance": .choice("conductance"), "importance-target": .choice("label"), "solver": .choice("published-cutoff"),
                    "batch-norm": .choice("folded"), "repair": .choice("none"),
                ])
        ],
        prepare: { (context) throws(FusionError) in try procedure(context, firstCentres: [:]) })

    /// The method on given parents, with k-means started from given neurons.
    ///
    /// - Parameter firstCentres: by group name, the first centre of every try, as a number among the neurons of all parents one after another.
    public static func procedure(_ context: FusionContext, firstCentres: [String: [Int]]) throws(FusionError) -> any FusionProcedure {
        let settings = try InterpolationSettings(context.settings, classShares: context.classShares, networks: context.networks)
        guard let inputs = context.inputs else { throw .noSamples(method: "k-means fusion") }
        let parents = try ParentSet(context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
        var grouping = KMeansGrouping()
        grouping.seeding = try recipes { () throws(RecipeError) in try context.settings.choice(seeding.key) }
        grouping.tries = context.settings.count(tries.key)
        grouping.improvement = context.settings.number(improvement.key)
        grouping.isSquared = context.settings.word(InterpolationKnobs.costNorm.key) == "squared"
        grouping.seed = context.seed
        grouping.firstCentres = firstCentres
        let rule: any NeuronGrouping =
            switch try recipes({ () throws(RecipeError) in try context.settings.choice(Self.grouping.key, as: GroupingRule.self) }) {
            case .kMeans: grouping
            case .ward: WardGrouping()
            case .entropic: EntropicGrouping(start: grouping, softness: context.settings.number(softness.key))
            case .selection: SelectionGrouping()
            }
        return try LayerwiseRegression(parents: parents, settings: settings, grouping: rule, inputs: inputs)
    }
}
