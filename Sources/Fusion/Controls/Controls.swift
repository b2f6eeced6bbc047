import Hyperparameters

/// The networks that one can have without fusing, which every fusion has to beat: each parent, each parent with its output layer fitted to the teacher, and
/// the plain average; where all layers are distilled, the best parent distilled as long.
package enum Controls {
    package enum Rule: String, HyperparameterChoice {
        case none, compare, best

        package var title: String {
            switch self {
            case .none: "none"
            case .compare: "rows of the report"
            case .best: "the best network is returned"
            }
        }
    }

    package static let rule = Hyperparameter(
        "controls", "controls", default: Rule.compare, paper: "Amalgam",
        help:
            "What becomes of the parents, each parent with its output layer fitted to the teacher, and the plain average: rows of the report; or also candidates, of which the one with the least divergence from the teacher on held-out samples is returned."
    )

    /// Those of every method.
    static let hyperparameters: [any HyperparameterDeclarations] = [rule]
    static let keys = [rule.key]
}
