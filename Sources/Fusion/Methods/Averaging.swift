/// The plain average of the parents' weights, neuron by neuron as they happen to be numbered: what every other method is measured against.
public enum Averaging {
    public static let method = Method(
        id: "average", title: "weight averaging",
        summary: "Averages the weights at equal positions; useful only for parents that share their initialisation.",
        paper: "Utans, 1996; McMahan et al., AISTATS 2017",
        hyperparameters: [
            Blending.blend, Blending.weightList, Blending.reference, CombinationChoice.hyperparameters(own: "mean of the weights"),
        ],
        presets: [],
        prepare: { context in
            let parents = try context.parentSet()
            let weights = try Blending.weights(context.settings, parents: parents.count)
            return try context.pipeline(
                IdentityAlignment(parents: parents), own: WeightedAverage(weights: weights), keys: Blending.weightKeys)
        })
}
