import Checkpoints
import Datasets
import Foundation
import Networks
import Tensors
import Training

/// One training from files to a saved network: opened, trained, measured before and after, saved; or taken up where it was interrupted.
///
/// ```swift
/// let run = try FineTuningRun(recipe, output: "tuned.safetensors")
/// let result = try run.run { event in print(event) }
/// ```
public struct FineTuningRun: Sendable {
    public let recipe: FineTuningRecipe
    public let tuner: FineTuner
    /// The checkpoint it begins with; nil for fresh parameters, and where a training is taken up.
    public let source: Parent?
    public let teachers: [Parent]
    /// How the parameters stood in the file that the training began with; nil for fresh ones.
    public let layout: StateDictLayout?
    /// What was decided when the files were opened, in sentences.
    let notes: [String]
    public let evaluation: Dataset?
    /// Where the network goes; nil keeps it in memory.
    public let output: String?
    let resumed: (checkpoint: TrainingCheckpoint, identity: TrainingIdentity)?

    /// What a run gives beside its report.
    public struct Result: Sendable {
        public let network: Network
        public var report: FineTuningReport
        /// What the saved file says of itself.
        public let metadata: [String: String]
        /// How the parameters stood in the file that it began with; nil for fresh ones.
        public let layout: StateDictLayout?
        let dtype: DType?

        /// Saves the trained network with its manifest; the suffix names the format.
        public func save(to path: String) throws(RunError) {
            try runs { try Checkpoint.save(network, to: path, like: layout, dtype: dtype, metadata: metadata) }
        }
    }

    /// Opens everything that the recipe names.
    ///
    /// - Parameters:
    ///   - output: where the trained network goes, by suffix; a checkpoint to resume from stands beside it while the training lasts.
    ///   - restarts: begins anew although a checkpoint of an interrupted training stands there.
    ///   - teachers: opened already, for a caller that keeps them; nil opens the recipe's paths.
    public init(
        _ recipe: FineTuningRecipe, output: String? = nil, restarts: Bool = false,
        teachers: [Parent]? = nil
    ) throws(RunError) {
        if let output {
            try Output.check(output, suffixes: Checkpoint.suffixes)
            let checkpoint = Self.checkpointPath(for: output)
            guard restarts || !FileManager.default.fileExists(atPath: checkpoint) else {
                throw .unsuitable(reason: "\(checkpoint) holds a training that was interrupted: go on with  amalgam finetune --resume \(checkpoint)  or begin anew with --restart")
            }
        }
        try self.init(recipe, output: output, teachers: teachers, resuming: nil)
    }

    /// Takes up an interrupted training.
    ///
    /// - Parameters:
    ///   - changes: `KEY=VALUE` of settings that may change on the way: more epochs, patience, threads, how often a checkpoint is written.
    public init(resuming path: String, changes: [String] = []) throws(RunError) {
        let checkpoint = try runs { try TrainingCheckpoint(path) }
        var identity = try TrainingIdentity(checkpoint), settings = checkpoint.settings.values
        for change in changes {
            let key = change.split(separator: "=").first.map(String.init) ?? ""
            guard Self.changeable.contains(key) else {
                throw .unsuitable(reason: "\(key) cannot change while a training goes on; \(Self.changeable.sorted().joined(separator: ", ")) can")
            }
            try runs { try settings.apply(assignment: change) }
        }
        (identity.recipe.settings, identity.givenRecipe.settings) = (settings, settings)
        try self.init(identity.recipe, output: identity.output, teachers: nil, resuming: (checkpoint, identity))
        for (stored, data) in [(identity.data, tuner.training), (identity.validation, tuner.validation)] {
            guard let stored, let data else { continue }
            guard stored == data.fingerprint() else {
                throw .unsuitable(reason: "the samples of \(recipe.data) are not those that \(path) was begun with: the files have changed, so the training cannot go on")
            }
        }
        for teacher in teachers {
            guard try runs({ try teacher.checkpoint.checksum() }) == identity.checksum(ofTeacher: teacher.letter) else {
                throw .unsuitable(reason: "the teacher \(teacher.path) is not the file that \(path) was begun with, so the training cannot go on")
            }
        }
    }

    private static let changeable: Set<String> = [FineTuning.epochs.key, FineTuning.patience.key, FineTuning.threads.key, FineTuning.checkpointEvery.key]

    private init(
        _ recipe: FineTuningRecipe, output: String?, teachers opened: [Parent]?,
        resuming resumed: (checkpoint: TrainingCheckpoint, identity: TrainingIdentity)?
    ) throws(RunError) {
        self.recipe = recipe
        self.output = output
        self.resumed = resumed
        let parents = if let opened { opened } else { try Parent.open(recipe.teachers, recipe.load.withoutArchitecture) }
        teachers = parents
        (tuner, evaluation, source, layout, notes) = try runs {
            let settings = try FineTuningSettings(recipe.settings, seed: recipe.seed)
            let data = try Self.training(recipe.data)
            var source: Parent?, layout: StateDictLayout?, notes: [String] = []
            let network: Network
            if let resumed {
                network = try resumed.checkpoint.network.copied()
                if case .network(let path) = recipe.start {
                    do { layout = try Checkpoint.open(path, recipe.load).layout } catch {
                        notes.append("the names and types of \(Paths.shown(path)) could not be read again, so the network is saved under its plain names: \(error)")
                    }
                }
            } else {
                switch recipe.start {
                case .network(let path):
                    let opened = try Parent.open([path], recipe.load)[0]
                    source = opened
                    network = opened.network
                    layout = opened.checkpoint.layout
                case .fresh(let blueprint): network = try NetworkBlueprint(blueprint).network(sample: data.sampleShape, classes: data.classCount, seed: recipe.seed)
                }
            }
            let tuner = try FineTuner(
                network, settings: settings, training: data, validation: recipe.validation.map(Self.validation), teachers: parents.map(\.network), mayKeepGiven: !recipe.isFresh)
            let evaluation = try recipe.evaluation.map { try DataSpec($0).load(default: .test) }
            if let evaluation, !evaluation.isLabelled { throw RunError.unsuitable(reason: "\(recipe.evaluation ?? "") holds no labels, so nothing can be measured on it") }
            notes += ([source].compactMap(\.self) + parents).flatMap { parent in parent.checkpoint.loadNotes.map { "\(parent.name): \($0)" } }
            return (tuner, evaluation, source, layout, notes)
        }
    }

    private static func training(_ text: String) throws -> Dataset {
        let spec = try DataSpec(text)
        guard spec.split != .test else { throw RunError.unsuitable(reason: "\(text) is test data, which nothing is trained on: name the training part") }
        return try spec.load(default: .train)
    }

    /// Validation chooses the epoch that is kept, so that test data would flatter the result.
    private static func validation(_ text: String) throws -> Dataset {
        let spec = try DataSpec(text)
        guard spec.split != .test else {
            throw RunError.unsuitable(reason: "\(text) is test data, and the best epoch may not be chosen on it: leave --validate out, and a share of the training data is set aside")
        }
        return try spec.load(default: .train)
    }

    /// Where the checkpoint of a training stands: beside its output.
    public static func checkpointPath(for output: String) -> String { output + ".training" }
}
