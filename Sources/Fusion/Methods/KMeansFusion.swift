import Hyperparameters
import Networks

extension KMeansFusion {
    static let publishedPreset = Method.Preset(
        id: "paper", title: "the published program's settings",
        [
            Importance.kind <- .conductance, Importance.target <- .label, Interpolation.solver <- .publishedCutoff,
            Interpolation.batchNormalisation <- .folded, Repair.kind <- .none,
        ])

    public static let method = Method(
        id: "kf", title: "k-means fusion",
        summary: "Clusters the neurons of all parents by k-means and fits each layer to the clusters' weighted means by least squares.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [
            Interpolation.samples, Importance.hyperparameters, rule, softness, seeding, restarts, improvement, Interpolation.costNorm,
            Interpolation.regression, Interpolation.width, Interpolation.reference,
            CombinationChoice.hyperparameters(own: "layer-wise least squares, as published", isRegression: true),
        ],
        presets: [publishedPreset],
        editableKeys: Interpolation.editableKeys + [
            rule.key, softness.key, seeding.key, restarts.key, improvement.key, Interpolation.costNorm.key,
        ],
        prepare: { context in try procedure(context, firstCentres: [:]) })

    /// The method on given parents, with k-means started from given neurons.
    ///
    /// - Parameter firstCentres: by group name, the first centre of every restart, as a number among the neurons of all parents one after another.
    public static func procedure(_ context: FusionContext, firstCentres: [String: [Int]]) throws -> any FusionProcedure {
        let seed = context.seed
        let clustering = try GroupClustering(context, method: "k-means fusion") { settings in
            var kMeans = KMeansClustering()
            kMeans.seeding = settings[seeding]
            kMeans.tries = settings[restarts]
            kMeans.improvement = settings[improvement]
            kMeans.isSquared = settings[Interpolation.costNorm] == .squared
            kMeans.seed = seed
            kMeans.firstCentres = firstCentres
            return switch settings[rule] {
            case .kMeans: kMeans
            case .ward: WardClustering()
            case .entropic: EntropicClustering(start: kMeans, softness: settings[softness])
            case .selection: SelectionClustering()
            }
        }
        return try context.pipeline(interpolating: clustering)
    }
}
