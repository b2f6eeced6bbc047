import Fusion
import Screen
import Training

extension Model {
    /// The fine-tuning under way, if there is one.
    var tuning: Jobs.Running? { jobs.running.values.first { if case .tune = $0.job { true } else { false } } }

    // MARK: Starting and steering

    mutating func startTuning(now: Double) -> [Effect] {
        guard tuning == nil else {
            screen = .train
            status = Status(level: .info, text: "A fine-tuning is running; p pauses it, x stops it and keeps what it has reached")
            return []
        }
        guard let result = fuse.result else {
            status = Status(
                level: .warn,
                text: fusion == nil
                    ? "There is no fused network to fine-tune yet: F fuses one"
                    : "The fusion is still running; fine-tune it when it is done")
            return []
        }
        guard result.recipe.data != nil else {
            status = Status(
                level: .warn,
                text: "Fine-tuning needs data, and this recipe names none: name it on screen 4 in the field “data” and fuse again")
            return []
        }
        let request = TuningRequest(recipe: result.recipe, settings: train.settings)
        train.live = LiveRun(request: request, began: now, heard: now)
        train.shown = nil
        train.frozen = nil
        train.cursor = nil
        let effects = show(.train)
        say(.info, "Fine-tuning the fused network: \(tuningWords(train.settings))", now: now)
        return effects + [jobs.start(.tune(request), now: now)]
    }

    /// The settings that differ from the defaults, in a few words.
    func tuningWords(_ settings: Settings) -> String {
        let changed = settings.differences.map { "\($0.key) \($0.value)" }
        return changed.isEmpty ? "default settings" : changed.joined(separator: ", ")
    }

    mutating func pauseOrResume() -> [Effect] {
        guard let tuning, let live = train.live else {
            status = Status(level: .info, text: "No fine-tuning is running")
            return []
        }
        if live.phase == .paused { return [.resume(ticket: tuning.ticket)] }
        guard live.phase == .running else { return [] }
        status = Status(level: .info, text: "Pausing after this step …")
        return [.pause(ticket: tuning.ticket)]
    }

    mutating func stopTuning(keeps: Bool, now: Double) -> [Effect] {
        guard let tuning else { return [] }
        jobs.running[tuning.ticket]?.isCancelling = true
        jobs.running[tuning.ticket]?.cancelledAt = now
        train.live?.phase = keeps ? .stopping : .cancelling
        say(.warn, keeps ? "Stopping after this step; what it has reached is kept …" : "Cancelling …", now: now)
        return [keeps ? .stop(ticket: tuning.ticket) : .cancel(ticket: tuning.ticket)]
    }

    // MARK: What it tells

    mutating func receive(_ event: TrainingEvent, now: Double) {
        train.live?.take(event, now: now)
        switch event {
        case .paused: say(.info, "Paused; p goes on", now: now)
        case .resumed: say(.info, "Going on", now: now)
        case .checkpointFailed(let path, let reason):
            say(.error, "The checkpoint \(path) was not written: \(reason). The training goes on", now: now)
        case .diverged(let epoch, let step, let loss, let kept):
            say(
                .warn,
                "The loss is \(HeatMap.number(loss)) at epoch \(epoch), step \(step): the network of epoch \(kept) is kept; try a smaller learning rate",
                now: now)
        case .note(let text): say(.info, text, now: now)
        case .epochFinished(let epoch):
            let words = epoch.validation.map { ", validation \(Formatting.value($0))" } ?? ""
            status = Status(
                level: .info,
                text: "Epoch \(epoch.epoch) in \(Formatting.seconds(epoch.seconds)): loss \(HeatMap.number(epoch.loss))\(words)")
        default: break
        }
    }

    mutating func receiveTuned(_ result: TuningResult, now: Double) -> [Effect] {
        train.live?.result = result
        train.live?.phase = .ended(result.summary.reason.rawValue)
        forgetNeurons()
        let gain =
            result.accuracy.map { after in
                result.before.map { "\(Formatting.percent($0)) → \(Formatting.percent(after))" } ?? Formatting.percent(after)
            }
            ?? result.measured
        let reason =
            switch result.summary.reason {
            case .completed:
                result.summary.keptEpoch == 0 ? "done: no epoch did better on the validation data, so the network stays" : "done"
            case .stoppedEarly: "stopped early, nothing got better"
            case .stopped: "stopped and kept"
            case .diverged: "diverged; the last good network is kept"
            }
        say(
            result.summary.reason == .diverged ? .warn : .ok,
            "Fine-tuning \(reason)" + (gain.map { ": \($0)" } ?? "") + (result.run.map { " · \($0) · 6 compares" } ?? ""), now: now)
        for note in result.notes { log.append(LogEntry(level: .info, text: note, time: now)) }
        return loadRuns()
    }

    // MARK: Keys

    /// The curves on the screen: frozen, of a stored run, or of the run that goes on.
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

    mutating func performOnTrain(_ action: Action, now: Double) -> [Effect] {
        switch action {
        case .nextMetric, .previousMetric:
            let all = Self.metrics(shownCurves)
            guard !all.isEmpty else { return [] }
            let index = all.firstIndex(of: train.metric) ?? 0
            train.metric = all[(index + (action == .nextMetric ? 1 : all.count - 1)) % all.count]
            status = Status(level: .info, text: "Curves of \(train.metric)")
        case .scale:
            train.isLogarithmic.toggle()
            status = Status(level: .info, text: train.isLogarithmic ? "Logarithmic scale" : "Linear scale")
        case .smooth:
            let index = TrainState.smoothings.firstIndex(of: train.smoothing) ?? 0
            train.smoothing = TrainState.smoothings[(index + 1) % TrainState.smoothings.count]
            status = Status(
                level: .info, text: train.smoothing == 0 ? "No smoothing" : "Smoothing \(train.smoothing): the points stay as a cloud")
        case .freeze:
            train.frozen = train.frozen == nil ? shownCurves : nil
            status = Status(
                level: .info, text: train.frozen == nil ? "The curves go on" : "The curves are frozen; data still arrives. space goes on")
        case .zoomIn, .zoomOut:
            train.showsRecent = action == .zoomIn
            status = Status(level: .info, text: train.showsRecent ? "The latest steps" : "The whole run")
        case .left where panel != .settings, .right where panel != .settings: moveCurveCursor(action == .left ? -0.01 : 0.01)
        case .blockLeft where panel != .settings, .blockRight where panel != .settings: moveCurveCursor(action == .blockLeft ? -0.1 : 0.1)
        case .back:
            if train.cursor != nil { train.cursor = nil } else if train.shown != nil { train.shown = nil } else { focus[.train] = .chart }
            status = Status(level: .info, text: guidance)
        default: return panel == .settings ? performOnKnobs(action) : []
        }
        return []
    }

    private mutating func moveCurveCursor(_ steps: Double) {
        train.cursor = max(0, min(1, (train.cursor ?? 1) + steps))
        status = Status(level: .info, text: cursorSentence)
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
        guard let at = cursorStep else { return "No curves yet" }
        let values = chartSeries.compactMap { one in
            one.points.min { abs($0.x - at) < abs($1.x - at) }.map { "\(one.name) \(HeatMap.number($0.y))" }
        }
        return "Step \(Int(at)): " + values.joined(separator: ", ")
    }

    // MARK: The settings

    enum KnobField: Equatable {
        case preset
        case knob(AnyHyperparameter)

        var key: String { if case .knob(let knob) = self { knob.key } else { "preset" } }
    }

    var knobFields: [KnobField] { [.preset] + FineTuning.table.hyperparameters.map(KnobField.knob) }
    var knobField: KnobField? { knobFields.indices.contains(train.form.selected) ? knobFields[train.form.selected] : nil }
    var tuningPresets: [String] { ["defaults"] + FineTuning.table.presets.map(\.id) }

    private func tuningSettings(ofPreset index: Int) -> Settings? {
        guard index > 0 else { return Settings(FineTuning.table) }
        return tuningPresets.indices.contains(index) ? try? FineTuning.table.settings(preset: tuningPresets[index]) : nil
    }

    var tuningPresetIndex: Int? { tuningPresets.indices.first { tuningSettings(ofPreset: $0) == train.settings } }

    private mutating func performOnKnobs(_ action: Action) -> [Effect] {
        let count = knobFields.count, page = max(1, inside(.settings).rows - 1)
        switch action {
        case .up: train.form.selected -= 1
        case .down: train.form.selected += 1
        case .pageUp: train.form.selected -= page
        case .pageDown: train.form.selected += page
        case .first: train.form.selected = 0
        case .last: train.form.selected = count - 1
        case .left: stepKnob(-1)
        case .right: stepKnob(1)
        case .open: editKnob()
        case .resetField: resetKnob()
        default: return []
        }
        train.form.selected = max(0, min(count - 1, train.form.selected))
        if [.up, .down, .pageUp, .pageDown, .first, .last].contains(action) { status = Status(level: .info, text: knobHelp) }
        return []
    }

    private var knobTitle: String {
        if case .knob(let knob)? = knobField { knob.title } else { "preset" }
    }

    var knobHelp: String {
        switch knobField {
        case .knob(let knob): knob.help
        case .preset:
            tuningPresetIndex.flatMap { $0 > 0 ? FineTuning.table.presets[$0 - 1].title : nil }
                ?? "Sets all of it at once: the defaults, or what a paper used."
        case nil: ""
        }
    }

    private mutating func stepKnob(_ steps: Int) {
        switch knobField {
        case .preset:
            let count = tuningPresets.count, next = tuningPresetIndex.map { (($0 + steps) % count + count) % count } ?? 0
            if let settings = tuningSettings(ofPreset: next) { train.history.record(settings, "preset \(tuningPresets[next])") }
            status = Status(level: .info, text: "\(tuningPresets[next]): \(knobHelp)")
        case .knob(let knob):
            if let reason = train.settings.idleReason(knob) {
                status = Status(level: .warn, text: "\(knob.title) has no effect now: it \(reason)")
                return
            }
            let old = train.settings[knob.key] ?? knob.fallback, new = knob.stepped(old, by: steps)
            setKnob(knob, new, "\(knob.title) \(old) → \(new)")
        case nil: break
        }
    }

    private mutating func setKnob(_ knob: AnyHyperparameter, _ value: HyperparameterValue, _ words: String) {
        var next = train.settings
        do {
            try next.set(knob.key, value)
            train.history.record(next, words)
            status = Status(level: .info, text: words)
        } catch {
            status = Status(level: .error, text: "\(error)")
        }
    }

    private mutating func resetKnob() {
        var next = train.settings
        let words: String
        switch knobField {
        case .knob(let knob):
            next.reset(knob.key)
            words = "\(knob.title) at its default"
        case .preset:
            next = Settings(FineTuning.table)
            words = "all settings at their defaults"
        case nil: return
        }
        train.history.record(next, words)
        status = Status(level: .info, text: words)
    }

    private mutating func editKnob() {
        train.form.problem = nil
        switch knobField {
        case .knob(let knob):
            train.form.editing = TextField((train.settings[knob.key] ?? knob.fallback).description)
            status = Status(level: .info, text: "\(knob.range) · Enter accepts, Esc keeps the old value")
        case .preset:
            train.form.editing = TextField(tuningPresetIndex.map { tuningPresets[$0] } ?? "")
            status = Status(level: .info, text: "One of " + tuningPresets.joined(separator: ", "))
        case nil: break
        }
    }

    /// Takes the text as the value; what cannot be a value stays in the field with the reason beside it.
    mutating func acceptKnob() {
        guard let text = train.form.editing?.text, let knobField else { return }
        let next: Settings
        do { next = try tuning(with: knobField, as: text) } catch {
            train.form.problem =
                if case .knob(let knob) = knobField { knob.range } else { "one of \(tuningPresets.joined(separator: ", "))" }
            status = Status(level: .error, text: "\(error); the old value is kept")
            return
        }
        train.history.record(next, knobTitle)
        train.form = KnobForm(selected: train.form.selected)
        status = Status(level: .info, text: knobHelp)
    }

    /// The settings with a field's value from text.
    func tuning(with field: KnobField, as text: String) throws -> Settings {
        var next = train.settings
        let word = text.trimmingPlainSpaces
        switch field {
        case .knob(let knob): try next.set(knob.key, text: word)
        case .preset: next = word == tuningPresets[0] ? Settings(FineTuning.table) : try FineTuning.table.settings(preset: word)
        }
        _ = try FineTuningSettings(next)
        return next
    }
}

extension Settings {
    /// Why a hyperparameter has no effect now, nil where it has.
    func idleReason(_ hyperparameter: AnyHyperparameter) -> String? {
        guard !applies(hyperparameter) else { return nil }
        let unmet = hyperparameter.conditions.first { condition in self[condition.key].map { !condition.values.contains($0) } ?? true }
        guard let unmet else { return "without effect now" }
        return "needs \(unmet.key) \(unmet.values.map(\.description).joined(separator: " or "))"
    }
}
