/// Optimal transport fusion: each parent's neurons are carried to the reference parent's by a transport plan, layer after layer,
/// and the weights are then averaged (Singh & Jaggi, NeurIPS 2020). `docs/methods.md` has the formulas.
public enum OTFusion {
    public enum Source: String, Sendable { case activations, weights }
    public enum Stage: String, Sendable { case before, after }
    public enum Scaling: String, Sendable { case none, centre, standardise, normalise }
    public enum Metric: String, Sendable { case euclidean, squared = "squared-euclidean", cosine, correlation }
    public enum Marginals: String, Sendable { case uniform, l1, l2, importance }
    public enum Solver: String, Sendable { case exact, sinkhorn, unbalanced, gromov, identity }
    public enum MapScaling: String, Sendable { case columns, rows, constant, split }
    public enum LastLayer: String, Sendable { case keep, transport }
    public enum Shortcuts: String, Sendable { case stream, averaged, published }
    public enum StreamReading: String, Sendable { case every, last, sum }
    public enum AttentionScope: String, Sendable { case heads, full }
    public enum Scheme: String, Sendable { case reference, sequential, barycenter }
    public enum GromovLoss: String, Sendable { case square, kullbackLeibler = "kullback-leibler" }

    public static let method = Method(
        id: "otfusion", title: "optimal transport",
        summary: "Carries each parent's neurons to the reference parent's by optimal transport, then averages.",
        paper: "Singh & Jaggi, NeurIPS 2020",
        hyperparameters: [
            source, samples, stage, scaling, rerun, unitRows, passes, metric, costNormalisation, clip, clipLow, clipHigh, marginals,
        ] + byImportance + [
            solver, epsilon, epsilonUnit, penalty, gromovLoss, mapScaling, lastLayer, shortcuts, streamReading, attention,
            scheme, Blending.reference, width, pruning, Blending.blend, Blending.weightList,
        ] + Recombination.hyperparameters(own: "the mean of the weights"),
        presets: [
            .init(
                id: "mnist-mlp", title: "the paper's MNIST MLPs, by activations",
                values: ["last-layer": .choice("transport"), "map-scaling": .choice("rows")]),
            .init(
                id: "mnist-mlp-weights", title: "the same, by weights",
                values: [
                    "source": .choice("weights"), "last-layer": .choice("transport"), "map-scaling": .choice("constant"),
                ]),
            .init(
                id: "interpolation-paper", title: "as compared in Luenam et al. 2025",
                values: [
                    "samples": .integer(400), "marginals": .choice("importance"), "map-scaling": .choice("split"),
                    "reference": .choice("first"),
                ]),
            .init(
                id: "vgg11", title: "the paper's VGG11 pair, by weights",
                values: [
                    "source": .choice("weights"), "last-layer": .choice("transport"), "map-scaling": .choice("constant"),
                ]),
            .init(
                id: "resnet18", title: "the paper's ResNet18 pair, by activations",
                values: [
                    "shortcuts": .choice("published"), "last-layer": .choice("transport"), "map-scaling": .choice("rows"),
                ]),
            .init(id: "skill-transfer", title: "a specialist and a generalist: sweep the blend", values: ["samples": .integer(400)]),
            .init(id: "widths", title: "a wide parent into a narrow one", values: ["last-layer": .choice("transport")]),
            .init(
                id: "compression", title: "a network into its own pruned copy of half the width",
                values: ["source": .choice("weights"), "width": .real(0.5)]),
            .init(
                id: "transformer", title: "vision transformers, soft, one map for each stream",
                values: ["solver": .choice("sinkhorn"), "samples": .integer(200)]),
            .init(id: "soft", title: "soft plans, classes kept", values: ["solver": .choice("sinkhorn")]),
        ],
        editableKeys: [
            source.key, stage.key, scaling.key, unitRows.key, metric.key, costNormalisation.key, clip.key, clipLow.key, clipHigh.key,
            marginals.key,
            solver.key, epsilon.key, epsilonUnit.key, penalty.key, gromovLoss.key, mapScaling.key, Blending.weightList.key,
        ],
        prepare: { (context) throws(FusionError) in try OTFusion.procedure(context) })
}
