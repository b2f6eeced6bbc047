import Screen
import Testing

@testable import Workbench

@Suite("deep networks")
struct LayerTreeTests {
    static let names =
        ["embed"]
        + (0..<12).flatMap { block in ["query", "key", "attention.output.dense", "mlp.0"].map { "bert.encoder.layer.\(block).\($0)" } }
        + ["head"]

    /// The bench with a deep network in place of the open parents.
    private func deep(_ size: Size = Size(columns: 80, rows: 24)) throws -> Headless {
        let bench = try bench(size)
        var model = bench.model
        guard var opened = model.opened.value else { return bench }
        opened.groups = Self.names.enumerated().map { index, name in
            GroupSummary(name: name, role: .hidden, neurons: [64 + index % 3 * 64, 64 + index % 3 * 64], shape: "64×64")
        }
        model.opened = .ready(opened)
        model.plans = [:]
        model.selectedGroup = 0
        bench.replace(model)
        return bench
    }

    @Test(
        "the block of a layer is its path up to the first number",
        arguments: [
            ("bert.encoder.layer.3.mlp.0", "bert.encoder.layer.3"), ("layers.10", "layers.10"), ("fc1", nil), ("0.weight", nil),
            ("encoder.layers.encoder_layer_0.attn.linear[0..<64]", "encoder.layers.encoder_layer_0"), ("layer1.0.conv2", "layer1.0"),
        ] as [(String, String?)])
    func blocks(name: String, block: String?) { #expect(LayerTree.block(of: name) == block) }

    @Test("many layers are folded by block; the block of the selected layer is open, and its layers lose its name")
    func folded() {
        let rows = LayerTree.rows(Self.names, selected: 7)
        #expect(rows.count == 2 + 12 + 4)
        #expect(rows[2] == .block("layer.1", layers: [5, 6, 7, 8], isOpen: true))
        #expect(rows[5] == .layer(7, title: "attention.output.dense", isInBlock: true))
        #expect(rows[1] == .block("layer.0", layers: [1, 2, 3, 4], isOpen: false))
        // Few layers stand as they are.
        #expect(LayerTree.rows(["a.0.x", "a.0.y"], selected: 0).count == 2)
    }

    @Test("the list shows names that are told apart at 80×24, on screens 1 and 4", arguments: ["1 tab", "4 tab"])
    func drawn(keys: String) throws {
        let bench = try deep()
        try bench.play("\(keys) down down")
        #expect(bench.text.contains("query") && bench.text.contains("mlp.0"))
        #expect(bench.text.contains("▾ layer.0") && bench.text.contains("▸ layer.1") && bench.text.contains("▸ layer.2"))
    }

    @Test("moving goes through every layer in order and opens block after block; { and } go by blocks")
    func moving() throws {
        let bench = try deep()
        try bench.play("1 tab")
        for index in 1...6 {
            try bench.play("down")
            #expect(bench.model.selectedGroup == index)
        }
        try bench.play("}")
        #expect(bench.model.selectedGroup == 9)
        try bench.play("{ {")
        #expect(bench.model.selectedGroup == 1)
        try bench.play("G")
        #expect(bench.model.group?.name == "head")
        try bench.play("}")
        #expect(bench.statusLine == "This is the last block")
    }

    @Test("/ finds a layer by a part of its name; the exact name comes first")
    func search() throws {
        let bench = try deep()
        try bench.play("1 / text:layer.11.key")
        #expect(bench.text.contains("Find a layer") && bench.text.contains("1 of 50"))
        try bench.play("enter")
        #expect(bench.model.group?.name == "bert.encoder.layer.11.key")
        #expect(bench.model.layerMatches("head").first == 49)
        try bench.play("/ text:nothing-like-it enter")
        #expect(bench.text.contains("no layer of such a name"))
        try bench.play("esc")
        #expect(bench.model.overlay == nil)
    }

    @Test("S sorts the layers: by residual, match, width, name, and back to the order of the network")
    func sorting() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("1 tab S S S")
        #expect(bench.model.layerOrder == .width && bench.text.contains("width"))
        #expect(bench.model.layerRows.map(\.layer) == [0, 1, 2])
        try bench.play("G")
        #expect(bench.model.group?.name == "classes")
        try bench.play("S")
        #expect(bench.model.layerRows.map { bench.model.groups[$0.layer].name } == ["classes", "fc1", "fc2"])
        try bench.play("S")
        #expect(bench.model.layerOrder == .network)
    }

    @Test("while layers are planned the title says how many are")
    func planning() throws {
        let bench = try deep()
        var model = bench.model
        _ = model.replan()
        #expect(view(model).text(row: 0).contains("planning 0/50"))
    }

    @Test("names are cut in their middle, where both ends tell them apart")
    func cut() {
        #expect(Text.clipMiddle("bert.encoder.layer.3.output", to: 16) == "bert.…r.3.output")
        #expect(Text.width(Text.clipMiddle("作者作者作者作者作者", to: 9)) <= 9)
        #expect(Text.clipMiddle("short", to: 16) == "short")
    }
}
