import Tensors
import Transport

/// The hyperparameters of the gradient variant as Swift values.
struct GradientSettings: Sendable {
    enum Head: String { case mean, importance, shares, publishedShares = "published-shares" }
    enum Distillation: String { case logits, probabilities, published }

    let importance: Importance
    let normalisesImportance: Bool
    let samples: Int
    let stage: LevelPartition.Stage
    let merging: Int
    let normalisesRows: Bool
    let alignsSkips: Bool
    let weighsLoss: Bool
    let head: Head
    let distillation: Distillation
    let temperature: Double
    let fitsHeadOnly: Bool
    private let classShares: [[Double]]
    private let hiddenFit: LevelFit
    private let headFit: LevelFit
    private let fits: [LevelFit]?

    init(_ context: FusionContext, fits: [LevelFit]?) throws(FusionError) {
        let settings = context.settings
        typealias Knobs = GradientFusion
        self.fits = fits
        classShares = context.classShares ?? []
        var fit = LevelFit()
        do throws(RecipeError) {
            importance = try Importance(settings)
            stage = try settings.choice(Knobs.stage.key)
            // Where no softmax belongs to the outputs, they are fitted to their mean as they are.
            let isSoftmax = context.networks.allSatisfy(\.task.isSoftmax)
            head = isSoftmax ? try settings.choice(Knobs.head.key) : .mean
            distillation = isSoftmax ? try settings.choice(Knobs.distillation.key) : .logits
            fit.optimiser = try settings.choice(Knobs.optimiser.key)
        } catch { throw .recipe(error) }
        normalisesImportance = settings.isOn(Importance.normaliseKnob.key)
        samples = settings.count(InterpolationKnobs.samples.key)
        merging = settings.count(Knobs.merging.key)
        normalisesRows = settings.isOn(Knobs.rows.key)
        alignsSkips = settings.isOn(Knobs.align.key)
        weighsLoss = settings.isOn(Knobs.weighted.key)
        temperature = settings.number(Knobs.temperature.key)
        fitsHeadOnly = settings.isOn(Knobs.headOnly.key)
        fit.learningRate = settings.number(Knobs.rate.key)
        fit.weightDecay = settings.number(Knobs.decay.key)
        fit.epochs = settings.count(Knobs.epochs.key)
        fit.batch = settings.count(Knobs.batch.key)
        fit.patience = settings.count(Knobs.patience.key)
        fit.restoresBest = settings.isOn(Knobs.restore.key)
        fit.perturbation = settings.number(Knobs.perturbation.key)
        hiddenFit = fit
        fit.optimiser = .adam
        fit.learningRate = settings.number(Knobs.headRate.key)
        fit.epochs = settings.count(Knobs.headEpochs.key)
        headFit = fit
        let classes = context.networks.first?.trace.outputWidth ?? 0
        if usesShares {
            guard classShares.count == context.networks.count,
                classShares.allSatisfy({ $0.count == classes && $0.allSatisfy { $0 >= 0 && $0.isFinite } })
            else {
                throw .unsuitable(
                    reason:
                        "head=\(head.rawValue) needs each parent's share of every class, which is not known of these parents; set head=importance or head=mean"
                )
            }
        }
    }

    private var usesShares: Bool { head == .shares || head == .publishedShares }
    var dividesHead: Bool { head == .publishedShares }

    func fit(_ level: Int, of count: Int) -> LevelFit { fits?[level] ?? (level == count - 1 ? headFit : hiddenFit) }

    /// What the parents' logits weigh against each other, stacked.
    func headShares(_ scores: [[Double]]) -> [Double] {
        switch head {
        case .mean: scores.flatMap { $0.map { _ in 1 } }
        case .importance: scores.flatMap { $0 }
        case .shares, .publishedShares: classShares.flatMap { $0.map { $0 + Importance.trace } }
        }
    }

    /// What each class's error counts: the sum of the parents' scores; the plain mean has no weights, as published.
    func headWeights(_ scores: [[Double]]) -> [Double]? {
        guard head != .mean, let first = scores.first else { return nil }
        return first.indices.map { label in scores.reduce(0) { $0 + $1[label] } }
    }

    var headRule: LevelObjective.Rule { distillation == .probabilities ? .divergence(temperature: temperature) : .squared }

    /// The parents' logits as the last level is to learn them.
    func headOutputs(_ logits: [Tensor], shares: Matrix) throws(FusionError) -> [Tensor] {
        guard distillation != .logits else { return logits }
        return try tensors { () throws(TensorError) in
            var outputs: [Tensor] = []
            for output in logits { outputs.append(try (output / temperature).softmax(axis: 1)) }
            return outputs
        }
    }

    func sourceNote(_ count: Int, _ source: String) -> String {
        "levels fitted on \(count) samples of \(source), importance by \(importance.kind.rawValue)"
    }
}
