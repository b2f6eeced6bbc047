import Dispatch
import Foundation
import Fusion
import GRDB
import Testing
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store
@testable import Training

@Suite("The store of runs") struct RunStoreTests {
    @Test("what is told of a run is what is read of it")
    func roundTrip() throws {
        let test = try TestStore()
        let recorder = try test.store.begin(recipe: .example, command: "amalgam fuse a.pt b.pt", title: "first try")
        for step in 1...1000 { recorder.metric("loss/training", step: step, value: 1 / Double(step)) }
        recorder.metric("loss/validation", step: 1, value: .nan)
        recorder.metric("loss/validation", step: 2, value: .infinity)
        recorder.source(RunSource(role: .parent, letter: "A", name: "/models/a.pt", sha256: "aa11"))
        recorder.evaluation(
            RunEvaluation(
                role: .fused, letter: nil, name: "fused", parameters: 10, samples: 8, accuracy: 0.875, loss: 0.5, calibrationError: nil,
                note: nil))
        recorder.timing("fuse", seconds: 0.25)
        recorder.event("note", "all is well")
        recorder.artifact("notes.txt", kind: "notes") { try "kept".write(toFile: $0, atomically: true, encoding: .utf8) }
        recorder.network("cafe")
        recorder.finish()
        #expect(recorder.problem == nil)

        let account = try test.store.account(recorder.id)
        #expect(
            recorder.id.description == "r1" && account.run.status == .finished && account.run.title == "first try"
                && account.run.seed == "7")
        #expect(
            account.run.recipe.contains(FileManager.default.currentDirectoryPath + "/a.pt"), "a recipe is kept with paths from the root")
        #expect(account.run.network == "cafe" && account.run.libtorch.hasPrefix("2.") && account.run.ended != nil)
        #expect(account.series.map(\.name) == ["loss/training", "loss/validation"])
        #expect(account.series[0].points.map(\.value) == (1...1000).map { 1 / Double($0) })
        #expect(account.series[1].points[0].value.isNaN && account.series[1].points[1].value == .infinity)
        #expect(
            account.outcome?.accuracy == 0.875 && account.timings == [RunTiming(name: "fuse", seconds: 0.25)]
                && account.notes == ["all is well"])
        let kept = try #require(account.artifacts.first)
        #expect(kept.path == "r1/notes.txt" && kept.bytes == 4 && kept.sha256.count == 64)
        #expect(try String(contentsOfFile: test.store.path(of: kept), encoding: .utf8) == "kept")
        // The same through any other SQLite program.
        #expect(try test.text("SELECT count(*) FROM point JOIN series ON series.id = series WHERE run = 1") == "1002")
        // And as JSON.
        let again = try RunJSON.decoder().decode(RunAccount.self, from: Data(RunJSON.text(account).utf8))
        #expect(again.series[0] == account.series[0] && again.run.id == account.run.id && again.artifacts == account.artifacts)
    }

    @Test("a step that is told twice, as after a resume, keeps the later value")
    func resumedSteps() throws {
        let test = try TestStore()
        let recorder = try test.store.begin(recipe: .example, command: "")
        recorder.metric("loss", step: 5, value: 1)
        recorder.settle()
        recorder.metric("loss", step: 5, value: 2)
        recorder.finish()
        #expect(try test.store.account(recorder.id).series(named: "loss")?.points.map(\.value) == [2])
    }

    @Test("lists are filtered by method, status and parent, and sorted with the best first and the unmeasured last")
    func lists() throws {
        let test = try TestStore()
        func add(_ method: Fusion.Method, _ accuracy: Double?, parent: String, continues: RunID? = nil) throws -> RunID {
            let recorder = try test.store.begin(recipe: Recipe(method: method), command: "", parent: continues)
            recorder.source(RunSource(role: .parent, letter: "A", name: parent, sha256: "AB12\(parent.count)".lowercased()))
            if let accuracy {
                recorder.evaluation(
                    RunEvaluation(
                        role: .parent, letter: "A", name: "p", parameters: 1, samples: 1, accuracy: 0.99, loss: 1, calibrationError: 0,
                        note: nil))
                recorder.evaluation(
                    RunEvaluation(
                        role: .fused, letter: nil, name: "f", parameters: 1, samples: 1, accuracy: accuracy, loss: 1 - accuracy,
                        calibrationError: 0, note: nil))
            }
            if accuracy == nil { recorder.fail("no luck") } else { recorder.finish() }
            return recorder.id
        }
        let first = try add(OTFusion.method, 0.5, parent: "/x/wide.pt")
        let second = try add(Averaging.method, nil, parent: "/x/narrow.pt")
        let third = try add(OTFusion.method, 0.75, parent: "/x/narrow.pt", continues: first)
        let store = test.store
        func ids(_ filter: RunFilter = RunFilter(), by order: RunOrder = .newest) throws -> [RunID] {
            try store.list(filter, by: order).map(\.run.id)
        }
        #expect(try ids() == [third, second, first] && ids(by: .oldest) == [first, second, third])
        #expect(try ids(by: .accuracy) == [third, first, second] && ids(by: .loss) == [third, first, second])
        #expect(try ids(RunFilter(method: "average")) == [second] && ids(RunFilter(status: .failed)) == [second])
        #expect(
            try ids(RunFilter(parent: "narrow")) == [third, second] && ids(RunFilter(parent: "r1")) == [third]
                && ids(RunFilter(parent: "ab12")).count == 3)
        #expect(
            try store.list(limit: 1).map(\.run.id) == [third] && store.run(named: "last").id == third && store.run(named: "2").id == second)
        #expect(error { _ = try store.run(named: "r9") }.contains("newest are r3"))
        #expect(try store.run(second).reason == "no luck")
    }

    @Test("a deleted run takes its files along, leaves those elsewhere, and its number is not given again")
    func deletion() throws {
        let test = try TestStore()
        let outside = test.scratch("fused.pt")
        try "network".write(toFile: outside, atomically: true, encoding: .utf8)
        let parent = try test.store.begin(recipe: .example, command: "")
        #expect(error { try test.store.delete(parent.id) }.contains("still running"))
        parent.artifact("fused.pt", kind: "network", at: outside)
        parent.artifact("inside.txt", kind: "notes") { try "x".write(toFile: $0, atomically: true, encoding: .utf8) }
        parent.finish()
        let child = try test.store.begin(recipe: .example, command: "", parent: parent.id)
        child.finish()
        try test.store.delete(parent.id)
        #expect(
            FileManager.default.fileExists(atPath: outside) && !FileManager.default.fileExists(atPath: test.store.folder(of: parent.id)))
        #expect(try test.store.run(child.id).parent == nil)
        #expect(try test.text("SELECT count(*) FROM artifact") == "0")
        try test.store.delete(child.id)
        #expect(try test.store.begin(recipe: .example, command: "").id == RunID(number: 3))
    }

    @Test("several connections write at once and every number arrives")
    func concurrency() throws {
        let test = try TestStore()
        let failures = LockedList(), folder = test.scratch.path
        DispatchQueue.concurrentPerform(iterations: 6) { worker in
            do {
                let recorder = try RunStore(folder: folder).begin(recipe: .example, command: "worker \(worker)")
                for step in 0..<2000 { recorder.metric("loss", step: step, value: Double(worker)) }
                recorder.finish()
                if let problem = recorder.problem { failures.add(problem) }
            } catch { failures.add("\(error)") }
        }
        #expect(failures.all.isEmpty, "\(failures.all)")
        let runs = try test.store.list()
        #expect(Set(runs.map(\.run.id)).count == 6 && runs.allSatisfy { $0.run.status == .finished })
        for run in runs { #expect(try test.store.account(run.run.id).series(named: "loss")?.points.count == 2000) }
    }

    @Test("a run whose process is gone is lost, and the next run writes that down")
    func lost() throws {
        let test = try TestStore()
        let recorder = try test.store.begin(recipe: .example, command: "")
        recorder.settle()
        #expect(try test.store.run(recorder.id).status == .running)
        // The process's number lives on, but it started at another time: it is another process.
        try test.sql("UPDATE run SET process_mark = rtrim(process_mark, '0123456789') || '1'")
        #expect(try test.store.run(recorder.id).status == .lost)
        #expect(try test.store.list(RunFilter(status: .lost)).count == 1)
        _ = try test.store.begin(recipe: .example, command: "")
        #expect(try test.text("SELECT status FROM run WHERE id = 1") == "lost")
        // Of another machine nothing is known.
        try test.sql("UPDATE run SET status = 'running', host = 'elsewhere' WHERE id = 1")
        #expect(try test.store.run(recorder.id).status == .running)
    }

    @Test("a training's events become series over all steps, and sentences")
    func training() throws {
        let test = try TestStore()
        let recorder = try test.store.begin(kind: .finetune, method: "adam", recipe: "epochs = 2", seed: 1, command: "")
        recorder.record(
            .started(
                TrainingOverview(
                    epochs: 2, stepsPerEpoch: 3, trainingSamples: 9, validationSamples: 3, trainedParameters: 4, parameters: 4,
                    device: "cpu", threads: 1, precision: "f32",
                    resumedEpoch: nil, resumedStep: nil)))
        for epoch in 1...2 {
            for step in 1...3 {
                recorder.record(
                    .step(
                        TrainingStep(
                            epoch: epoch, epochs: 2, step: step, steps: 3, loss: 1 / Double(epoch * step), accuracy: 0.5, learningRate: 0.1,
                            gradientNorm: nil,
                            samplesPerSecond: 10, secondsLeft: 1)))
            }
            recorder.record(.validated(TrainingValidation(epoch: epoch, loss: 0.5, accuracy: 0.9, isBest: true)))
        }
        recorder.record(.diverged(epoch: 2, step: 3, loss: .infinity, keptEpoch: 1))
        recorder.finish()
        let account = try test.store.account(recorder.id)
        #expect(account.series(named: "loss/training")?.points.map(\.step) == Array(1...6))
        #expect(account.series(named: "accuracy/validation")?.points.map(\.step) == [3, 6])
        #expect(account.notes.contains { $0.contains("diverged in epoch 2") })
    }
}

final class LockedList: @unchecked Sendable {
    private let lock = NSLock()
    private var entries: [String] = []
    func add(_ text: String) { lock.withLock { entries.append(text) } }
    var all: [String] { lock.withLock { entries } }
}
