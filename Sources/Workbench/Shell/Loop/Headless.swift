import Foundation
import Provenance
import Runs
import Screen

/// The workbench without a terminal: keys from a script, jobs run in order on this thread, the screen as text. Deterministic.
final class Headless {
    private(set) var model: Model
    private let engine: any Engine
    private let library: ThemeLibrary
    private let script: Script?
    private let showsStyles: Bool
    /// Fusions and fine-tunings run at `wait`, so that a script can show the running state.
    private var waiting: [Jobs.Running] = []
    /// Whether files are written; else only the message appears.
    var writesFiles = true
    /// What was put on the clipboard last.
    private(set) var copied: String?
    /// The titles that the terminal would have had.
    private(set) var announced: [String] = []

    init(_ options: WorkbenchOptions, engine: any Engine, library: ThemeLibrary) throws {
        self.engine = engine
        self.library = library
        showsStyles = options.dumpStyles
        script = try options.script.map { path in
            let source: String
            do { source = try String(contentsOfFile: path, encoding: .utf8) } catch {
                throw ScreenError.fileUnreadable(file: path, reason: error.localizedDescription)
            }
            return try Script(source)
        }
        let depth = options.colour ?? .indexed
        let made = WorkbenchProgram.model(
            options, library: library, size: options.size ?? Size(columns: 80, rows: 24), depth: depth, isUnicode: true)
        model = made.0
        for warning in made.2 { _ = update(&model, .note(warning, isWarning: true), now: 0) }
        perform(model.begin(now: 0))
    }

    func run(write: (String) -> Void) -> ExitCode {
        for step in script?.steps ?? [] {
            if model.exit != nil { break }
            play(step, write: write)
        }
        drain()
        write(screen)
        guard !model.isTyping else {
            let problem =
                model.status.level == .error ? model.status.text : "\(model.field(of: model.shownForm)?.title ?? "a field") is open"
            write("The script ended while typing a value: \(problem)\n")
            return ExitCode(rawValue: 1)
        }
        return model.exit ?? .done
    }

    var screen: String { ScreenText.dump(view(model), styles: showsStyles) }
    var cells: Cells { view(model) }

    /// Plays the words of a script.
    func play(_ source: String) throws(ScreenError) {
        for step in try Script(source).steps { play(step) { _ in } }
    }

    private func play(_ step: Script.Step, write: (String) -> Void) {
        switch step {
        case .press(let press): send(.input(.key(press)))
        case .text(let text): for character in text { send(.input(.key(.character(character)))) }
        case .paste(let text): send(.input(.paste(text)))
        case .mouse(let event): send(.input(.mouse(event)))
        case .resize(let size): send(.input(.resize(size)))
        case .wait: drain()
        case .set(let key, let value): perform(model.assign(key, value))
        case .dump: write(screen)
        }
    }

    func send(_ event: Event) {
        guard model.exit == nil else { return }
        var event = event
        if case .input(.mouse(let mouse), nil) = event {
            event = .input(.mouse(mouse), over: view(model).target(at: mouse.position) as? MouseTarget)
        }
        let theme = model.theme
        perform(update(&model, event, now: 0))
        if model.theme != theme {
            let loaded = library.loadOrDefault(model.theme).theme
            model.appearance = Appearance(
                glyphs: model.appearance.glyphs, depth: loaded.isMono ? .mono : model.appearance.depth, marks: loaded.marks)
        }
    }

    /// Puts another state in place of this one: for scenes that no key leads to.
    func replace(_ model: Model) { self.model = model }

    /// Lets every waiting job end.
    func drain() {
        while !waiting.isEmpty {
            finish(waiting.removeFirst())
        }
    }

    private func finish(_ started: Jobs.Running) {
        let ticket = started.ticket, reports = EventQueue {}
        let control = JobControl(
            training: { reports.post(.job(ticket: ticket, .training($0))) },
            references: { reports.post(.job(ticket: ticket, .references($0))) }, tried: { reports.post(.job(ticket: ticket, .tried($0))) })
        let answer = started.job.perform(on: engine, control)
        for event in reports.take() { send(event) }
        send(.job(ticket: ticket, answer))
    }

    private func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .start(let started): if started.job.lane == .fusion { waiting.append(started) } else { finish(started) }
            case .cancel(let ticket):
                let known = waiting.contains { $0.ticket == ticket }
                waiting.removeAll { $0.ticket == ticket }
                if known { send(.job(ticket: ticket, .cancelled)) }
            case .copy(let text): copied = text
            case .write(let file):
                send(
                    writesFiles ? Self.write(file) : file.overwrites ? .note("Wrote \(file.path)", isWarning: false) : .exists(file))
            case .leave(let ticket): waiting.removeAll { $0.ticket == ticket }
            case .abandon(let ticket): waiting.removeAll { $0.ticket == ticket }
            case .announce(let title, _): announced.append(title)
            case .suspend, .redraw, .reload, .pause, .resume, .stop, .mouse: break
            }
        }
    }

    /// Writes a text beside its place and renames it; an existing file needs a confirmation.
    static func write(_ file: OutputFile) -> Event {
        if !file.overwrites, Outputs.isTaken(file.path) { return .exists(file) }
        do {
            try TextFile.write(file.text, to: file.path, signed: file.path.hasSuffix(".toml") ? .hash : nil)
            return .note("Wrote \(file.path)", isWarning: false)
        } catch {
            return .note("\(error)", isWarning: true)
        }
    }
}
