import Fusion
import Screen
import Testing

@testable import Workbench

@Suite("the automatic choice")
struct AutomaticTests {
    @Test("A chooses it and stands on its time; F tries recipes, the table grows, the best is named with its reason")
    func whole() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("4 A")
        #expect(bench.model.recipe.method == Automatic.method && bench.model.field(of: .recipe) == .hyperparameter(Automatic.time.erased))
        #expect(bench.statusLine.contains("1 min 0 s"))
        try bench.play("left F")
        #expect(bench.model.showsTrials && bench.text.contains("up to"))
        try bench.play("wait")
        #expect(bench.model.fuse.trials == FakeEngine.trials)
        #expect(bench.model.bestTrial == 5)
        #expect(bench.text.contains("selected: reconstruct, 93.00 %") && bench.text.contains("the best of 6 trials"))
        #expect(bench.text.contains("failed"))
    }

    @Test("while it goes on the newest trial is under the cursor, until a key chooses another")
    func grows() throws {
        let bench = try bench()
        try bench.play("4 A F")
        let ticket = try #require(bench.model.fusion).ticket
        for (index, trial) in FakeEngine.trials.prefix(4).enumerated() {
            bench.send(.job(ticket: ticket, .tried(trial)))
            #expect(bench.model.fuse.trials.count == index + 1 && bench.model.trialCursor == index)
        }
        #expect(bench.text.contains("best so far: reconstruct, 91.00 %"))
        try bench.play("tab tab up up")
        bench.send(.job(ticket: ticket, .tried(FakeEngine.trials[4])))
        #expect(bench.model.panel == .trials && bench.model.trialCursor == 1)
        #expect(bench.statusLine.contains("otfusion refine=head: 88.00 %"))
    }

    @Test("Enter takes the recipe of a trial, u returns to the automatic choice")
    func take() throws {
        let bench = try bench()
        try bench.play("4 A F wait tab tab g down enter")
        #expect(bench.model.recipe.method.id == "otfusion" && bench.model.recipe.settings["refine"] == .choice("head"))
        #expect(bench.model.recipe.data == "digits:train" && bench.model.recipe.settings["refine-samples"] == .integer(75))
        #expect(!bench.model.showsTrials && bench.model.panel == .form)
        try bench.play("u")
        #expect(bench.model.recipe.method == Automatic.method && bench.model.showsTrials)
    }

    @Test("v shows accuracy against size and against time; ← → go from point to point", arguments: [GlyphSet.braille, .ascii])
    func picture(glyphs: GlyphSet) throws {
        let bench = try bench()
        try bench.play("4 A F wait")
        while bench.model.appearance.glyphs != glyphs { try bench.play("#") }
        try bench.play("v")
        #expect(bench.text.contains("Accuracy vs size") && bench.text.contains("parameters"))
        try bench.play("v tab tab left")
        #expect(bench.text.contains("Accuracy vs time") && bench.text.contains("seconds"))
        let here = FakeEngine.trials[bench.model.trialCursor].seconds
        try bench.play("left")
        #expect(FakeEngine.trials[bench.model.trialCursor].seconds < here && FakeEngine.trials[bench.model.trialCursor].failure == nil)
        let target = try #require(bench.cells.targets.first { $0.target as? MouseTarget == .trial(0) })
        try bench.play("click:\(target.area.row),\(target.area.column)")
        #expect(bench.model.trialCursor == 0)
        let foreign = bench.text.unicodeScalars.filter { !$0.isASCII }
        if glyphs == .ascii { #expect(foreign.isEmpty) }
    }

    @Test("without data it says what to name; without trials v says how to make some")
    func empty() throws {
        let bench = try bench()
        try bench.play("4 v")
        #expect(bench.statusLine.contains("No trials"))
        try bench.play("set:data=none A")
        #expect(bench.statusLine.contains("set the data first"))
    }

    @Test("the front holds what nothing beats, by cost; equal answers once, no number never")
    func front() {
        let points: [(cost: Double, value: Double)] = [(3, 0.9), (1, 0.5), (2, 0.5), (2, 0.8), (4, 0.9), (.nan, 1), (1, .nan), (1, 0.5)]
        #expect(ParetoFront.indices(points) == [1, 3, 0])
        #expect(ParetoFront.indices([]).isEmpty)
    }

    @Test("the forecast is the engine's where it counts the work, the budget for the automatic choice, and otherwise there is none")
    func forecast() throws {
        let bench = try bench(Size(columns: 120, rows: 36))
        try bench.play("4")
        #expect(bench.model.forecastWords == "no forecast: the work of this recipe is not counted beforehand")
        #expect(bench.text.contains("no forecast: the work of this recipe"))
        try bench.play("F wait")
        #expect(bench.model.forecastWords?.hasSuffix("; optimal transport took 42 ms last time") == true)
        try bench.play("set:method=reconstruct")
        #expect(bench.model.forecastWords == "forecast: about 12 s and 800.0 MB beyond the parents")
        #expect(bench.text.contains("earlier recipe; F takes about 12 s"))
        try bench.play("A")
        #expect(bench.model.forecastTime == "up to 1 min" || bench.model.forecastTime?.hasPrefix("up to") == true)
    }

    @Test("a recipe is forecast once, after its first layer is planned and before the others")
    func forecastOnce() throws {
        let bench = try bench()
        var order: [String] = []
        var model = bench.model
        model.plans = [:]
        model.fuse.forecast = nil
        var effects = model.replan(), count = 0
        while let effect = effects.first, count < 20 {
            count += 1
            guard case .start(let started) = effect else { break }
            order.append(type(of: started.job).title)
            let event = started.job.perform(on: FakeEngine(), JobControl())
            effects = update(&model, .job(ticket: started.ticket, event), now: 1).filter { if case .start = $0 { true } else { false } }
        }
        #expect(order == ["planning", "forecasting", "planning", "planning"])
        // A layer that is planned again asks for none.
        #expect(!model.needsForecast)
        try bench.play("4 set:samples=100")
        #expect(bench.model.fuse.forecast?.recipe == bench.model.recipe)
    }
}

@Suite("runs against their cost")
struct FrontTests {
    private func engine() -> FakeEngine {
        var engine = FakeEngine()
        func row(
            _ id: String, _ accuracy: Double?, _ parameters: Int?, _ seconds: Double,
            recipe: String = "parents = [\"a\", \"b\"]\nevaluate = \"digits:test\"\n", continues: String? = nil
        ) -> RunRow {
            RunRow(
                id: id, kind: continues == nil ? "fuse" : "finetune", status: "finished", method: "otfusion", accuracy: accuracy, loss: 0.1,
                parameters: parameters, seconds: seconds, started: Double(id.dropFirst()) ?? 0,
                parents: ["a", "b"], continues: continues, recipe: recipe, command: "amalgam fuse a b")
        }
        engine.table = [
            row("r1", 0.90, 5000, 1), row("r2", 0.95, 5000, 2), row("r3", 0.80, 2000, 0.5), row("r4", 0.97, 5000, 3, continues: "r2"),
            row("r5", 0.99, 5000, 1, recipe: "evaluate = \"other\"\n"), row("r6", nil, 5000, 1),
        ]
        return engine
    }

    @Test("v lays runs of the same parents and data out; a run's time includes what it continues; ← → walk along the axis")
    func runs() throws {
        let bench = try bench(Size(columns: 160, rows: 45), engine: engine())
        try bench.play("6 S v")
        #expect(bench.model.compare.run?.id == "r1")
        #expect(Set(bench.model.frontRuns.map(\.run.id)) == ["r1", "r2", "r3", "r4"])
        #expect(bench.model.frontRuns.filter(\.isOnFront).map(\.run.id) == ["r3", "r4"])
        #expect(bench.text.contains("against size") && bench.text.contains("4 of 6"))
        try bench.play("v")
        #expect(bench.model.frontRuns.first { $0.run.id == "r4" }?.cost == 5)
        #expect(bench.model.frontRuns.filter(\.isOnFront).map(\.run.id) == ["r1", "r2", "r3", "r4"])
        try bench.play("right")
        #expect(bench.model.compare.run?.id == "r2" && bench.statusLine.hasPrefix("r2"))
        try bench.play("right right")
        #expect(bench.model.compare.run?.id == "r4" && bench.text.contains("Pareto-optimal"))
        try bench.play("left left left left")
        #expect(bench.model.compare.run?.id == "r3")
        let target = try #require(bench.cells.targets.first { $0.target as? MouseTarget == .point(1) })
        try bench.play("click:\(target.area.row),\(target.area.column)")
        #expect(bench.model.compare.run?.id == "r2")
        try bench.play("v left")
        #expect(bench.statusLine.contains("v shows accuracy"))
    }

    @Test("a run alone, one without an accuracy and an empty store draw words, not pictures")
    func odd() throws {
        var engine = engine()
        engine.table = Array(engine.table.suffix(2))
        let bench = try bench(engine: engine)
        try bench.play("6 v v v v down v")
        #expect(bench.model.exit == nil)
        var empty = FakeEngine()
        empty.table = []
        let none = try self.bench_(empty)
        try none.play("6 v left right")
        #expect(none.text.contains("No runs yet"))
    }

    private func bench_(_ engine: FakeEngine) throws -> Headless { try bench(engine: engine) }
}
