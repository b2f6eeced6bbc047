/// The automatic choice: sensible recipes are tried on a part of the samples and measured on others, the better half again on more of them, until one
/// is left or time is up (successive halving; Jamieson & Talwalkar, AISTATS 2016). The parents, with and without a new output layer, are tried beside them.
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
        help:
            "Fraction of the samples that recipes are evaluated on, by their divergence from the teacher; where the data have 100 samples to spare, those are used instead."
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
        /// The parent that it is, where it is a control.
        var parent: Int?
        /// Tried whatever time there is: nothing is fitted.
        var isFree = false
    }

    /// The parents, and the parents with another output layer: recipes of the plain average in which one parent counts alone.
    static func controls(parents count: Int) -> [Candidate] {
        let all = 0..<count
        return all.map {
            Candidate(method: Averaging.method, assignments: alone($0, of: count), effort: 0.2, isLate: false, parent: $0, isFree: true)
        }
            + all.map {
                Candidate(
                    method: Averaging.method, assignments: alone($0, of: count) + [Refinement.rule <- .headDivergence], effort: 2,
                    isLate: false, parent: $0)
            }
    }

    /// A parent distilled as long as the best reconstruction.
    static func distilled(parent: Int, of count: Int, like other: Candidate?) -> Candidate {
        let augmentation = other?.assignments.filter { $0.key == ExpandedInputs.augmentation.key } ?? []
        return Candidate(
            method: Averaging.method, assignments: alone(parent, of: count) + [Refinement.rule <- .automatic] + augmentation, effort: 60,
            isLate: true, parent: parent)
    }

    private static func alone(_ parent: Int, of count: Int) -> [HyperparameterAssignment] {
        [
            Blending.weightList <- (0..<count).map { $0 == parent ? 1 : 0 }, Blending.reference <- NamedParent.number(parent),
            Repair.kind <- .none,
        ]
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
