import Foundation
import Runs
import Screen
import Store

/// The one thread that owns the screen: waits, updates, draws. Between events it sleeps; nothing wakes it but events.
final class TerminalLoop {
    private let options: WorkbenchOptions
    private let library: ThemeLibrary
    private let backend: CursesBackend
    private let queue: EventQueue
    private let runner: JobRunner
    private let watch: FolderWatch?
    private let begin = ContinuousClock.now
    private var model: Model
    private var painter: Painter
    private var lastFrame: ContinuousClock.Instant?
    /// The frame as it was last drawn.
    private var frame: Cells?
    private let session: SessionFile
    /// What the session file holds, and when it is checked again.
    private var saved: Session?
    private var saveDue: ContinuousClock.Instant?
    /// Only with `--profile`.
    private var profile: Profile?

    /// No more than twenty frames a second are drawn for what workers report; keys are answered at once.
    private static let framePause = Duration.milliseconds(50)
    private static let savePause = Duration.seconds(30)
    /// Seconds for a stopped training to measure and record its network; what is not done by then is left to its checkpoint.
    private static let mostSettling = 20.0

    init(_ options: WorkbenchOptions, engine: any Engine, library: ThemeLibrary) throws(ScreenError) {
        self.options = options
        self.library = library
        let folder = WorkbenchProgram.stateFolder(options.environment)
        let isMono = library.loadOrDefault(options.theme).theme.isMono
        backend = try CursesBackend(
            TerminalOptions(
                depth: options.colour, themeIsMono: isMono, isMouseOn: options.isMouseOn, environment: options.environment,
                logFile: "\(folder)/crash-\(getpid()).log"))
        let wake = backend.wake
        queue = EventQueue { wake.pull() }
        runner = JobRunner(engine: engine, queue: queue)
        watch = engine.storeFolder.flatMap { [queue] folder in
            FolderWatch(folder, isWanted: { $0 == RunStore.fileName || $0 == RunStore.fileName + "-wal" }) { queue.post(.storeChanged) }
        }
        let (model, theme, warnings) = WorkbenchProgram.model(
            options, library: library, size: backend.size, depth: backend.depth, isUnicode: backend.isUnicode)
        self.model = model
        painter = Painter(theme: theme, depth: backend.depth)
        for warning in warnings { queue.post(.note(warning, isWarning: true)) }
        session = SessionFile("\(folder)/session.json")
        self.model.isMouseOn = options.isMouseOn
        if options.profiles { profile = Profile() }
        restoreSession()
    }

    /// Restores the last session; the command line wins over it.
    private func restoreSession() {
        let (last, notice) = session.load()
        if let notice { queue.post(.note(notice, isWarning: true)) }
        guard let last, !options.isFresh else {
            // The first session has a tour.
            if last == nil, notice == nil, !options.isFresh, !options.fakeClock { model.tour = 0 }
            return
        }
        do {
            try last.restore(into: &model, opensRecipe: options.parents.isEmpty)
        } catch {
            queue.post(.note("The last session was only partly restored: \(error)", isWarning: true))
        }
        if options.theme == nil, library.ids.contains(last.theme) { model.theme = last.theme }
        if options.glyphs == nil, backend.isUnicode, let glyphs = GlyphSet(rawValue: last.glyphs) { model.appearance.glyphs = glyphs }
        loadTheme()
        saved = Session(model)
    }

    private var now: Double {
        if options.fakeClock { return 0 }
        let elapsed = (ContinuousClock.now - begin).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    }

    /// - Parameter write: takes the farewell, once the terminal is the shell's again.
    func run(write: (String) -> Void) -> ExitCode {
        let code = runSession()
        let problem = saveSession()
        if profile != nil { measurePlans() }
        backend.close()
        // The terminal may be gone, and says so more than once: what a training has reached is recorded first.
        if code.rawValue == 128 + SIGHUP { signal(SIGHUP, SIG_IGN) }
        let hasStopped = runner.settle(within: Self.mostSettling)
        write(model.farewell)
        if hasStopped { write(model.resumeWords + "\n") }
        if let profile { write(profile.report) }
        if let problem { write(problem + "\n") }
        return code
    }

    /// Saves the session where it has changed; returns the reason where that fails.
    private func saveSession() -> String? {
        saveDue = nil
        let now = Session(model)
        guard now != saved else { return nil }
        if let problem = session.save(now) { return problem }
        saved = now
        return nil
    }

    private func runSession() -> ExitCode {
        let effects = model.begin(now: now)
        // The first picture comes before the first job: a worker that loads libraries would take the processor from it.
        draw()
        profile?.firstScreenShown()
        perform(effects)
        if options.crashTest == "main" { preconditionFailure("a crash on purpose, on the screen's thread") }
        if options.crashTest == "worker" { Thread.detachNewThread { preconditionFailure("a crash on purpose, on a worker's thread") } }
        while model.exit == nil {
            step()
        }
        return model.exit ?? .done
    }

    /// Waits for events and answers them all with one picture.
    private func step() {
        var pendingDraw = false
        var wait: Int?
        var pressed: ContinuousClock.Instant?
        var isQuiet = true
        repeat {
            let began = ContinuousClock.now
            let events = backend.wait(milliseconds: [wait, untilSaving, untilTick].compactMap(\.self).min())
            if wait == nil { profile?.slept(ContinuousClock.now - began, wasCalled: !events.isEmpty) }
            wait = nil
            if events.isEmpty, let due = model.nextTick, due <= now, !options.fakeClock {
                apply(.tick)
                pendingDraw = true
            }
            if events.isEmpty, let saveDue, saveDue <= ContinuousClock.now, let problem = saveSession() {
                apply(.note(problem, isWarning: true))
            }
            if !events.isEmpty, saveDue == nil { saveDue = began + Self.savePause }
            var isUrgent = false
            for event in events {
                switch event {
                case .input(let input):
                    if pressed == nil { pressed = ContinuousClock.now }
                    apply(.input(input, over: target(of: input)))
                    isUrgent = true
                case .woken: break
                case .terminated(let signal): apply(.terminated(signal: signal))
                case .continued: isUrgent = true
                }
            }
            let posted = queue.take()
            if !events.isEmpty || !posted.isEmpty { isQuiet = false }
            for event in posted { apply(event) }
            pendingDraw = pendingDraw || !events.isEmpty || !posted.isEmpty
            if model.exit != nil { return }
            if pendingDraw, !isUrgent, let lastFrame {
                let rest = Self.framePause - (ContinuousClock.now - lastFrame)
                if rest > .zero { wait = Int(rest.components.attoseconds / 1_000_000_000_000_000) + 1 }
            }
        } while wait != nil
        guard pendingDraw else { return }
        let before = profile == nil ? 0 : Profile.bytesWritten
        draw()
        guard profile != nil else { return }
        let bytes = Profile.bytesWritten - before
        if let pressed {
            profile?.took(ContinuousClock.now - pressed, bytes: bytes, isTraining: model.tuning != nil)
        } else if isQuiet {
            profile?.idled(bytes: bytes)
        }
    }

    /// Milliseconds to the next change that time alone makes.
    private var untilTick: Int? {
        guard !options.fakeClock, let due = model.nextTick else { return nil }
        return max(1, Int((due - now) * 1000) + 1)
    }

    /// Draws plans of narrow and wide layers in this terminal, moves the cursor over them and changes their order.
    private func measurePlans() {
        let before = model
        defer { model = before }
        for count in Profile.widths {
            guard let large = try? before.withPlan(neurons: count) else { continue }
            model = large
            model.jumpToStrongest()
            backend.repaint()
            let first = Profile.Cost.of { draw() }
            func cost(of press: KeyPress) -> Profile.Cost {
                Profile.Cost.of {
                    _ = update(&model, .input(.key(press)), now: now)
                    draw()
                }
            }
            let keys =
                [KeyPress.Key.down, .right, .down, .left, .up, .right, .right, .down] + Array(repeating: .down, count: 12)
                + Array(repeating: .right, count: 20)
            let moves = keys.map { cost(of: KeyPress($0)) }
            // Matched, importance, spectral (drawn matched until its worker has computed it), raw.
            let orders = (0..<4).map { _ in cost(of: .character("s")) }
            profile?.drewPlan(neurons: count, first: first, moves: moves, orders: orders)
        }
    }

    /// Milliseconds to the next look at the session; nil sleeps until something happens.
    private var untilSaving: Int? {
        saveDue.map { due in
            let rest = (due - ContinuousClock.now).components
            return max(1, Int(rest.seconds) * 1000 + Int(rest.attoseconds / 1_000_000_000_000_000))
        }
    }

    private func apply(_ event: Event) {
        guard model.exit == nil else { return }
        let theme = model.theme, map = model.colourMap
        perform(update(&model, event, now: now))
        if model.theme != theme || model.colourMap != map {
            loadTheme()
            if model.colourMap != map { backend.repaint() }
        }
    }

    /// Reads themes and keys anew.
    private func reload() {
        let keys = KeyFile(path: KeyFile.path(options.environment))
        queue.post(.keys(keys.keymap))
        loadTheme()
        for warning in keys.warnings { queue.post(.note(warning, isWarning: true)) }
        if keys.warnings.isEmpty { queue.post(.note("Themes and keys reloaded", isWarning: false)) }
        backend.redraw()
    }

    private func loadTheme() {
        var (theme, warnings) = library.loadOrDefault(model.theme)
        if let map = model.colourMap { theme.sequential = map }
        painter = Painter(theme: theme, depth: backend.depth)
        let glyphs = model.appearance.glyphs
        model.appearance = Appearance(glyphs: glyphs, depth: theme.isMono ? .mono : backend.depth, marks: theme.marks)
        for warning in warnings { apply(.note(warning, isWarning: true)) }
    }

    /// What lies under the mouse in the frame that the user sees.
    private func target(of input: InputEvent) -> MouseTarget? {
        if case .mouse(let event) = input { frame?.target(at: event.position) as? MouseTarget } else { nil }
    }

    private func draw() {
        let cells = view(model)
        backend.show(cells, painter: &painter)
        frame = cells
        lastFrame = ContinuousClock.now
    }

    private func perform(_ effects: [Effect]) {
        for effect in effects where !runner.perform(effect) {
            switch effect {
            case .mouse(let isOn): backend.setMouse(isOn)
            case .announce(let title, let rings): backend.announce(title, rings: rings)
            case .suspend: backend.suspend()
            case .redraw: backend.redraw()
            case .copy(let text): backend.copy(text)
            case .write(let file): queue.post(Headless.write(file))
            case .reload: reload()
            default: break
            }
        }
    }
}
