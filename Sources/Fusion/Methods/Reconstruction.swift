/// Our own method: select real neurons of the parents that best give all of them back, solve every layer for them anew, and the last one for
/// the parents' joint answer. It needs no labels. `docs/methods-reconstruction.md` has the formulas and the figures.
public enum Reconstruction {
    enum Size: String, Sendable { case width, budget }
    enum Hidden: String, Sendable { case refit, transplant }
    enum Head: String, Sendable { case teacher, divergence, transplant }

    /// The teacher's temperature in the regression: at 1 the tails of the log-probabilities eat the capacity.
    static let targetTemperature = 3.0

    public static let selection = Hyperparameter(
        "selection", "select by",
        .choice([
            .init("qr", "QR with column pivoting"), .init("greedy", "the greatest gain"),
            .init("leverage", "leverage on the leading directions"),
            .init("energy", "the energy of weights, as neuron transplantation"),
        ]),
        default: .choice("qr"), paper: "Amalgam; Golub & Van Loan 2013; Farahat et al. 2015; Mahoney & Drineas 2009",
        help: "Which neurons of all parents are kept, so that the others are linear in them.")

    public static let hidden = Hyperparameter(
        "hidden-layers", "hidden layers",
        .choice([
            .init("refit", "fitted anew on the fused network's own inputs"), .init("transplant", "kept as they are, zeros between parents"),
        ]),
        default: .choice("refit"), paper: "Amalgam; Öz et al. 2024", help: "What the kept neurons' incoming weights become.")

    public static let ridge = Hyperparameter(
        "ridge", "ridge", .real(1e-6...10, scale: .logarithmic), default: .real(1e-4), unit: "× mean square",
        when: [.init(key: hidden.key, values: [.choice("refit")])], paper: "Hoerl & Kennard 1970",
        help: "How strongly the weights of hidden layers are held small, relative to the mean square of their inputs.")

    public static let rows = Hyperparameter(
        "rows", "rows", .integer(100...10_000_000), default: .integer(50_000), unit: "samples × positions",
        when: [.init(key: hidden.key, values: [.choice("refit")])], paper: "Amalgam",
        help: "How many positions of images a layer is fitted on at most.")

    public static let teacher = Hyperparameter(
        "teacher", "joint answer",
        .choice([
            .init("probabilities", "the parents' probabilities, weighed by class shares"), .init("logits", "their logits, weighed alike"),
        ]),
        default: .choice("probabilities"), paper: "Amalgam; Hinton et al. 2015",
        help: "What the parents together say, which the last layer is solved for.")

    public static let temperature = Hyperparameter(
        "temperature", "temperature", .real(0.5...20, scale: .logarithmic), default: .real(targetTemperature),
        paper: "Hinton et al. 2015; Amalgam",
        help: "How far the parents' probabilities are softened before their logarithm is learned.")

    public static let head = Hyperparameter(
        "head", "last layer",
        .choice([
            .init("teacher", "solved for the joint answer"), .init("divergence", "the same, then Newton steps on the divergence"),
            .init("transplant", "the parents' own, weighed alike"),
        ]),
        default: .choice("teacher"), paper: "Amalgam", help: "Where the last layer's weights come from.")

    public static let size = Hyperparameter(
        "size", "fused size",
        .choice([
            .init("width", "a multiple of the reference's widths"), .init("budget", "a budget, divided by the error that groups leave"),
        ]),
        default: .choice("width"), paper: "Amalgam", help: "How wide the fused network becomes.")

    public static let width = Hyperparameter(
        "width", "fused width", .real(0.05...8, scale: .logarithmic), default: .real(1), unit: "× reference",
        when: [.init(key: size.key, values: [.choice("width")])], paper: "Amalgam",
        help: "Neurons of each hidden group of the fused network, as a multiple of the reference's; no more than the parents have together."
    )

    public static let method = Method(
        id: "reconstruct", title: "reconstruction",
        summary:
            "Keeps the real neurons that best give back all parents', solves every layer for them anew, and the last one for the parents' joint answer.",
        paper: "Amalgam",
        hyperparameters: [
            InterpolationKnobs.samples, Refinement.inputs(when: []), Refinement.jitter(when: []), teacher, temperature,
            Refinement.classShares(when: []),
            Refinement.shareStrength(when: []), selection, hidden, ridge, rows, head, size, width, Transplantation.budgetOf,
            Transplantation.budget, InterpolationKnobs.reference, Repair.kind(default: .none),
        ],
        presets: [
            .init(id: "reconstruct", title: "select and solve: a second for small networks", values: [:]),
            .init(id: "refine", title: "the same, then a refinement of all layers", values: ["refine": .choice("automatic")]),
            .init(
                id: "refine-images", title: "the same with images moved about a little",
                values: ["refine": .choice("automatic"), "jitter": .choice("affine")]),
            .init(id: "half", title: "half the width", values: ["width": .real(0.5)]),
        ],
        prepare: { (context) throws(FusionError) in
            guard let inputs = context.inputs else { throw .noSamples(method: "reconstruction") }
            let parents = try ParentSet(
                context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
            return try ReconstructionProcedure(
                parents: parents, settings: ReconstructionSettings(context.settings), context: context, source: inputs)
        })
}

/// The hyperparameters of reconstruction as Swift values.
struct ReconstructionSettings: Sendable {
    let samples: RefinementSettings
    let teacher: Teacher.Rule
    let temperature: Double
    let selection: SubsetRule
    let hidden: Reconstruction.Hidden
    let ridge: Double
    let rows: Int
    let head: Reconstruction.Head
    let size: Reconstruction.Size
    let width: Double
    let budgetOf: Transplantation.Budget
    let budget: Double

    init(_ settings: Settings) throws(FusionError) {
        do throws(RecipeError) {
            samples = try RefinementSettings(settings)
            teacher = try settings.choice(Reconstruction.teacher.key)
            selection = try settings.choice(Reconstruction.selection.key)
            hidden = try settings.choice(Reconstruction.hidden.key)
            head = try settings.choice(Reconstruction.head.key)
            size = try settings.choice(Reconstruction.size.key)
            budgetOf = try settings.choice(Transplantation.budgetOf.key)
        } catch { throw .recipe(error) }
        temperature = settings.number(Reconstruction.temperature.key)
        ridge = settings.number(Reconstruction.ridge.key)
        rows = settings.count(Reconstruction.rows.key)
        width = settings.number(Reconstruction.width.key)
        budget = settings.number(Transplantation.budget.key)
    }
}
