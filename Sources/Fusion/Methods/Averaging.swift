/// The plain average of the parents' weights, neuron by neuron as they happen to be numbered: what every other method is measured against.
public enum Averaging {
    public static let method = Method(
        id: "average", title: "weight averaging",
        summary: "Averages the weights of equal positions; right only for parents that share their beginning.",
        paper: "Utans, 1996; McMahan et al., AISTATS 2017",
        hyperparameters: [Blending.blend, Blending.weightList, Blending.reference]
            + Recombination.hyperparameters(own: "the mean of the weights"), presets: [],
        prepare: { (context) throws(FusionError) in
            let parents = try ParentSet(
                context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
            let weights = try Blending.weights(context.settings, parents: parents.count)
            return AlignThenCombine(
                parents: parents, alignment: IdentityAlignment(parents: parents), combination: WeightedAverage(weights: weights),
                weights: weights)
        })
}
