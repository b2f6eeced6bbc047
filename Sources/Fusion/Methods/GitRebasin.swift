import Hyperparameters
import Networks

extension GitRebasin {
    public static let method = Method(
        id: "git-rebasin", title: "Git Re-Basin",
        summary: "Permutes each parent's neurons into the reference's order, then averages.",
        paper: "Ainsworth, Hayase & Srinivasa, ICLR 2023, arXiv 2209.04836",
        hyperparameters: [
            matching, sweeps, restarts, Interpolation.samples, mixing, Importance.hyperparameters(when: mixing == .importance),
            Importance.normalised, Interpolation.reference, CombinationChoice.hyperparameters(own: "mean of the weights"),
        ],
        presets: [
            .init(
                id: "interpolation-paper", title: "as compared in Luenam et al. 2025",
                [
                    matching <- .activations, mixing <- .importance, Importance.kind <- .conductance, Importance.target <- .label,
                    Repair.kind <- .none,
                ])
        ],
        editableKeys: [matching.key, mixing.key],
        prepare: { context in
            let parents = try context.parentSet()
            let settings = try GroupSettings(context.settings, edits: context.edits, parents: parents)
            let byWeights = Set(settings.used.map { $0[matching] == .weights })
            guard byWeights.count == 1 else {
                throw FusionError.unsuitable(
                    reason: "matching=weights aligns all layers together: choose it for all groups, or matching by activations for all")
            }
            let kinds = settings.used.map { $0[mixing] == .importance ? Importance($0) : Importance(.uniform) }
            guard context.inputs != nil || (byWeights == [true] && !kinds.contains(where: \.needsSamples)) else {
                throw FusionError.noSamples(
                    method: "Git Re-Basin by \(byWeights == [true] ? "weights mixed by importance" : "activations")")
            }
            let count = context.settings[Interpolation.samples]
            let importance = GroupScores(
                parents: parents, importance: Importance(context.settings), inputs: context.inputs, samples: count)
            let uniform = GroupScores(parents: parents, importance: Importance(.uniform), inputs: context.inputs, samples: count)
            let search: any PartnerSearch =
                byWeights == [true]
                ? WeightMatching(parents: parents, settings: settings, seed: context.seed)
                : try ActivationMatching(
                    parents: parents, settings: settings,
                    compared: settings.mapped { own in
                        try Settings(
                            OTFusion.method.table,
                            [OTFusion.samples <- count, OTFusion.stage <- (own[matching] == .activations ? .after : .before)])
                    }, inputs: context.samples(for: "Git Re-Basin by activations"))
            let alignment = NeuronMatching(parents: parents, search: search) { group, parent, control in
                let scores = settings[group][mixing] == .importance ? importance : uniform
                let own = try scores.scores(of: group.id, parent: parent, control: control)
                let total = own.reduce(0, +)
                return context.settings[Importance.normalised] && total > 0 ? own.map { $0 / total } : own
            }
            return try context.pipeline(alignment, own: ShareAverage())
        })
}
