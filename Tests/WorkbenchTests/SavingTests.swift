import Fusion
import Screen
import Testing

@testable import Workbench

@Suite("saving and loading networks")
struct SavingTests {
    @Test("W without a network says what to press; after a fusion it asks for a name and shows where the network went")
    func save() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("W")
        #expect(bench.model.overlay == nil && bench.statusLine.contains("F fuses one"))
        try bench.play("F wait W")
        #expect(bench.text.contains("Save the network") && bench.text.contains("fused.safetensors"))
        try bench.play("enter")
        #expect(bench.statusLine == "Saved the fused network to fused.safetensors, 20.5 kB")
        #expect(bench.text.contains("saved: fused.safetensors"))
    }

    @Test("after fine-tuning W saves the fine-tuned network, from screen 5 too, which shows the path", arguments: ["80x24", "120x40"])
    func tuned(size: String) throws {
        let bench = try bench(try #require(Size(size)))
        try bench.play("F wait t wait W ctrl-u text:out/best.pt enter")
        #expect(bench.statusLine.contains("fine-tuned network (r3) to out/best.pt"))
        #expect(bench.text.contains("saved     out/best.pt"))
        // Another fusion is another network.
        try bench.play("4 F wait W")
        #expect(bench.model.current == CurrentNetwork(kind: .fused))
    }

    @Test("a name without a known suffix is refused in the dialog; a slash at its end means a folder")
    func names() throws {
        let bench = try bench()
        try bench.play("F wait W ctrl-u text:network.xyz enter")
        #expect(bench.text.contains("must end in .safetensors"))
        try bench.play("ctrl-u text:folder/ enter")
        #expect(bench.statusLine.contains("to folder/"))
        try bench.play("W ctrl-u text:locked/a.pt enter")
        #expect(bench.model.status.level == .error && bench.statusLine.contains("no folder locked"))
    }

    @Test("what exists is overwritten only after a confirmation")
    func overwriting() throws {
        let bench = try bench(engine: FakeEngine(taken: ["fused.safetensors"]))
        try bench.play("F wait W enter")
        #expect(bench.text.contains("fused.safetensors exists. Overwrite it?"))
        try bench.play("n")
        #expect(bench.model.current?.path == nil)
        try bench.play("W enter y")
        #expect(bench.model.current?.path == "fused.safetensors")
    }

    @Test("on screen 6 W saves the network of the selected run")
    func ofRun() throws {
        let bench = try bench()
        try bench.play("6 down W")
        #expect(bench.text.contains("Save the network of r2") && bench.text.contains("r2-fused.safetensors"))
        try bench.play("enter")
        #expect(bench.statusLine.contains("Saved the network of r2 to r2-fused.safetensors"))
    }

    @Test("L on screen 6 makes a run's network the current one: t fine-tunes it and W saves it")
    func load() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("6 down L wait")
        #expect(bench.model.screen == .fuse && bench.text.contains("loaded from r2"))
        #expect(bench.model.current == CurrentNetwork(kind: .fused, run: "r2", path: "runs/r2/network.safetensors"))
        try bench.play("t")
        #expect(bench.model.tuning != nil)
    }

    @Test("a run of other parents opens them; where they are gone its network is still there")
    func otherParents() throws {
        let other = Recipe(parents: ["elsewhere/a.pt", "elsewhere/b.pt"], data: "digits:train")
        let bench = try bench(engine: FakeEngine(loadedRecipe: other))
        try bench.play("6 L wait")
        #expect(bench.model.recipe.parents == other.parents && bench.model.canFuse)
        #expect(bench.model.current?.run == "r3" && bench.model.fuse.result?.loadedFrom == "r3")
        let gone = try WorkbenchTests.bench(engine: FakeEngine(loadedRecipe: Recipe(parents: ["broken.pt", "b.pt"], data: "digits:train")))
        try gone.play("6 L wait")
        #expect(gone.model.current?.run == "r3" && !gone.model.canFuse)
        try gone.play("W")
        #expect(gone.text.contains("Save the network"))
    }

    @Test("a run without a network says why, and what was current stays")
    func nothingKept() throws {
        let bench = try bench()
        try bench.play("6 G L wait")
        #expect(bench.statusLine.contains("it failed") && bench.model.current == nil)
    }

    @Test("the palette finds saving under save, export and write", arguments: ["save", "export", "write"])
    func palette(word: String) throws {
        let bench = try bench()
        #expect(bench.model.paletteMatches(word).prefix(3).map(\.id).contains("network.save"))
    }
}
