/// The automatic choice: sensible recipes are tried on a part of the samples and measured on the rest, the better half again on more of them, until one
/// is left or time is up (successive halving; Jamieson & Talwalkar, AISTATS 2016).
public enum Automatic {
    public static let time = Hyperparameter(
        "time", "time budget", 0.01...86_400, scale: .logarithmic, default: 60, unit: "s", paper: "Jamieson & Talwalkar 2016",
        help:
            "Expected time of all trials, estimated from the networks' sizes and not from the clock: a recipe that would exceed it is not started; the first is always completed."
    )

    public static let samples = Hyperparameter(
        "samples", "samples", 10...1_000_000, default: 400, unit: "inputs", paper: "Amalgam",
        help: "Number of inputs that recipes are fused and evaluated on.")

    public static let held = Hyperparameter(
        "held-out", "held out", 0.05...0.9, scale: .linear, default: 0.25, unit: "of the samples", paper: "Amalgam",
        help: "The fraction of the samples that recipes are evaluated on: accuracy where there are labels, else agreement with the teacher."
    )

    public static let method = Method(
        id: "auto", title: "automatic choice",
        summary: "Tries the applicable recipes within a time budget, evaluates them on held-out samples and keeps the best.",
        paper: "Amalgam; Jamieson & Talwalkar, AISTATS 2016",
        hyperparameters: [time, samples, held, Repair.kind.defaulting(to: .none)],
        presets: [],
        prepare: { context in
            guard let inputs = context.inputs else { throw FusionError.noSamples(method: "the automatic choice") }
            return try AutomaticProcedure(context, source: inputs)
        })

    /// A recipe to try: a method and what is set of it.
    struct Candidate: Sendable {
        let method: Method
        let assignments: [HyperparameterAssignment]
        /// What it takes, in a unit of its own: measured on the sample models, where the average of parents takes 0.2.
        let effort: Double
        /// Begun only in the last round, for it starts from another candidate's answer and costs more.
        let isLate: Bool
    }

    /// What may be tried, the likeliest first.
    static func candidates(takesImages: Bool) -> [Candidate] {
        var all: [Candidate] = [
            .init(method: Reconstruction.method, assignments: [], effort: 8, isLate: false),
            .init(method: KMeansFusion.method, assignments: [Refinement.rule <- .head], effort: 12, isLate: false),
            .init(
                method: Transplantation.method, assignments: [Transplantation.size <- .parent, Refinement.rule <- .head], effort: 4,
                isLate: false),
            .init(method: OTFusion.method, assignments: [Refinement.rule <- .head], effort: 4, isLate: false),
            .init(method: GitRebasin.method, assignments: [Refinement.rule <- .head], effort: 5, isLate: false),
            .init(method: HungarianFusion.method, assignments: [], effort: 4, isLate: false),
            .init(method: OTFusion.method, assignments: [], effort: 1, isLate: false),
            .init(method: Averaging.method, assignments: [], effort: 0.2, isLate: false),
            .init(method: Reconstruction.method, assignments: [Reconstruction.width <- 0.5], effort: 6, isLate: false),
            .init(method: Reconstruction.method, assignments: [Refinement.rule <- .automatic], effort: 75, isLate: true),
        ]
        if takesImages {
            all.insert(
                .init(method: Reconstruction.method, assignments: [ExpandedInputs.augmentation <- .affine], effort: 8, isLate: false), at: 1
            )
            all.append(
                .init(
                    method: Reconstruction.method, assignments: [Refinement.rule <- .automatic, ExpandedInputs.augmentation <- .affine],
                    effort: 85, isLate: true))
            all.append(
                .init(
                    method: Reconstruction.method, assignments: [Refinement.rule <- .automatic, ExpandedInputs.augmentation <- .mirrored],
                    effort: 80, isLate: true))
        }
        return all
    }
}
