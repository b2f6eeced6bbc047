/// What may follow any method: label-free steps that fit the fused network to its parents' ensemble, the teacher.
///
/// Its hyperparameters are declared here once and belong to every method.
package enum Refinement {
    package enum Rule: String, HyperparameterChoice {
        case none, head, headDivergence = "head-divergence", gaussNewton = "gauss-newton", distillation, automatic

        package var title: String {
            switch self {
            case .none: "none"
            case .head: "output layer, by least squares"
            case .headDivergence: "output layer, by least squares and Newton steps on the KL divergence"
            case .gaussNewton: "all layers, by Gauss–Newton steps"
            case .distillation: "all layers, by gradient descent (distillation)"
            case .automatic: "distillation"
            }
        }
    }

    package static let rule = Hyperparameter(
        "refine", "refine", default: Rule.none, paper: "Amalgam",
        help: "Fits the fused network to the teacher, its parents' ensemble, without labels.")

    private static let isOn = rule.isOne(of: .head, .headDivergence, .gaussNewton, .distillation, .automatic)

    package static let samples = Hyperparameter(
        "refine-samples", "samples to refine on", 1...1_000_000, default: 400, unit: "inputs", when: [isOn], paper: "Amalgam",
        help: "Number of unlabelled inputs that the refinement uses.")

    package static let steps = Hyperparameter(
        "refine-steps", "Gauss–Newton steps", 0...100, default: 3, when: [rule == .gaussNewton],
        paper: "Martens 2010; Amalgam",
        help: "Number of Gauss–Newton steps over all parameters, each with 30 conjugate-gradient iterations.")

    package static let updates = Hyperparameter(
        "refine-updates", "distillation steps", 0...1_000_000, default: 300, unit: "batches of 100",
        when: [rule.isOne(of: .distillation, .automatic)], paper: "Hinton et al. 2015; Amalgam",
        help: "Number of gradient steps of the distillation.")

    package static let rate = Hyperparameter(
        "refine-rate", "learning rate", 0...1, scale: .linear, default: 0, auto: (0, { _ in Distillation.rates.first }),
        when: [rule.isOne(of: .distillation, .automatic)], paper: "Amalgam",
        help:
            "Peak learning rate of the distillation, with linear warm-up over the first tenth and cosine decay; auto tries 0.001 and divides it by 5 where the divergence from the teacher grows."
    )

    static let hyperparameters: [any HyperparameterDeclarations] = [
        rule, samples, ExpandedInputs.mixup.when(isOn), ExpandedInputs.augmentation.when(isOn), ClassPriorWeighting.priors.when(isOn),
        ClassPriorWeighting.exponent, steps, updates, rate,
    ]

    /// Keys of those that nothing but the refinement reads.
    static let keys = [rule.key, samples.key, steps.key, updates.key, rate.key]

    /// Those that a method with hyperparameters of its own takes over: one that makes its own inputs shares them.
    static func hyperparameters(beside own: [AnyHyperparameter]) -> [AnyHyperparameter] {
        let keys = Set(own.map(\.key))
        return hyperparameters.declarations.filter {
            !keys.contains($0.key) && !($0.key == samples.key && keys.contains(ExpandedInputs.mixup.key))
        }
    }
}
