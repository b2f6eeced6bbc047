import Foundation
import Training

extension RunRecorder {
    /// What a training tells, as series over its steps and as events.
    public func record(_ event: TrainingEvent) {
        switch event {
        case .started(let overview):
            stepsPerEpoch = overview.stepsPerEpoch
            self.event("started", "\(overview.epochs) epochs of \(overview.stepsPerEpoch) steps, \(overview.trainingSamples) samples, \(overview.validationSamples) held out; "
                + "\(overview.trainedParameters) of \(overview.parameters) numbers trained; \(overview.device), \(overview.precision), \(overview.threads) threads")
            if let epoch = overview.resumedEpoch { self.event("resumed", "from a checkpoint after epoch \(epoch), step \(overview.resumedStep ?? 0)") }
        case .epochStarted: break
        case .step(let step):
            let place = (step.epoch - 1) * step.steps + step.step
            metric("loss/training", step: place, value: step.loss)
            metric("learning rate", step: place, value: step.learningRate)
            if let norm = step.gradientNorm { metric("gradient norm", step: place, value: norm) }
        case .epochFinished(let epoch):
            let place = epoch.epoch * stepsPerEpoch
            if let accuracy = epoch.accuracy { metric("accuracy/training", step: place, value: accuracy) }
            metric("samples per second", step: place, value: epoch.samplesPerSecond)
        case .validated(let validation):
            let place = validation.epoch * stepsPerEpoch
            metric("loss/validation", step: place, value: validation.loss)
            metric("accuracy/validation", step: place, value: validation.accuracy)
        case .checkpointSaved(let path, let epoch, let step): self.event("checkpoint", "\(path), epoch \(epoch), step \(step)")
        case .checkpointFailed(let path, let reason): self.event("warning", "the checkpoint \(path) could not be written: \(reason)")
        case .paused: self.event("paused", "")
        case .resumed: self.event("resumed", "")
        case .diverged(let epoch, let step, let loss, let kept):
            self.event("warning", "diverged in epoch \(epoch), step \(step): the loss was \(ReportWords.short(loss)); the network of epoch \(kept) was kept")
        case .note(let text): self.event("note", text)
        case .finished(let summary):
            self.event("finished", "\(summary.reason.rawValue) after \(summary.epochs) epochs, \(summary.steps) steps; the network of epoch \(summary.keptEpoch) was kept")
            timing("train", seconds: summary.seconds)
        }
    }
}
