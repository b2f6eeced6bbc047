import Datasets
import Dispatch
import Networks
import Tensors

/// One execution of a training: its epochs and steps, what is kept, and when it ends.
final class TrainingSession {
    private let tuner: FineTuner
    private let observer: (TrainingEvent) -> Void
    private let control: TrainingControl
    private let checkpoints: CheckpointPlace?
    private let settings: FineTuningSettings
    private let steps: Int

    private let live: LiveNetwork
    private let objective: TrainingObjective
    private let batches: BatchMaker
    private var order: SampleOrder
    private let validation: ValidationMeasure?
    /// Where several processes train together.
    private let divided: DividedStep?
    /// Whether one of them was told to end.
    private var isCancelledTogether = false

    private var position: TrainingPosition
    /// Parameters of the best epoch on validation data.
    private var best: [String: Tensor]?
    /// Parameters at the end of the last epoch that was not found to diverge.
    private var lastGood: (epoch: Int, parameters: [String: Tensor])
    private let started = DispatchTime.now().uptimeNanoseconds
    private var stepsNow = 0, samplesNow = 0, resumedFrom: (epoch: Int, step: Int)?

    /// Without clipping, the gradient norm is computed only every few steps: it costs a pass over all gradients.
    private static let stepsBetweenNorms = 10

    init(_ tuner: FineTuner, observer: @escaping (TrainingEvent) -> Void, control: TrainingControl, checkpoints: CheckpointPlace?) throws {
        self.tuner = tuner
        self.observer = observer
        self.control = control
        self.checkpoints = checkpoints
        divided = tuner.processes.map(DividedStep.init)
        settings = tuner.settings
        steps = tuner.stepsPerEpoch
        live = try LiveNetwork(tuner)
        objective = try TrainingObjective(tuner) { [control] in tuner.processes == nil && control.current == .cancel }
        batches = BatchMaker(dataset: tuner.training, settings: settings, network: tuner.network)
        order = try SampleOrder(count: tuner.training.count, seed: settings[FineTuning.shuffle] ? settings.seed : nil)
        validation = try tuner.validation.map { try ValidationMeasure($0, teachers: tuner.teachers, device: tuner.settings.device) }
        position = TrainingPosition(watch: DivergenceWatch(tuner.network.task, outputs: tuner.network.trace.outputWidth))
        lastGood = (0, try live.keptSnapshot())
    }

    // MARK: The run

    func run() throws -> FineTuner.Outcome {
        observer(
            .started(
                TrainingOverview(
                    epochs: settings[FineTuning.epochs], stepsPerEpoch: steps, trainingSamples: tuner.training.count,
                    validationSamples: tuner.validation?.count ?? 0,
                    trainedParameters: live.variables.reduce(0) { $0 + $1.count }, parameters: tuner.network.parameterCount,
                    device: settings.device.description,
                    threads: try Torch.threads(), precision: settings[FineTuning.precision] == .bf16 ? "bf16" : "f32",
                    resumedEpoch: resumedFrom?.epoch,
                    resumedStep: resumedFrom?.step)))
        for note in tuner.notes { observer(.note(note)) }
        if let distillation = tuner.teachers?.distillation, distillation.loss(for: tuner.network.task) != distillation.loss {
            observer(
                .note(
                    "\(tuner.network.task.rawValue): without a softmax there is no KL divergence; distillation minimises the squared error to the mean of the teachers' outputs"
                ))
        }
        if position.steps == 0, position.best == nil, tuner.mayKeepGiven { _ = try validate() }
        while position.epoch < settings[FineTuning.epochs] {
            let request = try epoch()
            if request == .stop {
                // What was reached within the epoch is worth a look, or keeping the best would drop it unseen.
                if position.step > 0 { _ = try validate(partOf: position.epoch + 1) }
                return try finish(.stopped)
            }
            if request == .diverged { return try finish(.diverged) }
            if settings[FineTuning.patience] > 0, validation != nil, position.idleEpochs >= settings[FineTuning.patience] {
                return try finish(.stoppedEarly)
            }
        }
        return try finish(.completed)
    }

    private enum EpochEnd { case done, stop, diverged }

    /// One epoch from the present step on, with its validation and checkpoint.
    private func epoch() throws -> EpochEnd {
        let begun = DispatchTime.now().uptimeNanoseconds
        let indices = try order.epoch(position.epoch)
        observer(.epochStarted(epoch: position.epoch + 1, learningRate: rate))
        let earlier = position.tally.seconds
        while position.step < steps {
            switch request() {
            case .cancel:
                save()
                throw TrainingError.cancelled
            case .stop:
                save()
                return .stop
            case .none, .pause: break
            }
            let from = position.step * settings[FineTuning.batch]
            let batch = Array(indices[from..<min(from + settings[FineTuning.batch], indices.count)])
            do { guard try step(batch, next: indices[(from + batch.count)...]) else { return .diverged } } catch let error as DatasetError {
                // The samples of a step are read before it changes anything.
                save()
                throw error
            } catch let error as TensorError {
                // What was reached is worth keeping where another process was lost, unless statistics have moved with half a step.
                if case .process = error, try live.statistics().isEmpty { save() }
                throw error
            }
            position.tally.seconds = earlier + Self.seconds(since: begun)
            if settings[FineTuning.checkpointEvery] > 0, position.step < steps, position.steps % settings[FineTuning.checkpointEvery] == 0 {
                save()
            }
        }
        guard try live.isFinite() else { return diverged(.nan) }
        let mean = position.tally.loss / Double(max(1, position.tally.samples))
        guard !position.watch.isLost(epochLoss: mean) else { return diverged(mean) }
        return try endEpoch(seconds: earlier + Self.seconds(since: begun)) ? .done : diverged(.nan)
    }

    /// What the user asks for; several processes agree on it in their steps.
    private func request() -> TrainingControl.Request {
        guard divided != nil else { return control.waitWhilePaused(observer) }
        return isCancelledTogether ? .cancel : .none
    }

    /// Whether a measurement is to end before it is done, which one of several processes cannot.
    private var isCancelled: Bool { divided == nil && control.current == .cancel }

    /// Validates, notes the epoch and writes the checkpoint; whether the network is still good.
    private func endEpoch(seconds: Double) throws -> Bool {
        let tally = position.tally
        position.epoch += 1
        position.step = 0
        position.tally = TrainingPosition.Tally()
        let measured = try validate()
        if let measured, !measured.loss.isFinite {
            position.epoch -= 1
            return false
        }
        // The best epoch's copies are never written, so that both may share them.
        let good = if measured?.isBest == true, let best { best } else { try live.keptSnapshot() }
        lastGood = (position.epoch, good)
        let samples = Double(max(1, tally.samples))
        let record = TrainingEpoch(
            epoch: position.epoch, loss: tally.loss / samples,
            accuracy: tuner.training.isAnswered && tuner.network.task.givesOneClass ? Double(tally.correct) / samples : nil,
            learningRate: tally.learningRate,
            gradientNorm: tally.gradientNorms > 0 ? tally.gradientNorm / Double(tally.gradientNorms) : nil,
            validation: measured, seconds: seconds, samplesPerSecond: samples / max(seconds, 1e-9))
        position.history.append(record)
        observer(.epochFinished(record))
        save()
        return true
    }

    // MARK: One step

    private var rate: Double { settings.schedule.rate(epoch: position.epoch, step: position.step, of: steps) }

    /// Whether the step went well.
    private func step(_ indices: [Int], next: ArraySlice<Int>) throws -> Bool {
        let rate = rate, found = try sums(indices, next: next), value = found.loss, gradients = found.gradients
        return try withoutRecording {
            var norm: Double?
            if settings[FineTuning.clipNorm] > 0 || position.steps % Self.stepsBetweenNorms == 0 {
                norm = try Tensor.jointNorm(gradients).item()
            }
            guard !position.watch.isDiverging(loss: value, gradientNorm: norm) else {
                _ = diverged(value)
                return false
            }
            // As PyTorch's clip_grad_norm_, which keeps the divisor from zero in this way.
            if settings[FineTuning.clipNorm] > 0, let norm, norm > settings[FineTuning.clipNorm] {
                try Tensor.scaleInPlace(gradients, by: settings[FineTuning.clipNorm] / (norm + 1e-6))
            }
            try live.step(gradients, learningRate: rate)
            try live.average(decay: settings[FineTuning.ema], steps: position.steps + 1)
            note(samples: indices.count, loss: value, correct: found.correct, norm: norm, rate: rate)
            return true
        }
    }

    /// Gradients and figures of a batch, of this process alone.
    private func own(_ batch: TrainingBatch, seed: UInt64) throws -> (gradients: [Tensor], loss: Double, correct: Int?) {
        let mode = try live.mode(seed: seed)
        let (logits, loss) = try mixed { () throws -> (Tensor, Tensor) in
            let logits = try live.network.forward(batch.x, mode: mode).logits
            return (logits, try objective.loss(of: logits, on: batch))
        }
        let value = try loss.item(), gradients = try live.gradients(of: loss)
        let correct = tuner.training.isAnswered ? try withoutRecording { try batch.correct(logits, of: tuner.network) } : nil
        return (gradients, value, correct)
    }

    /// Gradients and figures of a batch, of which several processes each take a part.
    private func sums(_ indices: [Int], next: ArraySlice<Int>) throws -> (gradients: [Tensor], loss: Double, correct: Int?) {
        let seed = StepSeed.seed(settings.seed, step: position.steps)
        guard let divided else { return try own(batches.batch(indices, next: next, step: position.steps), seed: seed) }
        let part = divided.part(of: indices.count)
        var sums = DividedStep.Sums(
            gradients: [], statistics: [], loss: 0, correct: 0, isCancelled: control.current == .cancel)
        if part.isEmpty {
            sums.gradients = try live.variables.map { try Tensor.zeros($0.shape, dtype: $0.dtype(), device: $0.device()) }
        } else {
            // Augmentation draws for the whole batch, so that it is the same for any number of processes.
            let batch =
                settings.augmentation.isEmpty
                ? try batches.batch(Array(indices[part]), next: next, step: position.steps)
                : try batches.batch(indices, next: next, step: position.steps).part(part)
            let found = try own(batch, seed: divided.processes.isFirst ? seed : StepSeed.seed(seed, step: divided.processes.rank))
            (sums.gradients, sums.loss, sums.correct) = (found.gradients, found.loss, found.correct ?? 0)
        }
        let statistics = try live.statistics()
        sums.statistics = statistics
        let all = try withoutRecording { try divided.summed(sums, share: Double(part.count) / Double(indices.count)) }
        try withoutRecording { for (own, mean) in zip(statistics, all.statistics) { try own.copyInPlace(mean) } }
        isCancelledTogether = all.isCancelled
        return (all.gradients, all.loss, tuner.network.task.givesOneClass && tuner.training.isAnswered ? all.correct : nil)
    }

    private func mixed<Result>(_ body: () throws -> Result) throws -> Result {
        settings[FineTuning.precision] == .bf16 ? try withMixedPrecision(on: settings.device, body) : try body()
    }

    private func note(samples: Int, loss: Double, correct: Int?, norm: Double?, rate: Double) {
        position.step += 1
        position.steps += 1
        position.tally.samples += samples
        position.tally.loss += loss * Double(samples)
        position.tally.correct += correct ?? 0
        position.tally.learningRate = rate
        if let norm {
            position.tally.gradientNorm += norm
            position.tally.gradientNorms += 1
        }
        stepsNow += 1
        samplesNow += samples
        let pace = Self.seconds(since: started) / Double(stepsNow)
        let left = (settings[FineTuning.epochs] - position.epoch) * steps - position.step
        observer(
            .step(
                TrainingStep(
                    epoch: position.epoch + 1, epochs: settings[FineTuning.epochs], step: position.step, steps: steps, loss: loss,
                    accuracy: correct.map { Double($0) / Double(samples) },
                    learningRate: rate, gradientNorm: norm, samplesPerSecond: Double(samplesNow) / max(pace * Double(stepsNow), 1e-9),
                    secondsLeft: pace * Double(left))))
    }

    private func diverged(_ loss: Double) -> EpochEnd {
        observer(.diverged(epoch: position.epoch + 1, step: position.step + 1, loss: loss, keptEpoch: lastGood.epoch))
        return .diverged
    }

    // MARK: Validation, snapshots, the end

    /// - Parameter part: the epoch that is under way; nil after a whole one.
    private func validate(partOf part: Int? = nil) throws -> TrainingValidation? {
        guard let validation else { return nil }
        let (loss, value) = try validation.measure(live.kept()) { isCancelled }
        let isBest = loss.isFinite && (position.best.map { isBetter(loss: loss, value: value, than: $0) } ?? true)
        let measured = TrainingValidation(
            epoch: part ?? position.epoch, loss: loss, accuracy: value, isBest: isBest,
            figure: tuner.network.task.givesOneClass ? nil : tuner.network.task.figure)
        position.idleEpochs = isBest ? 0 : position.idleEpochs + 1
        if isBest {
            position.best = measured
            best = try live.keptSnapshot()
        }
        observer(.validated(measured))
        return measured
    }

    private func isBetter(loss: Double, value: Double, than best: TrainingValidation) -> Bool {
        if settings[FineTuning.bestBy] == .loss || value == best.accuracy { return loss < best.loss }
        return tuner.network.task.figure.isBetter(value, than: best.accuracy)
    }

    private func finish(_ reason: TrainingSummary.Reason) throws -> FineTuner.Outcome {
        let kept: (epoch: Int, parameters: [String: Tensor])
        if settings[FineTuning.keep] == .best, !tuner.keepsLast, let best, let epoch = position.best?.epoch {
            kept = (epoch, best)
        } else if reason == .diverged {
            kept = lastGood
        } else {
            kept = (position.epoch + (position.step > 0 ? 1 : 0), try live.keptSnapshot())
        }
        let network = try joined(
            tuner.network.with(parameters: tuner.network.parameters.merging(kept.parameters) { $1 }), epoch: kept.epoch)
        let summary = TrainingSummary(
            reason: reason, epochs: position.epoch, steps: position.steps, keptEpoch: kept.epoch, bestValidation: position.best,
            seconds: Self.seconds(since: started))
        observer(.finished(summary))
        return FineTuner.Outcome(network: network, summary: summary, epochs: position.history)
    }

    /// The mean of the trained network and the one that it began with, as the settings weight them; the trained one where that is better.
    private func joined(_ trained: Network, epoch: Int) throws -> Network {
        guard let start = live.start, epoch > 0 else { return trained }
        let mean = try StartMean(share: settings[FineTuning.startShare], data: tuner.training, device: settings.device)
            .network(of: start, and: trained)
        let share = "\(Double(Int((settings[FineTuning.startShare] * 1000).rounded())) / 10) %"
        guard let validation, settings[FineTuning.keep] == .best else {
            observer(.note("the result is the mean of the trained network and \(share) of the one it began with"))
            return mean
        }
        let (own, joint) = try (
            validation.measure(trained.moved(to: settings.device)) { isCancelled },
            validation.measure(mean.moved(to: settings.device)) { isCancelled }
        )
        let other = TrainingValidation(epoch: epoch, loss: joint.loss, accuracy: joint.value, isBest: false, figure: nil)
        let isWorse = !joint.loss.isFinite || isBetter(loss: own.loss, value: own.value, than: other)
        observer(
            .note(
                "the mean with \(share) of the network that the training began with has a validation loss of \(joint.loss), the trained network \(own.loss): \(isWorse ? "the trained network" : "the mean") is the result"
            ))
        return isWorse ? trained : mean
    }

    // MARK: Checkpoints

    private func save() {
        guard let checkpoints else { return }
        do {
            try TrainingCheckpoint.write(
                TrainingCheckpoint.Contents(
                    network: tuner.network, live: live.snapshot(), best: best, averages: live.averageSnapshot(), start: live.start,
                    groups: live.groups, settings: settings, position: position,
                    identity: checkpoints.identity),
                to: checkpoints.path)
            observer(.checkpointSaved(path: checkpoints.path, epoch: position.epoch, step: position.step))
        } catch {
            observer(.checkpointFailed(path: checkpoints.path, reason: "\(error)"))
        }
    }

    /// Takes up the state that a checkpoint holds.
    func restore(_ checkpoint: TrainingCheckpoint) throws {
        best = try live.restore(checkpoint)
        position = checkpoint.position
        lastGood = (position.epoch, try live.keptSnapshot())
        resumedFrom = (position.epoch, position.step)
    }

    private static func seconds(since start: UInt64) -> Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }
}
