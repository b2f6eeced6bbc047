import Networks

/// The hyperparameters that Hungarian and k-means fusion share, some of them with Git Re-Basin.
public enum Interpolation {
    private static let paper = "Luenam et al. 2025"

    package static let samples = Hyperparameter(
        "samples", "samples", 1...1_000_000, default: 400, unit: "inputs", paper: "\(paper), section 5",
        help: "Number of inputs for activations, importance scores and least-squares fits.")

    package static let reference = Blending.reference.defaulting(to: .first)

    package static let width = Hyperparameter(
        "width", "width", 0.05...8, scale: .logarithmic, default: 1, unit: "× reference", paper: "Amalgam",
        help: "Neurons of each hidden group of the fused network, as a multiple of the reference's.")

    package enum CostNorm: String, HyperparameterChoice {
        case unsquared, squared

        package var title: String {
            switch self {
            case .unsquared: "Euclidean, as published"
            case .squared: "squared Euclidean, as in the theory"
            }
        }
    }

    package static let costNorm = Hyperparameter(
        "cost-norm", "distance", default: CostNorm.unsquared, paper: "\(paper), Theorem 1 and published program",
        help: "The distance between neurons that matching or clustering minimises.")

    package enum Solver: String, HyperparameterChoice {
        case ridge, cutoff, publishedCutoff = "published-cutoff"

        package var title: String {
            switch self {
            case .ridge: "ridge"
            case .cutoff: "truncated singular values"
            case .publishedCutoff: "truncated singular values, as in the published program"
            }
        }
    }

    package static let solver = Hyperparameter(
        "regression-solver", "regression", default: Solver.ridge, aliases: ["solver"], paper: "\(paper), published program; Amalgam",
        help: "How least squares is regularised in directions in which the inputs hardly vary.")

    package static let ridge = Hyperparameter(
        "ridge", "ridge", 1e-12...10, scale: .logarithmic, default: 1e-2, unit: "× mean square", when: [solver == .ridge],
        paper: "Hoerl & Kennard 1970", help: "Strength of the L2 penalty on the weights, relative to the mean square of the inputs.")

    package enum Prior: String, HyperparameterChoice {
        case weights, zero

        package var title: String {
            switch self {
            case .weights: "the mean of the parents' matched weights"
            case .zero: "zero"
            }
        }
    }

    package static let prior = Hyperparameter(
        "ridge-towards", "ridge towards", default: Prior.weights, when: [solver == .ridge], paper: "Tikhonov 1963; Amalgam",
        help: "What the ridge shrinks the weights of a layer towards: a permuted copy of a network is given back exactly only by the first."
    )

    package static let cutoff = Hyperparameter(
        "cutoff", "cut-off", 1e-9...0.5, scale: .logarithmic, default: 1e-5, unit: "× largest", when: [solver == .cutoff],
        paper: "\(paper), published program",
        help: "Singular values of the inputs below this fraction of the largest are truncated.")

    /// What a layer's batch normalisation becomes when the layer is fitted.
    package enum BatchNormalisation: String, HyperparameterChoice {
        case refitted, folded

        package var title: String {
            switch self {
            case .refitted: "statistics re-estimated"
            case .folded: "folded into the layer"
            }
        }
    }

    package static let batchNormalisation = Hyperparameter(
        "batch-norm", "batch norm", default: BatchNormalisation.refitted, paper: "Amalgam",
        help: "What happens to the batch norm after a fitted layer; the network's outputs are the same.")

    /// The weighting of the parents' logits in the target of the output layer.
    public enum Head: String, HyperparameterChoice {
        case importance, mean, shares, publishedShares = "published-shares"

        public var title: String {
            switch self {
            case .importance: "by the importance of each class"
            case .mean: "equally"
            case .shares: "by each parent's class priors"
            case .publishedShares: "by each parent's class priors, divided by the number of parents, as published"
            }
        }
    }

    package static let head = Hyperparameter(
        "head", "logit weighting", among: [Head.importance, .mean, .shares], default: .importance, paper: "\(paper), section 4",
        help: "How the parents' logits are weighted in the regression target of the output layer.")

    /// What may differ from group to group.
    static let editableKeys = [solver.key, ridge.key, prior.key, cutoff.key, batchNormalisation.key]

    package static let regression: [any HyperparameterDeclarations] = [solver, ridge, prior, cutoff, batchNormalisation, head]
}

extension Settings {
    var regressionSolver: RegressionSolver {
        switch self[Interpolation.solver] {
        case .ridge: .ridge(relative: self[Interpolation.ridge])
        case .cutoff: .cutoff(relative: self[Interpolation.cutoff])
        case .publishedCutoff: .publishedCutoff
        }
    }

    var shrinksTowardsWeights: Bool { self[Interpolation.solver] == .ridge && self[Interpolation.prior] == .weights }
}
