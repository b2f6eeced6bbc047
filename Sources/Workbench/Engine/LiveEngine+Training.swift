import Datasets
import Foundation
import Fusion
import Networks
import Runs
import Training

extension LiveEngine {
    public func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult {
        guard let fused = fused(of: request.recipe.parents) else { throw RunError.unsuitable(reason: "there is no fused network to fine-tune: fuse first") }
        guard let spec = request.recipe.data else { throw RunError.unsuitable(reason: "the recipe names no data to train on") }
        let settings = try FineTuningSettings(request.settings, seed: request.recipe.seed)
        let data = try DataSpec(spec).load(default: .train)
        let evaluation = try request.recipe.evaluation.map { try DataSpec($0).load(default: .test) }
        let teachers = settings.distillation == nil ? [] : try parents(request.recipe.parents).map(\.network)
        let tuner = try FineTuner(fused.network, settings: settings, training: data, teachers: teachers)
        let command = Self.command(request)
        let (recorder, refusal) = record { store throws(RunError) in
            try store.begin(kind: .finetune, method: request.recipe.method.id, recipe: request.recipe.absolute().toml(), seed: request.recipe.seed, command: command, parent: fused.run)
        }
        let curves = TrainingRecord(recorder)
        do {
            let outcome = try tuner.run(observer: { event in
                curves.take(event)
                control.training(event)
            }, control: control.reins)
            let measured = try evaluation.map { try Evaluator($0).evaluate([fused.network, outcome.network] as [any Predictor], isCancelled: control.isCancelled) }
            if let after = measured?.last {
                recorder?.evaluation(RunEvaluation(
                    role: "network", letter: nil, name: "fine-tuned", parameters: outcome.network.parameterCount, samples: after.samples, accuracy: after.accuracy, loss: after.loss,
                    calibrationError: after.calibrationError, note: nil))
            }
            recorder?.finish()
            let tuned = Fused(recipe: fused.recipe, network: outcome.network, run: recorder?.id ?? fused.run)
            self.fused.withLock { $0 = tuned }
            return TuningResult(
                run: recorder.map { "\($0.id)" }, summary: outcome.summary, accuracy: measured?.last?.accuracy, before: measured?.first?.accuracy,
                notes: [refusal, recorder?.problem].compactMap(\.self))
        } catch {
            recorder?.end(with: error)
            throw error
        }
    }

    /// The command line that trains as this does.
    static func command(_ request: TuningRequest) -> String {
        let changed = request.settings.differences.map { " --set \($0.key)=\($0.value)" }.joined()
        return "amalgam finetune FUSED --data \(request.recipe.data ?? "")\(changed)" + (request.recipe.seed == 0 ? "" : " --seed \(request.recipe.seed)")
    }

    // MARK: The store

    public var storeFolder: String? {
        // The folder alone: opening the store itself would keep the first screen waiting.
        do {
            try FileManager.default.createDirectory(atPath: Home.runs, withIntermediateDirectories: true)
            return Home.runs
        } catch {
            return nil
        }
    }

    public func runs(control: JobControl) throws -> [RunRow] {
        try RunStore(forReading: true).list().map { found in
            let run = found.run
            return RunRow(
                id: "\(run.id)", kind: run.kind.rawValue, status: run.status.rawValue, reason: run.reason, title: run.title, method: run.method, accuracy: found.accuracy,
                loss: found.loss, seconds: run.seconds(), started: run.started.timeIntervalSince1970, parents: found.parents, continues: run.parent.map { "\($0)" },
                recipe: run.recipe, command: run.command)
        }
    }

    public func account(of run: String, control: JobControl) throws -> RunDetail {
        let store = try RunStore(forReading: true)
        let account = try store.account(try store.run(named: run).id)
        let rows = account.evaluations.map { row in
            ResultRow(role: ResultRow.Role(rawValue: row.role) ?? .fused, name: row.name, accuracy: row.accuracy, loss: row.loss, parameters: row.parameters, note: row.note)
        }
        let curves = account.series.map { series in (series.name, CurveHistory(series.points.map { (Double($0.step), $0.value) })) }
        return RunDetail(id: run, rows: rows, curves: Dictionary(curves, uniquingKeysWith: { _, last in last }), notes: account.notes)
    }

    public func delete(run: String) throws {
        let store = try RunStore()
        try store.delete(try store.run(named: run).id)
    }

    public func report(on runs: [String], to path: String) throws {
        let store = try RunStore(forReading: true)
        let accounts = try runs.map { try store.account(try store.run(named: $0).id) }
        let document = accounts.count == 1 ? ReportDocument(accounts[0]) : ReportDocument(try RunComparison(accounts))
        try ReportFormat.write(document, to: path, json: RunJSON.text(accounts))
    }
}

/// Turns what a training tells into the numbers of a run.
private struct TrainingRecord: Sendable {
    private let recorder: RunRecorder?
    private let steps = StepCount()

    init(_ recorder: RunRecorder?) { self.recorder = recorder }

    func take(_ event: TrainingEvent) {
        guard let recorder else { return }
        func tell(_ name: String, _ step: Int, _ value: Double?) { if let value { recorder.metric(name, step: step, value: value) } }
        switch event {
        case .started(let overview): steps.perEpoch = overview.stepsPerEpoch
        case .step(let step):
            let at = (step.epoch - 1) * steps.perEpoch + step.step
            tell("loss/training", at, step.loss)
            tell("accuracy/training", at, step.accuracy)
            tell("learning-rate", at, step.learningRate)
            tell("gradient-norm", at, step.gradientNorm)
        case .validated(let validation):
            tell("loss/validation", validation.epoch * steps.perEpoch, validation.loss)
            tell("accuracy/validation", validation.epoch * steps.perEpoch, validation.accuracy)
        case .checkpointSaved(let path, _, _): recorder.event("checkpoint", path)
        case .checkpointFailed(let path, let reason): recorder.event("warning", "the checkpoint \(path) was not written: \(reason)")
        case .diverged(let epoch, let step, let loss, let kept): recorder.event("warning", "diverged at epoch \(epoch), step \(step): loss \(loss); epoch \(kept) is kept")
        case .paused: recorder.event("paused", "")
        case .resumed: recorder.event("resumed", "")
        case .note(let text): recorder.event("note", text)
        case .finished(let summary): recorder.timing("train", seconds: summary.seconds)
        case .epochStarted, .epochFinished: break
        }
    }
}

/// Events of one training come one after the other, on one thread.
private final class StepCount: @unchecked Sendable { var perEpoch = 1 }
