import Checkpoints
import Datasets
import Foundation
import Fusion
import Networks
import Provenance
import Reports
import Runs
import Store
import Training

extension LiveEngine {
    func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult {
        guard let fused = fused(of: request.recipe.parents) else {
            throw RunError.unsuitable(reason: "there is no fused network to fine-tune: fuse first")
        }
        guard let spec = request.recipe.data else { throw RunError.unsuitable(reason: "the recipe names no data to train on") }
        // Trained as the command line trains a file, so that both leave the same behind.
        let kept = try keep(fused)
        defer { kept.discard() }
        let isTaught = try FineTuningSettings(request.settings, seed: request.recipe.seed).distillation != nil
        let recipe = FineTuningRecipe(
            .network(kept.path), data: spec, evaluation: request.recipe.evaluation, teachers: isTaught ? request.recipe.parents : [],
            settings: request.settings,
            seed: request.recipe.seed)
        let run = try FineTuningRun(recipe, teachers: isTaught ? try parents(request.recipe.parents) : [])
        return try carryOut(run, of: request.recipe, graph: fused.layout, continuing: fused.run, control: control)
    }

    func resume(_ name: String, _ request: TuningRequest, control: JobControl) throws -> TuningResult {
        let store = try store(toRecord: true), account = try store.account(try store.run(named: name).id),
            place = tunedPlace(account.run.id)
        guard let place, isResumable(account.run) else {
            throw RunError.unsuitable(
                reason:
                    "\(name) left no checkpoint in the store; that of a training of the command line stands beside its output: amalgam finetune --resume OUTPUT"
            )
        }
        let run = try FineTuningRun(resuming: place)
        let graph = try graph(of: request.recipe)
        let result = try carryOut(run, of: request.recipe, graph: graph, continuing: account.run.parent, control: control)
        // What it made is kept by the run that ended it.
        if result.run != nil { try? FileManager.default.removeItem(atPath: place) }
        return result
    }

    /// Whether a fine-tuning left a checkpoint in the store.
    func isResumable(_ run: Run) -> Bool {
        guard run.kind == .finetune, run.status != .running, let place = tunedPlace(run.id) else { return false }
        return FileManager.default.fileExists(atPath: FineTuningRun.checkpointPath(for: place))
    }

    /// Trains, records, and makes the outcome the network of this session.
    ///
    /// - Parameter graph: has the exported graph of the fusion's parents, where they have one.
    private func carryOut(
        _ run: FineTuningRun, of fusion: Recipe, graph: StateDictLayout?, continuing origin: RunID?, control: JobControl
    ) throws -> TuningResult {
        let unmeasured = measureReferences(of: run, parents: try parents(fusion.parents), control: control)
        let (recorder, refusal) = record { store throws(RunError) in try store.begin(run, continuing: origin) }
        let place = recorder.flatMap { checkpointPlace(of: $0.id) }
        do {
            var result = try run.run(control: control.trainingControl, keptAt: place) { event in
                recorder?.record(event)
                control.training(event)
            }
            // A worker that was abandoned may come to its end all the same; what it made is not wanted any more.
            if control.isCancelled() { throw JobCancelled() }
            result.report.run = recorder?.id
            // The store's file, with which it began, has no exported graph; the fusion's parents have.
            let program = result.layout?.program ?? graph?.program
            result.layout?.program = program
            let made = result
            recorder?.record(made)
            recorder?.artifact("tuned.safetensors", kind: "network") { try made.save(to: $0) }
            if made.report.summary.reason == .diverged { recorder?.fail("the training diverged") } else { recorder?.finish() }
            self.fused.withLock {
                $0 = Fused(recipe: fusion, network: made.network, layout: made.layout, run: recorder?.id ?? origin) {
                    try made.save(to: $0)
                }
            }
            return TuningResult(
                run: recorder.map { "\($0.id)" }, summary: made.report.summary, accuracy: Self.accuracy(made.report.row(.network)),
                before: Self.accuracy(made.report.row(.before)),
                measured: Self.measured(made.report.row(.before), made.report.row(.network)),
                notes: [unmeasured, refusal, recorder?.problem].compactMap(\.self))
        } catch {
            recorder?.end(with: error)
            // Cancelled by the user, who wants none of it; any other end may be taken up again.
            if control.isCancelled(), !control.leavesCheckpoint(), let place = run.output ?? place {
                try? FileManager.default.removeItem(atPath: FineTuningRun.checkpointPath(for: place))
            }
            throw error
        }
    }

    /// Measures the parents, their ensemble and the network itself on the validation data, beside which the curves are read.
    ///
    /// - Returns: why that was not possible, where it was not.
    private func measureReferences(of run: FineTuningRun, parents: [Parent], control: JobControl) -> String? {
        guard let validation = run.tuner.validation, let data = run.validationWords else { return nil }
        let overlap = run.validationOverlap.map {
            "The validation data are no unseen data: parents were trained on \($0.seenByAny) of the \($0.count) samples, so their figures there are optimistic"
        }
        var rows: [ResultRow] = [], problem: String?
        if validation.isAnswered, run.tuner.network.task == .classification {
            do {
                control.progress(0, "evaluating the parents on the validation data")
                let parents = parents.map { ($0.name, $0.network) }, members = Array(parents.indices)
                let ensembles =
                    members.count < 2
                    ? [] : [(members, Ensemble.Rule.probabilities, try Ensemble(parents.map(\.1), rule: .probabilities).weights)]
                let found = try Evaluator(validation, device: run.tuner.settings.device).measure(
                    parents.map(\.1) + [run.tuner.network], ensembles: ensembles, isCancelled: control.isCancelled
                ).map(\.evaluation)
                let size = parents.reduce(0) { $0 + $1.1.parameterCount }
                let named: [(EvaluationRole, String, Int)] =
                    parents.map { (.parent, $0.0, $0.1.parameterCount) } + [(.before, "before", run.tuner.network.parameterCount)]
                    + (ensembles.isEmpty ? [] : [(.ensemble, "ensemble", size)])
                rows = zip(named, found).map { name, found in
                    ResultRow(role: name.0, name: name.1, accuracy: found.accuracy, loss: found.loss, parameters: name.2)
                }
            } catch {
                problem = "The parents were not evaluated on the validation data: \(error)"
            }
        }
        control.references(TrainingReferences(data: data, rows: rows, overlap: overlap))
        return problem
    }

    /// Where the store keeps the network of a fine-tuning; its checkpoint stands beside it. Nil where there is no store.
    private func tunedPlace(_ run: RunID) -> String? { (try? store().folder(of: run)).map { $0 + "/tuned.safetensors" } }

    /// The same, with a folder that exists; nil where it cannot be made.
    private func checkpointPlace(of run: RunID) -> String? {
        guard let place = tunedPlace(run),
            (try? FileManager.default.createDirectory(atPath: place.folderOfPath, withIntermediateDirectories: true)) != nil
        else { return nil }
        return place
    }

    private static func accuracy(_ row: EvaluationRow?) -> Double? {
        row?.evaluation.flatMap { $0.task.givesOneClass ? $0.accuracy : nil }
    }

    private static func measured(_ before: EvaluationRow?, _ after: EvaluationRow?) -> String? {
        guard let after = after?.evaluation, !after.task.givesOneClass else { return nil }
        return "\(after.figure.name) " + (before?.evaluation.map { "\($0.valueText) → " } ?? "") + after.valueText
    }

    /// The file of a network to train.
    private struct KeptNetwork {
        var path: String
        var isTemporary = false

        /// What is left of a temporary one does no harm.
        func discard() { if isTemporary { try? FileManager.default.removeItem(atPath: path) } }
    }

    /// Where the store keeps the network that was fused, so that the command line can begin with it, too; a temporary file where it does not.
    private func keep(_ fused: Fused) throws -> KeptNetwork {
        if let run = fused.run {
            let store = try store()
            if let file = try store.account(run).artifacts.first(where: { $0.kind == "network" }) {
                return KeptNetwork(path: Paths.shown(store.path(of: file)))
            }
        }
        let path = NSTemporaryDirectory() + "/amalgam-\(UUID().uuidString).safetensors"
        try Checkpoint.save(fused.network, to: path, like: fused.layout)
        return KeptNetwork(path: path, isTemporary: true)
    }

    // MARK: The store

    var storeFolder: String? {
        // The folder alone: opening the store itself would keep the first screen waiting.
        do {
            try FileManager.default.createDirectory(atPath: Home.runs, withIntermediateDirectories: true)
            return Home.runs
        } catch {
            return nil
        }
    }

    func runs(control: JobControl) throws -> [RunRow] {
        let now = Date()
        return try store().list().map { found in
            let run = found.run
            return RunRow(
                id: "\(run.id)", kind: run.kind.rawValue, status: run.status.rawValue, reason: run.reason, title: run.title,
                method: run.method, accuracy: found.accuracy, measured: found.value.map { "\(found.figure.name) \(found.figure.text($0))" },
                loss: found.loss, parameters: found.parameters, seconds: run.seconds(now: now),
                silence: max(0, now.timeIntervalSince(run.updated)), started: run.started.timeIntervalSince1970, parents: found.parents,
                continues: run.parent.map { "\($0)" },
                recipe: run.recipe, command: run.command, isResumable: isResumable(run),
                data: RunComparison.values(ofRecipe: run.recipe)["evaluate"].map { Self.named($0, .test) })
        }
    }

    /// A data spec as it is shown, with the split that it means.
    static func named(_ text: String, _ fallback: Split) -> String {
        guard var spec = try? DataSpec(text) else { return text }
        if spec.split == nil, spec.kind != .arrays { spec.split = fallback }
        return Paths.shownData(spec.description)
    }

    func detail(of run: String, control: JobControl) throws -> RunDetail {
        let store = try store()
        let account = try store.account(try store.run(named: run).id)
        let rows = account.evaluations.map { row in
            ResultRow(
                role: row.role, name: row.name, accuracy: row.accuracy, loss: row.loss,
                parameters: row.parameters, note: row.note, measured: row.value.map { "\(row.figure.name) \(row.figure.text($0))" })
        }
        let curves = account.series.map { series in (series.name, CurveHistory(series.points.map { (Double($0.step), $0.value) })) }
        let network = account.artifacts.first { $0.kind == "network" }
        return RunDetail(
            id: run, rows: rows, curves: Dictionary(curves, uniquingKeysWith: { _, last in last }), notes: account.notes,
            network: network.map { Paths.shown(store.path(of: $0)) })
    }

    func tag(run: String, _ title: String?) throws {
        let store = try store(toRecord: true)
        try store.setTitle(title, of: try store.run(named: run).id)
    }

    func delete(run: String) throws {
        let store = try store()
        try store.delete(try store.run(named: run).id)
    }

    func report(on runs: [String], to path: String) throws {
        let store = try store()
        let accounts = try runs.map { try store.account(try store.run(named: $0).id) }
        let document = accounts.count == 1 ? ReportDocument(accounts[0]) : ReportDocument(try RunComparison(accounts))
        try ReportFormat.write(document, to: path, json: RunJSON.text(accounts))
    }
}
