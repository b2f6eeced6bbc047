import Hyperparameters
import Networks

/// Our own method: select the neurons that best reconstruct those of all parents, refit every layer to them, and the output layer to the teacher.
/// It needs no labels. `docs/methods-reconstruction.md` has the formulas and the figures.
public enum Reconstruction {
    public enum Size: String, HyperparameterChoice {
        case width, budget

        public var title: String {
            switch self {
            case .width: "a multiple of the reference's widths"
            case .budget: "a budget, spread over the groups by their reconstruction error"
            }
        }
    }

    public enum Hidden: String, HyperparameterChoice {
        case refit, transplant

        public var title: String {
            switch self {
            case .refit: "refit on the fused network's inputs"
            case .transplant: "transplanted, zeros between parents"
            }
        }
    }

    public enum Head: String, HyperparameterChoice {
        case teacher, divergence, transplant

        public var title: String {
            switch self {
            case .teacher: "fit to teacher"
            case .divergence: "fit to teacher, then Newton steps on the KL divergence"
            case .transplant: "transplanted, parents weighted equally"
            }
        }
    }

    /// The precision in which a group's neurons are compared.
    package enum Precision: String, HyperparameterChoice {
        case automatic, double, single

        package var title: String {
            switch self {
            case .automatic: "single for groups of \(Precision.many) neurons or more in all parents together, else double"
            case .double: "double"
            case .single: "single, summed in double over parts of the samples"
            }
        }

        /// From so many on neurons are compared in single precision unless asked otherwise.
        static let many = 2048

        /// - Parameter columns: the group's neurons in all parents together; of attention heads, their entries.
        func isSingle(columns: Int) -> Bool { self == .single || self == .automatic && columns >= Self.many }
    }

    /// The teacher's temperature in the regression: at 1 the tails of the log-probabilities eat the capacity.
    static let targetTemperature = 3.0

    static let selection = Hyperparameter(
        "selection", "selection", default: SubsetRule.qr,
        paper: "Amalgam; Golub & Van Loan 2013; Farahat et al. 2015; Mahoney & Drineas 2009",
        help: "How neurons are selected from all parents so that linear combinations of them reconstruct the others.")

    static let others = Hyperparameter(
        "others-weight", "weight of the other parents", 0.05...1, scale: .linear, default: automaticOthers,
        auto: (automaticOthers, { _ in nil }),
        unit: "× the closest parent's", paper: "Amalgam",
        help:
            "Weight of the other parents' neurons where neurons are selected, relative to those of the parent whose features suit the teacher best; 1 treats all alike; auto is 0.35 for networks with residual sums and 1 for others."
    )

    /// Stands for the automatic weight: below the range.
    private static let automaticOthers = 0.0

    /// The weight of the other parents' neurons. Every block of a residual network reads and writes one stream, so that a selection out of two parents breaks
    /// what each of its blocks relies on; `docs/experiments/reconstruction.md` has the figures.
    static func othersWeight(_ settings: Settings, of network: Network) -> Double {
        let asked = settings[others]
        guard asked == automaticOthers else { return asked }
        return network.architecture.nodes.contains { $0.layer is Add } ? 0.35 : 1
    }

    package static let precision = Hyperparameter(
        "precision", "precision of the selection", default: Precision.automatic, paper: "Amalgam",
        help: "Floating-point precision of the inner products of neurons from which a selection is made, and of its factorisation.")

    public static let hidden = Hyperparameter(
        "hidden-layers", "hidden layers", default: Hidden.refit, paper: "Amalgam; Öz et al. 2024",
        help: "How the incoming weights of the selected neurons are computed.")

    public static let ridge = Hyperparameter(
        "ridge", "ridge", 1e-6...10, scale: .logarithmic, default: 1e-4, unit: "× mean square", when: [hidden == .refit],
        paper: "Hoerl & Kennard 1970",
        help: "Strength of the L2 penalty on the weights of hidden layers, relative to the mean square of their inputs.")

    public static let rows = Hyperparameter(
        "rows", "max. regression rows", 100...10_000_000, default: 50_000, unit: "samples × positions", when: [hidden == .refit],
        paper: "Amalgam", help: "Maximum number of rows (samples × positions) in the fit of a layer.")

    static let teacher = Hyperparameter(
        "teacher", "teacher", among: [Teacher.Rule.probabilities, .logits], default: .probabilities, paper: "Amalgam; Hinton et al. 2015",
        help: "The ensemble of the parents that the output layer is fitted to.")

    public static let temperature = Hyperparameter(
        "temperature", "temperature", 0.5...20, scale: .logarithmic, default: targetTemperature, paper: "Hinton et al. 2015; Amalgam",
        help: "Softmax temperature of the parents' probabilities in the teacher: larger is softer.")

    public static let head = Hyperparameter(
        "head", "output layer", default: Head.divergence, paper: "Amalgam", help: "How the output layer's weights are computed.")

    public static let size = Hyperparameter(
        "size", "size", default: Size.width, paper: "Amalgam", help: "What determines the widths of the fused network.")

    public static let width = Hyperparameter(
        "width", "width", 0.05...8, scale: .logarithmic, default: 1, unit: "× reference", when: [size == .width], paper: "Amalgam",
        help: "Neurons of each hidden group of the fused network, as a multiple of the reference's; at most all parents' together.")
}
