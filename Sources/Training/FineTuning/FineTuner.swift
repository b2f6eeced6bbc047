import Datasets
import Networks
import Tensors

/// Trains a network on labelled data, on its teachers' answers, or on both.
///
/// ```swift
/// let tuner = try FineTuner(fused, settings: FineTuningSettings(["epochs": .integer(3)]), training: data)
/// let tuned = try tuner.run { event in print(event) }.network
/// ```
///
/// The same network, settings and data give the same bits on one thread of a processor, interrupted and resumed or not.
package struct FineTuner: Sendable {
    package let network: Network
    package let settings: FineTuningSettings
    package let training: Dataset
    /// What the best epoch is chosen on; nil for none.
    package let validation: Dataset?
    /// Whether the network as it was given may be the one that is kept, where no epoch is better.
    let mayKeepGiven: Bool
    /// Keeps the last epoch although the settings keep the best: where the validation data cannot tell epochs apart.
    package var keepsLast = false
    /// The processes that train together, each on its part of every batch; nil for this one alone.
    package var processes: ProcessGroup?
    /// What was done to the network before the training, in sentences.
    private(set) var notes: [String] = []
    let teachers: Teachers?
    let trained: TrainedParameters

    /// Batches of one epoch, the last of which may be smaller.
    package var stepsPerEpoch: Int { (training.count + settings[FineTuning.batch] - 1) / settings[FineTuning.batch] }

    /// What a training gives.
    package struct Outcome: Sendable {
        /// On the processor; the network given stays as it is.
        package let network: Network
        package let summary: TrainingSummary
        /// All epochs, also those before a resume.
        package let epochs: [TrainingEpoch]
    }

    /// Checks that settings, data and networks fit.
    ///
    /// - Parameters:
    ///   - validation: without it, the share of the training data that the settings name is set aside, by the seed.
    ///   - seen: records of the data that the network was trained on before, which are set aside last.
    ///   - teachers: what distillation pulls towards.
    ///   - mayKeepGiven: false for a network of random parameters, which no epoch should have to beat.
    ///   - isResumed: whether the network is that of a checkpoint, which was balanced before.
    package init(
        _ network: Network, settings: FineTuningSettings, training data: Dataset, validation: Dataset? = nil, seen: Set<Int> = [],
        teachers: [Network] = [], mayKeepGiven: Bool = true, isResumed: Bool = false
    ) throws(TrainingError) {
        self = try lifting {
            let balancing = try settings[FineTuning.balance] && !isResumed ? Balancing(network) : nil
            var tuner = try FineTuner(
                checking: balancing?.network ?? network, settings, data, validation, seen: seen, teachers: teachers,
                mayKeepGiven: mayKeepGiven)
            tuner.notes = [balancing?.note].compactMap(\.self)
            return tuner
        }
    }

    private init(
        checking network: Network, _ settings: FineTuningSettings, _ data: Dataset, _ validation: Dataset?, seen: Set<Int>,
        teachers: [Network], mayKeepGiven: Bool
    ) throws {
        var data = data, validation = validation
        if validation == nil, settings[FineTuning.validationShare] > 0 {
            let (training, held) = try data.split(
                validation: settings[FineTuning.validationShare], seed: settings.seed,
                unseenBy: settings[FineTuning.validationFrom] == .unseen ? seen : [])
            guard training.count > 0 else {
                throw TrainingError.data(
                    reason:
                        "a validation fraction of \(settings[FineTuning.validationShare]) leaves none of the \(data.count) samples of \(data.name) for training"
                )
            }
            // A share that rounds to nothing is no validation.
            if held.count > 0 { (data, validation) = (training, held) }
        }
        guard data.count > 0 else { throw TrainingError.data(reason: "\(data.name) holds no samples to train on") }
        guard data.isAnswered || !settings.needsLabels else {
            throw TrainingError.data(reason: "\(data.name) has no labels: distil from teachers with distill-share=1, or use labelled data")
        }
        guard mayKeepGiven || settings[FineTuning.startShare] == 0 else {
            throw TrainingError.setting(
                name: FineTuning.startShare.key, value: "\(settings[FineTuning.startShare])",
                allowed: "0 for a network of random parameters, which is no start to average with")
        }
        try data.check(settings.augmentation)
        // Labels may lack classes, but none may go beyond the network's.
        let outputs = network.trace.outputWidth
        if network.task == .classification {
            data = try data.fitted(toOutputs: outputs, of: "the network")
            validation = try validation?.fitted(toOutputs: outputs, of: "the network")
        }
        for part in [data, validation].compactMap({ $0 }) { try Self.check(part, fits: network) }
        for teacher in teachers {
            try Self.check(data, fits: teacher)
            guard teacher.trace.outputWidth == network.trace.outputWidth, teacher.task == network.task else {
                throw TrainingError.setting(
                    name: "a teacher", value: "a network of \(teacher.trace.outputWidth) classes",
                    allowed: "\(network.trace.outputWidth) classes, as the network has")
            }
        }
        if let fault = try Self.fault(of: settings) { throw fault }
        if let distillation = settings.distillation {
            guard network.task.isSoftmax || distillation.classes == .alike else {
                throw TrainingError.setting(
                    name: FineTuning.teacherClasses.key, value: distillation.classes.rawValue,
                    allowed: "alike: \(network.task.rawValue) has no classes by which to weight teachers")
            }
            let worth = try Self.worth(of: teachers, distillation.classes, on: data, device: settings.device)
            self.teachers = try Teachers(teachers, distillation, worth: worth, classes: network.trace.outputWidth)
        } else {
            guard teachers.isEmpty else {
                throw TrainingError.setting(
                    name: FineTuning.distillation.key, value: "none", allowed: "kl or mse with teachers; otherwise omit the teachers")
            }
            self.teachers = nil
        }
        trained = try TrainedParameters(network, settings)
        self.network = network
        self.mayKeepGiven = mayKeepGiven
        self.settings = settings
        training = data
        self.validation = validation
    }

    /// Trains, reporting every step to the observer.
    ///
    /// - Parameters:
    ///   - checkpoints: where a file to resume from is written; nil for nowhere.
    ///   - checkpoint: goes on from there instead of the beginning.
    /// - Throws: `cancelled` when the control is cancelled; the last checkpoint stays on disk. A training that diverges or is stopped
    ///   does not throw: its outcome gives the reason and the last good network.
    package func run(
        observer: @escaping (TrainingEvent) -> Void = { _ in }, control: TrainingControl = TrainingControl(),
        checkpoints: CheckpointPlace? = nil,
        resuming checkpoint: TrainingCheckpoint? = nil
    ) throws(TrainingError) -> Outcome {
        try lifting {
            let threads = try Torch.threads()
            if settings[FineTuning.threads] > 0 { try Torch.setThreads(settings[FineTuning.threads]) }
            defer { if settings[FineTuning.threads] > 0 { try? Torch.setThreads(threads) } }
            let session = try TrainingSession(self, observer: observer, control: control, checkpoints: checkpoints)
            if let checkpoint { try session.restore(checkpoint) }
            return try session.run()
        }
    }

    // MARK: Checks

    private static func check(_ data: Dataset, fits network: Network) throws {
        guard network.architecture.accepts(sampleShape: data.sampleShape, inputs: data.inputs.map(\.name)) else {
            throw TrainingError.unfit(
                what: "samples of \(data.sampleShape.map(String.init).joined(separator: "×"))", data: "",
                network: "takes \(network.architecture.inputText)")
        }
        if data.isAnswered { try network.task.check(data, outputs: network.outputShape) }
    }

    private static func fault(of settings: FineTuningSettings) throws -> TrainingError? {
        if let fault = try settings.device.fault() { return fault }
        if settings[FineTuning.precision] == .bf16, let reason = MixedPrecision.refusal(on: settings.device) {
            return .setting(name: FineTuning.precision.key, value: "bf16", allowed: "f32: \(reason)")
        }
        return nil
    }

    /// The weight of each teacher, class by class, from the training data.
    private static func worth(
        of teachers: [Network], _ classes: DistillationLoss.ClassWeights, on data: Dataset, device: Device
    ) throws -> [[Double]]? {
        guard classes != .alike, !teachers.isEmpty else { return nil }
        guard data.isLabelled else {
            throw TrainingError.setting(
                name: FineTuning.teacherClasses.key, value: classes.rawValue,
                allowed: "alike: \(data.name) has no labels to rate teachers by")
        }
        return try Evaluator(data, device: device).evaluate(teachers.map { $0 as any Predictor }).map { evaluation in
            classes == .accuracy ? evaluation.classes.map { $0.accuracy ?? 0 } : evaluation.precisions.map { $0 ?? 0 }
        }
    }
}
