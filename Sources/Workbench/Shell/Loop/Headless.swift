import Foundation
import Runs
import Screen

/// The workbench without a terminal: keys from a script, jobs done on the spot and in order, the screen as text. The same in every run.
public final class Headless {
    public private(set) var model: Model
    private let engine: any Engine
    private let library: ThemeLibrary
    private let script: Script?
    private let showsStyles: Bool
    /// Fusions wait for `wait`, so that a script can see what a running one looks like.
    private var waiting: [(job: Job, ticket: Int)] = []
    /// Whether files are written; else only what would be said.
    var writesFiles = true
    /// What was put on the clipboard last.
    public private(set) var copied: String?

    public init(_ options: WorkbenchOptions, engine: any Engine, library: ThemeLibrary) throws {
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
        return model.exit ?? .done
    }

    public var screen: String { ScreenText.dump(view(model), styles: showsStyles) }
    public var cells: Cells { view(model) }

    /// Plays the words of a script.
    public func play(_ source: String) throws(ScreenError) {
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
        case .dump: write(screen)
        }
    }

    public func send(_ event: Event) {
        guard model.exit == nil else { return }
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
    public func drain() {
        while !waiting.isEmpty {
            let next = waiting.removeFirst()
            finish(next.job, ticket: next.ticket)
        }
    }

    private func finish(_ job: Job, ticket: Int) {
        let told = EventQueue {}
        let control = JobControl(
            training: { told.post(.job(ticket: ticket, .training($0))) }, tried: { told.post(.job(ticket: ticket, .tried($0))) })
        let answer = JobWork.perform(job, engine: engine, control: control)
        for event in told.take() { send(event) }
        send(.job(ticket: ticket, answer))
    }

    private func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .start(let job, let ticket): if job.lane == .fuse { waiting.append((job, ticket)) } else { finish(job, ticket: ticket) }
            case .cancel(let ticket):
                let known = waiting.contains { $0.ticket == ticket }
                waiting.removeAll { $0.ticket == ticket }
                if known { send(.job(ticket: ticket, .cancelled)) }
            case .copy(let text): copied = text
            case .write(let file):
                send(
                    writesFiles ? Self.write(file) : file.overwrites ? .note("Written into \(file.path)", isWarning: false) : .exists(file))
            case .abandon(let ticket): waiting.removeAll { $0.ticket == ticket }
            case .suspend, .redraw, .reload, .pause, .resume, .stop, .mouse: break
            }
        }
    }

    /// Writes a text beside its place and renames it; what is there already is asked about first.
    static func write(_ file: OutputFile) -> Event {
        if !file.overwrites, Outputs.isTaken(file.path) { return .exists(file) }
        do {
            try TextFile.write(file.text, to: file.path, signed: file.path.hasSuffix(".toml") ? .hash : nil)
            return .note("Written into \(file.path)", isWarning: false)
        } catch {
            return .note("\(error)", isWarning: true)
        }
    }
}
