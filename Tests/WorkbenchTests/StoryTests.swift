import Fusion
import Screen
import Store
import Testing

@testable import Workbench

@Suite("a first session")
struct StoryTests {
    @Test("without arguments the sample sets are listed and the first one is open")
    func start() throws {
        let bench = try bench()
        #expect(bench.text.contains("Digit MLPs, different labels"))
        #expect(bench.text.contains("compatible"))
        #expect(bench.text.contains("97.12 %"))
        #expect(bench.model.groups.map(\.name) == ["fc1", "fc2", "classes"])
        #expect(bench.model.plans.count == 3)
    }

    @Test("parents named on the command line win over the samples")
    func named() throws {
        let bench = try bench(parents: ["a.pt", "b.pt"])
        #expect(bench.model.opened.value?.parents.map(\.name) == ["a.pt", "b.pt"])
        #expect(bench.text.contains("Your parents"))
        // Their own row stands above the sample sets.
        try bench.play("down down enter y")
        #expect(bench.model.opened.value?.parents.map(\.name) == ["wide.safetensors", "narrow.safetensors"])
    }

    @Test("a fusion: progress on every screen, then the result beside parents, ensemble and average")
    func fusion() throws {
        let bench = try bench()
        try bench.play("4 F 1")
        #expect(bench.row(0).contains("fusing 0%"))
        try bench.play("wait 4")
        #expect(bench.row(0).contains("idle"))
        for words in ["94.82 %", "97.12 %", "97.85 %", "71.30 %", "plain average", "fused in 42 ms"] {
            #expect(bench.text.contains(words), "\(words)")
        }
        #expect(bench.model.log.contains { $0.level == .command && $0.text.hasPrefix("amalgam fuse sample-models/digits-pair/even") })
    }

    @Test("the fused network is always among the results, however few lines there are")
    func results() throws {
        var result = try FakeEngine().fuse(Recipe(parents: ["a", "b"]), control: JobControl())
        result.rows.insert(ResultRow(role: .vote, name: "majority vote", accuracy: 0.97, loss: nil, parameters: 1), at: 3)
        for room in 1...8 {
            let rows = result.rows.fitting(room)
            #expect(rows.count == min(room, 6) && rows.contains { $0.role == .fused })
        }
        #expect(result.rows.fitting(5).map(\.name) == ["a", "b", "ensemble", "plain average", "fused"])
        // What else it is compared with is neither called the ensemble nor the plain average.
        for role in [EvaluationRole.vote, .shares, .best, .before, .control] {
            #expect(Model.mark(role, letter: 0).sign == "  ", "\(role)")
        }
        let bench = try bench()
        try bench.play("4 F wait")
        #expect(bench.text.contains("◆  fused"))
    }

    @Test("turning a knob plans again and shows the value before beside it")
    func knob() throws {
        let bench = try bench()
        try bench.play("4 pgdn")
        bench.select("solver")
        try bench.play("right")
        #expect(bench.model.recipe.settings["solver"] == .choice("sinkhorn"))
        bench.select("epsilon")
        let before = try #require(bench.model.planned).snapshot.couplings[0].analysis.effectiveMatches
        try bench.play("right")
        let planned = try #require(bench.model.planned)
        #expect(planned.recipe == bench.model.recipe)
        #expect(planned.previous?.effectiveMatches == before)
        #expect(planned.snapshot.couplings[0].analysis.effectiveMatches > before)
        #expect(bench.text.contains("before"))
        #expect(bench.statusLine == "epsilon 0.05 → 0.1")
    }

    @Test("u three times, then ctrl-r three times, gives the same recipe")
    func undo() throws {
        let bench = try bench()
        let first = bench.model.recipe
        try bench.play("4 right")
        try bench.play("left down right down right right")
        let last = bench.model.recipe
        try bench.play("u u u ctrl-r ctrl-r ctrl-r")
        #expect(bench.model.recipe == last)
        for _ in 0..<20 { try bench.play("u") }
        #expect(bench.model.recipe == first)
        #expect(bench.statusLine == "Nothing to undo")
    }

    @Test("text that is no value is refused with the reason, and the old value stays", arguments: ["abc", "-1", "1e999", "", "nan", "0"])
    func refused(text: String) throws {
        let bench = try bench()
        try bench.play("4")
        bench.select("solver")
        try bench.play("right")
        bench.select("epsilon")
        try bench.play("enter ctrl-u")
        try bench.play(text.isEmpty ? "enter" : "text:\(text) enter")
        #expect(bench.model.fuse.form.editing != nil)
        #expect(bench.model.fuse.form.problem != nil)
        #expect(bench.model.recipe.settings["epsilon"] == .real(0.05))
        #expect(bench.statusLine.contains("old value is kept"))
        try bench.play("esc")
        #expect(bench.model.fuse.form.editing == nil)
    }

    @Test("a typed value is taken, letters in a field are letters")
    func typed() throws {
        let bench = try bench()
        try bench.play("4")
        bench.select("solver")
        try bench.play("enter ctrl-u text:sinkhorn enter")
        #expect(bench.model.recipe.settings["solver"] == .choice("sinkhorn"))
        bench.select("epsilon")
        try bench.play("enter ctrl-u text:0.25 enter")
        #expect(bench.model.recipe.settings["epsilon"] == .real(0.25))
        try bench.play("enter text:q paste:\\nX")
        #expect(bench.model.exit == nil)
        #expect(bench.model.fuse.form.editing?.text == "0.25q X")
    }

    @Test("a preset sets all knobs at once, a changed knob is no preset, and u brings it back")
    func presets() throws {
        let bench = try bench()
        try bench.play("4 down")
        #expect(bench.model.field(of: .recipe) == .preset)
        #expect(bench.model.presetIndex(of: .recipe) == 0)
        try bench.play("right")
        let method = bench.model.recipe.method
        let expected = try method.settings(preset: method.presets[0].id)
        #expect(bench.model.recipe.settings == expected)
        bench.select("blend")
        try bench.play("right")
        #expect(bench.model.presetIndex(of: .recipe) == nil)
        #expect(bench.model.fields(of: .recipe).contains(.preset))
        try bench.play("u")
        #expect(bench.model.presetIndex(of: .recipe) == 1)
        try bench.play("g down enter ctrl-u text:nonsense enter")
        #expect(bench.model.fuse.form.problem != nil)
        try bench.play("ctrl-u text:defaults enter")
        #expect(bench.model.presetIndex(of: .recipe) == 0)
    }

    @Test("a knob without effect says what it needs")
    func idle() throws {
        let bench = try bench()
        try bench.play("4")
        bench.select("epsilon")
        try bench.play("right")
        #expect(bench.statusLine.contains("needs solver sinkhorn or unbalanced"))
        #expect(!bench.model.history.canUndo)
    }

    @Test("q leaves at once without a job and asks while one runs; c cancels it")
    func quit() throws {
        let idle = try bench()
        try idle.play("q")
        #expect(idle.model.exit == .done)
        let busy = try bench()
        try busy.play("F q")
        #expect(busy.model.exit == nil)
        #expect(busy.text.contains("Quit?"))
        try busy.play("esc")
        #expect(busy.model.overlay == nil)
        try busy.play("q c")
        #expect(busy.model.exit == .done)
    }

    @Test("ctrl-c stops the job first; twice within a second it ends the program with 130, later it does not")
    func interrupt() throws {
        let bench = try bench()
        try bench.play("F ctrl-c")
        #expect(bench.model.exit == nil)
        #expect(bench.model.fusion == nil)
        #expect(bench.statusLine.contains("cancelled"))
        try bench.play("ctrl-c")
        #expect(bench.model.exit == .interrupted)
        var model = try bench_(at: 0)
        _ = update(&model, .input(.key(.control("c"))), now: 10)
        _ = update(&model, .input(.key(.control("c"))), now: 12)
        #expect(model.exit == nil)
    }

    private func bench_(at time: Double) throws -> Model { try bench().model }

    @Test("SIGTERM ends with 143")
    func terminated() throws {
        let bench = try bench()
        bench.send(.terminated(signal: 15))
        #expect(bench.model.exit == ExitCode(rawValue: 143))
    }

    @Test("a broken parent names the file and the reason, and the program goes on")
    func broken() throws {
        let bench = try bench(parents: ["broken.safetensors", "b.pt"])
        #expect(bench.text.contains("truncated"))
        try bench.play("2 4 F 1 down enter")
        #expect(bench.model.canFuse)
    }

    @Test("parents that do not match say why on every screen, and F refuses")
    func mismatch() throws {
        let bench = try bench(engine: FakeEngine(mismatch: "layer fc2 is linear in A and conv in B; choose parents of one architecture"))
        #expect(bench.text.contains("ncompatible"))
        try bench.play("2")
        #expect(bench.text.contains("layer fc2 is linear"))
        try bench.play("F")
        #expect(bench.model.fusion == nil)
        #expect(bench.statusLine.contains("ncompatible"))
    }

    @Test("a plan that fails is told once per recipe, and another recipe tries again")
    func failing() throws {
        let bench = try bench(engine: FakeEngine(failure: "neuron group fc1: the cost holds NaN; compare by weights instead"))
        #expect(bench.model.planProblems.count == 3)
        try bench.play("2")
        #expect(bench.text.contains("the cost holds NaN"))
        #expect(bench.model.jobs.running.isEmpty)
        try bench.play("F wait")
        #expect(bench.statusLine.contains("the cost holds NaN"))
        #expect(bench.model.fusion == nil)
    }

    @Test("an answer to a question no longer asked is ignored")
    func stale() throws {
        let bench = try bench()
        let before = bench.model
        bench.send(.job(ticket: 999, .failed("late")))
        #expect(bench.model == before)
    }

    @Test("no samples: the screen says how to make them")
    func noSamples() throws {
        let bench = try bench(engine: FakeEngine(sets: []))
        #expect(bench.text.contains("amalgam samples build"))
        try bench.play("enter 2 F 4 F")
        #expect(bench.model.fusion == nil)
        #expect(bench.text.contains("opens parents to fuse"))
    }

    @Test("progress never falls")
    func progress() throws {
        var model = try bench().model
        let effects = update(&model, .input(.key(.character("F"))), now: 0)
        guard case .start(let started)? = effects.first else {
            Issue.record("no job was started")
            return
        }
        for fraction in [0.2, 0.5, 0.3, .nan, 2] { _ = update(&model, .job(ticket: started.ticket, .progress(fraction, "x")), now: 0) }
        #expect(model.fusion?.fraction == 1)
        _ = update(&model, .job(ticket: started.ticket, .progress(0.4, "x")), now: 0)
        #expect(model.fusion?.fraction == 1)
    }
}

extension Headless {
    /// Puts the cursor of the form on a hyperparameter.
    func select(_ key: String) {
        let index = model.fields(of: .recipe).firstIndex { if case .hyperparameter(let one) = $0 { one.key == key } else { false } } ?? 0
        send(.input(.key(.character("g"))))
        for _ in 0..<index { send(.input(.key(KeyPress(.down)))) }
    }
}
