import Hyperparameters
import Networks

extension GradientFusion {
    public static let method = Method(
        id: "kf-gradient", title: "k-means fusion by gradient descent",
        summary: "Clusters the outputs of whole levels by k-means and fits each level to the clusters' means by gradient descent.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [
            Interpolation.samples, Importance.hyperparameters, stage, merging, levels, seeding, restarts, rows, align, optimiser, rate,
            headRate, decay, epochs, headEpochs, batch, patience, restore, perturbation, weighted, head, headTarget, temperature, headOnly,
            Interpolation.reference,
        ],
        presets: [
            .init(
                id: "paper-mlp", title: "the published program's settings for MLPs",
                [
                    Importance.kind <- .uniform, seeding <- .secondParent, rate <- 1e-4, headRate <- 1e-4, epochs <- 25, restore <- false,
                    head <- .mean,
                ]),
            .init(
                id: "last-layer", title: "last-layer distillation",
                [headOnly <- true, headTarget <- .probabilities, head <- .mean, Importance.kind <- .uniform]),
        ],
        prepare: { context in try procedure(context, levels: namedLevels(context), fits: nil) })

    /// The level ends that the settings name, the logits among them; nil where they name none.
    private static func namedLevels(_ context: FusionContext) throws -> [String]? {
        let named = context.settings[levels].split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        guard named.contains(where: { !$0.isEmpty }) else { return nil }
        let index = try Blending.referenceIndex(context.settings, parents: context.networks.count)
        guard context.networks.indices.contains(index) else { throw FusionError.tooFewParents(context.networks.count) }
        let logits = context.networks[index].logitNode.id
        return named.last == logits ? named : named + [logits]
    }

    /// The method on given parents, with levels and their fits of one's own.
    ///
    /// - Parameters:
    ///   - levels: for the reference, the node at which each level ends, in order; nil for the automatic partition.
    ///   - fits: how each level is fitted; nil for what the hyperparameters say.
    package static func procedure(_ context: FusionContext, levels: [String]?, fits: [LevelFit]?) throws -> any FusionProcedure {
        let inputs = try context.samples(for: "k-means fusion by gradient"), parents = try context.parentSet()
        _ = try GroupSettings(context.settings, edits: context.edits, parents: parents)
        let settings = context.settings, head = try LevelHead(context)
        var partitions: [LevelPartition] = []
        let places = parents.referenceNetwork.architecture.nodes.map(\.id)
        for network in parents.networks {
            guard let levels else {
                partitions.append(try LevelPartition(of: network, stage: settings[stage], merging: settings[merging])); continue
            }
            // Nodes correspond by their place in the graph; their names may differ.
            let own = network.architecture.nodes.map(\.id)
            partitions.append(
                try LevelPartition(of: network, ends: levels.map { name in places.firstIndex(of: name).map { own[$0] } ?? name }))
        }
        if let fits, fits.count != partitions[parents.reference].levels.count {
            throw FusionError.unsuitable(reason: "\(fits.count) fits were given for \(partitions[parents.reference].levels.count) levels")
        }
        var clustering = KMeansClustering()
        clustering.seeding = settings[seeding]
        clustering.tries = settings[restarts]
        clustering.improvement = 0
        clustering.emptyCluster = .farthestOfMany
        clustering.seed = context.seed
        let fit = LevelwiseFit(
            parents: parents, context: context, head: head, fits: fits, clustering: clustering,
            batches: try SampleBatches(inputs, atMost: settings[Interpolation.samples], size: 100, method: "k-means fusion by gradient"),
            partitions: partitions)
        return try context.pipeline(fit, own: fit, keys: gradientKeys)
    }

    /// What only the descent reads.
    private static let gradientKeys: Set<String> = [
        align.key, optimiser.key, rate.key, headRate.key, decay.key, epochs.key, headEpochs.key, batch.key, patience.key, restore.key,
        perturbation.key, weighted.key, headTarget.key, temperature.key, headOnly.key,
    ]
}
