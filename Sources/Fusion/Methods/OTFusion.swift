/// Optimal transport fusion: each parent's neurons are carried to the reference parent's by a transport plan, layer after layer,
/// and the weights are then averaged (Singh & Jaggi, NeurIPS 2020). `docs/methods.md` has the formulas.
extension OTFusion {
    public static let method = Method(
        id: "otfusion", title: "optimal transport",
        summary: "Aligns each parent's neurons to the reference parent's by optimal transport, then averages.",
        paper: "Singh & Jaggi, NeurIPS 2020",
        hyperparameters: [
            source, samples, stage, scaling, recomputes, unitRows, passes, metric, costNormalisation, clip, clipLow, clipHigh, marginals,
            Importance.hyperparameters(when: marginals == .importance), solver, epsilon, epsilonUnit, penalty, gromovLoss, mapScaling,
            lastLayer, shortcuts, streamReading, attention, scheme, Blending.reference, width, pruning, Blending.blend, Blending.weightList,
            CombinationChoice.hyperparameters(own: "mean of the weights"),
        ],
        presets: [
            .init(id: "mnist-mlp", title: "the paper's MNIST MLPs, activation-based", [lastLayer <- .transport, mapScaling <- .rows]),
            .init(
                id: "mnist-mlp-weights", title: "the same, weight-based",
                [source <- .weights, lastLayer <- .transport, mapScaling <- .constant]),
            .init(
                id: "interpolation-paper", title: "as compared in Luenam et al. 2025",
                [samples <- 400, marginals <- .importance, mapScaling <- .split, Blending.reference <- .first]),
            .init(
                id: "vgg11", title: "the paper's VGG11 pair, weight-based",
                [source <- .weights, lastLayer <- .transport, mapScaling <- .constant]),
            .init(
                id: "resnet18", title: "the paper's ResNet18 pair, activation-based",
                [shortcuts <- .published, lastLayer <- .transport, mapScaling <- .rows]),
            .init(id: "skill-transfer", title: "a specialist and a generalist: sweep the blend", [samples <- 400]),
            .init(id: "widths", title: "a wide parent into a narrow one", [lastLayer <- .transport]),
            .init(
                id: "compression", title: "a network into its own pruned copy of half the width", [source <- .weights, width <- 0.5]),
            .init(
                id: "transformer", title: "vision transformers, soft plans, one map per residual stream",
                [solver <- .sinkhorn, samples <- 200]),
            .init(id: "soft", title: "soft plans, order of classes kept", [solver <- .sinkhorn]),
        ],
        editableKeys: [
            source.key, stage.key, scaling.key, unitRows.key, metric.key, costNormalisation.key, clip.key, clipLow.key, clipHigh.key,
            marginals.key,
            solver.key, epsilon.key, epsilonUnit.key, penalty.key, gromovLoss.key, mapScaling.key, Blending.weightList.key,
        ],
        prepare: { context in try OTFusion.procedure(context) })
}
