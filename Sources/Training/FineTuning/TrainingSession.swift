import Datasets
import Dispatch
import Networks
import Tensors

/// One execution of a training: the live parameters, the optimisers' memory, and the position.
final class TrainingSession {
    private let tuner: FineTuner
    private let observer: (TrainingEvent) -> Void
    private let control: TrainingControl
    private let checkpoints: CheckpointPlace?
    private let settings: FineTuningSettings
    private let steps: Int

    /// The network whose trained parameters and statistics change in place.
    private let live: Network
    private let teachers: Teachers?
    /// Variables of all groups, in order, and each group's optimiser.
    private let variables: [Tensor]
    private let optimizers: [Optimizer]
    private var order: SampleOrder
    private let validation: ValidationMeasure?

    private var position: TrainingPosition
    /// Parameters of the best epoch on validation data.
    private var best: [String: Tensor]?
    /// Parameters at the end of the last epoch that was not found to diverge.
    private var lastGood: (epoch: Int, parameters: [String: Tensor])
    private let started = DispatchTime.now().uptimeNanoseconds
    private var stepsNow = 0, samplesNow = 0, resumedFrom: (epoch: Int, step: Int)?

    /// A gradient norm that nobody asked for costs a pass over all gradients, so it is looked at now and then.
    private static let stepsBetweenNorms = 10

    init(_ tuner: FineTuner, observer: @escaping (TrainingEvent) -> Void, control: TrainingControl, checkpoints: CheckpointPlace?) throws {
        self.tuner = tuner
        self.observer = observer
        self.control = control
        self.checkpoints = checkpoints
        settings = tuner.settings
        steps = (tuner.training.count + settings.batch - 1) / settings.batch

        let device = settings.device
        var parameters: [String: Tensor] = [:]
        for name in tuner.network.parameterNames { parameters[name] = try tuner.network.parameter(name).moved(to: device).copied() }
        var variables: [Tensor] = [], optimizers: [Optimizer] = []
        for group in tuner.trained.groups {
            let own = try group.names.map { name in try Self.variable(parameters[name], name) }
            for (name, variable) in zip(group.names, own) { parameters[name] = variable }
            optimizers.append(try Optimizer(settings.optimizer, parameters: own, weightDecay: settings.weightDecay, factor: group.factor))
            variables += own
        }
        self.variables = variables
        self.optimizers = optimizers
        live = try tuner.network.with(parameters: parameters)
        teachers = try tuner.teachers?.moved(to: device)
        order = try SampleOrder(count: tuner.training.count, seed: settings.isShuffled ? settings.seed : nil)
        validation = try tuner.validation.map { try ValidationMeasure($0, teachers: tuner.teachers, device: device) }
        position = TrainingPosition(watch: DivergenceWatch(classes: tuner.network.trace.outputWidth))
        lastGood = (0, [:])
        lastGood = (0, try snapshot())
    }

    private static func variable(_ value: Tensor?, _ name: String) throws -> Tensor {
        guard let value else { throw TrainingError.data(reason: "the parameter \(name) is missing") }
        guard try value.dtype().isFloatingPoint else { throw TrainingError.data(reason: "the parameter \(name) holds integers and cannot be trained") }
        return try value.asVariable()
    }

    // MARK: The run

    func run() throws -> FineTuner.Outcome {
        observer(.started(TrainingOverview(
            epochs: settings.epochs, stepsPerEpoch: steps, trainingSamples: tuner.training.count, validationSamples: tuner.validation?.count ?? 0,
            trainedParameters: variables.reduce(0) { $0 + $1.count }, parameters: tuner.network.parameterCount, device: settings.device.description,
            threads: try Torch.threads(), precision: settings.isMixedPrecision ? "bf16" : "f32", resumedEpoch: resumedFrom?.epoch, resumedStep: resumedFrom?.step)))
        if position.steps == 0, position.best == nil { _ = try validate() }
        while position.epoch < settings.epochs {
            let request = try epoch()
            if request == .stop {
                // What was reached within the epoch is worth a look, or keeping the best would drop it unseen.
                if position.step > 0 { _ = try validate(partOf: position.epoch + 1) }
                return try finish(.stopped)
            }
            if request == .diverged { return try finish(.diverged) }
            if settings.patience > 0, validation != nil, position.idleEpochs >= settings.patience { return try finish(.stoppedEarly) }
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
            switch control.waitWhilePaused(observer) {
            case .cancel:
                save()
                throw TrainingError.cancelled
            case .stop:
                save()
                return .stop
            case .none, .pause: break
            }
            let from = position.step * settings.batch
            let batch = Array(indices[from..<min(from + settings.batch, indices.count)])
            guard try step(batch) else { return .diverged }
            position.tally.seconds = earlier + Self.seconds(since: begun)
            if settings.checkpointEvery > 0, position.step < steps, position.steps % settings.checkpointEvery == 0 { save() }
        }
        for variable in variables {
            guard try variable.allFinite() else { return diverged(.nan) }
        }
        return try endEpoch(seconds: earlier + Self.seconds(since: begun)) ? .done : diverged(.nan)
    }

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
        let good = if measured?.isBest == true, let best { best } else { try snapshot() }
        lastGood = (position.epoch, good)
        let samples = Double(max(1, tally.samples))
        let record = TrainingEpoch(
            epoch: position.epoch, loss: tally.loss / samples, accuracy: tuner.training.isLabelled ? Double(tally.correct) / samples : nil,
            learningRate: tally.learningRate, gradientNorm: tally.gradientNorms > 0 ? tally.gradientNorm / Double(tally.gradientNorms) : nil,
            validation: measured, seconds: seconds, samplesPerSecond: samples / max(seconds, 1e-9))
        position.history.append(record)
        observer(.epochFinished(record))
        save()
        return true
    }

    // MARK: One step

    private var rate: Double { settings.schedule.rate(epoch: position.epoch, step: position.step, of: steps) }

    /// Whether the step went well.
    private func step(_ indices: [Int]) throws -> Bool {
        let rate = rate
        let generator = try Generator(seed: StepSeed.seed(settings.seed, step: position.steps))
        let x = try tuner.training.batch(indices).moved(to: settings.device)
        let labels = try Tensor(indices.map { tuner.training.labels[$0] }).moved(to: settings.device)
        let mode = ForwardMode.training(generator, keptStatistics: tuner.trained.keptStatistics)
        let (logits, loss) = try mixed { () throws -> (Tensor, Tensor) in
            let logits = try live.forward(x, mode: mode).logits
            return (logits, try self.loss(logits, labels: labels, x: x))
        }
        let value = try loss.item()
        let gradients = try loss.optionalGradients(of: variables)
        // A variable without a part in the loss (a dead branch) has a gradient of zeros.
        var full: [Tensor] = []
        for (gradient, variable) in zip(gradients, variables) { full.append(try gradient ?? Tensor.zeros(variable.shape, dtype: variable.dtype(), device: settings.device)) }
        return try withoutRecording {
            var norm: Double?
            if settings.clipNorm > 0 || position.steps % Self.stepsBetweenNorms == 0 { norm = try Tensor.jointNorm(full).item() }
            guard !position.watch.isDiverging(loss: value, gradientNorm: norm) else {
                _ = diverged(value)
                return false
            }
            // As PyTorch's clip_grad_norm_, which keeps the divisor from zero in this way.
            if settings.clipNorm > 0, let norm, norm > settings.clipNorm { try Tensor.scaleInPlace(full, by: settings.clipNorm / (norm + 1e-6)) }
            var start = 0
            for (optimizer, group) in zip(optimizers, tuner.trained.groups) {
                try optimizer.step(Array(full[start..<start + group.names.count]), learningRate: rate)
                start += group.names.count
            }
            let correct = tuner.training.isLabelled ? Int(try logits.largestIndex(axis: 1).equals(labels).sum().item()) : nil
            note(samples: indices.count, loss: value, correct: correct, norm: norm, rate: rate)
            return true
        }
    }

    private func loss(_ logits: Tensor, labels: Tensor, x: Tensor) throws -> Tensor {
        guard let teachers else { return try logits.crossEntropy(labels, smoothing: settings.labelSmoothing) }
        let share = teachers.distillation.share
        let target = try withoutRecording { try teachers.target(x) }
        let pull = try teachers.distillation.penalty(of: logits, towards: target)
        if share >= 1 { return pull }
        return try logits.crossEntropy(labels, smoothing: settings.labelSmoothing) * (1 - share) + pull * share
    }

    private func mixed<Result>(_ body: () throws -> Result) throws -> Result {
        settings.isMixedPrecision ? try withMixedPrecision(on: settings.device, body) : try body()
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
        let left = (settings.epochs - position.epoch) * steps - position.step
        observer(.step(TrainingStep(
            epoch: position.epoch + 1, epochs: settings.epochs, step: position.step, steps: steps, loss: loss, accuracy: correct.map { Double($0) / Double(samples) },
            learningRate: rate, gradientNorm: norm, samplesPerSecond: Double(samplesNow) / max(pace * Double(stepsNow), 1e-9), secondsLeft: pace * Double(left))))
    }

    private func diverged(_ loss: Double) -> EpochEnd {
        observer(.diverged(epoch: position.epoch + 1, step: position.step + 1, loss: loss, keptEpoch: lastGood.epoch))
        return .diverged
    }

    // MARK: Validation, snapshots, the end

    /// - Parameter part: the epoch that is under way; nil after a whole one.
    private func validate(partOf part: Int? = nil) throws -> TrainingValidation? {
        guard let validation else { return nil }
        let (loss, accuracy) = try validation.measure(live) { control.current == .cancel }
        let isBest = loss.isFinite && (position.best.map { isBetter(loss: loss, accuracy: accuracy, than: $0) } ?? true)
        let measured = TrainingValidation(epoch: part ?? position.epoch, loss: loss, accuracy: accuracy, isBest: isBest)
        position.idleEpochs = isBest ? 0 : position.idleEpochs + 1
        if isBest {
            position.best = measured
            best = try snapshot()
        }
        observer(.validated(measured))
        return measured
    }

    private func isBetter(loss: Double, accuracy: Double, than best: TrainingValidation) -> Bool {
        if settings.isBestByLoss || accuracy == best.accuracy { return loss < best.loss }
        return accuracy > best.accuracy
    }

    /// Copies of everything that training changes, on the processor.
    private func snapshot() throws -> [String: Tensor] {
        var copies: [String: Tensor] = [:]
        for name in changedNames { copies[name] = try live.parameter(name).detached().moved(to: .cpu).copied() }
        return copies
    }

    /// Trained parameters and the statistics that follow the batches.
    private var changedNames: [String] {
        let statistics = live.trace.layers.filter { !tuner.trained.keptStatistics.contains($0.id) }
            .flatMap { $0.parameters.filter { $0.role == .statistic }.map(\.fullName) }
        return tuner.trained.names + statistics
    }

    private func finish(_ reason: TrainingSummary.Reason) throws -> FineTuner.Outcome {
        let kept: (epoch: Int, parameters: [String: Tensor])
        if settings.keepsBest, let best, let epoch = position.best?.epoch {
            kept = (epoch, best)
        } else if reason == .diverged {
            kept = lastGood
        } else {
            kept = (position.epoch + (position.step > 0 ? 1 : 0), try snapshot())
        }
        var parameters = tuner.network.parameters
        for (name, value) in kept.parameters { parameters[name] = value }
        let summary = TrainingSummary(
            reason: reason, epochs: position.epoch, steps: position.steps, keptEpoch: kept.epoch, bestValidation: position.best, seconds: Self.seconds(since: started))
        observer(.finished(summary))
        return FineTuner.Outcome(network: try tuner.network.with(parameters: parameters), summary: summary, epochs: position.history)
    }

    // MARK: Checkpoints

    private func save() {
        guard let checkpoints else { return }
        do {
            try TrainingCheckpoint.write(
                TrainingCheckpoint.Contents(
                    network: tuner.network, live: snapshot(), best: best, groups: zip(tuner.trained.groups, optimizers).map { ($0.names, $1) },
                    settings: settings, position: position, identity: checkpoints.identity),
                to: checkpoints.path)
            observer(.checkpointSaved(path: checkpoints.path, epoch: position.epoch, step: position.step))
        } catch {
            observer(.checkpointFailed(path: checkpoints.path, reason: "\(error)"))
        }
    }

    /// Takes up the state that a checkpoint holds.
    func restore(_ checkpoint: TrainingCheckpoint) throws {
        let stored = try checkpoint.values(names: changedNames, groups: tuner.trained.groups.map(\.names))
        try withoutRecording {
            for name in changedNames {
                guard let value = stored.live[name] else { continue }
                try live.parameter(name).copyInPlace(value)
            }
            for (optimizer, memory) in zip(optimizers, stored.memories) { try optimizer.restore(first: memory.first, second: memory.second, count: memory.count) }
        }
        position = checkpoint.position
        best = stored.best
        lastGood = (position.epoch, try snapshot())
        resumedFrom = (position.epoch, position.step)
    }

    private static func seconds(since start: UInt64) -> Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }
}
