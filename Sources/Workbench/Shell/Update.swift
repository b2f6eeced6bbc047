import Fusion
import Screen

/// The next state of the workbench and what is to be done outside it.
///
/// - Parameter now: seconds since the start; the model never looks at a clock itself.
func update(_ model: inout Model, _ event: Event, now: Double) -> [Effect] {
    model.clock = now
    defer { model.advanceTour() }
    switch event {
    case .input(.key(let press), _): return model.travelling { $0.press(press, now: now) }
    case .input(.mouse(let mouse), let target): return model.travelling { $0.mouse(mouse, over: target, now: now) }
    case .input(.paste(let text), _): return model.paste(text)
    case .input(.resize(let size), _):
        model.size = size
        model.clampSelections()
    case .job(let ticket, let event): return model.receive(event, ticket: ticket, now: now)
    case .terminated(let signal):
        model.exit = ExitCode(rawValue: 128 + signal)
        return model.endEverything()
    case .note(let text, let isWarning): model.say(isWarning ? .warn : .info, text, now: now)
    case .exists(let file): model.overlay = .confirm(.overwrite(file))
    case .tick: model.warnOfStall(now: now)
    case .storeChanged: return model.storeChanged()
    case .keys(let keys): model.keys = keys
    }
    return []
}

extension Model {
    /// The first effects: look for samples, and open the parents that were passed.
    mutating func begin(now: Double) -> [Effect] {
        var effects: [Effect] = []
        if let restored {
            named = restored.parents
            own = restored
            effects.append(open(restored))
        } else if !named.isEmpty {
            effects.append(open(recipe))
        }
        samples = .waiting
        effects.append(jobs.start(SamplesJob()))
        inform(named.isEmpty ? "Looking for sample models …" : "Opening \(named.count) parents …")
        return effects + (screen == .compare ? loadRuns() : [])
    }

    /// What a job reports.
    mutating func receive(_ event: JobEvent, ticket: Int, now: Double) -> [Effect] {
        guard let running = jobs.running[ticket] else { return [] }
        switch event {
        case .progress(let fraction, let step): jobs.report(ticket, fraction: fraction, step: step, now: now)
        case .training(let event):
            receive(event, now: now)
            jobs.report(ticket, fraction: train.live?.fraction, now: now)
        case .references(let references):
            train.live?.references = references
            jobs.report(ticket, now: now)
            if let overlap = references.overlap { say(.warn, overlap, now: now) }
        case .tried(let trial):
            fuse.trials.append(trial)
            jobs.report(ticket, now: now)
        case .finished(let answer):
            jobs.end(ticket)
            return answer.apply(&self, running.began, now) + ended(running, now: now)
        case .failed(let reason):
            jobs.end(ticket)
            say(.error, reason, now: now)
            return running.job.receiveFailure(reason, &self, now: now) + ended(running, now: now)
        case .cancelled:
            jobs.end(ticket)
            running.job.receiveCancellation(&self, now: now)
            return ended(running, now: now)
        }
        return []
    }

    /// Who waits for a long job looks elsewhere meanwhile; and who wanted to quit after it can.
    private mutating func ended(_ running: Jobs.Running, now: Double) -> [Effect] {
        guard running.job.lane == .fusion else { return [] }
        if quitsAfterJob { exit = .done }
        let seconds = now - running.began
        return [.announce("amalgam: \(Text.clip(status.text, to: 60))", rings: seconds >= Self.longJob)]
    }

    /// Seconds from which on the end of a job is worth a sound.
    private static var longJob: Double { 10 }

    // MARK: Keys

    mutating func press(_ press: KeyPress, now: Double) -> [Effect] {
        guard layout.mode != .tooSmall else {
            // Nothing can be seen, so only the ways out work.
            return press == .character("q") || press == .control("c") ? perform(.quit, now: now) : []
        }
        if let effects = type(press) { return effects }
        guard let binding = keys.binding(for: press, in: context) else {
            if context != .text, overlay == nil { inform("\(press.name): no action here; ? lists the keys") }
            return []
        }
        if binding.action != .interrupt { interruptedAt = nil }
        return perform(binding.action, now: now)
    }

    /// Types a key into the text field that has the focus; nil where there is none or the key is not text.
    private mutating func type(_ press: KeyPress) -> [Effect]? {
        if case .browser(let browser)? = overlay, press == KeyPress(.backspace), browser.filter.text.isEmpty { return leaveFolder(browser) }
        return changeText { $0.apply(press) }
    }

    mutating func paste(_ text: String) -> [Effect] {
        let effects = changeText {
            $0.insert(text)
            return true
        }
        if effects == nil { inform("Paste ignored: no text field is open") }
        return effects ?? []
    }

    /// Changes the text field that has the focus; nil where there is none or it stays as it is.
    private mutating func changeText(_ change: (inout TextField) -> Bool) -> [Effect]? {
        switch overlay {
        case .palette(var query, _):
            guard change(&query) else { return nil }
            overlay = .palette(query: query, selected: 0)
        case .fields(var query, _):
            guard change(&query) else { return nil }
            overlay = .fields(query: query, selected: 0)
        case .layers(var query, _):
            guard change(&query) else { return nil }
            overlay = .layers(query: query, selected: 0)
        case .help(var filter, _):
            guard change(&filter) else { return nil }
            overlay = .help(filter: filter, selected: 0)
        case .browser(var browser):
            guard change(&browser.filter) else { return nil }
            return retype(browser)
        case .prompt(var prompt):
            guard change(&prompt.field) else { return nil }
            prompt.problem = nil
            prompt.selected = nil
            overlay = .prompt(prompt)
        case nil: return changeTyped(change) ? [] : nil
        default: return nil
        }
        return []
    }

    mutating func clampSelections() {
        models.selectedSet = max(0, min(models.selectedSet, setRows.count - 1))
        selectedGroup = max(0, min(selectedGroup, groups.count - 1))
        clampForms()
        clampCursor()
        clampNeuron()
        compare.clamp()
    }

    /// Where no one can answer any more: trainings end with what they have reached, all else is cancelled.
    mutating func endEverything() -> [Effect] {
        jobs.running.sorted { $0.key < $1.key }.map { $0.value.job is TuneJob ? .stop(ticket: $0.key) : .cancel(ticket: $0.key) }
    }

    mutating func cancelEverything() -> [Effect] { jobs.running.keys.sorted().map { .cancel(ticket: $0) } }
}
