import Foundation
import Fusion
import Screen
import Synchronization
import Testing
@testable import Training

@testable import Workbench

/// Jobs on real threads: what arrives, what is replaced, what stops.
@Suite("jobs on worker threads", .timeLimit(.minutes(1)))
struct LoopTests {
    /// Plans and fusions that last until they are told to stop, or let go.
    final class PatientEngine: Engine, Sendable {
        let started = Mutex<[String]>([])
        let mayFinish = CancelFlag()

        private func last(_ name: String, _ control: JobControl) throws {
            started.withLock { $0.append(name) }
            while !mayFinish.isRaised {
                if control.isCancelled() { throw JobCancelled() }
                control.progress(0.5, name)
                Thread.sleep(forTimeInterval: 0.001)
            }
        }

        func neurons(_ request: NeuronRequest, control: JobControl) throws -> NeuronSnapshot {
            try FakeEngine().neurons(request, control: control)
        }
        func browse(_ folder: String, control: JobControl) throws -> FolderContents { try FakeEngine().browse(folder, control: control) }
        func inspect(_ path: String, control: JobControl) throws -> FilePreview { try FakeEngine().inspect(path, control: control) }
        func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult {
            started.withLock { $0.append("tune") }
            while control.reins.current != .stop {
                if control.isCancelled() { throw JobCancelled() }
                if control.reins.current == .pause, !mayFinish.isRaised { control.training(.paused) }
                Thread.sleep(forTimeInterval: 0.001)
            }
            return try FakeEngine().tune(request, control: control)
        }
        func barrier(_ recipe: Recipe, control: JobControl) throws -> BarrierSnapshot { try FakeEngine().barrier(recipe, control: control) }
        func runs(control: JobControl) throws -> [RunRow] { FakeEngine.rows }
        func account(of run: String, control: JobControl) throws -> RunDetail { try FakeEngine().account(of: run, control: control) }
        func delete(run: String) throws {}
        func report(on runs: [String], to path: String) throws {}
        var storeFolder: String? { nil }
        func samples() throws -> [SampleSetSummary] { [] }
        func open(_ paths: [String], control: JobControl) throws -> OpenedParents { try FakeEngine().open(paths, control: control) }
        func measure(_ recipe: Recipe, control: JobControl) throws -> [Double] { [] }
        func plan(_ recipe: Recipe, group: String, control: JobControl) throws -> GroupSnapshot {
            try last("plan \(recipe.seed)", control)
            return GroupSnapshot(group: group, couplings: [], seconds: 0)
        }
        func fuse(_ recipe: Recipe, control: JobControl) throws -> FusionResult {
            try last("fuse", control)
            return FusionResult(rows: [], recipe: recipe, fuseSeconds: 0)
        }
    }

    /// Collects events until one satisfies the condition; sleeps on a semaphore in between.
    final class Listener: Sendable {
        let semaphore = DispatchSemaphore(value: 0)
        let queue: EventQueue

        init() {
            let semaphore = semaphore
            queue = EventQueue { semaphore.signal() }
        }

        func wait(for isWanted: (Event) -> Bool) -> [Event] {
            var seen: [Event] = []
            while !seen.contains(where: isWanted) {
                semaphore.wait()
                seen += queue.take()
            }
            return seen
        }
    }

    func answers(_ events: [Event]) -> [Int: JobEvent] {
        var found: [Int: JobEvent] = [:]
        for case .job(let ticket, let event) in events {
            switch event {
            case .progress, .training: break
            default: found[ticket] = event
            }
        }
        return found
    }

    @Test("an answer comes back under its ticket")
    func answer() {
        let listener = Listener()
        let runner = JobRunner(engine: FakeEngine(), queue: listener.queue)
        runner.start(.samples, ticket: 7)
        let events = listener.wait { if case .job(7, .samples) = $0 { true } else { false } }
        #expect(events.count == 1)
    }

    @Test("a cancelled fusion says so and stops")
    func cancel() {
        let listener = Listener()
        let runner = JobRunner(engine: PatientEngine(), queue: listener.queue)
        runner.start(.fuse(Recipe()), ticket: 1)
        _ = listener.wait { if case .job(1, .progress) = $0 { true } else { false } }
        runner.cancel(ticket: 1)
        let events = listener.wait { if case .job(1, .cancelled) = $0 { true } else { false } }
        #expect(answers(events)[1] == .cancelled)
    }

    @Test("an abandoned worker leaves its lane to the next job; what it says later comes under its own ticket")
    func abandon() {
        let listener = Listener()
        let engine = StubbornEngine()
        let runner = JobRunner(engine: engine, queue: listener.queue)
        runner.start(.fuse(Recipe(seed: 1)), ticket: 1)
        _ = listener.wait { if case .job(1, .progress) = $0 { true } else { false } }
        runner.start(.fuse(Recipe(seed: 2)), ticket: 2)
        runner.cancel(ticket: 1)
        runner.abandon(ticket: 1)
        var events = listener.wait { if case .job(2, .fused) = $0 { true } else { false } }
        #expect(answers(events)[1] == nil)
        engine.mayFinish.raise()
        events += listener.wait { if case .job(1, .cancelled) = $0 { true } else { false } }
        // The lane still works, and only once.
        runner.start(.fuse(Recipe(seed: 3)), ticket: 3)
        events = listener.wait { if case .job(3, .fused) = $0 { true } else { false } }
        #expect(answers(events).keys.sorted() == [3])
    }

    /// The first fusion hears nothing until it is let go; later ones are done at once.
    final class StubbornEngine: Engine, Sendable {
        let mayFinish = CancelFlag()
        private let patient = PatientEngine()

        func fuse(_ recipe: Recipe, control: JobControl) throws -> FusionResult {
            control.progress(0.5, "busy")
            while recipe.seed == 1, !mayFinish.isRaised { Thread.sleep(forTimeInterval: 0.001) }
            if control.isCancelled() { throw JobCancelled() }
            return FusionResult(rows: [], recipe: recipe, fuseSeconds: 0)
        }

        func samples() throws -> [SampleSetSummary] { [] }
        func open(_ paths: [String], control: JobControl) throws -> OpenedParents { try patient.open(paths, control: control) }
        func measure(_ recipe: Recipe, control: JobControl) throws -> [Double] { [] }
        func plan(_ recipe: Recipe, group: String, control: JobControl) throws -> GroupSnapshot {
            try patient.plan(recipe, group: group, control: control)
        }
        func neurons(_ request: NeuronRequest, control: JobControl) throws -> NeuronSnapshot {
            try patient.neurons(request, control: control)
        }
        func browse(_ folder: String, control: JobControl) throws -> FolderContents { try patient.browse(folder, control: control) }
        func inspect(_ path: String, control: JobControl) throws -> FilePreview { try patient.inspect(path, control: control) }
        func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult { try patient.tune(request, control: control) }
        func barrier(_ recipe: Recipe, control: JobControl) throws -> BarrierSnapshot { try patient.barrier(recipe, control: control) }
        func runs(control: JobControl) throws -> [RunRow] { [] }
        func account(of run: String, control: JobControl) throws -> RunDetail { try patient.account(of: run, control: control) }
        func delete(run: String) throws {}
        func report(on runs: [String], to path: String) throws {}
        var storeFolder: String? { nil }
    }

    @Test("a newer plan stops the older one, and those waiting between them are never begun")
    func replaced() {
        let listener = Listener()
        let engine = PatientEngine()
        let runner = JobRunner(engine: engine, queue: listener.queue)
        runner.start(.plan(Recipe(seed: 1), group: "fc1"), ticket: 1)
        _ = listener.wait { if case .job(1, .progress) = $0 { true } else { false } }
        for seed in 2...5 { runner.start(.plan(Recipe(seed: UInt64(seed)), group: "fc1"), ticket: seed) }
        var events = listener.wait { if case .job(5, .progress) = $0 { true } else { false } }
        engine.mayFinish.raise()
        events += listener.wait { if case .job(5, .planned) = $0 { true } else { false } }
        #expect(answers(events)[1] == .cancelled)
        let begun = engine.started.withLock { $0 }
        #expect(begun.first == "plan 1" && begun.last == "plan 5")
        // A plan handed over between the cancellation and the next start may have begun; all but the last were told to stop.
        #expect(begun.count <= 5)
    }

    @Test("a training is paused and stopped by its reins; what it has reached is kept")
    func reins() {
        let listener = Listener()
        let runner = JobRunner(engine: PatientEngine(), queue: listener.queue)
        runner.start(.tune(TuningRequest(recipe: Recipe(), settings: Settings(FineTuning.table))), ticket: 1)
        while true {
            runner.steer(ticket: 1) { $0.pause() }
            if listener.queue.take().contains(.job(ticket: 1, .training(.paused))) { break }
            Thread.sleep(forTimeInterval: 0.001)
        }
        runner.steer(ticket: 1) { $0.stop() }
        let events = listener.wait { if case .job(1, .tuned) = $0 { true } else { false } }
        guard case .tuned(let result)? = answers(events)[1] else { return }
        #expect(result.summary.steps == 10)
    }

    @Test("a fusion does not hold up plans")
    func lanes() {
        let listener = Listener()
        let engine = PatientEngine()
        let runner = JobRunner(engine: engine, queue: listener.queue)
        runner.start(.fuse(Recipe()), ticket: 1)
        runner.start(.plan(Recipe(), group: "fc1"), ticket: 2)
        _ = listener.wait { if case .job(2, .progress) = $0 { true } else { false } }
        engine.mayFinish.raise()
        var events: [Event] = []
        while answers(events).count < 2 {
            events += listener.wait { if case .job(_, let event) = $0 { if case .progress = event { false } else { true } } else { false } }
        }
        #expect(Set(answers(events).keys) == [1, 2])
    }

    @Test("a flood of progress is kept as its latest word")
    func flood() {
        let listener = Listener()
        for step in 0..<1000 { listener.queue.post(.job(ticket: 3, .progress(Double(step) / 1000, "step \(step)"))) }
        #expect(listener.queue.take() == [.job(ticket: 3, .progress(0.999, "step 999"))])
    }

    @Test("a folder tells of the files that matter and is silent about the others")
    func watch() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("amalgam-watch-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let semaphore = DispatchSemaphore(value: 0)
        let watch = FolderWatch(folder, isWanted: { $0 == "wanted" }) { semaphore.signal() }
        #expect(watch != nil)
        try "x".write(toFile: folder + "/other", atomically: false, encoding: .utf8)
        #expect(semaphore.wait(timeout: .now() + 0.3) == .timedOut)
        try "x".write(toFile: folder + "/wanted", atomically: false, encoding: .utf8)
        #expect(semaphore.wait(timeout: .now() + 20) == .success)
        #expect(FolderWatch("/nowhere/at/all", isWanted: { _ in true }, changed: {}) == nil)
    }

    @Test("an engine's error becomes a sentence")
    func failure() {
        let event = JobWork.perform(.open(["broken.pt"]), engine: FakeEngine(), control: JobControl())
        guard case .failed(let words) = event else {
            Issue.record("\(event)")
            return
        }
        #expect(words.hasPrefix("broken.pt: the header ends"))
    }

    @Test("two headless runs of one script give the same screen")
    func deterministic() throws {
        let screens = try (0..<2).map { _ in
            let bench = try bench()
            try bench.play("4 pgdn right 2 s + j l 4 F wait")
            return ScreenText.dump(bench.cells)
        }
        #expect(screens[0] == screens[1])
    }
}
