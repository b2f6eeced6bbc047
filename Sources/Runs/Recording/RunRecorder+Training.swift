import Foundation
import Formatting
import Networks
import Provenance
import Reports
import Store
import Training

extension RunStore {
    /// Begins a run of a training.
    ///
    /// - Parameter continued: the run that it continues; where none is named, one that made the network it begins with, where this store knows of one.
    package func begin(_ run: FineTuningRun, title: String? = nil, continuing continued: RunID? = nil) throws(RunError) -> RunRecorder {
        let recipe = run.recipe
        var kind = Run.Kind.train, parent: RunID?
        if case .network = recipe.start {
            kind = .finetune
            parent = if let continued { continued } else { try lifted { try runs(making: ParameterChecksum.of(run.tuner.network)).first } }
        }
        return try begin(
            kind: kind, method: recipe.methodWord, recipe: recipe.absolute().toml(), seed: recipe.seed,
            command: recipe.shown().command(output: run.output.map { Paths.shown($0) }), title: title, parent: parent)
    }
}

extension RunRecorder {
    /// Everything that a training gave.
    package func record(_ result: FineTuningRun.Result) {
        let report = result.report
        for entry in report.sources { source(entry) }
        for row in report.rows { evaluation(RunEvaluation(row)) }
        network(report.network)
        if let output = report.output { artifact((output as NSString).lastPathComponent, kind: "network", at: output) }
    }

    /// Events of a training, as series over its steps and as sentences.
    package func record(_ event: TrainingEvent) {
        switch event {
        case .started(let overview):
            stepsPerEpoch = overview.stepsPerEpoch
            self.event(
                "started",
                "\(overview.epochs) epochs of \(overview.stepsPerEpoch) steps, \(overview.trainingSamples) samples, \(overview.validationSamples) held out; "
                    + "\(overview.trainedParameters) of \(overview.parameters) parameters trained; \(overview.device), \(overview.precision), \(overview.threads) threads"
            )
            if let epoch = overview.resumedEpoch {
                self.event("resumed", "from a checkpoint after epoch \(epoch), step \(overview.resumedStep ?? 0)")
            }
        case .epochStarted: break
        case .step(let step):
            let place = (step.epoch - 1) * step.steps + step.step
            metric("loss/training", step: place, value: step.loss)
            metric("learning rate", step: place, value: step.learningRate)
            if let norm = step.gradientNorm { metric("gradient norm", step: place, value: norm) }
        case .epochFinished(let epoch):
            let place = epoch.epoch * stepsPerEpoch
            metric(RunSeries.epochLoss, step: place, value: epoch.loss)
            if let accuracy = epoch.accuracy { metric("accuracy/training", step: place, value: accuracy) }
            metric("samples per second", step: place, value: epoch.samplesPerSecond)
        case .validated(let validation):
            let place = validation.epoch * stepsPerEpoch
            metric("loss/validation", step: place, value: validation.loss)
            metric("\((validation.figure ?? .accuracy).name)/validation", step: place, value: validation.accuracy)
        case .checkpointSaved(let path, let epoch, let step): self.event("checkpoint", "\(path), epoch \(epoch), step \(step)")
        case .checkpointFailed(let path, let reason): self.event("warning", "the checkpoint \(path) could not be written: \(reason)")
        case .paused: self.event("paused", "")
        case .resumed: self.event("resumed", "")
        case .diverged(let epoch, let step, let loss, let kept):
            self.event(
                "warning",
                "diverged in epoch \(epoch), step \(step): the loss was \(Format.significant(loss)); the network of epoch \(kept) was kept")
        case .note(let text): self.event("note", text)
        case .finished(let summary):
            self.event("finished", summary.sentence)
            timing("train", seconds: summary.seconds)
        }
    }
}

extension TrainingSummary {
    var sentence: String {
        "\(reason.rawValue) after \(epochs) epoch\(epochs == 1 ? "" : "s"), \(steps) steps; the network of epoch \(keptEpoch) was kept"
    }
}
