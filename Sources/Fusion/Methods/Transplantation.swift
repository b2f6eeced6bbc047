/// Neuron Transplantation: the parents side by side are one wide network that answers with their average; the strongest neurons of every
/// group stay, and the others make room (Öz et al., ECML PKDD 2024). `docs/methods-transplantation.md` has the formulas.
public enum Transplantation {
    public enum Order: String, Sendable { case mergePrune = "merge-prune", pruneMerge = "prune-merge", transfer }
    public enum Scheme: String, Sendable { case joint, iterative, hierarchical }
    public enum Timing: String, Sendable { case sequential, snapshot }
    public enum Score: String, Sendable { case energy, importance }
    public enum Scope: String, Sendable { case local, global }
    public enum Size: String, Sendable { case published, parent, ratio, budget }
    public enum Budget: String, Sendable { case parameters, multiplyAdds = "multiply-adds" }
    public enum Emptied: String, Sendable { case refuse, whole }
    public enum OutputScale: String, Sendable { case widthShare = "width-share", equal, none }
    public enum LogitScale: String, Sendable { case none, energy, samples }

    private static let paper = "Öz et al. 2024"

    public static let order = Hyperparameter(
        "order", "order",
        .choice([
            .init("merge-prune", "merge, then prune: parents compete"), .init("prune-merge", "prune each parent, then merge"),
            .init("transfer", "prune the first parent by the transfer rate, the others by the rest, then merge"),
        ]),
        default: .choice("merge-prune"), paper: "\(paper), experiments 6 and 9",
        help: "Whether neurons of different parents compete for their places, or each parent has a share of them.")

    public static let transferRate = Hyperparameter(
        "transfer-rate", "transfer rate", .real(0...1, scale: .linear), default: .real(0.5),
        when: [.init(key: "order", values: [.choice("transfer")])],
        paper: "\(paper), experiment 9",
        help: "The share of the first parent's neurons that makes room for the others'; at 0 and 1 the others or the first are left out.")

    public static let scheme = Hyperparameter(
        "scheme", "scheme",
        .choice([
            .init("joint", "all parents at once"), .init("iterative", "one after another"), .init("hierarchical", "halves of halves"),
        ]),
        default: .choice("joint"), when: [.init(key: "order", values: [.choice("merge-prune")])], paper: "\(paper), section 3",
        help: "How three parents or more meet; one after another favours the last ones.")

    public static let size = Hyperparameter(
        "size", "size",
        .choice([
            .init("published", "1/k of all, rounded down as published"), .init("parent", "exactly the first parent's widths"),
            .init("ratio", "by the share to remove"), .init("budget", "as large as a budget allows"),
        ]),
        default: .choice("published"), paper: "\(paper), section 3; Amalgam",
        help:
            "How many neurons stay. The published rounding gives one neuron less than a parent has for three parents and some other numbers."
    )

    public static let ratio = Hyperparameter(
        "ratio", "share removed", .real(0...0.99, scale: .linear), default: .real(0.5),
        when: [.init(key: "size", values: [.choice("ratio")])],
        paper: "\(paper), sparsity experiment",
        help: "The share of the neurons side by side that goes; at 0 the result is the wide network itself.")

    public static let budgetOf = Hyperparameter(
        "budget-of", "budget in",
        .choice([.init("parameters", "trained parameters"), .init("multiply-adds", "multiply-adds for one sample")]),
        default: .choice("parameters"), when: [.init(key: "size", values: [.choice("budget")])], paper: "Amalgam",
        help: "What the budget limits.")

    public static let budget = Hyperparameter(
        "budget", "budget", .real(0.01...64, scale: .logarithmic), default: .real(1), unit: "× the first parent",
        when: [.init(key: "size", values: [.choice("budget")])], paper: "Amalgam",
        help: "What the fused network may cost, as a multiple of the first parent.")

    public static let emptied = Hyperparameter(
        "emptied", "emptied group", .choice([.init("refuse", "is an error"), .init("whole", "stays whole, as published")]),
        default: .choice("refuse"), paper: "\(paper), published program",
        help: "What becomes of a group of which no neuron would be left.")

    public static let scope = Hyperparameter(
        "scope", "rank neurons", .choice([.init("local", "within each group"), .init("global", "across all groups")]),
        default: .choice("local"), paper: "\(paper), section 3; Fang et al., CVPR 2023",
        help: "Across all groups, scores are divided by their group's mean, and groups may end up with other proportions than the parents'."
    )

    public static let score = Hyperparameter(
        "score", "score",
        .choice([.init("energy", "energy of the weights, as published"), .init("importance", "importance on samples or weights")]),
        default: .choice("energy"), paper: "\(paper), section 3; Amalgam",
        help: "What makes a neuron strong: the energy of all its weights, which needs no data, or any importance score.")

    private static let byEnergy = Hyperparameter.Condition(key: "score", values: [.choice("energy")])
    private static let byImportance = Hyperparameter.Condition(key: "score", values: [.choice("importance")])

    public static let importanceSamples = Hyperparameter(
        "importance-samples", "samples for importance", .integer(1...1_000_000), default: .integer(400), unit: "inputs",
        when: [byImportance],
        paper: "Luenam et al. 2025, section 5", help: "How many inputs an importance score is measured on.")

    public static let timing = Hyperparameter(
        "timing", "score",
        .choice([.init("sequential", "what earlier cuts left, as published"), .init("snapshot", "everything before the first cut")]),
        default: .choice("sequential"), when: [.init(key: "scope", values: [.choice("local")]), byEnergy],
        paper: "\(paper), published program; Fang et al., CVPR 2023",
        help: "Whether a group is scored on what the cuts of later layers have left, or on the untouched parents.")

    public static let power = Hyperparameter(
        "power", "power of weights", .choice([.init("2", "squares"), .init("1", "absolute values")]), default: .choice("2"),
        when: [byEnergy], paper: "\(paper), published program",
        help: "What is summed over a neuron's weights.")

    public static let sides = Hyperparameter(
        "sides", "weights counted",
        .choice([
            .init("all", "incoming, outgoing and normalisation"), .init("weights", "incoming and outgoing"),
            .init("incoming", "incoming alone"), .init("outgoing", "outgoing alone"),
        ]),
        default: .choice("all"), when: [byEnergy], paper: "\(paper), published program", help: "Which of a neuron's weights make its score."
    )

    public static let reduction = Hyperparameter(
        "reduction", "join the sides by",
        .choice([.init("mean", "their mean"), .init("largest", "the largest"), .init("product", "their product")]),
        default: .choice("mean"), when: [byEnergy], paper: "Fang et al., CVPR 2023",
        help: "How the sums of several layers become one score.")

    public static let outputScale = Hyperparameter(
        "output-scale", "weigh the logits",
        .choice([
            .init("width-share", "by each parent's share of the last width"), .init("equal", "all parents alike"),
            .init("none", "not at all: they add up"),
        ]),
        default: .choice("width-share"), paper: "\(paper), section 3", help: "The factor of each parent's part of the output layer.")

    public static let logitScale = Hyperparameter(
        "logit-scale", "logit scale",
        .choice([
            .init("none", "as it comes out"), .init("energy", "restore the energy of the output weights"),
            .init("samples", "match the ensemble on samples"),
        ]),
        default: .choice("none"), paper: "Amalgam",
        help: "Fewer neurons give smaller logits; a factor on the output layer restores confidence and leaves every decision as it is.")

    public static let samples = Hyperparameter(
        "samples", "samples", .integer(1...1_000_000), default: .integer(200), unit: "inputs",
        when: [.init(key: "logit-scale", values: [.choice("samples")])],
        paper: "Amalgam", help: "How many unlabelled inputs the logit scale is measured on.")

    public static let method = Method(
        id: "transplant", title: "neuron transplantation",
        summary: "Lays the parents side by side and keeps the strongest neurons of every group; needs no data.",
        paper: "Öz et al., ECML PKDD 2024",
        hyperparameters: [
            order, transferRate, scheme, size, ratio, budgetOf, budget, emptied, scope, score,
        ] + Importance.knobs(when: [byImportance]) + [
            importanceSamples, timing, power, sides, reduction, outputScale, logitScale, samples,
        ] + Recombination.hyperparameters(own: "kept as they are, zeros between parents"),
        presets: [
            .init(id: "published", title: "the paper's program, its pruning library at version 1.3", values: ["emptied": .choice("whole")]),
            .init(
                id: "snapshot", title: "the same with the library at 1.4 and later",
                values: ["timing": .choice("snapshot"), "emptied": .choice("whole")]),
            .init(
                id: "same-size", title: "exactly the first parent's widths, for any number of parents", values: ["size": .choice("parent")]),
            .init(
                id: "iterative", title: "many parents one after another: the smallest loss right after fusion",
                values: ["scheme": .choice("iterative")]),
            .init(id: "prune-merge", title: "each parent pruned by itself: least memory", values: ["order": .choice("prune-merge")]),
            .init(
                id: "quarter", title: "a quarter transferred: the least damage for two parents",
                values: ["order": .choice("transfer"), "transfer-rate": .real(0.25)]),
            .init(
                id: "wide", title: "nothing removed: the wide network, whose logits are the parents' mean",
                values: ["size": .choice("ratio"), "ratio": .real(0)]),
        ],
        prepare: { (context) throws(FusionError) in
            let settings = try recipes { () throws(RecipeError) in try Transplantation.Settings(context.settings) }
            if settings.logitScale == .samples, context.inputs == nil {
                throw .noSamples(method: "the logit scale of neuron transplantation")
            }
            let parents = try ParentSet(context.networks, reference: 0)
            let scores =
                try settings.score == .energy
                ? nil
                : GroupScores(
                    parents: parents, importance: recipes { () throws(RecipeError) in try Importance(context.settings) },
                    inputs: context.inputs, samples: settings.importanceSamples)
            return try TransplantProcedure(parents: parents, settings: settings, inputs: context.inputs, scores: scores)
        })
}
