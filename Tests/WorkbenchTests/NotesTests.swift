import Screen
import Testing

@testable import Workbench

@Suite("notes of a fusion")
struct NotesTests {
    private static let long =
        "warning: " + (1...40).map { "word\($0)" }.joined(separator: " ")

    @Test("warnings come first, whole; the title of the result counts them", arguments: ["80x24", "120x36", "160x45"])
    func shown(size: String) throws {
        let bench = try bench(try #require(Size(size)))
        try bench.play("4 F wait")
        #expect(bench.text.contains("Result · n !"))
        try bench.play("n")
        #expect(bench.model.panel == .notes && bench.text.contains("1 warning, 1 note"))
        let text = bench.text
        let warning = try #require(text.range(of: "! 12 of 200 samples")),
            assumed = try #require(text.range(of: "· assumed: activation ReLU"))
        #expect(warning.lowerBound < assumed.lowerBound)
        #expect(text.contains("the plan may follow them") || text.contains("may follow them"))
        // The keys go back to the recipe.
        try bench.play("n")
        #expect(bench.model.panel == .form)
    }

    @Test("what does not fit is scrolled to, to the last word, by keys and by the wheel; Tab reaches the notes")
    func scrolled() throws {
        let bench = try bench(engine: FakeEngine(fusionNotes: (1...12).map { "note \($0): \(Self.long)" } + ["the very end"]))
        try bench.play("4 F wait tab tab")
        #expect(bench.model.panel == .notes && bench.text.contains("note 1:") && !bench.text.contains("the very end"))
        try bench.play("G")
        #expect(bench.text.contains("the very end") && bench.statusLine.contains("Notes: lines"))
        try bench.play("g down pgdn pgup up")
        #expect(bench.text.contains("note 1:"))
        try bench.play("esc")
        #expect(bench.model.panel == .form)
    }

    @Test("before a fusion the notes say what was assumed of the parents; a fusion without notes says so")
    func others() throws {
        let bench = try bench(Size(columns: 160, rows: 45), engine: FakeEngine(fusionNotes: []))
        try bench.play("4")
        #expect(bench.text.contains("Notes on the parents") && bench.text.contains("activation: ReLU (assumed)"))
        try bench.play("F wait n")
        #expect(bench.model.panel == .form && bench.statusLine.contains("no notes"))
        // An earlier place in the list does not stay for another result.
        #expect(bench.model.fuse.firstNote == 0)
    }
}
