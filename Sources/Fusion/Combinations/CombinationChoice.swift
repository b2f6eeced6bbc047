import Hyperparameters
import Networks

/// The choice of the combination, for any alignment: the method's own, the mean of the weights, or a regression of every layer.
package enum CombinationChoice {
    package enum Rule: String, HyperparameterChoice {
        case automatic, own, regression, average

        package var title: String {
            switch self {
            case .automatic: "regression where there is attention, else as published"
            case .own: "as published"
            case .regression: "layer-wise regression to the neurons' values"
            case .average: "mean of the weights"
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
            "combine", "combine by", among: rules, default: fallback, titles: [.own: title], paper: "Luenam et al. 2025; Amalgam",
            help: "How the fused weights are computed from the aligned neurons.")
    }

    private static let isRegression = rule.isOne(of: .regression, .automatic)

    package static let samples = Hyperparameter(
        "combine-samples", "samples to fit on", 1...1_000_000, default: 400, unit: "inputs", when: [isRegression], paper: "Amalgam",
        help: "Number of unlabelled inputs that layers are fitted on.")

    package static let inputs = Hyperparameter(
        "combine-inputs", "mixup inputs", 1...10_000_000, default: 4000, unit: "inputs", when: [isRegression], paper: "Amalgam",
        help: "Number of samples and mixup inputs together; more where layers need more to be fitted.")

    package static let ridge = Hyperparameter(
        "combine-ridge", "ridge", 1e-6...10, scale: .logarithmic, default: 1e-4, unit: "× mean square", when: [isRegression],
        paper: "Hoerl & Kennard 1970", help: "Strength of the L2 penalty on the weights, relative to the mean square of their inputs.")

    static let all: [any HyperparameterDeclarations] = [samples, inputs, ridge]

    /// Those of a method whose own combination is a mean of weights or a transplant, or a regression of its own for layers without attention.
    static func hyperparameters(own title: String, isRegression: Bool = false) -> [any HyperparameterDeclarations] {
        let rules: [Rule] = isRegression ? [.automatic, .own, .regression, .average] : [.own, .regression]
        return [rule(among: rules, default: rules[0], own: title), samples, inputs, ridge]
    }
}
