import Foundation
import Screen

/// The one thread that owns the screen: waits, updates, draws. Between events it sleeps; nothing wakes it but events.
final class TerminalLoop {
    private let options: WorkbenchOptions
    private let library: ThemeLibrary
    private let backend: CursesBackend
    private let queue: EventQueue
    private let runner: JobRunner
    private let begin = ContinuousClock.now
    private var model: Model
    private var painter: Painter
    private var lastFrame: ContinuousClock.Instant?

    /// No more than twenty frames a second are drawn for what workers report; keys are answered at once.
    private static let framePause = Duration.milliseconds(50)

    init(_ options: WorkbenchOptions, engine: any Engine, library: ThemeLibrary) throws(ScreenError) {
        self.options = options
        self.library = library
        let folder = WorkbenchProgram.stateFolder(options.environment)
        let isMono = library.loadOrDefault(options.theme).theme.isMono
        backend = try CursesBackend(
            TerminalOptions(depth: options.colour, themeIsMono: isMono, isMouseOn: options.isMouseOn, environment: options.environment, logFile: "\(folder)/crash-\(getpid()).log"))
        let wake = backend.wake
        queue = EventQueue { wake.pull() }
        runner = JobRunner(engine: engine, queue: queue)
        let (model, theme, warnings) = WorkbenchProgram.model(options, library: library, size: backend.size, depth: backend.depth, isUnicode: backend.isUnicode)
        self.model = model
        painter = Painter(theme: theme, depth: backend.depth)
        for warning in warnings { queue.post(.note(warning, isWarning: true)) }
    }

    private var now: Double {
        if options.fakeClock { return 0 }
        let elapsed = (ContinuousClock.now - begin).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    }

    /// - Parameter write: takes the farewell, once the terminal is the shell's again.
    func run(write: (String) -> Void) -> ExitCode {
        let code = session()
        backend.close()
        write(model.farewell)
        return code
    }

    private func session() -> ExitCode {
        let effects = model.begin(now: now)
        // The first picture comes before the first job: a worker that loads libraries would take the processor from it.
        draw()
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
        repeat {
            let events = backend.wait(milliseconds: wait)
            wait = nil
            var isUrgent = false
            for event in events {
                switch event {
                case .input(let input):
                    apply(.input(input))
                    isUrgent = true
                case .woken: break
                case .terminated(let signal): apply(.terminated(signal: signal))
                case .continued: isUrgent = true
                }
            }
            let posted = queue.take()
            for event in posted { apply(event) }
            pendingDraw = pendingDraw || !events.isEmpty || !posted.isEmpty
            if model.exit != nil { return }
            if pendingDraw, !isUrgent, let lastFrame {
                let rest = Self.framePause - (ContinuousClock.now - lastFrame)
                if rest > .zero { wait = Int(rest.components.attoseconds / 1_000_000_000_000_000) + 1 }
            }
        } while wait != nil
        if pendingDraw { draw() }
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
        if keys.warnings.isEmpty { queue.post(.note("Themes and keys were read again", isWarning: false)) }
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

    private func draw() {
        backend.show(view(model), painter: &painter)
        lastFrame = ContinuousClock.now
    }

    private func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .start(let job, let ticket): runner.start(job, ticket: ticket)
            case .cancel(let ticket): runner.cancel(ticket: ticket)
            case .suspend: backend.suspend()
            case .redraw: backend.redraw()
            case .copy(let text): backend.copy(text)
            case .dump(let file): queue.post(Headless.dump(view(model), into: file))
            case .write(let file): queue.post(Headless.write(file))
            case .reload: reload()
            }
        }
    }
}
