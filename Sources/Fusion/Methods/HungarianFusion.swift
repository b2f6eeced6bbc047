/// Hungarian Fusion: neurons matched one to one, fused weights by least squares (Luenam et al. 2025).
public enum HungarianFusion {
    public static let method = Method(
        id: "hf", title: "Hungarian fusion",
        summary: "Matches neurons one to one and fits each layer to the matched pairs' weighted means by least squares.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [
            Interpolation.samples, Importance.hyperparameters, Interpolation.costNorm, Interpolation.regression, Interpolation.reference,
            Recombination.hyperparameters(own: "layer-wise least squares, as published", isRegression: true),
        ],
        presets: [KMeansFusion.publishedPreset],
        prepare: { context in
            guard let inputs = context.inputs else { throw FusionError.noSamples(method: "Hungarian fusion") }
            let parents = try ParentSet(
                context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
            let matching = PairMatching(isSquared: context.settings[Interpolation.costNorm] == .squared)
            return try LayerwiseRegression(context, parents: parents, clustering: matching, inputs: inputs)
        })
}
