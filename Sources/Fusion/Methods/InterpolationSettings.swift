import Networks

/// What a layer's batch normalisation becomes when the layer is fitted.
enum BatchNormalisationRule: String, Sendable { case refitted, folded }

/// How the parents' logits are weighed in the fused ones.
enum HeadRule: String, Sendable { case importance, mean, shares }

/// The hyperparameters of linear neuron interpolation as Swift values.
struct InterpolationSettings: Sendable {
    let importance: Importance
    let normalisesImportance: Bool
    let samples: Int
    let width: Double
    let solver: RegressionSolver
    let batchNormalisation: BatchNormalisationRule
    let head: HeadRule
    /// For each parent its share of every class, where the caller knows them.
    let classShares: [[Double]]?

    init(_ settings: Settings, classShares: [[Double]]?, networks: [Network]) throws(FusionError) {
        self.classShares = classShares
        do throws(RecipeError) {
            importance = try Importance(settings)
            normalisesImportance = settings.isOn(Importance.normaliseKnob.key)
            samples = settings.count(InterpolationKnobs.samples.key)
            width = settings[InterpolationKnobs.width.key] == nil ? 1 : settings.number(InterpolationKnobs.width.key)
            solver =
                switch settings.word(InterpolationKnobs.solver.key) {
                case "cutoff": .cutoff(relative: settings.number(InterpolationKnobs.cutoff.key))
                case "published-cutoff": .publishedCutoff
                default: .ridge(relative: settings.number(InterpolationKnobs.ridge.key))
                }
            batchNormalisation = try settings.choice(InterpolationKnobs.batchNormalisation.key)
            // Outputs that are no classes have none whose importance would weigh them.
            head = networks.allSatisfy(\.task.isSoftmax) ? try settings.choice(InterpolationKnobs.head.key) : .mean
        } catch { throw .recipe(error) }
        if head == .shares, classShares?.count != networks.count {
            throw .unsuitable(
                reason:
                    "head=shares needs each parent's share of every class, which is not known of these parents; set head=importance or head=mean"
            )
        }
    }

    /// The weights of the parents' logits, stacked.
    func headScores(_ scores: [Double], classes: Int) -> [Double] {
        switch head {
        case .importance: return scores
        case .mean: return [Double](repeating: 1, count: scores.count)
        case .shares:
            let shares = (classShares ?? []).flatMap { $0 }
            return shares.count == scores.count ? shares.map { $0 + Importance.trace } : scores
        }
    }

    func samplesNote(_ count: Int, _ source: String) -> String {
        "targets from \(count) samples of \(source), importance by \(importance.kind.rawValue)"
    }
}

/// The knobs that Hungarian and k-means fusion share.
enum InterpolationKnobs {
    static let paper = "Luenam et al. 2025"

    static let samples = Hyperparameter(
        "samples", "samples", .integer(1...1_000_000), default: .integer(400), unit: "inputs", paper: "\(paper), section 5",
        help: "How many inputs the networks are fitted on.")

    static let reference = Hyperparameter(
        "reference", "reference parent", .choice([.init("first", "the first parent"), .init("last", "the last parent")]),
        default: .choice("first"), paper: "\(paper), published program",
        help: "The parent that gives the fused network its widths and places.")

    static let width = Hyperparameter(
        "width", "fused width", .real(0.05...8, scale: .logarithmic), default: .real(1), unit: "× reference", paper: "Amalgam",
        help: "Neurons of each hidden group of the fused network, as a multiple of the reference's.")

    static let costNorm = Hyperparameter(
        "cost-norm", "distance", .choice([.init("unsquared", "Euclidean, as published"), .init("squared", "squared, as in the theory")]),
        default: .choice("unsquared"), paper: "\(paper), Theorem 1 and published program",
        help: "What the grouping adds up over neurons: distances or their squares.")

    static let solver = Hyperparameter(
        "solver", "least squares",
        .choice([
            .init("ridge", "a small ridge"), .init("cutoff", "drop weak directions"),
            .init("published-cutoff", "drop them as the published program does"),
        ]),
        default: .choice("ridge"), paper: "\(paper), published program; Amalgam",
        help: "What is done about directions in which the inputs hardly vary.")

    static let ridge = Hyperparameter(
        "ridge", "ridge", .real(1e-12...10, scale: .logarithmic), default: .real(1e-2), unit: "× mean square",
        when: [.init(key: "solver", values: [.choice("ridge")])], paper: "Hoerl & Kennard 1970",
        help: "How strongly weights are held small, relative to the mean square of the inputs.")

    static let cutoff = Hyperparameter(
        "cutoff", "cut-off", .real(1e-9...0.5, scale: .logarithmic), default: .real(1e-5), unit: "× largest",
        when: [.init(key: "solver", values: [.choice("cutoff")])], paper: "\(paper), published program",
        help: "Singular values of the inputs below this part of the largest are dropped.")

    static let batchNormalisation = Hyperparameter(
        "batch-norm", "batch normalisation", .choice([.init("refitted", "measured again"), .init("folded", "made the identity")]),
        default: .choice("refitted"), paper: "Amalgam",
        help: "What the batch normalisation behind a fitted layer becomes; the network's answers are the same.")

    static let head = Hyperparameter(
        "head", "fused logits",
        .choice([
            .init("importance", "weighed by the classes' importance"), .init("mean", "the parents' mean"),
            .init("shares", "weighed by each parent's share of the class"),
        ]),
        default: .choice("importance"), paper: "\(paper), section 4",
        help: "How the parents' logits are weighed in the target of the last layer.")

    static let fitting = [solver, ridge, cutoff, batchNormalisation, head]
}
