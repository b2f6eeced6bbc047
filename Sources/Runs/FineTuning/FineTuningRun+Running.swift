import Formatting
import Archives
import Checkpoints
import Datasets
import Dispatch
import Foundation
import Fusion
import Networks
import Provenance
import Reports
import Store
import Tensors
import Training

extension FineTuningRun {
    /// Trains, measures, saves.
    ///
    /// - Throws: `cancelled` where the control says so; the checkpoint stays.
    ///
    /// - Parameter kept: where a network without an output of its own would go: its checkpoint stands beside it while the training lasts.
    package func run(
        control: TrainingControl = TrainingControl(), keptAt kept: String? = nil, observer: @escaping (TrainingEvent) -> Void = { _ in }
    ) throws -> Result {
        let start = DispatchTime.now().uptimeNanoseconds
        let identity = try identity(keptAt: kept), notes = TrainingNotes()
        var checkpoint: CheckpointPlace?
        if let place = output ?? kept {
            let path = Self.checkpointPath(for: place)
            for written in [path, place] { removeLeftovers(of: written) }
            checkpoint = CheckpointPlace(path: path, identity: try identity.texts)
        }
        let outcome = try tuner.run(
            observer: { event in
                notes.add(event)
                observer(event)
            }, control: control, checkpoints: checkpoint, resuming: resumed?.checkpoint)
        // Training reads what it began with and its teachers as long as it lasts.
        try Parent.checkUnchanged([origin].compactMap(\.self) + teachers)
        let rows = try rows(of: outcome.network) { control.current == .cancel }
        var report = try FineTuningReport(
            amalgam: Version.current, libtorch: Torch.version(), recipe: identity.givenRecipe.toml(),
            command: identity.givenRecipe.command(output: output == nil ? nil : identity.givenOutput), summary: outcome.summary,
            epochs: outcome.epochs,
            stepsPerEpoch: tuner.stepsPerEpoch, rows: rows, assumed: assumptions, notes: preparation + dataNotes + notes.all,
            data: identity.givenRecipe.data, evaluationData: identity.givenRecipe.evaluation,
            network: ParameterChecksum.of(outcome.network), sources: try sources(identity), seconds: FusionRun.seconds(since: start),
            peakMemory: Memory.peak)
        let manifest = try manifest(report, identity)
        let metadata = try manifest.metadata.merging(identity.classCounts?.metadata ?? [:]) { own, _ in own }
            .merging(AnswerStatistics.metadata(of: outcome.network, tuner)) { own, _ in own }
        var result = Result(
            network: outcome.network, report: report, metadata: metadata, layout: origin?.checkpoint.layout, dtype: recipe.dtype,
            description: description, manifest: manifest)
        // A training that went wrong from the beginning has nothing worth a file.
        if let output, outcome.summary.reason != .diverged || outcome.summary.keptEpoch > 0 {
            do { try result.save(to: output) } catch { throw Self.unsaved(error, checkpoint: checkpoint?.path) }
            report.output = output
        }
        // A training that was stopped may be taken up again; one that is over cannot.
        if outcome.summary.reason != .stopped, outcome.summary.reason != .diverged || outcome.summary.keptEpoch > 0, let checkpoint,
            FileManager.default.fileExists(atPath: checkpoint.path)
        {
            do { try FileManager.default.removeItem(atPath: checkpoint.path) } catch {
                report.notes.append("\(checkpoint.path) is no longer needed, but could not be removed")
            }
        }
        result.report = report
        return result
    }

    /// What was assumed of the data: said before the result.
    package var dataNotes: [String] {
        var notes = overlapNotes
        if isUnseen, let words = validationWords { notes.append("validation: \(words)") }
        for (spec, dataset) in [
            (recipe.data, tuner.training), (recipe.validation ?? "", tuner.validation), (recipe.evaluation ?? "", evaluation),
        ] {
            for note in dataset?.notes ?? [] where !notes.contains(where: { $0.hasSuffix(note) }) {
                notes.append("\(spec.isEmpty ? "validation" : spec): \(note)")
            }
        }
        return notes
    }

    /// The training data with the split that they mean.
    private static func trainingName(_ text: String) -> String {
        guard var spec = try? DataSpec(text), spec.split == nil, spec.kind != .arrays else { return text }
        spec.split = .train
        return spec.description
    }

    /// What the best epoch is chosen on: the data and how many samples.
    package var validationWords: String? {
        tuner.validation.map { held in
            recipe.validation.map { "\($0), \(held.count) samples" }
                ?? "\(held.count) samples held out of \(Self.trainingName(recipe.data))\(isUnseen ? ", which the network was not trained on" : "")"
        }
    }

    /// Whether the samples that were held out are chosen so that the network that it began with does not know them.
    private var isUnseen: Bool {
        recipe.validation == nil && recipe.settings[FineTuning.validationFrom] == .unseen && validationOverlap == nil
            && !seen.isDisjoint(with: tuner.training.records)
    }

    private var overlapNotes: [String] {
        guard let found = validationOverlap, let words = validationWords else { return [] }
        return [
            "warning: the validation data (\(words)) are no unseen data: the network, or a parent of it, was trained on \(found.seenByAny) of them, so its figure there is optimistic"
                + (found.isMost ? " and cannot choose an epoch: the last one is kept" : "")
                + "; --validate names other data"
        ]
    }

    /// What it began with, what came out, and the teachers, on the evaluation data, where the training was computed.
    private func rows(of tuned: Network, isCancelled: () -> Bool) throws -> [EvaluationRow] {
        guard let evaluation else { return [] }
        let networks = [tuner.network, tuned] + teachers.map(\.network)
        let measured = try Evaluator(evaluation, device: tuner.settings.device).evaluate(
            networks as [any Predictor], isCancelled: isCancelled)
        let before = EvaluationRow(
            .before, resumed == nil ? "before" : "at the checkpoint", parameters: tuner.network.parameterCount, measured[0])
        let after = EvaluationRow(.network, "after", parameters: tuned.parameterCount, measured[1])
        return [before, after]
            + zip(teachers, measured.dropFirst(2)).map { teacher, evaluation in
                EvaluationRow(
                    .teacher, "teacher \(teacher.letter), \(teacher.name)", parameters: teacher.network.parameterCount, evaluation)
            }
    }

    // MARK: What it is made from

    /// That of the interrupted training, where one is taken up.
    func identity(keptAt kept: String? = nil) throws -> TrainingIdentity {
        if let resumed { return resumed.identity }
        var origins: [Manifest.Source] = []
        func add(_ letter: String, _ parent: Parent) throws {
            origins.append(
                Manifest.Source(
                    letter: letter, path: Paths.shown(parent.path), sha256: try parent.checkpoint.checksum(),
                    checkpoint: parent.checkpoint))
        }
        if let source { try add(TrainingIdentity.startLetter, source) }
        for teacher in teachers { try add(TrainingIdentity.letter(ofTeacher: teacher.letter), teacher) }
        let data = try tuner.training.fingerprint()
        return TrainingIdentity(
            recipe: recipe, output: output ?? kept ?? "", data: data, validation: try tuner.validation?.fingerprint(), origins: origins,
            seen: seen, classCounts: try classCounts(ofData: data))
    }

    /// What the network will have seen: the samples of its beginning, and those it is trained on. Without labels the latter are of no class.
    private func classCounts(ofData sha256: String) throws -> ClassCounts? {
        guard tuner.network.task.isSoftmax else { return nil }
        let own = ClassCounts(trainingOn: tuner.training, sha256: sha256)
        guard let source else { return own }
        guard let before = try ClassCounts.known(of: [source], data: recipe.data)?.first else { return nil }
        return ClassCounts.joined([before] + [own].compactMap(\.self))
    }

    /// Networks and data that go in, with their checksums.
    package func sources() throws -> [RunSource] { try sources(identity()) }

    private func sources(_ identity: TrainingIdentity) throws -> [RunSource] {
        let recipe = identity.recipe
        var sources: [RunSource] = []
        if case .network(let path) = recipe.start, let origin = identity.origins.first(where: { $0.letter == TrainingIdentity.startLetter })
        {
            sources.append(RunSource(role: .parent, name: path, sha256: origin.sha256))
        }
        for teacher in teachers {
            sources.append(
                RunSource(
                    role: .teacher, letter: teacher.letter, name: Paths.absolute(teacher.path),
                    sha256: identity.checksum(ofTeacher: teacher.letter) ?? ""))
        }
        sources.append(RunSource(role: .data, name: recipe.data, sha256: identity.data))
        if let validation = identity.validation {
            sources.append(RunSource(role: .validation, name: recipe.validation ?? "a share of \(recipe.data)", sha256: validation))
        }
        if let evaluation {
            sources.append(RunSource(role: .evaluation, name: recipe.evaluation ?? "", sha256: try evaluation.fingerprint()))
        }
        return sources
    }

    /// How the trained network came to be: from what it began with and its teachers.
    private func manifest(_ report: FineTuningReport, _ identity: TrainingIdentity) throws -> Manifest {
        try Manifest(
            kind: recipe.isFresh ? .train : .finetune, recipe: report.recipe, command: report.command, parents: identity.origins,
            data: identity.data,
            evaluation: report.sources.first { $0.role == .evaluation }?.sha256, network: report.network,
            accuracy: report.row(.network)?.evaluation?.recordedAccuracy)
    }

    // MARK: Files

    /// Why the result could not be written, and where the work of the training is all the same.
    private static func unsaved(_ error: any Error, checkpoint: String?) -> RunError {
        guard let checkpoint, FileManager.default.fileExists(atPath: checkpoint) else { return RunError(wrapping: error) }
        return .unsuitable(
            reason:
                "\(RunError(wrapping: error)). The training is not lost: free some space, then  amalgam finetune --resume \(checkpoint)  saves the result without retraining"
        )
    }

    /// A process that was killed while writing leaves its temporary file behind. What cannot be removed does no harm.
    private func removeLeftovers(of path: String) {
        let folder = path.folderOfPath, name = (path as NSString).lastPathComponent
        let place = folder.isEmpty ? "." : folder
        for file in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where file.hasPrefix(".\(name).partial-") {
            try? FileManager.default.removeItem(atPath: (place as NSString).appendingPathComponent(file))
        }
    }
}

/// What a training said that a report should repeat.
private final class TrainingNotes {
    private(set) var all: [String] = []

    func add(_ event: TrainingEvent) {
        switch event {
        case .note(let text): all.append(text)
        case .checkpointFailed(let path, let reason): all.append("the checkpoint \(path) could not be written: \(reason)")
        case .diverged(let epoch, let step, let loss, let kept):
            all.append(
                "training diverged in epoch \(epoch), step \(step), at a loss of \(loss); \(kept == 0 ? "nothing was kept" : "the network of epoch \(kept) was kept"). Lower the learning rate, clip gradients or warm up"
            )
        default: break
        }
    }
}
