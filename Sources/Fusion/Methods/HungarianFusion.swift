/// Hungarian Fusion: neurons matched one to one, fused weights by least squares (Luenam et al. 2025).
public enum HungarianFusion {
    public static let method = Method(
        id: "hf", title: "Hungarian fusion",
        summary: "Matches neurons one to one and fits each layer to the matched pairs' weighted means by least squares.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [
            Interpolation.samples, Importance.hyperparameters, Interpolation.costNorm, Interpolation.regression, Interpolation.reference,
            CombinationChoice.hyperparameters(own: "layer-wise least squares, as published", isRegression: true),
        ],
        presets: [KMeansFusion.publishedPreset],
        editableKeys: Interpolation.editableKeys + [Interpolation.costNorm.key],
        prepare: { context in
            let clustering = try GroupClustering(context, method: "Hungarian fusion") {
                PairMatching(isSquared: $0[Interpolation.costNorm] == .squared)
            }
            return try context.pipeline(interpolating: clustering)
        })
}
