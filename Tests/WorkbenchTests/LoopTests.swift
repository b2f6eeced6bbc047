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
        func browse(_ folder: String, control: JobControl) throws -> FolderSnapshot { try FakeEngine().browse(folder, control: control) }
        func inspect(_ path: String, control: JobControl) throws -> FilePreview { try FakeEngine().inspect(path, control: control) }
        func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult {
            started.withLock { $0.append("tune") }
            while control.trainingControl.current != .stop {
                if control.isCancelled() { throw JobCancelled() }
                if control.trainingControl.current == .pause, !mayFinish.isRaised { control.training(.paused) }
                Thread.sleep(forTimeInterval: 0.001)
            }
            return try FakeEngine().tune(request, control: control)
        }
        func barrier(_ recipe: Recipe, control: JobControl) throws -> BarrierSnapshot { try FakeEngine().barrier(recipe, control: control) }
        func runs(control: JobControl) throws -> [RunRow] { FakeEngine.rows }
        func detail(of run: String, control: JobControl) throws -> RunDetail { try FakeEngine().detail(of: run, control: control) }
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
        runner.start(SamplesJob(), ticket: 7)
        let events = listener.wait { if case .job(7, .finished) = $0 { true } else { false } }
        #expect(events.count == 1)
    }

    @Test("a cancelled fusion says so and stops")
    func cancel() {
        let listener = Listener()
        let runner = JobRunner(engine: PatientEngine(), queue: listener.queue)
        runner.start(FuseJob(recipe: Recipe()), ticket: 1)
        _ = listener.wait { if case .job(1, .progress) = $0 { true } else { false } }
        runner.cancel(ticket: 1)
        let events = listener.wait { if case .job(1, .cancelled) = $0 { true } else { false } }
        #expect(answers(events)[1]?.isCancelled == true)
    }

    @Test("an abandoned worker leaves its lane to the next job; what it says later comes under its own ticket")
    func abandon() {
        let listener = Listener()
        let engine = StubbornEngine()
        let runner = JobRunner(engine: engine, queue: listener.queue)
        runner.start(FuseJob(recipe: Recipe(seed: 1)), ticket: 1)
        _ = listener.wait { if case .job(1, .progress) = $0 { true } else { false } }
        runner.start(FuseJob(recipe: Recipe(seed: 2)), ticket: 2)
        runner.cancel(ticket: 1)
        runner.abandon(ticket: 1)
        var events = listener.wait { if case .job(2, .finished) = $0 { true } else { false } }
        #expect(answers(events)[1] == nil)
        engine.mayFinish.raise()
        events += listener.wait { if case .job(1, .cancelled) = $0 { true } else { false } }
        // The lane still works, and only once.
        runner.start(FuseJob(recipe: Recipe(seed: 3)), ticket: 3)
        events = listener.wait { if case .job(3, .finished) = $0 { true } else { false } }
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
        func browse(_ folder: String, control: JobControl) throws -> FolderSnapshot { try patient.browse(folder, control: control) }
        func inspect(_ path: String, control: JobControl) throws -> FilePreview { try patient.inspect(path, control: control) }
        func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult { try patient.tune(request, control: control) }
        func barrier(_ recipe: Recipe, control: JobControl) throws -> BarrierSnapshot { try patient.barrier(recipe, control: control) }
        func runs(control: JobControl) throws -> [RunRow] { [] }
        func detail(of run: String, control: JobControl) throws -> RunDetail { try patient.detail(of: run, control: control) }
        func delete(run: String) throws {}
        func report(on runs: [String], to path: String) throws {}
        var storeFolder: String? { nil }
    }

    @Test("a newer plan stops the older one, and those waiting between them are never begun")
    func replaced() {
        let listener = Listener()
        let engine = PatientEngine()
        let runner = JobRunner(engine: engine, queue: listener.queue)
        runner.start(PlanJob(recipe: Recipe(seed: 1), group: "fc1"), ticket: 1)
        _ = listener.wait { if case .job(1, .progress) = $0 { true } else { false } }
        for seed in 2...5 { runner.start(PlanJob(recipe: Recipe(seed: UInt64(seed)), group: "fc1"), ticket: seed) }
        var events = listener.wait { if case .job(5, .progress) = $0 { true } else { false } }
        engine.mayFinish.raise()
        events += listener.wait { if case .job(5, .finished) = $0 { true } else { false } }
        #expect(answers(events)[1]?.isCancelled == true)
        let begun = engine.started.withLock { $0 }
        #expect(begun.first == "plan 1" && begun.last == "plan 5")
        // A plan handed over between the cancellation and the next start may have begun; all but the last were told to stop.
        #expect(begun.count <= 5)
    }

    @Test("a training is paused and stopped by its reins; what it has reached is kept")
    func reins() {
        let listener = Listener()
        let runner = JobRunner(engine: PatientEngine(), queue: listener.queue)
        runner.start(TuneJob(request: TuningRequest(recipe: Recipe(), settings: Settings(FineTuning.table))), ticket: 1)
        while true {
            runner.steer(ticket: 1) { $0.pause() }
            if listener.queue.take().contains(where: { if case .job(1, .training(.paused)) = $0 { true } else { false } }) { break }
            Thread.sleep(forTimeInterval: 0.001)
        }
        runner.steer(ticket: 1) { $0.stop() }
        let events = listener.wait { if case .job(1, .finished) = $0 { true } else { false } }
        guard case .finished(let answer)? = answers(events)[1] else { return }
        #expect((answer.value as? TuningResult)?.summary.steps == 10)
    }

    @Test("a fusion does not hold up plans")
    func lanes() {
        let listener = Listener()
        let engine = PatientEngine()
        let runner = JobRunner(engine: engine, queue: listener.queue)
        runner.start(FuseJob(recipe: Recipe()), ticket: 1)
        runner.start(PlanJob(recipe: Recipe(), group: "fc1"), ticket: 2)
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
        let events = listener.queue.take()
        guard events.count == 1, case .job(3, .progress(let fraction, let step)) = events[0] else {
            Issue.record("\(events)")
            return
        }
        #expect(fraction == 0.999 && step == "step 999")
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
        let event = OpenJob(paths: ["broken.pt"]).perform(on: FakeEngine(), JobControl())
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

extension JobEvent {
    var isCancelled: Bool { if case .cancelled = self { true } else { false } }
}
