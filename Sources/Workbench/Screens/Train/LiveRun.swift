import Formatting
import Networks
import Training

/// A fine-tuning, as its events report it.
struct LiveRun: Equatable, Sendable {
    enum Phase: Equatable, Sendable {
        case running, paused, stopping, cancelling
        case ended(String)
        case failed(String)
    }

    var request: TuningRequest
    var phase: Phase = .running
    var overview: TrainingOverview?
    var step: TrainingStep?
    var bestValidation: TrainingValidation?
    var lastValidation: TrainingValidation?
    /// The same names as in the store of runs.
    var curves: [String: CurveHistory] = [:]
    var checkpoint: String?
    /// The file of the last checkpoint.
    var checkpointPath: String?
    /// What the curves are compared with, and on which data.
    var references: TrainingReferences?
    /// Seconds since the program began.
    var began: Double
    /// When it last made progress.
    var reported: Double
    var result: TuningResult?

    /// Where the run stands as one step number.
    func position(epoch: Int, step: Int) -> Double { Double(max(0, epoch - 1) * (overview?.stepsPerEpoch ?? 1) + step) }

    var fraction: Double {
        guard let step, let overview, overview.epochs > 0, overview.stepsPerEpoch > 0 else { return 0 }
        return min(1, position(epoch: step.epoch, step: step.step) / Double(overview.epochs * overview.stepsPerEpoch))
    }

    var isActive: Bool {
        switch phase {
        case .running, .paused, .stopping, .cancelling: true
        case .ended, .failed: false
        }
    }

    mutating func take(_ event: TrainingEvent, now: Double) {
        reported = now
        func add(_ name: String, _ at: Double, _ value: Double?) {
            if let value { curves[name, default: CurveHistory()].append(step: at, value: value) }
        }
        switch event {
        case .started(let overview): self.overview = overview
        case .epochStarted: break
        case .step(let step):
            self.step = step
            let at = position(epoch: step.epoch, step: step.step)
            add("loss/training", at, step.loss)
            add("accuracy/training", at, step.accuracy)
            add("learning rate", at, step.learningRate)
            add("gradient norm", at, step.gradientNorm)
        case .epochFinished: break
        case .validated(let validation):
            lastValidation = validation
            if validation.isBest { bestValidation = validation }
            let at = Double(validation.epoch * (overview?.stepsPerEpoch ?? 1))
            add("loss/validation", at, validation.loss)
            add("\((validation.figure ?? .accuracy).name)/validation", at, validation.accuracy)
        case .checkpointSaved(let path, let epoch, let step):
            checkpointPath = path
            checkpoint = "\(path), epoch \(epoch) step \(step)"
        case .checkpointFailed(let path, let reason): checkpoint = "\(path) failed: \(reason)"
        case .paused: phase = .paused
        case .resumed: phase = .running
        case .diverged, .note, .finished: break
        }
    }
}

extension TrainingValidation {
    /// Its figure as text, with the figure's name where that is not the accuracy.
    var value: String { figure.map { "\($0.name) \($0.text(accuracy))" } ?? Format.percent(accuracy) }
}
