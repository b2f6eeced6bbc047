/// The automatic choice: sensible recipes are tried on a part of the samples and measured on the rest, the better half again on more of them, until one
/// is left or time is up (successive halving; Jamieson & Talwalkar, AISTATS 2016).
public enum Automatic {
    public static let time = Hyperparameter(
        "time", "time", .real(0.01...86_400, scale: .logarithmic), default: .real(60), unit: "s", paper: "Jamieson & Talwalkar 2016",
        help: "No further recipe is begun that would, by what is known of it, end later; the first is always carried out.")

    public static let samples = Hyperparameter(
        "samples", "samples", .integer(10...1_000_000), default: .integer(400), unit: "inputs", paper: "Amalgam",
        help: "How many inputs recipes are fused and measured on.")

    public static let held = Hyperparameter(
        "held-out", "held out", .real(0.05...0.9, scale: .linear), default: .real(0.25), unit: "of the samples", paper: "Amalgam",
        help:
            "The share of the samples that recipes are measured on: by their labels where there are any, else by agreement with the parents' joint answer."
    )

    public static let method = Method(
        id: "auto", title: "automatic choice",
        summary: "Tries the sensible recipes within a time budget, measures them on held-out samples and keeps the best.",
        paper: "Amalgam; Jamieson & Talwalkar, AISTATS 2016",
        hyperparameters: [time, samples, held, Repair.kind(default: .none)],
        presets: [],
        prepare: { (context) throws(FusionError) in
            guard let inputs = context.inputs else { throw .noSamples(method: "the automatic choice") }
            return try AutomaticProcedure(context, source: inputs)
        })

    /// A recipe to try: a method and what is set of it.
    struct Candidate: Sendable {
        let method: Method
        let assignments: [String]
        /// Begun only in the last round, for it starts from another candidate's answer and costs more.
        let isLate: Bool
    }

    /// What may be tried, the likeliest first.
    static func candidates(takesImages: Bool) -> [Candidate] {
        var all: [Candidate] = [
            .init(method: Reconstruction.method, assignments: [], isLate: false),
            .init(method: KMeansFusion.method, assignments: ["refine=head"], isLate: false),
            .init(method: Transplantation.method, assignments: ["size=parent", "refine=head"], isLate: false),
            .init(method: OTFusion.method, assignments: ["refine=head"], isLate: false),
            .init(method: GitRebasin.method, assignments: ["refine=head"], isLate: false),
            .init(method: HungarianFusion.method, assignments: [], isLate: false),
            .init(method: OTFusion.method, assignments: [], isLate: false),
            .init(method: Averaging.method, assignments: [], isLate: false),
            .init(method: Reconstruction.method, assignments: ["width=0.5"], isLate: false),
            .init(method: Reconstruction.method, assignments: ["refine=automatic"], isLate: true),
        ]
        if takesImages {
            all.insert(.init(method: Reconstruction.method, assignments: ["jitter=affine"], isLate: false), at: 1)
            all.append(.init(method: Reconstruction.method, assignments: ["refine=automatic", "jitter=affine"], isLate: true))
            all.append(.init(method: Reconstruction.method, assignments: ["refine=automatic", "jitter=mirrored"], isLate: true))
        }
        return all
    }
}
