import Datasets
import Formatting
import Fusion
import Networks
import Provenance
import Runs
import Training

extension LiveEngine {
    /// The speed of the machine at parents and data, which many recipes share.
    struct MeasuredSpeed: Sendable {
        var parents: [String]
        var data: String?
        var speed: MachineSpeed
    }

    func forecast(_ recipe: Recipe, control: JobControl) throws -> ForecastSnapshot? {
        var quiet = recipe
        (quiet.evaluation, quiet.validation) = (nil, nil)
        let run = try FusionRun(quiet, parents: try parents(recipe.parents))
        if control.isCancelled() { throw JobCancelled() }
        var speed = measuredSpeed.withLock { $0 }.flatMap { $0.parents == recipe.parents && $0.data == recipe.data ? $0.speed : nil }
        let isKnown = speed != nil, found = try run.forecast(at: &speed)
        if !isKnown, let speed {
            measuredSpeed.withLock { $0 = MeasuredSpeed(parents: recipe.parents, data: recipe.data, speed: speed) }
        }
        if control.isCancelled() { throw JobCancelled() }
        return found.map { ForecastSnapshot(seconds: $0.seconds, bytes: $0.bytes) }
    }

    func classes(of run: String, control: JobControl) throws -> ClassFigures {
        let found = try recorded(run)
        guard let data = found.evaluation else {
            throw RunError.unsuitable(reason: "\(run) was not evaluated: its recipe names no evaluation data")
        }
        var recipe = found.recipe, notes: [String] = []
        (recipe.data, recipe.validation, recipe.evaluation) = (nil, nil, data)
        var members: [Parent] = []
        do { members = try openParents(of: recipe) } catch { notes.append("The parents cannot be opened: \(error)") }
        // Measured together, so that all have their classes in one order.
        let measuring = try FusionRun(recipe, parents: members + [found.parent])
        guard let evaluation = measuring.evaluation else { throw RunError.unsuitable(reason: "\(data) cannot be used for evaluation") }
        let measured = try Evaluator(evaluation).evaluate(measuring.parents.map(\.network), isCancelled: control.isCancelled) {
            control.progress(Double($0) / Double(max(1, $1)), "evaluating \(run) and its parents, \($0) of \($1) samples")
        }
        if control.isCancelled() { throw JobCancelled() }
        guard measured.allSatisfy(\.task.givesOneClass) else {
            throw RunError.unsuitable(reason: "\(run) predicts no classes, so it has no figures by class")
        }
        let rows = zip(measuring.parents, measured).enumerated().map { index, pair in
            let (parent, found) = pair, isOutcome = index == members.count
            return ResultRow(
                role: isOutcome ? .fused : .parent, name: isOutcome ? run : parent.name, accuracy: found.accuracy, loss: found.loss,
                parameters: parent.network.parameterCount, classes: found.classes.map(\.accuracy), confusion: found.confusion)
        }
        if let before = found.account.outcome?.accuracy, let now = rows.last?.accuracy, abs(before - now) > 1e-9 {
            notes.append("\(run) was recorded with \(Format.percent(before)): its data or the program have changed since")
        }
        return ClassFigures(rows: rows, data: Self.named(data, .test), classNames: found.parent.classNames, notes: notes)
    }

    /// Loss and accuracy along the segment between two parents, as they are and aligned by the recipe.
    func barrier(_ recipe: Recipe, control: JobControl) throws -> BarrierSnapshot {
        guard let spec = recipe.evaluation else {
            throw RunError.unsuitable(reason: "the loss barrier needs evaluation data: set “evaluation data” on screen 4")
        }
        let run = try BarrierRun(recipe.parents, data: try DataSpec(spec), fusionData: try recipe.data.map { try DataSpec($0) })
        let report = try run.run(aligning: recipe, points: 11, isCancelled: control.isCancelled) { curve, done, count in
            control.progress(Double(done) / Double(max(1, count)), "\(curve), \(done) of \(count)")
        }
        return BarrierSnapshot(
            recipe: recipe,
            curves: report.curves.map { curve in
                BarrierSnapshot.Curve(
                    name: curve.name, losses: curve.barrier.points.map(\.loss), accuracies: curve.barrier.points.map(\.accuracy),
                    lossBarrier: curve.barrier.lossBarrier)
            }, notes: report.notes)
    }

    /// The parents of a run's recipe: those that are open where they are the same.
    private func openParents(of recipe: Recipe) throws -> [Parent] {
        if isOpen(recipe.parents) { return try parents(recipe.parents) }
        return recipe.parents.isEmpty ? [] : try Parent.open(recipe.parents, load.overridden(by: recipe.load)).proven().parents
    }
}
