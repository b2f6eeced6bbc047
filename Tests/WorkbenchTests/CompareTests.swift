import Fusion
import Runs
import Screen
import Testing
import Training

@testable import Workbench
import Provenance

@Suite("runs side by side")
struct CompareTests {
    @Test("screen 6 lists every run with what came out, best against the rest, and why one failed")
    func table() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("6")
        for words in ["r3", "r2", "r1", "96.91 %", "best", "-2.09", "failed"] { #expect(bench.text.contains(words), "\(words)") }
        try bench.play("G")
        #expect(bench.statusLine.contains("the widths differ"))
    }

    @Test("s sorts by every column and S turns it around; what has no value comes last")
    func sorting() throws {
        let bench = try bench()
        try bench.play("6")
        for order in CompareState.Order.allCases.dropFirst() {
            try bench.play("s")
            #expect(bench.model.compare.order == order)
            if order == .accuracy { #expect(bench.model.compare.sorted.map(\.id) == ["r3", "r2", "r1"]) }
            if order == .seconds { #expect(bench.model.compare.sorted.map(\.id) == ["r1", "r2", "r3"]) }
        }
        let before = bench.model.compare.sorted.map(\.id)
        try bench.play("S")
        #expect(bench.model.compare.sorted.map(\.id) == before.reversed())
    }

    @Test(
        "v shows the classes of the selected run, the largest loss first, and what they are taken for",
        arguments: [(80, 24), (160, 45)])
    func classes(columns: Int, rows: Int) throws {
        let bench = try bench(Size(columns: columns, rows: rows))
        try bench.play("6 v v v")
        #expect(bench.model.compare.view == .classes)
        #expect(bench.text.contains("by class · r3 on digits:test"))
        // The fake network lost 0.09 on the first class of a parent that knew it best.
        for words in ["Accuracy by class", "A●", "B▲", "◆", "Δ best", "99.0 %", "-9.00"] { #expect(bench.text.contains(words), "\(words)") }
        try bench.play("v")
        for words in ["Confusion", "rows true", "4→9: 31"] { #expect(bench.text.contains(words), "\(words)") }
        try bench.play("v")
        #expect(bench.model.compare.view == .curves)
    }

    @Test("runs of earlier sessions are measured again, each once and only where their classes are shown; why one cannot is said")
    func classesOfRuns() throws {
        let engine = FakeEngine(classNotes: ["r3 was recorded with 95.00 %: its data or the program have changed since"])
        let bench = try bench(Size(columns: 120, rows: 36), engine: engine)
        try bench.play("6 down up")
        #expect(engine.measured.all.isEmpty)
        try bench.play("v v v wait")
        #expect(engine.measured.all == ["r3"] && bench.statusLine.contains("was recorded with 95.00 %"))
        try bench.play("down wait down wait up wait v wait")
        #expect(engine.measured.all == ["r3", "r2"])
        #expect(bench.text.contains("Confusion · r2 on digits:test"))
        try bench.play("down wait")
        #expect(bench.text.contains("r1 made no network: it failed") && bench.model.status.level != .error)
        #expect(engine.measured.all == ["r3", "r2"])
    }

    @Test("the fusion of this session has its figures already; one that was loaded from a run has not")
    func classesOfSession() throws {
        let engine = FakeEngine(fusedRun: "r2")
        let bench = try bench(Size(columns: 120, rows: 36), engine: engine)
        try bench.play("F wait 6 v v v down wait")
        #expect(bench.text.contains("Accuracy by class · r2") && engine.measured.all == ["r3"])
        try bench.play("L wait 6 wait")
        #expect(bench.model.fuse.result?.loadedFrom == "r2" && engine.measured.all == ["r3", "r2"])
    }

    @Test("parents are named with the folder that they share, so that two sets of a and b are told apart")
    func sets() throws {
        var engine = FakeEngine()
        engine.table[1].parents = ["/x/non-iid-pair/a.safetensors", "/x/non-iid-pair/b.safetensors"]
        engine.table[2].parents = ["/x/one/a.pt", "/x/two/b.pt"]
        let bench = try bench(Size(columns: 160, rows: 45), engine: engine)
        try bench.play("6 down")
        #expect(bench.text.contains("non-iid-pair: a + b") && bench.text.contains("from non-iid-pair: a + b"))
        #expect(
            Labels.parents(engine.table[2].parents) == "a + b" && Labels.parents(["even.safetensors", "odd.safetensors"]) == "even + odd")
    }

    @Test("R goes on with a fine-tuning that left a checkpoint, once its parents are open; of others it says what they can do")
    func resume() throws {
        let parents = ["sample-models/digits-pair/even.safetensors", "sample-models/digits-pair/odd.safetensors"]
        var engine = FakeEngine()
        engine.table[0].isResumable = true
        engine.table[0].status = "lost"
        engine.table[0].recipe = try FineTuningRecipe(.network("fused.safetensors"), data: "digits:train", seed: 3).toml()
        engine.table[1].recipe = try Recipe(parents: parents, data: "digits:train", evaluation: "digits:test").toml()
        let bench = try bench(Size(columns: 120, rows: 36), engine: engine)
        try bench.play("6")
        #expect(bench.text.contains("R goes on from its checkpoint"))
        try bench.play("R")
        #expect(bench.model.tuning != nil && bench.model.screen == .train && bench.statusLine.contains("Resuming r3"))
        try bench.play("wait")
        #expect(engine.measured.all == ["resume r3"] && bench.model.current?.kind == .tuned)
        try bench.play("6 down R")
        #expect(bench.statusLine.contains("r2 is no fine-tuning") && bench.model.tuning == nil)
        // With other parents open, its own are opened first.
        try bench.play("1 down enter wait 6 up R")
        #expect(bench.model.tuning == nil)
        try bench.play("wait 6 R wait")
        #expect(bench.model.recipe.parents == parents && engine.measured.all == ["resume r3", "resume r3"])
    }

    @Test("two marked runs show what differs, in numbers and in the recipe")
    func difference() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("6 space down down")
        #expect(bench.model.compare.marked == ["r3"])
        #expect(bench.text.contains("r3 → r1"))
        #expect(bench.text.contains("solver"))
        let found = Model.recipeDifferences(FakeEngine.rows[1].recipe, FakeEngine.rows[2].recipe)
        #expect(found.map(\.key) == ["method", "solver"])
        #expect(Model.recipeDifferences(FakeEngine.rows[0].recipe, FakeEngine.rows[1].recipe).isEmpty)
    }

    @Test("curves of runs are drawn together, each named at its end; Enter shows one on screen 5")
    func curves() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("6 space")
        #expect(bench.model.compareSeries.map(\.name) == ["r3"])
        try bench.play("enter")
        #expect(bench.model.screen == .train && bench.text.contains("· r3"))
        try bench.play("esc")
        #expect(bench.model.train.shown == nil)
    }

    @Test("/ filters by words of any column, Esc shows all again, and the selection stays on its run")
    func filter() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("6 down / text:otfusion space text:digits enter")
        #expect(bench.model.compare.sorted.map(\.id) == ["r3", "r2"] && bench.model.compare.run?.id == "r2")
        #expect(bench.text.contains("2 of 3") && bench.text.contains("only “otfusion digits”"))
        try bench.play("/ ctrl-u text:nothing enter")
        #expect(bench.text.contains("No run holds") && bench.model.compare.run == nil)
        try bench.play("esc")
        #expect(bench.model.compare.sorted.count == 3)
    }

    @Test("figures on different data are not compared: each has its own best")
    func grounds() throws {
        var rows = FakeEngine.rows
        rows[1].data = "mnist:test"
        let bench = try bench(Size(columns: 160, rows: 45), engine: FakeEngine(table: rows))
        try bench.play("6")
        let lines = (0..<20).map { bench.row($0) }
        #expect(lines.count { $0.contains(" best ") && !$0.contains("Δ") } == 2 && bench.text.contains("mnist:test"))
    }

    @Test("a fine-tuned run shows what it came from, back to the parents")
    func lineage() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("6")
        #expect(bench.model.lineageWords(FakeEngine.rows[0]) == "r2 fuse (otfusion) ← even + odd")
        #expect(bench.text.contains("from r2 fuse (otfusion)") && bench.text.contains("on digits:test"))
    }

    @Test("y gives the command of the selected run, m gives it a title")
    func copying() throws {
        let bench = try bench()
        try bench.play("6 down y")
        #expect(bench.model.copyChoices.first?.title == "command of r2")
        try bench.play("enter")
        #expect(bench.copied == "amalgam fuse even odd")
        try bench.play("m text:best enter")
        #expect(bench.statusLine == "r2 is called “best”")
    }

    @Test("at most four runs are marked")
    func four() throws {
        let bench = try bench()
        try bench.play("6 space down space down space up space")
        #expect(bench.model.compare.marked == ["r3", "r1"])
    }

    @Test("a run that was not made from parents has no recipe to take, and says so; d asks before it deletes")
    func recipe() throws {
        let bench = try bench()
        try bench.play("6 u")
        #expect(bench.statusLine.contains("has no parents") && bench.model.opened.value != nil)
        try bench.play("6 d")
        #expect(bench.text.contains("Delete r3"))
        try bench.play("n")
        #expect(bench.model.overlay == nil)
        try bench.play("d y")
        #expect(bench.model.log.contains { $0.text == "Deleted r3" })
    }

    @Test("u on a fine-tuning takes the recipe of the fusion that it continues, and its settings; both lie on one front")
    func tuned() throws {
        var settings = Settings(FineTuning.table)
        try settings.set("epochs", .integer(7))
        let parents = ["sample-models/digits-pair/even.safetensors", "sample-models/digits-pair/odd.safetensors"]
        var rows = FakeEngine.rows
        rows[0].recipe = FineTuningRecipe(
            .network("runs/r2/fused.safetensors"), data: "digits:train", evaluation: "digits:test", settings: settings
        ).toml()
        rows[1].recipe = Recipe(parents: parents, method: KMeansFusion.method, data: "digits:train", evaluation: "digits:test").toml()
        let tuned = rows, bench = try bench(engine: FakeEngine(table: tuned))
        try bench.play("6")
        #expect(bench.model.compare.run?.id == "r3" && bench.model.frontRuns.map(\.run.id) == ["r3", "r2"])
        try bench.play("u")
        #expect(bench.model.recipe.method.id == "kf" && bench.model.train.settings["epochs"] == .integer(7) && bench.model.screen == .fuse)
        #expect(bench.model.log.contains { $0.text.contains("ecipe of r2") && $0.text.contains("hyperparameters of r3") })
        rows[0].continues = nil
        let orphan = try WorkbenchTests.bench(engine: FakeEngine(table: rows))
        try orphan.play("6 u")
        #expect(orphan.statusLine.contains("does not continue a fusion"))
    }

    @Test("the curves of four runs differ without colour: in pattern and in the sign at their end")
    func plain() {
        #expect(
            Model.letters.count == CompareState.most && Set(Model.letters.map(\.pattern)).count == CompareState.most
                && Set(Model.letters.map(\.sign)).count == CompareState.most)
    }

    @Test("a change of the store is read again where it shows, and the selection stays on its run")
    func changed() throws {
        let bench = try bench()
        try bench.play("6 down")
        bench.send(.storeChanged)
        #expect(bench.model.compare.run?.id == "r2")
        try bench.play("1")
        var model = bench.model
        #expect(update(&model, .storeChanged, now: 0).isEmpty)
    }
}
