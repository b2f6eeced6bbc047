import Tensors
import Testing
@testable import Networks

@Suite("Neuron groups") struct GroupTests {
    /// Two heads of four channels on nine tokens of width 6, with or without separate projections.
    func transformer(separate: Bool, seed: UInt64 = 1) throws -> Network {
        var builder = ArchitectureBuilder()
        builder.add(Convolution(stride: 2), prefix: "embed")
        builder.add(Tokens(), id: "tokens")
        builder.add(ClassToken(), prefix: "token")
        let stream = builder.add(PositionEmbedding(), prefix: "position")
        let normed = builder.add(LayerNormalization(), prefix: "norm")
        let projections = (separate ? ["q", "k", "v"] : ["qkv_*"]).map { builder.add(Linear(), prefix: $0, from: [normed]) }
        builder.add(Attention(heads: 2), id: "attention", from: projections)
        let out = builder.add(Linear(), prefix: "out")
        builder.add(Add(), id: "sum", from: [stream, out])
        builder.add(SelectToken(), id: "select")
        builder.add(Linear(), prefix: "head")
        let architecture = try Architecture(family: "test", inputShape: [2, 6, 6], nodes: builder.nodes)
        var shapes = [
            "embed.weight": [6, 2, 2, 2], "token": [1, 1, 6], "position": [1, 10, 6], "norm.weight": [6], "norm.bias": [6],
            "out.weight": [6, 8], "out.bias": [6], "head.weight": [3, 6],
        ]
        if separate {
            for name in ["q", "k", "v"] { shapes["\(name).weight"] = [8, 6]; shapes["\(name).bias"] = [8] }
        } else {
            shapes["qkv_weight"] = [24, 6]
            shapes["qkv_bias"] = [24]
        }
        let fresh = try Network.fresh(architecture, shapes: shapes, seed: seed)
        var parameters = fresh.parameters
        let generator = try Generator(seed: seed)
        for name in ["token", "position"] { parameters[name] = try Tensor.normal(fresh.parameter(name).shape, generator: generator) }
        return try fresh.with(parameters: parameters)
    }

    @Test("attention has pairs and values for each head, and heads as blocks", arguments: [true, false])
    func attention(separate: Bool) throws {
        let network = try transformer(separate: separate)
        #expect(
            network.groups.hidden.map(\.name) == [
                "embed", "attention.pair.0", "attention.pair.1", "attention.value.0", "attention.value.1", "attention.heads",
            ])
        let heads = try network.groups.named("attention.heads")
        #expect(heads.neurons == 2)
        #expect(heads.isHeadGroup)
        #expect(heads.members == [[2, 4], [3, 5]])
        #expect(heads.axes.allSatisfy { $0.block == 4 })
        let pair = try network.groups.named("attention.pair.1")
        let expected =
            separate
            ? ["q.weight/0/4", "q.bias/0/4", "k.weight/0/4", "k.bias/0/4"]
            : ["qkv_weight/0/4", "qkv_weight/0/12", "qkv_bias/0/4", "qkv_bias/0/12"]
        #expect(pair.axes.map { "\($0.parameter)/\($0.axis)/\($0.offset)" } == expected)
        #expect(
            try network.groups.named("attention.value.0").axes.last
                == NeuronGroup.Axis(parameter: "out.weight", axis: 1, offset: 0, block: 1))
        for seed in 0..<5 as Range<UInt64> { #expect(try network.selfCheck(seed: seed).passed) }
    }

    @Test("heads alone can be exchanged, and exchanging only their values is noticed")
    func heads() throws {
        let network = try transformer(separate: true)
        let x = try Tensor.normal([3, 2, 6, 6], generator: Generator(seed: 5))
        let heads = try network.groups.named("attention.heads")
        let exchanged = try network.carried(along: [heads.id: .selection([1, 0])])
        #expect(try (network(x) - exchanged(x)).magnitude().maximum().item() < 1e-5)
        var half = network.parameters
        half["v.weight"] = try exchanged.parameter("v.weight")
        half["v.bias"] = try exchanged.parameter("v.bias")
        #expect(try (network(x) - network.with(parameters: half)(x)).magnitude().maximum().item() > 1e-3)
    }

    @Test("heads that are narrowed together stay heads; heads of different widths are refused")
    func narrowedHeads() throws {
        let network = try transformer(separate: false)
        func id(_ name: String) throws -> Int { try network.groups.named(name).id }
        let swap = [try id("attention.heads"): NeuronMap.selection([1, 0])]
        var maps = swap
        for name in ["pair.0", "pair.1", "value.0", "value.1"] { maps[try id("attention.\(name)")] = .selection([2, 0, 3]) }
        let narrow = try network.carried(along: maps)
        #expect(try narrow.parameter("qkv_weight").shape == [18, 6])
        #expect(try narrow.parameter("out.weight").shape == [6, 6])
        maps[try id("attention.value.1")] = nil
        #expect(throws: NetworkError.self) { _ = try network.carried(along: maps) }
    }

    @Test("the incoming weights of a group are its rows wherever they stand, inputs carried along")
    func incoming() throws {
        let network = try transformer(separate: false)
        let value = try network.groups.named("attention.value.1")
        let rows = try network.incomingWeights(of: value, withBias: true)
        #expect(rows.shape == [4, 7])
        let direct = try network.parameter("qkv_weight").narrowed(axis: 0, from: 20, count: 4)
        #expect(try rows.narrowed(axis: 1, from: 0, count: 6).array(of: Float.self) == direct.array(of: Float.self))
        let stream = try network.groups.named("embed")
        // The convolution's kernel, the class token, ten positions, and the attention's output with its bias.
        #expect(try network.incomingWeights(of: stream, withBias: true).shape == [6, 8 + 1 + 10 + 8 + 1])
        let order = NeuronMap.selection([5, 4, 3, 2, 1, 0])
        let carried = try network.incomingWeights(of: value, along: [stream.id: order], withBias: false)
        #expect(try carried.selected(axis: 1, at: 0).array(of: Float.self) == direct.selected(axis: 1, at: 5).array(of: Float.self))
    }

    @Test("a part of the network is computed from what is given, neurons first, and gradients pass")
    func parts() throws {
        let network = try transformer(separate: true)
        let x = try Tensor.normal([2, 2, 6, 6], generator: Generator(seed: 2))
        let (logits, taps) = try network.forward(x, taps: ["sum", "attention"])
        #expect(taps["sum"]?.shape == [2, 6, 10])
        #expect(taps["attention"]?.shape == [2, 8, 10])
        let sum = try #require(taps["sum"])
        let again = try network.values(of: ["head"], given: ["sum": sum])
        #expect(try again["head"]?.array(of: Float.self) == logits.array(of: Float.self))
        let variable = try sum.asVariable()
        let gradient = try #require(network.values(of: ["head"], given: ["sum": variable])["head"]).sum().gradients(of: [variable])[0]
        // Only the class token is read: its gradient is the sum of the head's rows.
        let head = try network.parameter("head.weight").sum(axes: [0]).array(of: Float.self)
        #expect(try gradient.selected(axis: 2, at: 0).selected(axis: 0, at: 0).array(of: Float.self) == head)
        #expect(try gradient.narrowed(axis: 2, from: 1, count: 9).magnitude().maximum().item() == 0)
        #expect(throws: NetworkError.self) { _ = try network.values(of: ["nowhere"], given: ["sum": sum]) }
    }

    @Test("a stream tied to parts of itself is split where the parts begin")
    func paddedShortcut() throws {
        var builder = ArchitectureBuilder()
        let start = builder.add(Convolution(padding: 1), prefix: "a")
        let wide = builder.add(Convolution(stride: 2, padding: 1), prefix: "b")
        let shortcut = builder.add(PadShortcut(stride: 2, before: 1, after: 2), id: "short", from: [start])
        builder.add(Add(), id: "sum", from: [wide, shortcut])
        builder.add(AdaptiveAveragePooling(), id: "pool")
        builder.add(Flatten(), id: "flat")
        builder.add(Linear(), prefix: "head")
        let architecture = try Architecture(family: "test", inputShape: [1, 6, 6], nodes: builder.nodes)
        let network = try Network.fresh(
            architecture, shapes: ["a.weight": [4, 1, 3, 3], "b.weight": [7, 4, 3, 3], "head.weight": [3, 7]], seed: 1)
        #expect(network.groups.hidden.map(\.neurons) == [4, 1, 2])
        #expect(
            try network.groups.named("a").axes.map { "\($0.parameter)/\($0.axis)/\($0.offset)" } == [
                "a.weight/0/0", "b.weight/0/1", "b.weight/1/0", "head.weight/1/1",
            ])
        #expect(try network.selfCheck(seed: 4).passed)
    }

    @Test("widths that do not correspond are refused with both in the message; blocks that straddle one another are one neuron")
    func mismatch() throws {
        var store = LabelStore(budget: LabelBudget(parameters: 0))
        let blocks = store.make(name: "a", neurons: 3).blown(up: 4), single = store.make(name: "b", neurons: 5)
        #expect { try store.tie(blocks, NeuronLabels(joining: [single, single]), layer: "sum") } throws: {
            "\($0)".contains("12") && "\($0)".contains("10")
        }
        let uneven = NeuronLabels(joining: [
            store.make(name: "c", neurons: 2).blown(up: 3), store.make(name: "d", neurons: 2).blown(up: 3),
        ])
        try store.tie(blocks, uneven, layer: "sum")
        #expect(Set(blocks.entries.map { store.root($0) }).count == 1)
    }
}
