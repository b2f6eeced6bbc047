import Hyperparameters
import Networks

/// The choice of the combination, for any alignment: the method's own, the mean of the weights, or a regression of every layer.
package enum CombinationChoice {
    package enum Rule: String, HyperparameterChoice {
        case automatic, own, regression, average, slerp, taskArithmetic = "task-arithmetic", ties, dare

        package var title: String {
            switch self {
            case .automatic: "regression where there is attention, else as published"
            case .own: "as published"
            case .regression: "layer-wise regression to the neurons' values"
            case .average: "mean of the weights"
            case .slerp: "spherical interpolation of two parents"
            case .taskArithmetic: "task arithmetic: the base plus the task vectors"
            case .ties: "TIES: task vectors trimmed, signs elected"
            case .dare: "DARE: task vectors thinned at random and rescaled"
            }
        }

        /// The rule in force for a network: inside attention no layer can be fitted by itself, as published.
        func resolved(for network: Network) -> Rule {
            guard self == .automatic else { return self }
            return network.architecture.nodes.contains { $0.layer is Attention } ? .regression : .own
        }
    }

    static let rule = rule(among: Rule.allCases, default: .own, own: Rule.own.title)

    private static func rule(among rules: [Rule], default fallback: Rule, own title: String) -> Hyperparameter<Rule> {
        Hyperparameter(
            "combine", "combine by", among: rules, default: fallback, titles: [.own: title],
            paper: "Luenam et al. 2025; Amalgam; Shoemake 1985; Ilharco et al. 2023; Yadav et al. 2023; Yu et al. 2024",
            help: "How the fused weights are computed from the aligned neurons.")
    }

    private static let isRegression = rule.isOne(of: .regression, .automatic)

    package static let samples = Hyperparameter(
        "combine-samples", "samples to fit on", 1...1_000_000, default: 400, unit: "inputs", when: [isRegression], paper: "Amalgam",
        help: "Number of unlabelled inputs that layers are fitted on.")

    package static let inputs = Hyperparameter(
        "combine-inputs", "mixup inputs to fit", 1...10_000_000, default: 4000, unit: "inputs", when: [isRegression], paper: "Amalgam",
        help: "Total number of samples and mixup inputs; raised automatically if a layer needs more for its fit.")

    package static let ridge = Hyperparameter(
        "combine-ridge", "combination ridge", 1e-6...10, scale: .logarithmic, default: 1e-4, unit: "× mean square", when: [isRegression],
        paper: "Hoerl & Kennard 1970", help: "Strength of the L2 penalty on the weights, relative to the mean square of their inputs.")

    private static let isMerge = rule.isOne(of: .slerp, .taskArithmetic, .ties, .dare)
    private static let hasBase = rule.isOne(of: .taskArithmetic, .ties, .dare)

    package static let weights = Hyperparameter(
        "combine-weights", "merge weights", each: 0...1e6, when: [isMerge], paper: "Ilharco et al. 2023",
        help:
            "Weight of each parent in the interpolation or of its task vector, in their order; only the ratios matter, and the base's is ignored."
    )

    package static let base = Hyperparameter(
        "combine-base", "base network", default: NamedParent.last, when: [hasBase], paper: "Ilharco et al. 2023",
        help: "The parent that the others were fine-tuned from: task vectors are differences from it.")

    package static let scale = Hyperparameter(
        "combine-scale", "task vector scale", 0...10, scale: .linear, default: 1, when: [hasBase], paper: "Ilharco et al. 2023",
        help: "The factor of the combined task vector (λ): 1 with equal weights is the mean of the task vectors.")

    package static let density = Hyperparameter(
        "combine-density", "task vector density", 0.001...1, scale: .logarithmic, default: 0.2, when: [rule.isOne(of: .ties, .dare)],
        paper: "Yadav et al. 2023; Yu et al. 2024",
        help: "Fraction of each task vector's weights that is kept: the largest of every tensor (TIES), or a random choice (DARE).")

    static let all: [any HyperparameterDeclarations] = [samples, inputs, ridge, weights, base, scale, density]

    /// Those of a method whose own combination is a mean of weights or a transplant, or a regression of its own for layers without attention.
    static func hyperparameters(own title: String, isRegression: Bool = false) -> [any HyperparameterDeclarations] {
        let rules: [Rule] = isRegression ? [.automatic, .own, .regression, .average] : [.own, .regression]
        return [rule(among: rules + [.slerp, .taskArithmetic, .ties, .dare], default: rules[0], own: title)] + all
    }
}
