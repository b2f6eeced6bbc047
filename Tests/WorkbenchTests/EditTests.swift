import Foundation
import Fusion
import Screen
import Testing

@testable import Workbench

@Suite("what a person demands of the plan")
struct EditTests {
    @Test("m pins the pair under the cursor: plan, command, saved recipe and session have it; m again takes it back")
    func pin() throws {
        let bench = try bench()
        try bench.play("2")
        try pair(bench, 5, 7)
        let entry = try #require(bench.model.cursorEntry)
        #expect(try #require(bench.model.coupling).plan[entry.row, entry.column] == 0)
        try bench.play("m")
        let pairing = PlanEdits.Pairing(parent: 0, from: entry.row, to: entry.column)
        #expect(bench.model.edits.pinned == [pairing])
        #expect(bench.model.planned?.recipe == bench.model.recipe)
        // All the mass of its row, 1 of 48.
        let plan = try #require(bench.model.coupling).plan
        #expect(abs(plan[entry.row, entry.column] - 1 / 48) < 1e-6)
        #expect(bench.row(1).contains("◉1"))
        #expect(bench.model.cursorEntry?.row == entry.row && bench.model.cursorEntry?.column == entry.column)
        #expect(bench.model.recipe.command().contains("--set fc1/pin=A:\(entry.row):\(entry.column)"))
        #expect(bench.statusLine.contains("A\(entry.row) → ◆\(entry.column) pinned"))
        let read = try Recipe(toml: bench.model.recipe.toml(), path: "recipe.toml")
        #expect(read == bench.model.recipe)
        let session = try Recipe(toml: Session(bench.model).recipe, path: "session")
        #expect(session.edits == bench.model.recipe.edits)
        try bench.play("m")
        #expect(bench.model.recipe.edits.isEmpty)
    }

    @Test("a neuron has one pinned partner on each side, and a pair is not both pinned and forbidden")
    func exclusive() throws {
        let bench = try bench()
        try bench.play("2 s s s")  // raw order
        try pair(bench, 5, 7)
        try bench.play("m")
        try pair(bench, 5, 9)
        try bench.play("m")
        #expect(bench.model.edits.pinned == [.init(parent: 0, from: 5, to: 9)])
        try pair(bench, 6, 9)
        try bench.play("m")
        #expect(bench.model.edits.pinned == [.init(parent: 0, from: 6, to: 9)])
        try bench.play("M")
        #expect(bench.model.edits.pinned.isEmpty && bench.model.edits.forbidden == [.init(parent: 0, from: 6, to: 9)])
        #expect(bench.row(1).contains("×1"))
        try bench.play("m")
        #expect(bench.model.edits.forbidden.isEmpty && bench.model.edits.pinned.count == 1)
        try bench.play("M M")
        #expect(bench.model.recipe.edits.isEmpty)
    }

    @Test("a forbidden pair carries nothing, and its row goes elsewhere")
    func forbid() throws {
        let bench = try bench()
        bench.play(solver: "sinkhorn")
        try bench.play("2")
        let entry = try #require(bench.model.cursorEntry)
        #expect(try #require(bench.model.coupling).plan[entry.row, entry.column] > 0)
        try bench.play("M")
        #expect(try #require(bench.model.coupling).plan[entry.row, entry.column] == 0)
        #expect(bench.model.coupling?.analysis.best[entry.row]?.column != entry.column)
        #expect(bench.model.pairSentence.contains("forbidden"))
    }

    @Test("marks stand in the map, in the match list and in the read-out")
    func marks() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("2 m")
        #expect(bench.text.contains("◉ pinned"))
        let pinned = try #require(bench.model.edits.pinned.first)
        try bench.play("tab down down")
        let lines = bench.text.split(separator: "\n").filter {
            $0.contains("A\(pinned.from)") && $0.contains("◉") && $0.contains("◆\(pinned.to)")
        }
        #expect(!lines.isEmpty)
        let geometry = try #require(bench.model.mapGeometry), map = try #require(bench.model.heatMap)
        let row = try #require(map.rowOrder.firstIndex(of: pinned.from)), column = try #require(map.columnOrder.firstIndex(of: pinned.to))
        let cell = try #require(geometry.gridCell(row: row, column: column)),
            place = geometry.position(gridRow: cell.row, gridColumn: cell.column)
        let around = (place.row..<place.row + max(1, geometry.magnificationRows)).flatMap { y in
            (place.column..<place.column + max(1, geometry.magnificationColumns)).map { bench.cells[y, $0].character }
        }
        #expect(around.contains("◉"))
    }

    @Test("what keeps its order, and a method without a plan of its own, refuse and say what to do")
    func refused() throws {
        let bench = try bench()
        try bench.play("2 > > m")
        #expect(bench.model.recipe.edits.isEmpty && bench.statusLine.contains("keeps its order"))
        try bench.play("< set:method=average 2 m")
        #expect(bench.model.recipe.edits.isEmpty && bench.statusLine.contains("screen 4"))
        try bench.play("E")
        #expect(bench.model.overlay == nil && bench.statusLine.contains("m and M"))
    }

    @Test("the list goes to what an edit is about, and d takes it back")
    func list() throws {
        let bench = try bench()
        try bench.play("2 m > m 4")
        bench.select("solver")
        try bench.play("o right E")
        let lines = bench.model.recipe.edits.lines
        #expect(lines.count == 3 && bench.text.contains("fc1") && bench.text.contains("fc2"))
        try bench.play("enter")
        #expect(bench.model.screen == .align && bench.model.group?.name == "fc1")
        let pinned = try #require(lines[0].pairing)
        #expect(bench.model.cursorEntry?.row == pinned.from && bench.model.cursorEntry?.column == pinned.to)
        try bench.play("E down down enter")
        let solver = try #require(bench.model.recipe.method.hyperparameter("solver"))
        #expect(
            bench.model.screen == .fuse && bench.model.ownGroup?.name == "fc2" && bench.model.field(of: .recipe) == .hyperparameter(solver))
        try bench.play("E d")
        #expect(bench.model.recipe.edits.lines == Array(lines.dropFirst()))
        try bench.play("d d")
        #expect(bench.model.recipe.edits.isEmpty && bench.model.overlay == nil)
        try bench.play("u u u")
        #expect(bench.model.recipe.edits.lines == lines)
    }

    @Test("o changes a value for one layer alone; the form says which layers differ, d takes it back")
    func ownLayer() throws {
        let bench = try bench(Size(columns: 160, rows: 45))
        try bench.play("4")
        bench.select("solver")
        try bench.play("o right")
        #expect(bench.model.recipe.settings["solver"] == .choice("exact"))
        #expect(bench.model.recipe.edits["fc1"].values["solver"] == .choice("sinkhorn"))
        #expect(bench.text.contains("fc1 only") && bench.text.contains("fc1 only"))
        // What depends on the layer's own solver may be changed for it, too.
        bench.select("epsilon")
        try bench.play("right")
        #expect(bench.model.recipe.edits["fc1"].values["epsilon"] == .real(0.1))
        #expect(bench.model.recipe.command().contains("--set fc1/epsilon=0.1 --set fc1/solver=sinkhorn"))
        try bench.play("o")
        #expect(bench.text.contains("fc1 sinkhorn") && bench.text.contains("fc1 •"))
        try bench.play("o")
        bench.select("epsilon")
        try bench.play("d")
        #expect(bench.model.recipe.edits["fc1"].values["epsilon"] == nil)
        bench.select("solver")
        try bench.play("left")
        // The same as in all layers is no edit.
        #expect(bench.model.recipe.edits.isEmpty)
    }

    @Test("a layer gets its own number of neurons; what is no number is refused")
    func neurons() throws {
        let bench = try bench()
        try bench.play("4 o G left")
        #expect(bench.model.field(of: .recipe) == .neurons && bench.model.recipe.edits["fc1"].neurons == 47)
        try bench.play("enter ctrl-u text:0 enter")
        #expect(bench.model.fuse.form.problem != nil && bench.model.recipe.edits["fc1"].neurons == 47)
        try bench.play("ctrl-u text:24 enter")
        #expect(bench.model.recipe.edits["fc1"].neurons == 24)
        try bench.play("d")
        #expect(bench.model.recipe.edits.isEmpty)
    }

    @Test("undo and redo go through values, pins and layers of their own in their order, and say what they change")
    func travel() throws {
        let bench = try bench()
        let first = bench.model.recipe
        bench.play(solver: "sinkhorn")
        try bench.play("2 m M 4")
        bench.select("epsilon")
        try bench.play("o right")
        let last = bench.model.recipe
        try bench.play("u")
        #expect(bench.statusLine == "Undone: fc1: epsilon 0.05 → 0.1")
        try bench.play("u")
        #expect(bench.statusLine.contains("forbidden") && bench.model.edits.pinned.count == 1)
        try bench.play("2 u")
        #expect(bench.model.recipe.edits.isEmpty && bench.model.planned?.recipe == bench.model.recipe)
        try bench.play("u")
        #expect(bench.model.recipe == first)
        try bench.play("ctrl-r ctrl-r ctrl-r ctrl-r ctrl-r")
        #expect(bench.model.recipe == last && bench.statusLine == "Nothing to redo")
    }

    @Test("taking back a change of the data measures the parents again")
    func data() throws {
        let bench = try bench()
        try bench.play("4 set:evaluate=none")
        #expect(bench.model.recipe.evaluation == nil)
        try bench.play("u")
        #expect(bench.model.recipe.evaluation == "digits:test")
        #expect(bench.model.opened.value?.parents.allSatisfy { $0.accuracy != nil } == true)
    }

    @Test("on screen 5 undo and redo go through the settings of fine-tuning")
    func settings() throws {
        let bench = try bench()
        let first = bench.model.train.settings, recipe = bench.model.recipe
        try bench.play("5 tab down right down right")
        let last = bench.model.train.settings
        #expect(last != first)
        try bench.play("u u u")
        #expect(bench.model.train.settings == first && bench.statusLine == "Nothing to undo")
        try bench.play("ctrl-r ctrl-r")
        #expect(bench.model.train.settings == last && bench.model.recipe == recipe)
    }

    private func pair(_ bench: Headless, _ row: Int, _ column: Int) throws {
        bench.send(.input(.key(.character("'"))))
        for character in "A\(row) F\(column)" { bench.send(.input(.key(.character(character)))) }
        try bench.play("enter")
        #expect(bench.model.cursorEntry?.row == row && bench.model.cursorEntry?.column == column)
    }
}

extension Headless {
    /// Chooses a solver on the Fuse screen.
    func play(solver: String) {
        send(.input(.key(.character("4"))))
        select("solver")
        for _ in 0..<10 where model.recipe.settings["solver"] != .choice(solver) { send(.input(.key(KeyPress(.right)))) }
    }
}
