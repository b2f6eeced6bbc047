import Foundation
import Fusion
import Screen
import Testing
@testable import Training

@testable import Workbench

@Suite("what says nothing")
struct SilenceTests {
    private func running(silence: Double) -> RunRow {
        RunRow(
            id: "r9", kind: "finetune", status: "running", method: "otfusion", accuracy: nil, loss: nil, seconds: 40, silence: silence,
            started: 900, parents: ["a", "b"], recipe: "", command: "amalgam finetune")
    }

    @Test(
        "a run of the store that has written nothing for ten seconds is shown as silent, in table, details and sentence; nothing wakes the screen for it elsewhere"
    )
    func store() throws {
        var engine = FakeEngine()
        engine.table = [running(silence: 4)] + FakeEngine.rows
        let bench = try bench(Size(columns: 160, rows: 45), engine: engine)
        try bench.play("6 g")
        #expect(bench.text.contains("⟳ running") && !bench.statusLine.contains("no progress"))
        var model = bench.model
        #expect(model.nextTick == 6)
        _ = update(&model, .tick, now: 6)
        #expect(model.runSentence.contains("no progress for 10 s"))
        let text = view(model).text
        #expect(text.contains("! 10 s") && text.contains("No update for 10 s"))
        #expect(model.nextTick == 11)
        _ = update(&model, .input(.key(.character("2"))), now: 7)
        #expect(model.nextTick == nil)
    }

    @Test("a fine-tuning without a step is said to be silent once, shown while it lasts, and forgiven at the next step")
    func training() throws {
        let bench = try bench()
        try bench.play("F wait t")
        var model = bench.model
        let ticket = try #require(model.tuning).ticket
        #expect(model.nextTick == 10)
        _ = update(&model, .tick, now: 12)
        #expect(model.status.text.contains("no progress for 12 s") && view(model).text(row: 0).contains("no progress for 12 s"))
        let warnings = model.log.count
        _ = update(&model, .tick, now: 13)
        #expect(model.log.count == warnings && model.nextTick == 14)
        _ = update(&model, .job(ticket: ticket, .training(.resumed)), now: 14)
        #expect(model.stalledFor == nil && model.nextTick == 24)
        _ = update(&model, .job(ticket: ticket, .training(.paused)), now: 15)
        // What rests because it was told to is not silent.
        #expect(model.nextTick == nil)
    }

    @Test("a fusion without a word is shown as silent on every screen; idle, nothing ticks")
    func fusion() throws {
        let bench = try bench()
        #expect(bench.model.nextTick == nil)
        try bench.play("F")
        var model = bench.model
        _ = update(&model, .tick, now: 11)
        #expect(view(model).text(row: 0).contains("no progress for 11 s"))
        try bench.play("wait")
        #expect(bench.model.nextTick == nil)
    }

    @Test("x again offers to abandon a job that does not stop; y lets it go on unseen, and F is free again")
    func abandon() throws {
        let bench = try bench()
        try bench.play("F")
        var model = bench.model
        let ticket = try #require(model.fusion).ticket
        #expect(update(&model, .input(.key(.character("x"))), now: 1) == [.cancel(ticket: ticket)])
        #expect(model.nextTick == 3)
        _ = update(&model, .tick, now: 3)
        #expect(view(model).text(row: 0).contains("x abandons it"))
        #expect(update(&model, .input(.key(.character("x"))), now: 4).isEmpty)
        #expect(view(model).text.contains("Abandon it?"))
        _ = update(&model, .input(.key(.character("n"))), now: 4)
        #expect(model.fusion != nil && model.overlay == nil)
        _ = update(&model, .input(.key(.character("x"))), now: 5)
        #expect(update(&model, .input(.key(.character("y"))), now: 5) == [.abandon(ticket: ticket)])
        #expect(model.fusion == nil && model.status.text.contains("abandoned"))
        // What it says afterwards is not heard.
        _ = update(&model, .job(ticket: ticket, .failed("late")), now: 6)
        #expect(!model.log.contains { $0.text == "late" })
        #expect(update(&model, .input(.key(.character("F"))), now: 7).count == 1)
    }

    @Test("a training that does not stop is abandoned, too")
    func abandonTraining() throws {
        let bench = try bench()
        try bench.play("F wait t")
        var model = bench.model
        let ticket = try #require(model.tuning).ticket
        #expect(update(&model, .input(.key(.character("x"))), now: 1) == [.stop(ticket: ticket)])
        _ = update(&model, .input(.key(.character("x"))), now: 9)
        #expect(update(&model, .input(.key(.character("y"))), now: 9) == [.abandon(ticket: ticket)])
        #expect(model.train.live?.phase == .ended("abandoned") && model.tuning == nil)
    }
}

@Suite("going back")
struct JumpTests {
    @Test("ctrl-o returns through screens, layers and pairs, ctrl-n goes forward again")
    func back() throws {
        let bench = try bench()
        try bench.play("2")
        let first = bench.model.place
        try bench.play("'")
        for character in "A5 F7" { bench.send(.input(.key(.character(character)))) }
        try bench.play("enter")
        let second = bench.model.place
        #expect(!second.isSame(as: first))
        try bench.play("> 4 ctrl-o")
        #expect(bench.model.screen == .align && bench.model.group?.name == "fc2")
        try bench.play("ctrl-o")
        #expect(bench.model.place.isSame(as: second))
        try bench.play("ctrl-o")
        #expect(bench.model.place.isSame(as: first))
        try bench.play("ctrl-o")
        #expect(bench.model.screen == .models)
        try bench.play("ctrl-o")
        #expect(bench.statusLine.contains("first place"))
        try bench.play("ctrl-n ctrl-n ctrl-n ctrl-n")
        #expect(bench.model.screen == .fuse)
        try bench.play("ctrl-n")
        #expect(bench.statusLine.contains("latest place"))
    }

    @Test("moving by cells is no jump")
    func near() throws {
        let bench = try bench()
        try bench.play("2")
        let places = bench.model.jumps.past
        try bench.play("j j l l J L s s s s r + -")
        #expect(bench.model.jumps.past == places)
    }

    @Test("' lists where a person was; ↓ and Enter go there; a pair typed from any screen opens the plan")
    func list() throws {
        let bench = try bench()
        try bench.play("2 > 4 6 '")
        #expect(bench.text.contains("Fuse · fc2") && bench.text.contains("Align · fc2"))
        try bench.play("down down enter")
        #expect(bench.model.screen == .align && bench.model.overlay == nil)
        try bench.play("4 '")
        for character in "A5 F6" { bench.send(.input(.key(.character(character)))) }
        try bench.play("enter")
        #expect(bench.model.screen == .align && bench.model.cursorEntry?.row == 5 && bench.model.cursorEntry?.column == 6)
    }

    @Test("the list is bounded and holds each place once")
    func bounded() {
        var list = JumpList()
        for index in 0..<200 { list.left(Place(screen: .align, group: "fc1", row: index % 70, column: 0)) }
        #expect(list.past.count == JumpList.longest)
        #expect(Set(list.past.map { $0.row ?? -1 }).count == list.past.count)
    }
}

@Suite("commands with words")
struct TypedTests {
    private func type(_ text: String, _ bench: Headless) throws {
        try bench.play(":")
        for character in text { bench.send(.input(.key(.character(character)))) }
        try bench.play("enter")
    }

    @Test("set mouse off leaves the mouse to the terminal, on takes it back; F4 does the same")
    func mouse() throws {
        let bench = try bench()
        try type("set mouse off", bench)
        #expect(!bench.model.isMouseOn && bench.model.overlay == nil && bench.statusLine.contains("Mouse released"))
        try type("set mouse on", bench)
        #expect(bench.model.isMouseOn)
        var model = bench.model
        #expect(update(&model, .input(.key(KeyPress(.function(4)))), now: 0) == [.mouse(false)])
    }

    @Test(
        "set theme, set glyphs and goto do what they say; what is not known is refused with what is",
        arguments: [
            ("set theme paper", ""), ("set glyphs ascii", ""), ("goto A5 F7", ""), ("set theme pink", "one of ember"),
            ("set glyphs runes", "one of ascii"), ("set volume 11", "Unknown key"), ("set mouse maybe", "one of on, off"),
            ("goto Z9", "no parent Z"),
        ])
    func words(text: String, problem: String) throws {
        let bench = try bench()
        try type(text, bench)
        if problem.isEmpty {
            #expect(bench.model.overlay == nil)
        } else {
            #expect(bench.statusLine.contains(problem) && bench.model.overlay != nil)
        }
        switch text {
        case "set theme paper": #expect(bench.model.theme == "paper")
        case "set glyphs ascii": #expect(bench.model.appearance.glyphs == .ascii)
        case "goto A5 F7":
            #expect(bench.model.screen == .align && bench.model.cursorEntry?.row == 5 && bench.model.cursorEntry?.column == 7)
        default: break
        }
    }

    @Test(
        "set KEY=VALUE sets what --set does: the shown form's key first, then the other's; words of the program too",
        arguments: [
            ("4", "set epsilon=0.2", "recipe", "epsilon"), ("4", "set epochs=500", "tuning", "epochs"),
            ("5", "set epochs = 500", "tuning", "epochs"), ("5", "set solver sinkhorn", "recipe", "solver"),
            ("1", "set seed=7", "seed", ""), ("2", "set method=kf", "method", ""), ("4", "set fc1/solver=sinkhorn", "layer", ""),
            ("5", "set preset=defaults", "nothing", ""), ("4", "set data=none", "data", ""), ("4", "set evaluation=none", "evaluation", ""),
        ])
    func assigned(screen: String, text: String, what: String, key: String) throws {
        let bench = try bench()
        try bench.play(screen)
        let before = bench.model.train.settings
        try type(text, bench)
        #expect(bench.model.overlay == nil && bench.model.status.level != .error, "\(bench.statusLine)")
        switch what {
        case "recipe": #expect(bench.model.recipe.settings.differences.map(\.key) == [key] || bench.model.recipe.settings.given[key] != nil)
        case "tuning": #expect(bench.model.train.settings[key] == .integer(500) && bench.statusLine.contains("→ 500"))
        case "seed": #expect(bench.model.recipe.seed == 7)
        case "method": #expect(bench.model.recipe.method.id == "kf")
        case "layer": #expect(bench.model.recipe.edits["fc1"].values["solver"] == .choice("sinkhorn"))
        case "data": #expect(bench.model.recipe.data == nil)
        case "evaluation": #expect(bench.model.recipe.evaluation == nil)
        default: #expect(bench.model.train.settings == before)
        }
        // What was set can be taken back as any other change.
        if what == "tuning" {
            try bench.play("5 tab u")
            #expect(bench.model.train.settings == before)
        }
    }

    @Test(
        "a value that cannot be is refused with what can; the palette and its text stay",
        arguments: [
            ("set epsilon=abc", "epsilon"), ("set epochs=-3", "epochs"), ("set solver=best", "solver"), ("set method=magic", "magic"),
            ("set nowhere/solver=sinkhorn", "No layer"), ("set fc1/paint=red", "paint"),
            ("set seed=minus", "seed"), ("set epsilon=", "epsilon"), ("set data=elephants", "elephants"),
        ])
    func refused(text: String, says: String) throws {
        let bench = try bench()
        try bench.play("4")
        let before = bench.model.recipe, tuning = bench.model.train.settings
        try type(text, bench)
        #expect(bench.model.status.level == .error && bench.statusLine.contains(says), "\(bench.statusLine)")
        guard case .palette(let query, _)? = bench.model.overlay else {
            Issue.record("the palette is closed")
            return
        }
        #expect(query.text == text && bench.model.recipe == before && bench.model.train.settings == tuning)
    }

    @Test("tab and Enter complete a key, then its value; arrows choose; a part of a value is enough")
    func completed() throws {
        let bench = try bench()
        try bench.play("4 :")
        func type(_ text: String) { for character in text { bench.send(.input(.key(.character(character)))) } }
        type("set sol")
        #expect(bench.text.contains("solver") && bench.text.contains("exact"))
        try bench.play("tab")
        #expect(bench.model.overlay == .palette(query: TextField("set solver="), selected: 0))
        let words = try #require(bench.model.suggestions(for: "set solver="))
        #expect(words.map(\.title) == bench.model.recipe.method.hyperparameter("solver")?.choices.map(\.word))
        type("sinkh")
        try bench.play("enter")
        #expect(bench.model.recipe.settings["solver"] == .choice("sinkhorn") && bench.model.overlay == nil)
        try bench.play(":")
        type("set solver=")
        try bench.play("down enter")
        #expect(bench.model.recipe.settings["solver"] == .choice(words[1].title))
        // A number has no list: its range is said instead.
        try bench.play(":")
        type("set epochs=5")
        #expect(bench.text.contains("fine-tuning's epochs") && bench.text.contains("…"))
        try bench.play("esc :")
        type("set")
        try bench.play("enter")
        #expect(bench.model.overlay == .palette(query: TextField("set "), selected: 0))
        #expect(bench.model.suggestions(for: "set ")?.first?.title == "method")
        try bench.play("esc 5 :")
        type("set ")
        #expect(bench.model.suggestions(for: "set ")?.first?.title == "preset")
    }
}
