import Checkpoints
import Datasets
import Foundation
import Networks
import Provenance
import Reports
import Tensors
import Training

/// One training from files to a saved network: opened, trained, measured before and after, saved; or taken up where it was interrupted.
///
/// ```swift
/// let run = try FineTuningRun(recipe, output: "tuned.safetensors")
/// let result = try run.run { event in print(event) }
/// ```
package struct FineTuningRun: Sendable {
    package let recipe: FineTuningRecipe
    package private(set) var tuner: FineTuner
    /// The checkpoint it begins with; nil for fresh parameters, and where a training is taken up.
    package let source: Parent?
    package let teachers: [Parent]
    /// How the parameters stood in the file that the training began with; nil for fresh ones.
    package var layout: StateDictLayout? { origin?.checkpoint.layout }
    package let evaluation: Dataset?
    /// Where the network goes; nil keeps it in memory.
    package let output: String?
    /// What it began with, also where a training is taken up and the file is still there.
    let origin: Parent?
    private let classNames: [String]?
    /// How classes and inputs were brought together.
    let preparation: [String]
    /// How much of the validation data the network that it began with, or a parent of that, was trained on.
    package let validationOverlap: TrainingOverlap?
    /// What the network that it began with, or a parent of that, was trained on of the validation data or the data they are held out of.
    let seen: Set<Int>
    let resumed: (checkpoint: TrainingCheckpoint, identity: TrainingIdentity)?

    /// What a run gives beside its report.
    package struct Result: Sendable {
        package let network: Network
        package var report: FineTuningReport
        /// What the saved file says of itself.
        package let metadata: [String: String]
        /// How the parameters stood in the file that it began with; nil for fresh ones.
        package var layout: StateDictLayout?
        let dtype: DType?
        /// Class names, preprocessing and the descriptions of its beginning.
        package let description: ModelDescription
        let manifest: Manifest

        /// Saves the trained network with its manifest; the suffix names the format.
        package func save(to path: String) throws {
            try Checkpoint.save(
                network, to: path, like: layout, dtype: dtype, description: description,
                card: ModelCard(report, manifest: manifest).text, metadata: metadata)
        }
    }

    /// Opens everything that the recipe names.
    ///
    /// - Parameters:
    ///   - output: where the trained network goes, by suffix; a checkpoint to resume from stands beside it while the training lasts.
    ///   - restarts: begins anew although a checkpoint of an interrupted training stands there.
    ///   - replacing: which existing file the output may take the place of.
    ///   - teachers: opened already, for a caller that keeps them; nil opens the recipe's paths.
    package init(
        _ recipe: FineTuningRecipe, output: String? = nil, restarts: Bool = false, replacing: Output.Replacing = .own,
        teachers: [Parent]? = nil
    ) throws {
        if let output {
            var files = Outputs(replacing: replacing)
            files.read(recipe)
            files.write(output, "--output", .network)
            files.write(Self.checkpointPath(for: output), "the training's checkpoint", .trainingCheckpoint)
            try files.check()
            let checkpoint = Self.checkpointPath(for: output)
            guard restarts || !FileManager.default.fileExists(atPath: checkpoint) else {
                throw RunError.unsuitable(
                    reason:
                        "\(checkpoint) is the checkpoint of an interrupted training: continue with  amalgam finetune --resume \(checkpoint)  or start over with --restart"
                )
            }
        }
        try self.init(recipe, output: output, teachers: teachers, resuming: nil)
    }

    /// The checkpoint of a training, by its own path or by that of the network which the training makes.
    static func checkpointPlace(_ path: String) -> String {
        let beside = checkpointPath(for: path)
        return FileManager.default.fileExists(atPath: beside) ? beside : path
    }

    /// Takes up an interrupted training.
    ///
    /// - Parameters:
    ///   - changes: `KEY=VALUE` of settings that may change on the way: more epochs, patience, threads, how often a checkpoint is written.
    package init(resuming path: String, changes: [String] = []) throws {
        let checkpoint = try TrainingCheckpoint(Self.checkpointPlace(path))
        var identity = try TrainingIdentity(checkpoint), settings = checkpoint.settings.values
        for change in changes {
            let key = change.split(separator: "=").first.map(String.init) ?? ""
            guard Self.changeable.contains(key) else {
                throw RunError.unsuitable(
                    reason: "\(key) cannot change when a training is resumed; \(Self.changeable.sorted().joined(separator: ", ")) can")
            }
            try settings.apply(assignment: change)
        }
        (identity.recipe.settings, identity.givenRecipe.settings) = (settings, settings)
        try self.init(identity.recipe, output: identity.output, teachers: nil, resuming: (checkpoint, identity))
        for (stored, data) in [(identity.data, tuner.training), (identity.validation, tuner.validation)] {
            guard let stored, let data else { continue }
            guard try stored == data.fingerprint() else {
                throw RunError.unsuitable(
                    reason:
                        "the samples of \(recipe.data) differ from those that \(path) was started with, so the training cannot be resumed"
                )
            }
        }
        for teacher in teachers {
            guard try teacher.checkpoint.checksum() == identity.checksum(ofTeacher: teacher.letter) else {
                throw RunError.unsuitable(
                    reason:
                        "the teacher \(teacher.path) differs from the one that \(path) was started with, so the training cannot be resumed")
            }
        }
    }

    private static let changeable: Set<String> = [
        FineTuning.epochs.key, FineTuning.patience.key, FineTuning.threads.key, FineTuning.checkpointEvery.key,
    ]

    private init(
        _ recipe: FineTuningRecipe, output: String?, teachers opened: [Parent]?,
        resuming resumed: (checkpoint: TrainingCheckpoint, identity: TrainingIdentity)?
    ) throws {
        self.output = output
        self.resumed = resumed
        let found = if let opened { opened } else { try Parent.open(recipe.teachers, recipe.load.withoutArchitecture) }
        // What was applied stands in the recipe from now on, so that a replay and a resumed training see the same numbers.
        var recipe = recipe, source: Parent?, origin: Parent?, preparation: [String] = []
        if !recipe.controls.isEmpty, recipe.validation == nil, recipe.settings[FineTuning.validationFrom] == .unseen {
            try recipe.settings.set(FineTuning.validationFrom.key, .choice(FineTuning.ValidationFrom.any.rawValue))
            preparation.append(
                "the validation samples are drawn by the seed alone (validation-from=any), so that the controls are trained on the same samples"
            )
        }
        let settings = try FineTuningSettings(recipe.settings, seed: recipe.seed)
        // Of a training that is taken up, the file it began with still says how its network is saved.
        if case .network(let path) = recipe.start, resumed == nil || FileManager.default.fileExists(atPath: path) {
            origin = try Parent.open([path], recipe.load)[0]
        }
        if resumed == nil { source = origin }
        let named = [source].compactMap(\.self) + found
        var made: NetworkSignature?
        func prepared(_ text: String, default split: Split) throws -> (dataset: Dataset, text: String) {
            let signature =
                made ?? resumed.map { NetworkSignature(of: $0.checkpoint.network) } ?? source.map { NetworkSignature(of: $0.network) }
            let prepared = try PreparedData(DataSpec(text), default: split, for: resumed == nil ? named : [], signature: signature)
            preparation += prepared.notes.filter { !preparation.contains($0) }
            return (prepared.dataset, prepared.spec == (try DataSpec(text)) ? text : prepared.spec.description)
        }
        try Self.checkTraining(recipe.data)
        let data = try prepared(recipe.data, default: .train)
        recipe.data = data.text
        let order = try ClassOrder(Parent.taking([data.dataset], named)), networks = order.networks
        preparation += order.notes
        if source != nil { source = networks.first }
        var parents = Array(networks.suffix(found.count))
        var network: Network =
            if let resumed { try resumed.checkpoint.network.copied() } else if let source { source.network } else {
                switch recipe.start {
                case .fresh(let blueprint):
                    try ArchitectureSpec(blueprint).fresh(
                        input: data.dataset.sampleShape, classes: Self.outputs(for: data.dataset, recipe.task), seed: recipe.seed)
                case .network(let path): throw RunError.file(path: path, line: nil, reason: "it could not be opened")
                }
            }
        let task =
            if let task = recipe.task ?? network.architecture.task { task } else {
                try PredictionTask.recognised(outputs: network.outputShape, data: data.dataset)
            }
        if task != network.task { network = try network.with(task: task) }
        made = NetworkSignature(of: network)
        if !task.isSoftmax { parents = try parents.map { try $0.with(task: task) } }
        var validation: Dataset?
        if let text = recipe.validation {
            try Self.checkValidation(text)
            let prepared = try prepared(text, default: .train)
            (validation, recipe.validation) = (prepared.dataset, prepared.text)
        }
        // A training that is taken up divides the data as it did at first, also where the file that it began with is gone.
        seen =
            resumed?.identity.seen
            ?? origin.map { TrainedPart.records(of: $0, data: recipe.validation ?? recipe.data, default: .train) } ?? []
        var tuner = try FineTuner(
            network, settings: settings, training: data.dataset, validation: validation, seen: seen, teachers: parents.map(\.network),
            mayKeepGiven: !recipe.isFresh, isResumed: resumed != nil)
        validationOverlap = TrainingOverlap(of: tuner.validation, trained: [(origin?.letter ?? TrainingIdentity.startLetter, seen)])
        // The parents fitted these samples and the training does not see them: what stays nearest to the beginning seems best there, so that
        // they cannot choose an epoch.
        if let validationOverlap, validationOverlap.isMost { tuner.keepsLast = true }
        var evaluation: Dataset?
        if let text = recipe.evaluation {
            let prepared = try prepared(text, default: .test)
            guard prepared.dataset.isAnswered else {
                throw RunError.unsuitable(reason: "\(text) has no labels and cannot be used for evaluation")
            }
            if !task.isSoftmax { try task.check(prepared.dataset, outputs: network.outputShape) }
            (evaluation, recipe.evaluation) = (prepared.dataset, prepared.text)
        }
        if case .network(let path) = recipe.start, origin == nil {
            preparation.append(
                "\(Paths.shown(path)), which the training started from, no longer exists: the network is saved with plain parameter names, in float32 unless --dtype is given"
            )
        }
        preparation += named.flatMap { parent in parent.checkpoint.remarks.map { "\(parent.name): \($0)" } }
        let names = order.names ?? (resumed == nil ? nil : origin?.classNames)
        preparation += ClassOrder.warnings(names, data: data.dataset, spec: recipe.data)
        (self.recipe, self.tuner, self.evaluation, self.source, self.origin, self.preparation) = (
            recipe, tuner, evaluation, source, origin, preparation
        )
        (teachers, classNames) = (parents, names ?? data.dataset.classNames)
    }

    /// The processes that train together; nil for this one alone.
    package var processes: ProcessGroup? {
        get { tuner.processes }
        set { tuner.processes = newValue }
    }

    /// How many outputs a fresh network needs.
    private static func outputs(for data: Dataset, _ task: PredictionTask?) -> Int {
        switch task {
        case .binary: 1
        case .regression: data.targets?.size ?? 1
        default: data.targets.map { $0.kind.holdsClasses ? $0.classCount : $0.size } ?? data.classCount
        }
    }

    /// What was assumed of the graphs of the network and its teachers, in sentences.
    package var assumptions: [String] { Parent.assumptions(of: [source].compactMap(\.self) + teachers) }

    /// Class names, preprocessing and the descriptions of the network that it began with, which go where the trained one goes.
    var description: ModelDescription {
        var description = origin?.checkpoint.description ?? ModelDescription()
        description.classNames = classNames
        description.preprocessing = Preprocessing.kept(description.preprocessing, data: (tuner.training, recipe.data))
        return description
    }

    private static func checkTraining(_ text: String) throws {
        guard try DataSpec(text).split != .test else {
            throw RunError.unsuitable(reason: "\(text) is test data and must not be used for training: use the training split")
        }
    }

    /// Validation chooses the epoch that is kept, so that test data would flatter the result.
    private static func checkValidation(_ text: String) throws {
        guard try DataSpec(text).split != .test else {
            throw RunError.unsuitable(
                reason:
                    "\(text) is test data, which must not select the best epoch: omit --validate to hold out a fraction of the training data"
            )
        }
    }

    /// Where the checkpoint of a training stands: beside its output.
    package static func checkpointPath(for output: String) -> String {
        var output = output
        while output.count > 1, output.hasSuffix("/") { output.removeLast() }
        return output + ".training"
    }
}
