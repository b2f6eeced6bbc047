import Foundation
import Fusion
import Screen
import Testing
@testable import Training

@testable import Workbench

@Suite("fine-tuning")
struct TrainTests {
    @Test("t without a fused network says what to do first")
    func nothingFused() throws {
        let bench = try bench()
        try bench.play("5 t")
        #expect(bench.model.tuning == nil)
        #expect(bench.statusLine.contains("F fuses one"))
    }

    @Test("t after a fusion trains in the background, the curves grow, and the run is named at the end")
    func whole() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("4 F wait t")
        #expect(bench.model.screen == .train && bench.row(0).contains("tuning"))
        try bench.play("wait")
        #expect(bench.model.tuning == nil)
        #expect(bench.model.shownCurves["loss/training"]?.buckets.count == 10)
        #expect(bench.model.shownCurves["loss/validation"]?.buckets.map(\.step) == [5, 10])
        for words in ["training", "validation", "best", "94.82 % → 96.91 %", "r3"] { #expect(bench.text.contains(words), "\(words)") }
    }

    @Test("at the cursor all curves have their values, on a small screen in the place of the run", arguments: [24, 45])
    func cursor(rows: Int) throws {
        let bench = try bench(Size(columns: rows == 24 ? 80 : 160, rows: rows))
        try bench.play("F wait t wait left left")
        let words = [
            "at step", "loss training", "loss validation", "accuracy training", "accuracy validation", "learning rate", "gradient norm",
        ]
        for words in words { #expect(bench.text.contains(words), "\(words)\n\(bench.text)") }
    }

    @Test("p asks for a pause and the screen says when it is one; x stops and keeps; X asks before it discards")
    func steering() throws {
        let bench = try bench()
        try bench.play("F wait t")
        var model = bench.model
        let ticket = try #require(model.tuning).ticket
        #expect(update(&model, .input(.key(.character("p"))), now: 1) == [.pause(ticket: ticket)])
        _ = update(&model, .job(ticket: ticket, .training(.paused)), now: 1)
        #expect(model.train.live?.phase == .paused)
        #expect(view(model).text(row: 0).contains("paused"))
        #expect(update(&model, .input(.key(.character("p"))), now: 2) == [.resume(ticket: ticket)])
        _ = update(&model, .input(.key(.character("X"))), now: 3)
        #expect(view(model).text.contains("discard its result?"))
        #expect(update(&model, .input(.key(.character("n"))), now: 3).isEmpty)
        #expect(update(&model, .input(.key(.character("x"))), now: 4) == [.stop(ticket: ticket)])
        #expect(model.train.live?.phase == .stopping)
    }

    @Test("a checkpoint that cannot be written is an error with its reason, and the training goes on")
    func fullDisk() throws {
        let bench = try bench()
        try bench.play("F wait t")
        var model = bench.model
        let ticket = try #require(model.tuning).ticket
        _ = update(
            &model,
            .job(ticket: ticket, .training(.checkpointFailed(path: "runs/r3/c.safetensors", reason: "no space left on the device"))), now: 1
        )
        #expect(
            model.status.level == .error && model.status.text.contains("no space left on the device")
                && model.status.text.contains("continues"))
        #expect(model.tuning != nil && model.train.live?.phase == .running && model.log.last?.level == .error)
    }

    @Test("one heavy job at a time: F while training is refused with the reason, t while fusing too")
    func oneAtATime() throws {
        let bench = try bench()
        try bench.play("F t")
        #expect(bench.model.tuning == nil && bench.statusLine.contains("still running"))
        try bench.play("wait t 4 F")
        #expect(bench.model.fusion == nil && bench.statusLine.contains("Fine-tuning is running"))
    }

    @Test("a loss that is not a number leaves a gap, is counted, and the axis stays")
    func gap() throws {
        let bench = try bench(Size(columns: 120, rows: 40), engine: FakeEngine(hasGap: true))
        try bench.play("F wait t wait")
        #expect(bench.text.contains("1 NaN"))
        #expect(bench.model.shownCurves["loss/training"]?.gaps == 1)
    }

    @Test("a training that fails says why and offers to try again")
    func failure() throws {
        let bench = try bench()
        try bench.play("F wait t")
        let ticket = try #require(bench.model.tuning).ticket
        bench.send(.job(ticket: ticket, .failed("the data has 10 classes, the network 7")))
        #expect(bench.statusLine.contains("t tries again"))
        #expect(bench.text.contains("failed"))
    }

    @Test("space keeps the curves as they are while data arrives")
    func frozen() throws {
        let bench = try bench()
        try bench.play("F wait t wait space")
        #expect(bench.text.contains("frozen"))
        let before = bench.model.shownCurves
        try bench.play("t")
        bench.send(.job(ticket: try #require(bench.model.tuning).ticket, .training(.note("x"))))
        #expect(before["loss/training"] != nil)
    }

    @Test("the cursor moves along the steps and says the values; { } shows other curves; r, s and + change the drawing")
    func looking() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("F wait t wait left H")
        #expect(bench.statusLine.hasPrefix("Step "))
        try bench.play("}")
        #expect(bench.model.train.metric == "accuracy")
        try bench.play("} }")
        #expect(bench.model.train.metric == "gradient norm")
        try bench.play("r s +")
        #expect(!bench.model.train.isLogarithmic && bench.model.train.smoothing == 0.9 && bench.model.train.showsRecent)
    }

    @Test("settings come from their table: adjusted, typed, refused, reset, all at once by a preset")
    func settings() throws {
        let bench = try bench()
        try bench.play("5 tab down")
        guard case .hyperparameter(let knob)? = bench.model.field(of: .tuning) else {
            Issue.record("no knob is selected")
            return
        }
        #expect(knob.key == "epochs")
        let before = bench.model.train.settings["epochs"]
        try bench.play("right")
        #expect(bench.model.train.settings["epochs"] != before)
        try bench.play("enter ctrl-u text:abc enter")
        #expect(bench.model.train.form.problem != nil && bench.statusLine.contains("old value is kept"))
        try bench.play("ctrl-u text:7 enter")
        #expect(bench.model.train.settings["epochs"] == .integer(7))
        try bench.play("d")
        #expect(bench.model.train.settings["epochs"] == before)
        try bench.play("up right")
        #expect(bench.model.presetIndex(of: .tuning) == 1)
    }
}

@Suite("histories of numbers")
struct CurveHistoryTests {
    @Test("however many points, memory is bounded, nothing is counted twice, and the extremes survive")
    func bounded() throws {
        var curve = CurveHistory()
        for step in 1...50_000 { curve.append(step: Double(step), value: step == 31_415 ? 1000 : step == 27_182 ? -1000 : 1) }
        #expect(curve.buckets.count <= CurveHistory.most && curve.recent.count <= 2 * CurveHistory.latest)
        #expect(curve.buckets.reduce(0) { $0 + $1.count } == 50_000)
        let range = try #require(curve.range)
        #expect(range == (-1000, 1000))
        #expect(curve.buckets.map(\.step) == curve.buckets.map(\.step).sorted())
        #expect(curve.recent.last?.step == 50_000)
    }

    @Test("the mean of the buckets is the mean of the points")
    func mean() {
        var curve = CurveHistory()
        for step in 0..<5000 { curve.append(step: Double(step), value: Double(step)) }
        let mean = curve.buckets.reduce(0) { $0 + $1.mean * Double($1.count) } / 5000
        // Sums of whole numbers below 2^53 are exact; only the division rounds.
        #expect(abs(mean - 2499.5) < 1e-6)
    }

    @Test(
        "a run of 100 000 steps is as readable as a short one: one line, its spread, marks of no epoch side by side", arguments: [80, 160])
    func long(columns: Int) throws {
        let bench = try bench(Size(columns: columns, rows: columns == 80 ? 24 : 45))
        try bench.play("F wait t wait")
        var model = bench.model, training = CurveHistory(), validation = CurveHistory()
        for step in 1...100_000 {
            training.append(step: Double(step), value: 1 + (step.isMultiple(of: 2) ? 0.1 : -0.1) + (step == 50_000 ? 8 : 0))
            if step.isMultiple(of: 100) { validation.append(step: Double(step), value: 3) }
        }
        model.train.live?.curves = ["loss/training": training, "loss/validation": validation]
        model.train.live?.references = nil
        model.train.smoothing = 0
        // The mean stays between 0.9 and 1.1 but for the spike, whose largest value is in the spread.
        let series = model.chartSeries
        #expect(series.allSatisfy { $0.points.count <= CurveHistory.most })
        #expect(series.first?.points.compactMap(\.high).max() == 9.1)
        let means = series.first?.points.map(\.y) ?? []
        #expect(means.count { !(0.9...1.1).contains($0) } <= 1)
        let text = view(model).text
        for words in ["e+04", "training", "validation"] { #expect(text.contains(words), "\(text)") }
        #expect(text.count { $0 == "•" } == 1, "only that of the legend")
    }

    @Test("what is not finite is a gap, not a value")
    func gaps() {
        let curve = CurveHistory([(1, 1), (2, .nan), (3, .infinity), (4, 2)])
        #expect(curve.gaps == 2)
        #expect(curve.buckets.filter { $0.count == 0 }.count == 2)
        #expect(curve.range?.high == 2)
    }
}
