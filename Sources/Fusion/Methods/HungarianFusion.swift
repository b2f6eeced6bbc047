/// Hungarian Fusion: neurons matched one to one, fused weights by least squares (Luenam et al. 2025).
public enum HungarianFusion {
    public static let method = Method(
        id: "hf", title: "Hungarian fusion",
        summary: "Matches neurons one to one and fits each layer to the matched pairs' weighted means by least squares.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [InterpolationKnobs.samples] + Importance.knobs + [InterpolationKnobs.costNorm]
            + InterpolationKnobs.fitting + [InterpolationKnobs.reference]
            + Recombination.hyperparameters(own: "least squares layer by layer, as published", isRegression: true),
        presets: [
            .init(
                id: "paper", title: "the published program's settings",
                values: [
                    "importance": .choice("conductance"), "importance-target": .choice("label"), "solver": .choice("published-cutoff"),
                    "batch-norm": .choice("folded"), "repair": .choice("none"),
                ])
        ],
        prepare: { (context) throws(FusionError) in
            let settings = try InterpolationSettings(context.settings, classShares: context.classShares, networks: context.networks)
            guard let inputs = context.inputs else { throw .noSamples(method: "Hungarian fusion") }
            let parents = try ParentSet(
                context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
            let matching = PairMatching(isSquared: context.settings.word(InterpolationKnobs.costNorm.key) == "squared")
            return try LayerwiseRegression(parents: parents, settings: settings, grouping: matching, inputs: inputs)
        })
}
