import Formatting
import Fusion
import Screen
import Testing
import Transport

@testable import Workbench

/// Methods that keep neurons of the parents instead of mixing them: their plan in their own words.
@Suite("neurons that are kept")
struct KeptTests {
    private func keeping(_ size: Size = Size(columns: 80, rows: 24)) throws -> Headless {
        let bench = try bench(size)
        try bench.play("4 enter ctrl-u text:reconstruct enter 2")
        return bench
    }

    @Test("the map shows what every kept neuron gives back; nothing is called an orphan or a match")
    func words() throws {
        let bench = try keeping()
        let map = try #require(bench.model.heatMap), coupling = try #require(bench.model.coupling)
        #expect(map.matrix == coupling.shown && map.pooling == .max)
        // One cell in every row: the neuron itself, or its best stand-in.
        for row in 0..<coupling.plan.rows { #expect(coupling.shown.row(row).filter { $0 > 0 }.count == 1) }
        #expect(
            bench.row(1).contains("24 selected") && bench.text.contains("24 of 48") && bench.text.contains("rec. error")
                && bench.text.contains("R²"))
        for word in ["unmatched", "match", "certificate", "entropy"] {
            #expect(!bench.text.replacing("best match", with: "").replacing("matched", with: "").contains(word), "\(word)")
        }
    }

    @Test("the sentence says whether a neuron is kept, and who stands for it where it is not")
    func sentences() throws {
        let bench = try keeping()
        try bench.play("' text:A0 space text:F0 enter")
        #expect(bench.model.pairSentence == "A0 is selected as ◆0")
        try bench.play("' text:A0 space text:F24 enter")
        #expect(bench.model.pairSentence.hasPrefix("A0 is selected as ◆0; ◆24 (B1) explains"))
        try bench.play("' text:A1 enter")
        let best = try #require(bench.model.coupling?.best[1])
        #expect(bench.model.cursorEntry?.column == best.column)
        #expect(
            bench.model.pairSentence
                == "A1 is dropped; ◆\(best.column) (\(bench.model.origin(of: best.column) ?? "")) explains \(Format.percent(best.share, digits: 0)) of it (R²)"
        )
        try bench.play("n")
        #expect(bench.model.pairSentence.contains("is dropped"))
        try bench.play("enter")
        #expect(bench.model.cursorEntry.map { bench.model.coupling?.best[$0.row]?.column == $0.column } == true)
        try bench.play("3")
        #expect(bench.statusLine.contains("dropped, best substitute ◆"))
    }

    @Test("the second view has the kept neurons alone beside what each leaves; the list of layers counts them")
    func views() throws {
        let bench = try keeping(Size(columns: 160, rows: 45))
        try bench.play("v")
        #expect(bench.model.heatMap?.matrix == bench.model.coupling?.plan && bench.text.contains("cost"))
        try bench.play("4")
        #expect(bench.text.contains("24+24") && bench.text.contains("selected from B") && bench.text.contains("reconstruction error"))
        let numbers = try #require(bench.model.planned.flatMap { bench.model.numbers(of: $0.snapshot) })
        #expect(numbers.selection?.reconstructionError.map { $0 < 0.01 } == true)
        try bench.play("1")
        #expect(bench.text.contains("selected"))
    }

    @Test("each column's origin is the parent's neuron that it is; nothing stands for a dead one")
    func origins() throws {
        let bench = try keeping()
        #expect(bench.model.origin(of: 0) == "A0" && bench.model.origin(of: 24) == "B1")
        var picture = try FakeEngine.kept("fc1", widths: [4, 4])
        let coupling = picture.couplings[0]
        #expect(coupling.best[0]?.column == 0 && coupling.best[0]?.share == 1)
        let dead = ValueGrid(rows: 4, columns: 4, values: [Float](repeating: 0, count: 16))
        picture.couplings[0] = try CouplingSnapshot(
            parent: 0, plan: TransportPlan(coupling.plan), explained: dead, rowMass: coupling.rowMass, columnMass: coupling.columnMass)
        #expect(picture.couplings[0].best[1] == nil)
    }
}
