/// The knobs of importance scores, shared by every method that weighs neurons.
extension Importance {
    private static let paper = "Luenam et al. 2025, section 4"

    public static let kindKnob = kindKnob(when: [])

    private static func kindKnob(when conditions: [Hyperparameter.Condition]) -> Hyperparameter {
        Hyperparameter(
            "importance", "importance",
            .choice([
                .init("uniform", "all neurons alike"), .init("l1", "sum of |incoming weights|"), .init("l2", "norm of incoming weights"),
                .init("activation", "mean |activation|"), .init("gradient-activation", "mean |activation × gradient|"),
                .init("conductance", "conductance"),
                .init("deeplift", "DeepLIFT, rescale rule"), .init("ablation", "change of the logit without the neuron (slow)"),
            ]),
            default: .choice("conductance"), when: conditions, paper: paper,
            help: "How much each neuron counts, in the choice of partners and in the fused weights.")
    }

    private static let attributed: [HyperparameterValue] = ["gradient-activation", "conductance", "deeplift", "ablation"].map {
        .choice($0)
    }

    public static let targetKnob = Hyperparameter(
        "importance-target", "explain",
        .choice([
            .init("predicted", "the predicted class, no labels needed"), .init("label", "the true class"),
            .init("class", "one given class"),
        ]),
        default: .choice("predicted"), when: [.init(key: "importance", values: attributed)], paper: "\(paper); Amalgam",
        help: "The class whose logit the importance of a neuron is measured on.")

    public static let classKnob = Hyperparameter(
        "importance-class", "given class", .integer(0...99_999), default: .integer(0),
        when: [.init(key: "importance-target", values: [.choice("class")])], paper: "Amalgam",
        help: "The class explained when one is given.")

    public static let stepsKnob = Hyperparameter(
        "conductance-steps", "conductance steps", .integer(1...500), default: .integer(10),
        when: [.init(key: "importance", values: [.choice("conductance")])], paper: "\(paper), published program",
        help: "Steps of the path integral from the zero input to each sample.")

    public static let normaliseKnob = Hyperparameter(
        "normalise-importance", "normalise importance", .flag, default: .flag(false), paper: "\(paper), published program",
        help: "Divides the scores of each parent's layer by their sum, which gives up the balance between parents.")

    public static let knobs = [kindKnob, targetKnob, classKnob, stepsKnob, normaliseKnob]

    /// The knobs of a method that uses importance only under conditions.
    static func knobs(when conditions: [Hyperparameter.Condition]) -> [Hyperparameter] {
        [kindKnob(when: conditions), targetKnob, classKnob, stepsKnob]
    }

    public init(_ settings: Settings) throws(RecipeError) {
        let kind: Kind = try settings.choice(Self.kindKnob.key)
        let target: Target =
            switch settings.word(Self.targetKnob.key) {
            case "predicted": .predicted
            case "class": .given(settings.count(Self.classKnob.key))
            default: .label
            }
        self.init(kind, target: target, steps: settings.count(Self.stepsKnob.key))
    }
}
