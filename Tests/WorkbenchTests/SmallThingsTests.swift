import Foundation
import Fusion
import Screen
import Testing
@testable import Training

@testable import Workbench

@Suite("small things")
struct SmallThingsTests {
    @Test("F works on every screen, and says what it needs where it cannot", arguments: ["1", "2", "3", "4", "5", "6"])
    func fuse(screen: String) throws {
        let bench = try bench()
        try bench.play("\(screen) F")
        #expect(bench.model.fusion != nil && bench.model.screen == .fuse)
        let empty = try WorkbenchTests.bench(engine: FakeEngine(sets: []))
        try empty.play("\(screen) F")
        #expect(empty.model.fusion == nil && empty.statusLine.contains("open parents"))
    }

    @Test("over drawn curves nothing says that there are none")
    func curves() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("F wait t wait 4 5")
        #expect(bench.statusLine.hasPrefix("Step 10: training") && !bench.text.contains("No curves yet"))
    }

    @Test("the gradient norm shows its last value where the latest step computed none")
    func gradient() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("F wait t")
        let ticket = try #require(bench.model.tuning).ticket
        func step(_ number: Int, norm: Double?) -> Event {
            .job(
                ticket: ticket,
                .training(
                    .step(
                        TrainingStep(
                            epoch: 1, epochs: 1, step: number, steps: 9, loss: 1, accuracy: nil, learningRate: 0.1, gradientNorm: norm,
                            samplesPerSecond: 1, secondsLeft: 1))))
        }
        bench.send(step(1, norm: 0.25))
        bench.send(step(2, norm: nil))
        let row = (0..<40).map { bench.row($0) }.first { $0.contains("grad norm") }
        #expect(row?.contains("0.250") == true)
    }

    @Test("a job's end names itself in the terminal's title, and rings where it was long")
    func bell() throws {
        let bench = try bench()
        try bench.play("F wait")
        #expect(bench.announced.count == 1 && bench.announced[0].hasPrefix("amalgam: Fused in"))
        var model = try WorkbenchTests.bench().model
        _ = update(&model, .input(.key(.character("F"))), now: 0)
        let ticket = try #require(model.fusion).ticket
        let effects = update(&model, .job(ticket: ticket, .failed("no memory")), now: 60)
        #expect(effects.contains { if case .announce(let title, true) = $0 { title.contains("no memory") } else { false } })
    }

    @Test("in ASCII matched, identical and unequal widths are three signs")
    func signs() {
        var cells = Cells(Size(columns: 3, rows: 1))
        for (column, sign) in ["↔", "=", "≠"].enumerated() { cells.set(Character(sign), row: 0, column: column, style: .text) }
        #expect(Set(cells.asciified().text(row: 0)).count == 3)
    }

    @Test("a result without figures ends in a full stop, not in a colon")
    func dangling() throws {
        var model = try bench().model
        model.fuse.result = FusionResult(rows: [], recipe: model.recipe, fuseSeconds: 0.018)
        let lines = FuseScreen().reading(model)
        #expect(lines.contains("Result, fused in 18 ms; not evaluated.") && !lines.contains { $0.hasSuffix(":") })
    }

    @Test("what undo takes back is said with its values, also for one layer")
    func undo() throws {
        let bench = try bench()
        try bench.play("4")
        bench.select("solver")
        try bench.play("right u")
        #expect(bench.statusLine.contains(" → "))
        try bench.play(": text:set space text:fc1/solver=sinkhorn enter u")
        #expect(bench.statusLine.contains("Undone: fc1/solver") && bench.statusLine.contains("→ sinkhorn"))
    }

    @Test("names of opened files keep their suffixes")
    func suffixes() throws {
        let bench = try bench(parents: ["nets/a.safetensors", "nets/b.pt2"])
        #expect(bench.model.log.contains { $0.text.contains("a.safetensors") && $0.text.contains("b.pt2") })
    }
}

@Suite("many parents")
struct ManyParentsTests {
    private func eight(_ count: Int = 8) -> [String] { (0..<count).map { "nets/parent-\($0).pt" } }

    @Test("eight parents have eight letters and marks, none of which is the fused network's")
    func marks() throws {
        let marks = (0..<8).map { Letters.letter($0) + Letters.sign($0) }
        #expect(Set(marks).count == 8 && Set((0..<8).map(Letters.sign)).count == 8)
        #expect(!Letters.signs.contains(Letters.fused) && Letters.letter(5) == "F")
        let bench = try bench(Size(columns: 120, rows: 40), parents: eight())
        for letter in "ABCDEFGH" { #expect(bench.text.contains("\(letter)\(Letters.sign(Int(letter.asciiValue ?? 65) - 65))")) }
        try bench.play("2 p p p p p")
        #expect(bench.statusLine.contains("parent F"))
        #expect(bench.model.pairSentence.hasPrefix("F") && bench.model.pairSentence.contains("→ ◆"))
    }

    @Test("where there is no room for all, the rest are counted", arguments: ["1", "4"])
    func more(screen: String) throws {
        let bench = try bench(parents: eight(12))
        try bench.play(screen)
        #expect(bench.text.contains(/\+[0-9]+ more/))
    }

    @Test("with six parents F is a parent in ', and the fused network is *")
    func typed() throws {
        let bench = try bench(parents: eight(7))
        try bench.play("2 ' text:F3 space text:*5 enter")
        #expect(bench.model.overlay == nil && bench.model.align.parent == 5)
        #expect(bench.model.cursorEntry.map { $0.row == 3 && $0.column == 5 } == true)
        let two = try WorkbenchTests.bench()
        try two.play("4 enter ctrl-u text:otfusion enter 2 ' text:A3 space text:F5 enter")
        #expect(two.model.cursorEntry.map { $0.row == 3 && $0.column == 5 } == true)
    }
}

@Suite("quitting while a job runs")
struct QuittingTests {
    private func training() throws -> (Model, Int) {
        let bench = try bench()
        try bench.play("F wait t")
        let ticket = try #require(bench.model.tuning).ticket
        return (bench.model, ticket)
    }

    private func press(_ key: Character, _ model: inout Model) -> [Effect] { update(&model, .input(.key(.character(key))), now: 5) }

    @Test("q during a fine-tuning offers to keep the best, to leave it resumable, to cancel, to stay")
    func offers() throws {
        var (model, _) = try training()
        _ = press("q", &model)
        let text = view(model).text
        for words in ["k keep best", "r leave resumable", "c cancel it and quit", "stay"] { #expect(text.contains(words), "\(words)") }
        _ = press("s", &model)
        #expect(model.overlay == nil && model.exit == nil)
    }

    @Test("k stops the training with its best weights and quits once they are recorded")
    func keep() throws {
        var (model, ticket) = try training()
        _ = press("q", &model)
        #expect(press("k", &model) == [.stop(ticket: ticket)])
        #expect(model.exit == nil)
        _ = update(&model, .job(ticket: ticket, .failed("the disk is full")), now: 6)
        #expect(model.exit == .done)
    }

    @Test("r quits at once and tells the worker to leave its checkpoint; the shell is told how to go on")
    func leave() throws {
        var (model, ticket) = try training()
        _ = update(
            &model, .job(ticket: ticket, .training(.checkpointSaved(path: "runs/r3/tuned.safetensors.training", epoch: 1, step: 5))), now: 4
        )
        _ = press("q", &model)
        #expect(view(model).text.contains("tuned.safetensors.training"))
        #expect(press("r", &model).first == .leave(ticket: ticket) && model.exit == .done)
        #expect(model.resumeWords.contains("amalgam finetune --resume runs/r3/tuned.safetensors.training"))
    }

    @Test("during a fusion there is nothing to keep: only cancelling and staying are offered")
    func fusing() throws {
        let bench = try bench()
        try bench.play("F q")
        #expect(bench.text.contains("c cancel it and quit") && !bench.text.contains("keep best"))
        try bench.play("k")
        #expect(bench.model.exit == nil && bench.model.fusion != nil)
    }

    @Test("a cancelled training removes its checkpoint unless it was left on purpose", .timeLimit(.minutes(1)))
    func flags() {
        final class Watching: Engine, Sendable {
            let left = CancelFlag(), isDone = CancelFlag()
            func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult {
                while !control.isCancelled() { Thread.sleep(forTimeInterval: 0.001) }
                if control.leavesCheckpoint() { left.raise() }
                isDone.raise()
                throw JobCancelled()
            }
            func samples() throws -> [SampleSetSummary] { [] }
            func open(_ paths: [String], control: JobControl) throws -> OpenedParents { try FakeEngine().open(paths, control: control) }
            func measure(_ recipe: Recipe, control: JobControl) throws -> [Double] { [] }
            func plan(_ recipe: Recipe, group: String, control: JobControl) throws -> GroupSnapshot {
                try FakeEngine().plan(recipe, group: group, control: control)
            }
            func neurons(_ request: NeuronRequest, control: JobControl) throws -> NeuronSnapshot {
                try FakeEngine().neurons(request, control: control)
            }
            func browse(_ folder: String, control: JobControl) throws -> FolderSnapshot {
                try FakeEngine().browse(folder, control: control)
            }
            func inspect(_ path: String, control: JobControl) throws -> FilePreview { try FakeEngine().inspect(path, control: control) }
            func fuse(_ recipe: Recipe, control: JobControl) throws -> FusionResult { try FakeEngine().fuse(recipe, control: control) }
            func barrier(_ recipe: Recipe, control: JobControl) throws -> BarrierSnapshot {
                try FakeEngine().barrier(recipe, control: control)
            }
            func runs(control: JobControl) throws -> [RunRow] { [] }
            func detail(of run: String, control: JobControl) throws -> RunDetail { try FakeEngine().detail(of: run, control: control) }
            func delete(run: String) throws {}
            func report(on runs: [String], to path: String) throws {}
            var storeFolder: String? { nil }
        }
        for leaves in [true, false] {
            let engine = Watching(), runner = JobRunner(engine: engine, queue: EventQueue {})
            runner.start(TuneJob(request: TuningRequest(recipe: Recipe(), settings: Settings(FineTuning.table))), ticket: 1)
            _ = runner.perform(leaves ? .leave(ticket: 1) : .cancel(ticket: 1))
            while !engine.isDone.isRaised { Thread.sleep(forTimeInterval: 0.001) }
            #expect(engine.left.isRaised == leaves)
        }
    }
}
