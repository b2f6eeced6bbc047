import Checkpoints
import Datasets
import Dispatch
import Foundation
import Hyperparameters
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
    public let evaluation: Dataset?
    /// Where the network goes; nil keeps it in memory.
    public let output: String?
    private let resumed: TrainingCheckpoint?

    /// What a run gives beside its report.
    public struct Result: Sendable {
        public let network: Network
        public let report: FineTuningReport
        /// What the saved file says of itself.
        public let metadata: [String: String]
    }

    /// Opens everything that the recipe names.
    ///
    /// - Parameters:
    ///   - output: where the trained network goes, by suffix; a checkpoint to resume from stands beside it while the training lasts.
    ///   - restarts: begins anew although a checkpoint of an interrupted training stands there.
    public init(_ recipe: FineTuningRecipe, output: String? = nil, architecture: String? = nil, hints: RecognitionHints = RecognitionHints(), restarts: Bool = false) throws(RunError) {
        if let output {
            try Output.check(output, suffixes: Checkpoint.suffixes)
            let checkpoint = Self.checkpointPath(for: output)
            guard restarts || !FileManager.default.fileExists(atPath: checkpoint) else {
                throw .unsuitable(reason: "\(checkpoint) holds a training that was interrupted: go on with  amalgam finetune --resume \(checkpoint)  or begin anew with --restart")
            }
        }
        try self.init(recipe, output: output, architecture: architecture, hints: hints, resuming: nil)
    }

    /// Takes up an interrupted training.
    ///
    /// - Parameters:
    ///   - changes: `KEY=VALUE` of settings that may change on the way: more epochs, patience, threads, how often a checkpoint is written.
    public init(resuming path: String, changes: [String] = []) throws(RunError) {
        let checkpoint = try runs { try TrainingCheckpoint(path) }
        guard let text = checkpoint.identity["recipe"] else { throw .file(path: path, line: nil, reason: "it does not say which recipe it belongs to") }
        var recipe = try FineTuningRecipe(toml: text, path: "")
        recipe.settings = checkpoint.settings.values
        for change in changes {
            let key = change.split(separator: "=").first.map(String.init) ?? ""
            guard Self.changeable.contains(key) else {
                throw .unsuitable(reason: "\(key) cannot change while a training goes on; \(Self.changeable.sorted().joined(separator: ", ")) can")
            }
            try runs { try recipe.settings.apply(assignment: change) }
        }
        try self.init(recipe, output: checkpoint.identity["output"], architecture: nil, hints: RecognitionHints(), resuming: checkpoint)
        for (key, data) in [("data", tuner.training), ("validation", tuner.validation)] {
            guard let stored = checkpoint.identity[key], let data else { continue }
            guard stored == data.fingerprint() else {
                throw .unsuitable(reason: "the samples of \(recipe.data) are not those that \(path) was begun with: the files have changed, so the training cannot go on")
            }
        }
        for teacher in teachers {
            guard try runs({ try teacher.checkpoint.checksum() }) == checkpoint.identity["teacher \(teacher.letter)"] else {
                throw .unsuitable(reason: "the teacher \(teacher.path) is not the file that \(path) was begun with, so the training cannot go on")
            }
        }
    }

    private static let changeable: Set<String> = [FineTuning.epochs.key, FineTuning.patience.key, FineTuning.threads.key, FineTuning.checkpointEvery.key]

    private init(_ recipe: FineTuningRecipe, output: String?, architecture: String?, hints: RecognitionHints, resuming checkpoint: TrainingCheckpoint?) throws(RunError) {
        self.recipe = recipe
        self.output = output
        resumed = checkpoint
        let parents = try Parent.open(recipe.teachers, hints: hints)
        teachers = parents
        (tuner, evaluation, source) = try runs {
            let settings = try FineTuningSettings(recipe.settings, seed: recipe.seed)
            let data = try Self.training(recipe.data)
            let network: Network
            var source: Parent?
            switch recipe.start {
            case _ where checkpoint != nil: network = try checkpoint?.network.copied() ?? Self.nothing()
            case .network(let path):
                let opened = try Parent.open([path], architecture: architecture, hints: hints)[0]
                source = opened
                network = opened.network
            case .fresh(let blueprint): network = try NetworkBlueprint(blueprint).network(sample: data.sampleShape, classes: data.classCount, seed: recipe.seed)
            }
            var isFresh = false
            if case .fresh = recipe.start { isFresh = true }
            let tuner = try FineTuner(
                network, settings: settings, training: data, validation: recipe.validation.map(Self.validation), teachers: parents.map(\.network), mayKeepGiven: !isFresh)
            let evaluation = try recipe.evaluation.map { try DataSpec($0).load(default: .test) }
            if let evaluation, !evaluation.isLabelled { throw RunError.unsuitable(reason: "\(recipe.evaluation ?? "") holds no labels, so nothing can be measured on it") }
            return (tuner, evaluation, source)
        }
    }

    private static func nothing() throws -> Network { throw RunError.unsuitable(reason: "the checkpoint holds no network") }

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

    // MARK: Running

    /// Trains, measures, saves.
    ///
    /// - Throws: `cancelled` where the control says so; the checkpoint stays.
    public func run(control: TrainingControl = TrainingControl(), observer: @escaping (TrainingEvent) -> Void = { _ in }) throws(RunError) -> Result {
        try runs {
            let start = DispatchTime.now().uptimeNanoseconds
            var place: CheckpointPlace?
            if let output {
                let path = Self.checkpointPath(for: output)
                removeLeftovers(of: path)
                place = CheckpointPlace(path: path, identity: try identity(output: output))
            }
            let notes = NoteList()
            let outcome = try tuner.run(observer: { event in
                notes.add(event)
                observer(event)
            }, control: control, checkpoints: place, resuming: resumed)
            var rows: [FineTuningReport.Row] = []
            if let evaluation {
                let measured = try Evaluator(evaluation).evaluate([tuner.network, outcome.network], isCancelled: { control.current == .cancel })
                let before = resumed == nil ? "before" : "at the checkpoint"
                rows = zip([before, "after"], measured).map { FineTuningReport.Row(name: $0, evaluation: $1) }
                if !teachers.isEmpty {
                    let found = try Evaluator(evaluation).evaluate(teachers.map { $0.network as any Predictor })
                    rows += zip(teachers, found).map { FineTuningReport.Row(name: "teacher \($0.letter), \($0.name)", evaluation: $1) }
                }
            }
            var report = try FineTuningReport(
                amalgam: Version.current, libtorch: Torch.version(), recipe: recipe.toml(), command: recipe.command(output: output), summary: outcome.summary, epochs: outcome.epochs,
                rows: rows, notes: notes.all, data: recipe.data, evaluationData: recipe.evaluation, output: nil,
                network: ParameterChecksum.of(outcome.network), sources: try sources(), seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9,
                peakMemory: Memory.peak)
            let metadata = try manifest(report).metadata
            // A training that went wrong from the beginning has nothing worth a file.
            if let output, outcome.summary.reason != .diverged || outcome.summary.keptEpoch > 0 {
                do { try Checkpoint.save(outcome.network, to: output, metadata: metadata) } catch {
                    throw Self.unsaved(error, checkpoint: place?.path)
                }
                report.output = output
                // A training that was stopped may be taken up again; one that is over cannot.
                if outcome.summary.reason != .stopped, let place, FileManager.default.fileExists(atPath: place.path) {
                    do { try FileManager.default.removeItem(atPath: place.path) } catch { report.notes.append("\(place.path) is of no use any more, but could not be removed") }
                }
            }
            return Result(network: outcome.network, report: report, metadata: metadata)
        }
    }

    /// How the trained network came to be: from what it began with and its teachers.
    private func manifest(_ report: FineTuningReport) throws -> Manifest {
        var kind = Run.Kind.finetune
        if case .fresh = recipe.start { kind = .train }
        let origins = [source].compactMap { $0 }.map { ("start", $0) } + teachers.map { ("teacher \($0.letter)", $0) }
        return try Manifest(
            kind: kind, recipe: report.recipe, command: report.command,
            parents: origins.map { try Manifest.Source(letter: $0, path: Paths.shown($1.path), sha256: $1.checkpoint.checksum()) },
            data: tuner.training.fingerprint(), evaluation: evaluation?.fingerprint(), network: report.network,
            accuracy: report.rows.first { $0.name == "after" }?.evaluation.accuracy)
    }

    /// Why the result could not be written, and where the work of the training is all the same.
    private static func unsaved(_ error: any Error, checkpoint: String?) -> RunError {
        guard let checkpoint, FileManager.default.fileExists(atPath: checkpoint) else { return RunError(wrapping: error) }
        return .unsuitable(reason: "\(RunError(wrapping: error)). The training is not lost: make room, then  amalgam finetune --resume \(checkpoint)  writes it without training again")
    }

    /// What taking the training up again needs to know; paths absolute, so that it may be done from any folder.
    private func identity(output: String) throws -> [String: String] {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        var placed = recipe
        if case .network(let path) = recipe.start { placed.start = .network(absolute(path)) }
        placed.teachers = recipe.teachers.map(absolute)
        placed.data = try Self.absolute(spec: recipe.data)
        placed.validation = try recipe.validation.map(Self.absolute)
        placed.evaluation = try recipe.evaluation.map(Self.absolute)
        var identity = ["recipe": placed.toml(), "output": absolute(output), "data": tuner.training.fingerprint()]
        identity["validation"] = tuner.validation?.fingerprint()
        for teacher in teachers { identity["teacher \(teacher.letter)"] = try teacher.checkpoint.checksum() }
        return identity
    }

    private static func absolute(spec text: String) throws -> String {
        var spec = try DataSpec(text)
        if !spec.path.isEmpty { spec.path = URL(fileURLWithPath: spec.path).standardizedFileURL.path }
        return spec.description
    }

    /// A process that was killed while writing leaves its temporary file behind. What cannot be removed does no harm.
    private func removeLeftovers(of path: String) {
        let folder = (path as NSString).deletingLastPathComponent, name = (path as NSString).lastPathComponent
        let place = folder.isEmpty ? "." : folder
        for file in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where file.hasPrefix(".\(name).partial-") {
            try? FileManager.default.removeItem(atPath: (place as NSString).appendingPathComponent(file))
        }
    }
}

/// What a training said that a report should repeat.
private final class NoteList {
    private(set) var all: [String] = []

    func add(_ event: TrainingEvent) {
        switch event {
        case .note(let text): all.append(text)
        case .checkpointFailed(let path, let reason): all.append("the checkpoint \(path) could not be written: \(reason)")
        case .diverged(let epoch, let step, let loss, let kept):
            all.append("training diverged in epoch \(epoch), step \(step), at a loss of \(loss); \(kept == 0 ? "nothing of it was kept" : "the last good network is that of epoch \(kept)"). Lower the learning rate, clip gradients or warm up")
        default: break
        }
    }
}
