import Dispatch
import Foundation
import Screen
import Synchronization

/// Runs the line mode: commands from standard input, jobs on worker threads, sentences to standard output.
final class LineModeLoop {
    private var conversation: LineConversation
    private let queue: EventQueue
    private let runner: JobRunner
    private let wakeUp = DispatchSemaphore(value: 0)
    private let lines = InputQueue()
    private let begin = ContinuousClock.now
    private let write: (String) -> Void
    /// Set by the command wait.
    private var isWaiting = false

    init(_ options: WorkbenchOptions, engine: any Engine, library: ThemeLibrary, write: @escaping (String) -> Void) {
        let wakeUp = wakeUp
        queue = EventQueue { wakeUp.signal() }
        runner = JobRunner(engine: engine, queue: queue)
        // Large enough for every panel to be there.
        conversation = LineConversation(
            WorkbenchProgram.model(options, library: library, size: Size(columns: 200, rows: 60), depth: .mono, isUnicode: true).0)
        self.write = write
    }

    /// - Parameter read: gives the next line, nil at the end.
    func run(read: @escaping @Sendable () -> String?) -> ExitCode {
        let reader = Thread { [lines, wakeUp] in
            while let line = read() {
                lines.put(.line(line))
                wakeUp.signal()
            }
            lines.put(.end)
            wakeUp.signal()
        }
        reader.name = "amalgam-reader"
        reader.start()
        say(conversation.begin(now: now))
        while conversation.model.exit == nil {
            wakeUp.wait()
            for event in queue.take() { say(conversation.receive(event, now: now)) }
            while !mustWait, conversation.model.exit == nil, let next = lines.take() { answer(next) }
        }
        write(conversation.model.farewell)
        return conversation.model.exit ?? .done
    }

    private func answer(_ input: Input) {
        guard case .line(let line) = input else {
            // The end of the input ends the program as q does; jobs are cancelled.
            for effect in conversation.end() { perform(effect) }
            return
        }
        if line.trimmingPlainSpaces == "wait" {
            isWaiting = true
            return
        }
        say(conversation.answer(line, now: now))
    }

    /// Whether the next line stays unread: after `wait` until no job runs, and always until the parents are open, because commands need them.
    private var mustWait: Bool {
        let jobs = conversation.model.jobs
        if jobs.running.isEmpty { isWaiting = false }
        return isWaiting || jobs.first(SamplesJob.self) != nil || jobs.first(OpenJob.self) != nil
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
        if !runner.perform(effect), case .write(let file) = effect { queue.post(Headless.write(file)) }
    }
}

/// What the input delivers.
private enum Input: Sendable { case line(String), end }

/// Lines between the thread that reads and the one that answers.
private final class InputQueue: Sendable {
    private let waiting = Mutex<[Input]>([])

    func put(_ input: Input) { waiting.withLock { $0.append(input) } }
    func take() -> Input? { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
