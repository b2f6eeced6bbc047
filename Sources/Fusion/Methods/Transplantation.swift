import Hyperparameters
import Networks

extension Transplantation {
    public static let method = Method(
        id: "transplant", title: "neuron transplantation",
        summary: "Concatenates the parents and keeps the strongest neurons of every group; needs no data.",
        paper: "Öz et al., ECML PKDD 2024",
        hyperparameters: [
            order, transferRate, scheme, size, ratio, budgetOf, budget, emptied, scope, score,
            Importance.hyperparameters(when: score == .importance), importanceSamples, timing, power, sides, reduction, outputScale,
            logitScale, samples, Interpolation.reference,
            CombinationChoice.hyperparameters(own: "selected neurons' weights, zeros between parents"),
        ],
        presets: [
            .init(id: "published", title: "the paper's program with version 1.3 of its pruning library", [emptied <- .whole]),
            .init(
                id: "snapshot", title: "the same with version 1.4 or later of the library", [timing <- .snapshot, emptied <- .whole]),
            .init(id: "same-size", title: "exactly the reference's widths, for any number of parents", [size <- .parent]),
            .init(
                id: "iterative", title: "many parents one after another: the smallest loss right after fusion", [scheme <- .iterative]),
            .init(id: "prune-merge", title: "each parent pruned separately: least memory", [order <- .pruneMerge]),
            .init(
                id: "quarter", title: "a quarter transferred: the least damage for two parents",
                [order <- .transfer, transferRate <- 0.25]),
            .init(
                id: "wide", title: "nothing pruned: the wide network, whose logits are the parents' mean", [size <- .ratio, ratio <- 0]),
        ],
        editableKeys: [score.key, power.key, sides.key, reduction.key],
        prepare: { context in
            let parents = try context.parentSet()
            let settings = try GroupSettings(context.settings, edits: context.edits, parents: parents)
            if context.settings[logitScale] == .samples { _ = try context.samples(for: "the logit scale of neuron transplantation") }
            let scores =
                settings.used.contains { $0[score] == .importance }
                ? GroupScores(
                    parents: parents, importance: Importance(context.settings), inputs: context.inputs,
                    samples: context.settings[importanceSamples]) : nil
            return try context.pipeline(
                TransplantSelection(parents: parents, settings: settings, scores: scores),
                own: TransplantCombination(settings: context.settings, inputs: context.inputs), keys: [logitScale.key, samples.key])
        })
}
