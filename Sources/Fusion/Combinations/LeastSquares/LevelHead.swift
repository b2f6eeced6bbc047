import Tensors
import Transport

/// The regression target of the last level: how the parents' logits are weighted, and what of them is fitted.
struct LevelHead: Sendable {
    private let weighting: Interpolation.Head
    private let target: GradientFusion.HeadTarget
    private let temperature: Double
    private let classShares: [[Double]]

    init(_ context: FusionContext) throws {
        // Where no softmax belongs to the outputs, they are fitted to their mean as they are.
        let isSoftmax = context.networks.allSatisfy(\.task.isSoftmax)
        weighting = isSoftmax ? context.settings[GradientFusion.head] : .mean
        target = isSoftmax ? context.settings[GradientFusion.headTarget] : .logits
        temperature = context.settings[GradientFusion.temperature]
        classShares = context.classShares ?? []
        let classes = context.networks.first?.trace.outputWidth ?? 0
        guard weighting == .shares || weighting == .publishedShares else { return }
        guard classShares.count == context.networks.count,
            classShares.allSatisfy({ $0.count == classes && $0.allSatisfy { $0 >= 0 && $0.isFinite } })
        else {
            throw FusionError.unsuitable(
                reason:
                    "head=\(weighting.rawValue) needs each parent's class priors, which are unknown for these parents; set head=importance or head=mean"
            )
        }
    }

    /// The factor of the mixed logits for a number of parents.
    func scale(parents: Int) -> Double { weighting == .publishedShares ? 1 / Double(parents) : 1 }

    /// The weights of the parents' logits, stacked.
    func shares(_ scores: [[Double]]) -> [Double] {
        switch weighting {
        case .mean: scores.flatMap { $0.map { _ in 1 } }
        case .importance: scores.flatMap { $0 }
        case .shares, .publishedShares: classShares.flatMap { $0.map { $0 + Importance.trace } }
        }
    }

    /// The weight of each class's error: the sum of the parents' scores; the plain mean has no weights, as published.
    func weights(_ scores: [[Double]]) -> [Double]? {
        guard weighting != .mean, let first = scores.first else { return nil }
        return first.indices.map { label in scores.reduce(0) { $0 + $1[label] } }
    }

    var loss: LevelObjective.Rule { target == .probabilities ? .divergence(temperature: temperature) : .squared }

    /// The parents' logits as the last level is to learn them.
    func outputs(_ logits: [Tensor]) throws -> [Tensor] {
        guard target != .logits else { return logits }
        return try logits.map { try ($0 / temperature).softmax(axis: 1) }
    }
}

extension Settings {
    /// How one level of the gradient variant is fitted.
    func levelFit(isHead: Bool) -> LevelFit {
        var fit = LevelFit()
        fit.optimiser = isHead ? .adam : self[GradientFusion.optimiser]
        fit.learningRate = self[isHead ? GradientFusion.headRate : GradientFusion.rate]
        fit.weightDecay = self[GradientFusion.decay]
        fit.epochs = self[isHead ? GradientFusion.headEpochs : GradientFusion.epochs]
        fit.batch = self[GradientFusion.batch]
        fit.patience = self[GradientFusion.patience]
        fit.restoresBest = self[GradientFusion.restore]
        fit.perturbation = self[GradientFusion.perturbation]
        return fit
    }
}
