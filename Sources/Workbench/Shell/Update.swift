import Fusion
import Screen

/// The next state of the workbench and what is to be done outside it.
///
/// - Parameter now: seconds since the start; the model never looks at a clock itself.
public func update(_ model: inout Model, _ event: Event, now: Double) -> [Effect] {
    model.clock = now
    defer { model.advanceTour() }
    switch event {
    case .input(.key(let press)): return model.travelling { $0.press(press, now: now) }
    case .input(.mouse(let mouse)): return model.travelling { $0.mouse(mouse, now: now) }
    case .input(.paste(let text)): return model.paste(text)
    case .input(.resize(let size)):
        model.size = size
        model.clampSelections()
        return []
    case .job(let ticket, let event): return model.receive(event, ticket: ticket, now: now)
    case .terminated(let signal):
        model.exit = ExitCode(rawValue: 128 + signal)
        return model.cancelEverything()
    case .note(let text, let isWarning):
        model.say(isWarning ? .warn : .info, text, now: now)
        return []
    case .exists(let file):
        model.overlay = .confirm(Confirmation(question: Model.overwriteQuestion(file.path), deed: .overwrite(file)))
        return []
    case .tick:
        model.tick(now: now)
        return []
    case .storeChanged: return model.storeChanged()
    case .keys(let keys):
        model.keys = keys
        return []
    }
}

extension Model {
    /// What to do first: look for samples, and open what was named.
    public mutating func begin(now: Double) -> [Effect] {
        var effects: [Effect] = []
        if let restored {
            named = restored.parents
            effects.append(open(restored))
        } else if !named.isEmpty {
            effects.append(open(recipe))
        }
        samples = .waiting
        effects.append(jobs.start(.samples))
        status = Status(level: .info, text: named.isEmpty ? "Looking for sample models …" : "Opening \(named.count) parents …")
        return effects + (screen == .compare ? loadRuns() : [])
    }

    static func overwriteQuestion(_ path: String) -> String { "\(path) is there already. Write over it?" }

    mutating func say(_ level: LogEntry.Level, _ text: String, now: Double) {
        if level != .command { status = Status(level: level, text: text) }
        log.append(LogEntry(level: level, text: text, time: now))
        if log.count > 2000 { log.removeFirst(log.count - 2000) }
    }

    // MARK: Keys

    mutating func press(_ press: KeyPress, now: Double) -> [Effect] {
        guard layout.mode != .tooSmall else {
            // Nothing can be seen, so only the ways out work.
            return press == .character("q") || press == .control("c") ? perform(.quit, now: now) : []
        }
        if takesText, let effects = type(press) { return effects }
        guard let binding = keys.binding(for: press, in: context) else {
            if context != .text, overlay == nil {
                status = Status(level: .info, text: "\(press.name) means nothing here; ? lists the keys")
            }
            return []
        }
        if binding.action != .interrupt { interruptedAt = nil }
        return perform(binding.action, now: now)
    }

    /// Whether plain characters are text rather than commands.
    private var takesText: Bool {
        switch context {
        case .text, .palette, .help, .browser, .prompt: true
        default: false
        }
    }

    /// Puts a key into the text field that has the keyboard; nil where the key is none of its business.
    private mutating func type(_ press: KeyPress) -> [Effect]? {
        switch overlay {
        case .palette(var query, _):
            guard query.apply(press) else { return nil }
            overlay = .palette(query: query, selected: 0)
        case .help(var filter, _):
            guard filter.apply(press) else { return nil }
            overlay = .help(filter: filter, selected: 0)
        case .browser(var browser):
            if press == KeyPress(.backspace), browser.filter.text.isEmpty { return leaveFolder(browser) }
            guard browser.filter.apply(press) else { return nil }
            browser.selected = 0
            return show(browser)
        case .prompt(var prompt):
            guard prompt.field.apply(press) else { return nil }
            prompt.problem = nil
            prompt.selected = nil
            overlay = .prompt(prompt)
        case nil:
            if screen == .train {
                guard var field = train.form.editing, field.apply(press) else { return nil }
                train.form.editing = field
                train.form.problem = nil
                return []
            }
            guard var field = fuse.editing, field.apply(press) else { return nil }
            fuse.editing = field
            fuse.problem = nil
        default: return nil
        }
        return []
    }

    mutating func paste(_ text: String) -> [Effect] {
        switch overlay {
        case .palette(var query, _):
            query.insert(text)
            overlay = .palette(query: query, selected: 0)
        case .help(var filter, _):
            filter.insert(text)
            overlay = .help(filter: filter, selected: 0)
        case .browser(var browser):
            browser.filter.insert(text)
            browser.selected = 0
            return show(browser)
        case .prompt(var prompt):
            prompt.field.insert(text)
            prompt.problem = nil
            overlay = .prompt(prompt)
        case nil where screen == .train && isTyping:
            train.form.editing?.insert(text)
            train.form.problem = nil
        case nil where isTyping:
            fuse.editing?.insert(text)
            fuse.problem = nil
        default: status = Status(level: .info, text: "Pasted text was ignored: no text field is open")
        }
        return []
    }

    // MARK: Actions

    mutating func perform(_ action: Action, now: Double) -> [Effect] {
        if overlay != nil, let effects = performInOverlay(action, now: now) { return effects }
        if isTyping, overlay == nil {
            switch action {
            case .open where screen == .train:
                acceptKnob()
                return []
            case .open: return acceptText(now: now)
            case .back, .interrupt:
                fuse.editing = nil
                fuse.problem = nil
                train.form = KnobForm(selected: train.form.selected)
                status = Status(level: .info, text: "The old value is kept")
                return []
            default: break
            }
        }
        switch action {
        case .show(let screen): return show(screen)
        case .nextPanel: return moveFocus(1)
        case .previousPanel: return moveFocus(-1)
        case .help: overlay = .help(filter: TextField(), selected: 0)
        case .palette: overlay = .palette(query: TextField(), selected: 0)
        case .log: overlay = .log(LogView())
        case .themes: overlay = .themes(selected: themes.firstIndex(of: theme) ?? 0, original: theme)
        case .glyphs:
            appearance.glyphs = appearance.glyphs.next
            status = Status(level: .info, text: "Characters: \(appearance.glyphs.rawValue)")
        case .suspend: return [.suspend]
        case .redraw: return [.redraw]
        case .dump: return [.write(OutputFile(path: "amalgam-screen.txt", text: ScreenText.dump(view(self), styles: false)))]
        case .reload: return [.reload]
        case .tour:
            tour = tour == nil ? 0 : nil
            status = Status(
                level: .info, text: tour == nil ? "The tour is over; F2 begins it again" : "Follow the line under the title; F2 ends it")
        case .maximise:
            isMaximised.toggle()
            status = Status(
                level: .info, text: isMaximised ? "\(panel?.title ?? "One panel") has the whole screen; z takes it back" : "All panels")
        case .nextColours: return nextColours()
        case .browse: return openBrowser()
        case .saveRecipe: ask(.recipe, "recipe.toml")
        case .goTo: ask(.goto)
        case .jumpBack: return jump(back: true)
        case .jumpForward: return jump(back: false)
        case .mouse: return setMouse(!isMouseOn)
        case .export: ask(.export, exportName)
        case .copyMenu: overlay = .copy(selected: 0)
        case .copyCommand:
            let command = recipe.command()
            say(.info, "Copied: \(command)", now: now)
            return [.copy(command)]
        case .quit:
            if let busy, !busy.isCancelling {
                overlay = .quit
                return []
            }
            exit = .done
            return cancelEverything()
        case .interrupt: return interrupt(now: now)
        case .answerCancelAndQuit, .answerStay, .answerYes: return []
        default: return performOnScreen(action, now: now)
        }
        return []
    }

    mutating func show(_ screen: ScreenID) -> [Effect] {
        self.screen = screen
        if screen == .neurons { takeSelectionFromMap() }
        status = Status(level: .info, text: guidance)
        return lookAtNeurons() + (screen == .compare ? loadRuns() : [])
    }

    /// The theme's colours of maps, then the others one by one.
    private mutating func nextColours() -> [Effect] {
        let all: [ColourMap?] = [nil] + ColourMap.allCases.filter { $0 != .cividisReversed }
        let index = all.firstIndex(of: colourMap) ?? 0
        colourMap = all[(index + 1) % all.count]
        status = Status(level: .info, text: "Colours of maps: \(colourMap?.rawValue ?? "the theme's")")
        return []
    }

    private mutating func performOnScreen(_ action: Action, now: Double) -> [Effect] {
        switch action {
        case .fuse: return startFusion(now: now)
        case .tune: return startTuning(now: now)
        case .barrier: return measureBarrier()
        case .pause: return pauseOrResume()
        case .cancel: return cancelJob(now: now)
        case .discard:
            guard tuning != nil else {
                status = Status(level: .info, text: "No fine-tuning is running")
                return []
            }
            overlay = .confirm(Confirmation(question: "Stop the fine-tuning and keep nothing of it?", deed: .discard))
            return []
        case .undo: return travel(back: true, now: now)
        case .redo: return travel(back: false, now: now)
        case .pin, .forbid: return demand(action)
        case .edits: return showEdits()
        case .ownGroup: return toggleOwnGroup()
        case .automatic: return chooseAutomatically()
        case .nextLook where screen == .fuse: return nextTrialLook()
        case .nextGroup: return selectGroup(selectedGroup + 1)
        case .previousGroup: return selectGroup(selectedGroup - 1)
        case .nextParent where screen != .neurons: return nextParent()
        case _ where screen == .neurons: return performOnNeurons(action, now: now)
        case _ where screen == .train: return performOnTrain(action, now: now)
        case _ where screen == .compare: return performOnCompare(action, now: now)
        case .order, .scale, .pooling, .lockScale, .zoomIn, .zoomOut, .nextOrphan, .previousOrphan, .announce, .nextLook, .previousLook,
            .selectRectangle,
            .lowerThreshold, .raiseThreshold, .printNumbers:
            return performOnMap(action)
        default: break
        }
        switch screen {
        case .models: return performOnModels(action, now: now)
        case .align: return panel == .matches && layout.panels[.matches] != nil ? performOnMatches(action) : performOnMap(action)
        case .fuse:
            switch panel {
            case .groups: return performOnGroups(action)
            case .trials: return performOnTrials(action, now: now)
            default: return performOnForm(action, now: now)
            }
        case .neurons, .train, .compare: return []
        }
    }

    private mutating func moveFocus(_ steps: Int) -> [Effect] {
        let panels = reachablePanels
        guard panels.count > 1, let panel, let index = panels.firstIndex(of: panel) else { return [] }
        let next = panels[((index + steps) % panels.count + panels.count) % panels.count]
        focus[screen] = next
        status = Status(level: .info, text: "\(next.title) has the keyboard")
        return []
    }

    /// Ctrl-c: first the field or dialog, then the job, then twice within a second the program.
    private mutating func interrupt(now: Double) -> [Effect] {
        if let last = interruptedAt, now - last <= 1 {
            exit = .interrupted
            return cancelEverything()
        }
        interruptedAt = now
        if let busy, !busy.isCancelling { return cancelJob(now: now) }
        status = Status(level: .info, text: "Ctrl-c again within a second quits; q asks first")
        return []
    }

    mutating func cancelEverything() -> [Effect] { jobs.running.keys.sorted().map { .cancel(ticket: $0) } }

    /// The recipe in a few words, for the status line.
    var recipeWords: String {
        let settings = recipe.settings.differences.map { "\($0.key) \($0.value)" } + recipe.edits.assignments
        return recipe.method.title + (settings.isEmpty ? ", defaults" : ", " + settings.joined(separator: ", "))
    }

    /// What to press next on this screen, in one sentence.
    var guidance: String {
        switch screen {
        case .models:
            opened.value == nil ? "Enter opens the selected sample set" : "2 shows which neurons correspond · 4 shows the recipe · F fuses"
        case .align: planned == nil ? "No plan yet: open parents on screen 1" : announcement
        case .fuse: "←→ change a value, Enter types it, F fuses"
        case .neurons:
            neuronSnapshot == nil
                ? (opened.value == nil ? "No neurons yet: open parents on screen 1" : "Looking at the neurons …") : neuronSentence
        case .train: train.live == nil && train.shown == nil ? "t fine-tunes the fused network; Tab goes to the settings" : cursorSentence
        case .compare: runSentence
        }
    }

    mutating func clampSelections() {
        selectedSet = max(0, min(selectedSet, sampleSets.count - 1))
        selectedGroup = max(0, min(selectedGroup, groups.count - 1))
        fuse.field = max(0, min(fuse.field, formFields.count - 1))
        clampCursor()
        clampNeuron()
        clampRuns()
    }
}
