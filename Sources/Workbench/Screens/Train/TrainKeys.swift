import Formatting
import Fusion
import Provenance
import Runs
import Screen
import Training

extension Model {
    // MARK: Starting and steering

    mutating func startTuning(now: Double) -> [Effect] {
        guard tuning == nil else {
            screen = .train
            inform("Fine-tuning is running; p pauses it, x stops it and keeps the best weights")
            return []
        }
        guard let result = fuse.result else {
            warn(
                fusion == nil
                    ? "No fused network to fine-tune yet: F fuses one"
                    : "The fusion is still running; t fine-tunes its network when it is done")
            return []
        }
        guard result.recipe.data != nil else {
            warn("Fine-tuning needs data: set “data” on screen 4 and fuse again")
            return []
        }
        let request = TuningRequest(recipe: result.recipe, settings: train.settings)
        return start(TuneJob(request: request), "Fine-tuning the fused network: \(tuningWords(train.settings))", now: now)
    }

    private mutating func start(_ job: TuneJob, _ words: String, now: Double) -> [Effect] {
        train.live = LiveRun(request: job.request, began: now, reported: now)
        train.shown = nil
        train.frozen = nil
        train.cursor = nil
        let effects = show(.train)
        say(.info, words, now: now)
        return effects + [jobs.start(job, now: now)]
    }

    /// Goes on with the selected run of screen 6, a fine-tuning that was interrupted.
    mutating func resumeRun(now: Double) -> [Effect] {
        guard let run = runForJob() else { return [] }
        guard run.isResumable else {
            inform(
                run.kind == "finetune"
                    ? "\(run.id) left no checkpoint to go on from; u loads its hyperparameters"
                    : "\(run.id) is no fine-tuning; u loads its recipe")
            return []
        }
        do {
            let tuning = try FineTuningRecipe(toml: run.recipe, path: run.id)
            let origin = CompareState.lineage(of: run, in: compare.rows.value ?? []).last ?? run
            guard origin.kind == "fuse" else {
                warn("\(run.id) does not continue a fusion of this store: \(run.command) goes on with --resume")
                return []
            }
            let recipe = try Recipe(toml: origin.recipe, path: origin.id).shown()
            let isOpen = opened.value != nil && self.recipe.parents.map { Paths.absolute($0) } == recipe.parents.map { Paths.absolute($0) }
            guard isOpen else {
                (named, own) = (recipe.parents, recipe)
                say(.info, "Opening the parents of \(run.id); R resumes it when they are open", now: now)
                return [open(recipe)]
            }
            return start(
                TuneJob(request: TuningRequest(recipe: recipe, settings: tuning.settings), resumed: run.id),
                "Resuming \(run.id) from its checkpoint",
                now: now)
        } catch {
            say(.error, "\(run.id) cannot be resumed: \(error)", now: now)
            return []
        }
    }

    /// The hyperparameters that differ from the defaults.
    func tuningWords(_ settings: Settings) -> String {
        let changed = settings.differences.map { "\($0.key) \($0.value)" }
        return changed.isEmpty ? "default hyperparameters" : changed.joined(separator: ", ")
    }

    mutating func pauseOrResume() -> [Effect] {
        guard let tuning, let live = train.live else {
            inform("No fine-tuning is running")
            return []
        }
        if live.phase == .paused { return [.resume(ticket: tuning.ticket)] }
        guard live.phase == .running else { return [] }
        inform("Pausing after this step …")
        return [.pause(ticket: tuning.ticket)]
    }

    mutating func stopTuning(keeps: Bool, now: Double) -> [Effect] {
        guard let tuning else { return [] }
        jobs.cancel(tuning.ticket, now: now)
        train.live?.phase = keeps ? .stopping : .cancelling
        say(.warn, keeps ? "Stopping after this step; the best weights are kept …" : "Cancelling …", now: now)
        return [keeps ? .stop(ticket: tuning.ticket) : .cancel(ticket: tuning.ticket)]
    }

    // MARK: Progress

    mutating func receive(_ event: TrainingEvent, now: Double) {
        train.live?.take(event, now: now)
        switch event {
        case .paused: say(.info, "Paused; p resumes", now: now)
        case .resumed: say(.info, "Resumed", now: now)
        case .checkpointFailed(let path, let reason):
            say(.error, "The checkpoint \(path) was not written: \(reason). Training continues", now: now)
        case .diverged(let epoch, let step, let loss, let kept):
            say(
                .warn,
                "Diverged: loss \(HeatMap.number(loss)) at epoch \(epoch), step \(step); the weights of epoch \(kept) are kept. Try a smaller learning rate",
                now: now)
        case .note(let text): say(.info, text, now: now)
        case .epochFinished(let epoch):
            let words = epoch.validation.map { ", validation \($0.value)" } ?? ""
            inform("Epoch \(epoch.epoch) in \(Format.duration(epoch.seconds)): loss \(HeatMap.number(epoch.loss))\(words)")
        default: break
        }
    }

    mutating func receiveTuned(_ result: TuningResult, now: Double) -> [Effect] {
        train.live?.result = result
        train.live?.phase = .ended(result.summary.reason.rawValue)
        current = CurrentNetwork(kind: .tuned, run: result.run)
        neurons.forget()
        let gain =
            result.accuracy.map { after in
                result.before.map { "\(Format.percent($0)) → \(Format.percent(after))" } ?? Format.percent(after)
            }
            ?? result.measured
        let reason =
            switch result.summary.reason {
            case .completed:
                result.summary.keptEpoch == 0 ? "done: no epoch improved the validation metric, so the weights are unchanged" : "done"
            case .stoppedEarly: "stopped early: no improvement"
            case .stopped: "stopped and kept"
            case .diverged: "diverged; the last good weights are kept"
            }
        say(
            result.summary.reason == .diverged ? .warn : .ok,
            "Fine-tuning \(reason)" + (gain.map { ": \($0)" } ?? "")
                + (result.run.map { " · recorded as \($0) · W saves it, 6 compares" } ?? ""),
            now: now)
        for note in result.notes { log.append(LogEntry(level: .info, text: note, time: now)) }
        return loadRuns()
    }

    // MARK: Keys

    /// The curves on the screen: frozen, of a stored run, or of the running fine-tuning.
    var shownCurves: [String: CurveHistory] {
        if let frozen = train.frozen { return frozen }
        if let shown = train.shown { return compare.details[shown]?.curves ?? [:] }
        return train.live?.curves ?? [:]
    }

    /// What stands before the slash of the curves' names, in a sensible order.
    static func metrics(_ curves: [String: CurveHistory]) -> [String] {
        let known = ["loss", "accuracy", "learning rate", "gradient norm"]
        let found = Set(curves.keys.map { String($0.split(separator: "/").first ?? "") })
        return known.filter(found.contains) + found.subtracting(known).sorted()
    }

    static func metric(after metric: String, by steps: Int, in curves: [String: CurveHistory]) -> String {
        let all = metrics(curves)
        return all.isEmpty ? metric : all.moved(from: all.firstIndex(of: metric) ?? 0, by: steps)
    }

    mutating func performOnTrain(_ action: Action, now: Double) -> [Effect] {
        switch action {
        case .nextMetric, .previousMetric:
            train.metric = Self.metric(after: train.metric, by: action == .nextMetric ? 1 : -1, in: shownCurves)
            inform("Metric: \(train.metric)")
        case .scaleCurves:
            train.isLogarithmic.toggle()
            inform(train.isLogarithmic ? "Logarithmic scale" : "Linear scale")
        case .smoothCurves:
            train.smoothing = TrainState.smoothings.moved(from: TrainState.smoothings.firstIndex(of: train.smoothing) ?? 0, by: 1)
            inform(
                train.smoothing == 0
                    ? "No smoothing"
                    : "Moving average over steps with weight \(Format.significant(train.smoothing)); the spread stays visible, validations are never smoothed"
            )
        case .freezeCurves:
            train.frozen = train.frozen == nil ? shownCurves : nil
            inform(train.frozen == nil ? "Live curves" : "Curves frozen while data keeps arriving; space resumes")
        case .latestSteps, .allSteps:
            train.showsRecent = action == .latestSteps
            inform(train.showsRecent ? "Latest steps" : "Whole run")
        case .left where panel != .settings, .right where panel != .settings: moveCurveCursor(action == .left ? -0.01 : 0.01)
        case .blockLeft where panel != .settings, .blockRight where panel != .settings: moveCurveCursor(action == .blockLeft ? -0.1 : 0.1)
        case .back:
            if train.cursor != nil { train.cursor = nil } else if train.shown != nil { train.shown = nil } else { focus[.train] = .chart }
            inform(screen.room.guidance(self))
        default: return panel == .settings ? perform(action, in: .tuning, now: now) : []
        }
        return []
    }

    private mutating func moveCurveCursor(_ steps: Double) {
        train.cursor = max(0, min(1, (train.cursor ?? 1) + steps))
        inform(cursorSentence)
    }

    /// The steps of the drawn curves.
    var curveSteps: ClosedRange<Double>? {
        let points = chartSeries.flatMap(\.points)
        guard let low = points.map(\.x).min(), let high = points.map(\.x).max(), high > low else { return nil }
        return low...high
    }

    var cursorStep: Double? {
        guard let cursor = train.cursor, let steps = curveSteps else { return nil }
        return steps.lowerBound + cursor * (steps.upperBound - steps.lowerBound)
    }

    /// What the curves are at the cursor.
    var cursorSentence: String {
        let series = chartSeries
        guard let at = cursorStep ?? series.flatMap(\.points).map(\.x).max() else {
            return train.live?.isActive == true ? "Waiting for the first step" : "No curves yet: t fine-tunes the fused network"
        }
        return "Step \(Int(at)): " + values(at: at, of: series).joined(separator: ", ")
    }

    // MARK: Mouse

    /// A second click takes the next value.
    mutating func clickSetting(_ index: Int, now: Double) -> [Effect] {
        guard !isTyping else { return [] }
        let again = train.form.selected == index
        train.form.selected = index
        clampForms()
        if again { return perform(.right, in: .tuning, now: now) }
        inform(fieldHelp(.tuning))
        return []
    }

    mutating func clickChart(at position: Position) -> [Effect] {
        let area = inside(.chart)
        guard area.columns > 9 else { return [] }
        train.cursor = max(0, min(1, Double(position.column - area.column - 8) / Double(area.columns - 9)))
        inform(cursorSentence)
        return []
    }
}
