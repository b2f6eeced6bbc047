/// The hyperparameters of importance scores, shared by every method that weights neurons.
extension Importance {
    private static let paper = "Luenam et al. 2025, section 4"

    package static let kind = Hyperparameter(
        "importance", "importance", default: Kind.conductance, paper: paper,
        help: "The importance score that weights each neuron, in matching and in the fused weights.")

    /// The class whose logit an attribution explains.
    package enum TargetChoice: String, HyperparameterChoice {
        case predicted, label, given = "class"

        package var title: String {
            switch self {
            case .predicted: "the predicted class, no labels needed"
            case .label: "the true class"
            case .given: "one fixed class"
            }
        }
    }

    package static let target = Hyperparameter(
        "importance-target", "attribution target", default: TargetChoice.predicted,
        when: [kind.isOne(of: .gradient, .conductance, .deeplift, .ablation)], paper: "\(paper); Amalgam",
        help: "The class whose logit the attribution explains.")

    package static let targetClass = Hyperparameter(
        "importance-class", "attribution class", 0...99_999, default: 0, when: [target == .given], paper: "Amalgam",
        help: "The fixed class whose logit the attribution explains.")

    package static let conductanceSteps = Hyperparameter(
        "conductance-steps", "conductance steps", 1...500, default: 10, when: [kind == .conductance],
        paper: "\(paper), published program", help: "Integration steps on the path from the zero input to each sample.")

    package static let normalised = Hyperparameter(
        "normalise-importance", "normalise importance", default: false, paper: "\(paper), published program",
        help: "Divides the scores of each parent's layer by their sum, so that all parents have equal total weight.")

    package static let hyperparameters: [any HyperparameterDeclarations] = [kind, target, targetClass, conductanceSteps, normalised]

    /// Those of a method that uses importance only under a condition.
    static func hyperparameters(when condition: AnyHyperparameter.Condition) -> [any HyperparameterDeclarations] {
        [kind.when(condition), target, targetClass, conductanceSteps]
    }

    public init(_ settings: Settings) {
        let target: Target =
            switch settings[Self.target] {
            case .predicted: .predicted
            case .label: .label
            case .given: .given(settings[Self.targetClass])
            }
        self.init(settings[Self.kind], target: target, steps: settings[Self.conductanceSteps])
    }
}

extension Importance.Kind: HyperparameterChoice {
    public var title: String {
        switch self {
        case .uniform: "all neurons equal"
        case .l1: "L1 norm of incoming weights"
        case .l2: "L2 norm of incoming weights"
        case .activation: "mean |activation|"
        case .gradient: "mean |activation × gradient|"
        case .conductance: "conductance"
        case .deeplift: "DeepLIFT, rescale rule"
        case .ablation: "change of the logit when the neuron is ablated (slow)"
        }
    }
}
