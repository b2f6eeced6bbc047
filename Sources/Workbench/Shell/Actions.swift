import Fusion
import Screen

extension Model {
    mutating func perform(_ action: Action, now: Double) -> [Effect] {
        if overlay != nil, let effects = performInOverlay(action, now: now) { return effects }
        if isTyping, overlay == nil {
            switch action {
            case .enter: return acceptTyped()
            case .back, .interrupt:
                stopTyping()
                inform("The old value is kept")
                return []
            default: break
            }
        }
        switch action {
        case .show(let screen): return show(screen)
        case .nextPanel: moveFocus(1)
        case .previousPanel: moveFocus(-1)
        // Jobs
        case .fuse: return startFusion(now: now)
        case .fineTune: return startTuning(now: now)
        case .measureBarrier: return measureBarrier()
        case .pauseTraining: return pauseOrResume()
        case .stopJob: return stopJob(now: now)
        case .discardTraining:
            if tuning == nil { inform("No fine-tuning is running") } else { overlay = .confirm(.discardTraining) }
        // The recipe
        case .undo: return travel(back: true)
        case .redo: return travel(back: false)
        case .pin, .forbid: return constrain(action)
        case .listEdits: listEdits()
        case .editOneLayer: toggleOwnGroup()
        case .chooseAutomatic: return chooseAutomatically()
        case .saveRecipe: ask(.recipe, "recipe.toml")
        case .saveNetwork: return askWhereToSave()
        case .loadRun: return loadNetwork(now: now)
        // Layers and parents
        case .openFiles: return openBrowser()
        case .nextLayer: return selectGroup(selectedGroup + 1)
        case .previousLayer: return selectGroup(selectedGroup - 1)
        case .showInfo: showInfo()
        case .findField: overlay = .fields(query: TextField(), selected: 0)
        case .nextBlock: return stepBlock(1)
        case .previousBlock: return stepBlock(-1)
        case .sortLayers: sortLayers()
        case .findLayer: findLayer()
        case .nextParent: nextParent()
        // Everywhere
        case .help: overlay = .help(filter: TextField(), selected: 0)
        case .palette: overlay = .palette(query: TextField(), selected: 0)
        case .log: overlay = .log(LogView())
        case .themes: overlay = .themes(selected: themes.firstIndex(of: theme) ?? 0, original: theme)
        case .nextGlyphs: setGlyphs(appearance.glyphs.next)
        case .nextColours: nextColours()
        case .goTo: ask(.goto)
        case .jumpBack: return jump(back: true)
        case .jumpForward: return jump(back: false)
        case .toggleMouse: return setMouse(!isMouseOn)
        case .export: ask(.export, screen.room.exportName(self))
        case .copyMenu: overlay = .copy(selected: 0)
        case .copyCommand:
            let command = recipe.command()
            say(.info, "Copied: \(command)", now: now)
            return [.copy(command)]
        case .tour:
            tour = tour == nil ? 0 : nil
            inform(tour == nil ? "Tour ended; F2 restarts it" : "Follow the line under the title; F2 ends the tour")
        case .maximise:
            isMaximised.toggle()
            inform(isMaximised ? "\(panel?.title ?? "Panel") maximised; z restores all panels" : "All panels")
        case .saveScreen: return [.write(OutputFile(path: "amalgam-screen.txt", text: ScreenText.dump(view(self), styles: false)))]
        case .reload: return [.reload]
        case .suspend: return [.suspend]
        case .redraw: return [.redraw]
        case .interrupt: return interrupt(now: now)
        case .quit:
            if busy?.isCancelling == false {
                overlay = .quit
                return []
            }
            exit = .done
            return cancelEverything()
        default: return screen.room.perform(action, on: &self, now: now)
        }
        return []
    }

    mutating func show(_ screen: ScreenID) -> [Effect] {
        self.screen = screen
        let effects = screen.room.load(&self)
        inform(screen.room.guidance(self))
        return effects
    }

    private mutating func moveFocus(_ steps: Int) {
        let panels = reachablePanels
        guard panels.count > 1, let panel, let index = panels.firstIndex(of: panel) else { return }
        let next = panels.moved(from: index, by: steps)
        focus[screen] = next
        inform("Focus: \(next.title)")
    }

    /// The theme's colours of maps, then the others one by one.
    private mutating func nextColours() {
        let all: [ColourMap?] = [nil] + ColourMap.allCases.filter { $0 != .cividisReversed }
        colourMap = all.moved(from: all.firstIndex(of: colourMap) ?? 0, by: 1)
        inform("Colour map: \(colourMap?.rawValue ?? "the theme's")")
    }

    mutating func setGlyphs(_ glyphs: GlyphSet) {
        appearance.glyphs = glyphs
        inform("Glyphs: \(glyphs.rawValue)")
    }

    mutating func setMouse(_ isOn: Bool) -> [Effect] {
        isMouseOn = isOn
        inform(
            isOn
                ? "Mouse captured: clicks, wheel and drags work"
                : "Mouse released: the terminal selects text; F4 or :set mouse on captures it")
        return [.mouse(isOn)]
    }

    /// Ctrl-c: first the job, then twice within a second the program.
    private mutating func interrupt(now: Double) -> [Effect] {
        if let last = interruptedAt, now - last <= 1 {
            exit = .interrupted
            return cancelEverything()
        }
        interruptedAt = now
        if busy?.isCancelling == false { return stopJob(now: now) }
        inform("Ctrl-c again within a second quits; q asks first")
        return []
    }

    // MARK: Stopping jobs

    mutating func stopJob(now: Double) -> [Effect] {
        guard let busy else {
            inform("No job is running")
            return []
        }
        if let cancelledAt = busy.cancelledAt {
            overlay = .confirm(.abandon(busy.ticket, title: busy.job.capitalizedTitle, waited: StallDetector.words(now - cancelledAt)))
            return []
        }
        if tuning != nil { return stopTuning(keeps: true, now: now) }
        jobs.cancel(busy.ticket, now: now)
        say(.warn, "Cancelling …", now: now)
        return [.cancel(ticket: busy.ticket)]
    }

    /// Workers check for cancellation between two steps; one that does not reach the next can only be abandoned.
    mutating func abandon(_ ticket: Int, now: Double) -> [Effect] {
        guard let running = jobs.running[ticket] else {
            inform("It has already stopped")
            return []
        }
        jobs.end(ticket)
        if running.job is TuneJob { train.live?.phase = .ended("abandoned") }
        say(.warn, "\(running.job.capitalizedTitle) was abandoned: its worker ends at its next step, and nothing of it is kept", now: now)
        return [.abandon(ticket: ticket)]
    }
}
