import Hyperparameters
import Networks

extension Reconstruction {
    public static let method = Method(
        id: "reconstruct", title: "reconstruction",
        summary:
            "Selects the neurons that best reconstruct those of all parents, refits every layer to them, and fits the output layer to the teacher.",
        paper: "Amalgam",
        hyperparameters: [
            Interpolation.samples, ExpandedInputs.mixup, ExpandedInputs.augmentation, teacher, temperature, ClassPriorWeighting.priors,
            ClassPriorWeighting.exponent, selection, others, precision, hidden, ridge, rows, head, size, width, Transplantation.budgetOf,
            Transplantation.budget, Interpolation.reference, Repair.kind.defaulting(to: .none), Controls.rule.defaulting(to: .best),
        ],
        presets: [
            .init(id: "reconstruct", title: "select and refit: a second for small networks", []),
            .init(id: "refine", title: "the same, then a refinement of all layers", [Refinement.rule <- .automatic]),
            .init(
                id: "refine-images", title: "the same with augmented images",
                [Refinement.rule <- .automatic, ExpandedInputs.augmentation <- .affine]),
            .init(id: "half", title: "half the width", [width <- 0.5]),
        ],
        editableKeys: [selection.key],
        prepare: { context in
            let source = try context.samples(for: "reconstruction"), parents = try context.parentSet()
            let settings = try GroupSettings(context.settings, edits: context.edits, parents: parents)
            let inputs = try ExpandedInputs(
                source, samples: context.settings[Interpolation.samples], context.settings, seed: context.seed, parents: parents)
            let pass = SharedPass()
            let combination = ReconstructionCombination(
                parents: parents, settings: context.settings, inputs: inputs, knownShares: context.classShares,
                knownAnswers: context.answers, pass: pass)
            return try context.pipeline(
                ReconstructionSelection(
                    parents: parents, settings: settings, pass: pass, gathered: combination.selectionPass,
                    weights: { try combination.closest.weights($0, control: $1) }),
                own: combination,
                keys: [
                    teacher.key, temperature.key, ClassPriorWeighting.priors.key, ClassPriorWeighting.exponent.key, hidden.key, ridge.key,
                    rows.key, head.key,
                ])
        })
}
