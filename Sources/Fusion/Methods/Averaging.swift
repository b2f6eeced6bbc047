/// The plain average of the parents' weights, neuron by neuron as they happen to be numbered: what every other method is measured against.
public enum Averaging {
    public static let method = Method(
        id: "average", title: "weight averaging",
        summary: "Averages the weights of equal positions; right only for parents that share their beginning.",
        paper: "Utans, 1996; McMahan et al., AISTATS 2017",
        hyperparameters: [Blending.blend, Blending.reference], presets: [],
        prepare: { (context) throws(FusionError) in
            let parents = try ParentSet(context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
            let weights = Blending.weights(context.settings, parents: parents.count)
            return AlignThenCombine(
                parents: parents, alignment: IdentityAlignment(parents: parents), combination: WeightedAverage(weights: weights), weights: weights)
        })
}

/// How much each parent counts: shared by every method that averages.
public enum Blending {
    public static let reference = Hyperparameter(
        "reference", "reference parent", .choice([.init("last", "the last parent"), .init("first", "the first parent")]),
        default: .choice("last"), paper: "Singh & Jaggi 2020, Algorithm 1",
        help: "The parent whose neuron order and widths the fused network keeps.")

    public static let blend = Hyperparameter(
        "blend", "blend", .real(0...1, scale: .linear), default: .real(0.5), paper: "Singh & Jaggi 2020, section 5.1",
        help: "Odds of the reference parent against each other one: 0 leaves it out, 0.5 weighs all alike, 1 takes it alone.")

    /// The weight of each of `count` parents; they sum to 1. With two parents the reference's weight is the blend itself.
    public static func weights(_ settings: Settings, parents count: Int) -> [Double] {
        let reference = referenceIndex(settings, parents: count)
        guard count > 1 else { return [1] }
        let odds = settings.number(blend.key)
        let total = odds + (1 - odds) * Double(count - 1)
        return (0..<count).map { ($0 == reference ? odds : 1 - odds) / total }
    }

    public static func referenceIndex(_ settings: Settings, parents count: Int) -> Int {
        settings.word(reference.key) == "first" ? 0 : max(0, count - 1)
    }
}
