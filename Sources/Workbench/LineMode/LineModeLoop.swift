import Dispatch
import Foundation
import Runs
import Screen
import Synchronization

/// Carries a conversation: lines from standard input, jobs on threads of their own, sentences to standard output.
final class LineModeLoop {
    private var talk: LineConversation
    private let queue: EventQueue
    private let runner: JobRunner
    private let news = DispatchSemaphore(value: 0)
    private let heard = Lines()
    private let begin = ContinuousClock.now
    private let write: (String) -> Void
    /// Set by the word wait: lines stay unread until no job runs.
    private var isWaiting = false

    init(_ options: WorkbenchOptions, engine: any Engine, library: ThemeLibrary, write: @escaping (String) -> Void) {
        let news = news
        queue = EventQueue { news.signal() }
        runner = JobRunner(engine: engine, queue: queue)
        // Large enough for every panel to be there.
        talk = LineConversation(
            WorkbenchProgram.model(options, library: library, size: Size(columns: 200, rows: 60), depth: .mono, isUnicode: true).0)
        self.write = write
    }

    /// - Parameter read: gives the next line, nil at the end.
    func run(read: @escaping @Sendable () -> String?) -> ExitCode {
        let reader = Thread { [heard, news] in
            while let line = read() {
                heard.put(.line(line))
                news.signal()
            }
            heard.put(.end)
            news.signal()
        }
        reader.name = "amalgam-reader"
        reader.start()
        say(talk.begin(now: now))
        while talk.model.exit == nil {
            news.wait()
            for event in queue.take() { say(talk.take(event, now: now)) }
            if isWaiting, talk.model.jobs.running.isEmpty { isWaiting = false }
            while !isWaiting, talk.model.exit == nil, let next = heard.take() { answer(next) }
        }
        write(talk.model.farewell)
        return talk.model.exit ?? .done
    }

    private func answer(_ heard: Heard) {
        guard case .line(let line) = heard else {
            // The end of the input ends the program as q does; what runs is told to stop.
            for effect in talk.end() { perform(effect) }
            return
        }
        if line.trimmingPlainSpaces == "wait" {
            isWaiting = !talk.model.jobs.running.isEmpty
            return
        }
        say(talk.hear(line, now: now))
    }

    private var now: Double {
        let elapsed = (ContinuousClock.now - begin).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    }

    private func say(_ answer: (lines: [String], effects: [Effect])) {
        for line in answer.lines { write(Text.printable(line) + "\n") }
        for effect in answer.effects { perform(effect) }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .start(let job, let ticket): runner.start(job, ticket: ticket)
        case .cancel(let ticket): runner.cancel(ticket: ticket)
        case .abandon(let ticket): runner.abandon(ticket: ticket)
        case .pause(let ticket): runner.steer(ticket: ticket) { $0.pause() }
        case .resume(let ticket): runner.steer(ticket: ticket) { $0.resume() }
        case .stop(let ticket): runner.steer(ticket: ticket) { $0.stop() }
        case .write(let file): queue.post(Headless.write(file))
        case .copy, .suspend, .redraw, .reload, .mouse: break
        }
    }
}

/// What came from the input.
private enum Heard: Sendable { case line(String), end }

/// What came, between the thread that reads and the one that answers.
private final class Lines: Sendable {
    private let waiting = Mutex<[Heard]>([])

    func put(_ heard: Heard) { waiting.withLock { $0.append(heard) } }
    func take() -> Heard? { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
