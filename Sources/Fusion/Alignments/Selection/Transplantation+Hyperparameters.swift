import Hyperparameters

/// Neuron Transplantation: the parents side by side are one wide network that answers with their average; the strongest neurons of every
/// group stay, and the others make room (Öz et al., ECML PKDD 2024). `docs/methods-transplantation.md` has the formulas.
public enum Transplantation {
    private static let paper = "Öz et al. 2024"

    public static let order = Hyperparameter(
        "order", "order", default: Order.mergePrune, paper: "\(paper), experiments 6 and 9",
        help: "Whether neurons of different parents compete for selection, or each parent contributes a fixed fraction.")

    public static let transferRate = Hyperparameter(
        "transfer-rate", "transfer rate", 0...1, scale: .linear, default: 0.5, when: [order == .transfer],
        paper: "\(paper), experiment 9",
        help: "The fraction of the reference's neurons that neurons of the other parents replace: 0 ignores the others, 1 the reference.")

    public static let scheme = Hyperparameter(
        "scheme", "scheme", default: Scheme.joint, when: [order == .mergePrune], paper: "\(paper), section 3",
        help: "How three or more parents are merged; iterative merging favours the last ones.")

    public static let size = Hyperparameter(
        "size", "size", default: Size.published, paper: "\(paper), section 3; Amalgam",
        help:
            "How many neurons are selected; for three and some other numbers of parents, the published rounding selects one neuron fewer than the reference has."
    )

    public static let ratio = Hyperparameter(
        "ratio", "pruning ratio", 0...0.99, scale: .linear, default: 0.5, when: [size == .ratio], paper: "\(paper), sparsity experiment",
        help: "The fraction of all parents' neurons that is pruned; 0 keeps the wide network.")

    public static let budgetOf = Hyperparameter(
        "budget-of", "budget in", default: Budget.parameters, when: [size == .budget], paper: "Amalgam", help: "What the budget limits.")

    public static let budget = Hyperparameter(
        "budget", "budget", 0.01...64, scale: .logarithmic, default: 1, unit: "× reference", when: [size == .budget], paper: "Amalgam",
        help: "The cost limit of the fused network, as a multiple of the reference's.")

    public static let emptied = Hyperparameter(
        "emptied", "if a layer empties", default: Emptied.refuse, paper: "\(paper), published program",
        help: "What happens if pruning would remove every neuron of a group.")

    public static let scope = Hyperparameter(
        "scope", "rank neurons", default: Scope.local, paper: "\(paper), section 3; Fang et al., CVPR 2023",
        help: "Where neurons are ranked; across all groups, scores are divided by their group's mean and widths may change unevenly.")

    public static let score = Hyperparameter(
        "score", "score", default: Score.energy, paper: "\(paper), section 3; Amalgam",
        help: "What neurons are ranked by: the energy of all their weights, which needs no data, or an importance score.")

    public static let importanceSamples = Hyperparameter(
        "importance-samples", "samples for importance", 1...1_000_000, default: 400, unit: "inputs", when: [score == .importance],
        paper: "Luenam et al. 2025, section 5", help: "Number of inputs that importance scores are computed on.")

    public static let timing = Hyperparameter(
        "timing", "score computed", default: Timing.sequential, when: [scope == .local, score == .energy],
        paper: "\(paper), published program; Fang et al., CVPR 2023",
        help: "Whether a group is scored after the pruning of later layers, or on the unpruned parents.")

    public static let power = Hyperparameter(
        "power", "power of weights", default: WeightEnergy.Power.two, when: [score == .energy], paper: "\(paper), published program",
        help: "What is summed over a neuron's weights.")

    public static let sides = Hyperparameter(
        "sides", "scored weights", default: WeightEnergy.Sides.all, when: [score == .energy], paper: "\(paper), published program",
        help: "Which of a neuron's weights count towards its score.")

    public static let reduction = Hyperparameter(
        "reduction", "reduction", default: WeightEnergy.Reduction.mean, when: [score == .energy], paper: "Fang et al., CVPR 2023",
        help: "How the sums over several layers are reduced to one score.")

    public static let outputScale = Hyperparameter(
        "output-scale", "logit weighting", default: OutputScale.widthShare, paper: "\(paper), section 3",
        help: "The weight of each parent's part of the output layer.")

    public static let logitScale = Hyperparameter(
        "logit-scale", "logit scale", default: LogitScale.none, paper: "Amalgam",
        help: "Rescales the output layer, since fewer neurons give smaller logits; predictions do not change.")

    public static let samples = Hyperparameter(
        "samples", "samples", 1...1_000_000, default: 200, unit: "inputs", when: [logitScale == .samples], paper: "Amalgam",
        help: "Number of unlabelled inputs that the logit scale is computed on.")
}
