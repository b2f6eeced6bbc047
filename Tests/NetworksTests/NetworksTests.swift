import Tensors
import Testing
@testable import Networks

/// conv → BN → ReLU → (conv + skip) → ReLU → pool → flatten → linear: every way in which a group passes through the layers at hand.
func smallResidualNetwork(seed: UInt64 = 3) throws -> Network {
    var builder = ArchitectureBuilder()
    builder.add(Convolution(stride: 1, padding: 1), prefix: "stem")
    builder.add(BatchNormalization(), prefix: "norm")
    let stream = builder.add(Activation(.relu), id: "relu1")
    builder.add(Convolution(stride: 1, padding: 1), prefix: "inner")
    builder.add(Activation(.relu), id: "relu2")
    let branch = builder.add(Convolution(stride: 1, padding: 1), prefix: "back")
    builder.add(Add(), id: "sum", from: [stream, branch])
    builder.add(Activation(.gelu), id: "relu3")
    builder.add(Pooling(.max, kernel: 2, stride: 2))
    builder.add(Flatten())
    builder.add(Linear(), prefix: "head")
    let architecture = try Architecture(family: "test", inputShape: [2, 6, 6], nodes: builder.nodes)
    return try Network.fresh(
        architecture,
        shapes: [
            "stem.weight": [5, 2, 3, 3], "norm.weight": [5], "norm.bias": [5], "norm.running_mean": [5], "norm.running_var": [5],
            "inner.weight": [7, 5, 3, 3], "inner.bias": [7], "back.weight": [5, 7, 3, 3], "head.weight": [4, 45], "head.bias": [4],
        ], seed: seed)
}

@Suite("Networks") struct NetworksTests {
    @Test("an MLP's neuron groups are its layers: one for each output, read by the next")
    func mlpGroups() throws {
        let network = try MultilayerPerceptron.fresh(widths: [6, 5, 4, 3], bias: true, seed: 1)
        #expect(network.groups.all.map(\.name) == ["(input)", "fc1", "fc2", "fc3"])
        #expect(network.groups.all.map(\.role) == [.input, .hidden, .hidden, .classes])
        let first = try network.groups.named("fc1")
        #expect(first.axes.map { "\($0.parameter)/\($0.axis)" } == ["fc1.weight/0", "fc1.bias/0", "fc2.weight/1"])
        #expect(first.tap == "fc1")
        #expect(first.activation == "fc1.relu")
        #expect(network.parameterCount == 6 * 5 + 5 + 5 * 4 + 4 + 4 * 3 + 3)
    }

    @Test("a residual stream is one group, a flattened channel a block of inputs")
    func residualGroups() throws {
        let network = try smallResidualNetwork()
        #expect(network.groups.hidden.map(\.name) == ["stem", "inner"])
        let stream = try network.groups.named("stem")
        #expect(stream.producers == ["stem", "back"])
        #expect(stream.axes.contains(NeuronGroup.Axis(parameter: "head.weight", axis: 1, offset: 0, block: 9)))
        #expect(stream.axes.contains(NeuronGroup.Axis(parameter: "norm.running_var", axis: 0, offset: 0, block: 1)))
    }

    @Test("a network laid out for many passes computes what it did, forwards and backwards, and forgets its layout with its weights")
    func laidOutForPasses() throws {
        var builder = ArchitectureBuilder()
        builder.add(Convolution(stride: 1, padding: 1), prefix: "first")
        builder.add(Activation(.relu))
        builder.add(Convolution(stride: 1, padding: 1), prefix: "second")
        builder.add(Activation(.relu))
        builder.add(Flatten())
        builder.add(Linear(), prefix: "head")
        let plain = try Network.fresh(
            Architecture(family: "test", inputShape: [3, 6, 6], nodes: builder.nodes),
            shapes: [
                "first.weight": [64, 3, 3, 3], "second.weight": [64, 64, 3, 3], "second.bias": [64], "head.weight": [4, 2304],
                "head.bias": [4],
            ], seed: 8)
        let laidOut = try plain.laidOutForPasses(), x = try Tensor.normal([40, 3, 6, 6], generator: Generator(seed: 9))
        func slopes(_ network: Network, _ parameters: [String: Tensor] = [:]) throws -> (logits: Tensor, slopes: Tensor) {
            let variable = try x.asVariable(), name = network.logitNode.id
            let logits = try #require(try network.values(of: [name], given: [Architecture.input: variable], parameters: parameters)[name])
            return (try logits.detached(), try logits.sum().gradients(of: [variable])[0])
        }
        func distance(_ one: Tensor, _ other: Tensor) throws -> Double { try (one - other).magnitude().maximum().item() }
        let before = try slopes(plain), after = try slopes(laidOut)
        // Logits are about 1; sums of 576 products in tiles of 2×2 or 4×4, in single precision.
        #expect(try distance(before.logits, after.logits) < 1e-5)
        #expect(try distance(before.slopes, after.slopes) < 1e-5)
        #expect(try distance(before.logits, after.logits) > 0)
        // Replaced weights count, wherever they stand in.
        let zero = try plain.parameter("second.weight") * 0
        #expect(try distance(slopes(plain, ["second.weight": zero]).logits, slopes(laidOut, ["second.weight": zero]).logits) == 0)
        #expect(try distance(plain(x), laidOut.with(parameters: plain.parameters)(x)) == 0)
    }

    @Test("permuting every group leaves the logits as they were")
    func selfCheckPasses() throws {
        for network in [try smallResidualNetwork(), try MultilayerPerceptron.fresh(widths: [20, 30, 10, 5], bias: false, seed: 2)] {
            for seed in 0..<5 as Range<UInt64> { #expect(try network.selfCheck(seed: seed).passed) }
        }
    }

    @Test("the self-check fails on a network whose graph is wrong")
    func selfCheckFails() throws {
        // Permuting only half of the axes is what a wrong graph would do.
        let network = try MultilayerPerceptron.fresh(widths: [6, 8, 3], bias: true, seed: 4)
        let x = try Tensor.normal([4, 6], generator: Generator(seed: 1))
        let reversed = NeuronMap.selection(Array((0..<8).reversed()))
        let group = try network.groups.named("fc1")
        var parameters = network.parameters
        parameters["fc1.weight"] = try network.groups.carried(
            network.parameter("fc1.weight"), parameter: "fc1.weight", along: [group.id: reversed])
        let wrong = try network.with(parameters: parameters)
        #expect(try (network(x) - wrong(x)).magnitude().maximum().item() > 1e-2)
        let right = try network.carried(along: [group.id: reversed])
        #expect(try (network(x) - right(x)).magnitude().maximum().item() < 1e-6)
    }

    @Test("a mixture that is a permutation does what the selection does, on flattened blocks as well")
    func mixtureIsSelection() throws {
        let network = try smallResidualNetwork()
        for group in network.groups.hidden {
            let order = Array((0..<group.neurons).reversed())
            var matrix = [Float](repeating: 0, count: group.neurons * group.neurons)
            for (new, old) in order.enumerated() { matrix[old * group.neurons + new] = 1 }
            let mixed = try network.carried(along: [group.id: .mixture(Tensor(matrix, shape: [group.neurons, group.neurons]))])
            let chosen = try network.carried(along: [group.id: .selection(order)])
            for name in network.parameterNames {
                #expect(try mixed.parameter(name).array(of: Float.self) == chosen.parameter(name).array(of: Float.self), "\(name)")
            }
        }
    }

    @Test("MLPs are recognised whatever their layers are called and however the file sorts them")
    func recognition() throws {
        func layers(_ entries: [(String, [Int])]) throws -> [String] {
            try Families.recognise(ParameterTable(entries)).parameterised.compactMap(\.prefix)
        }
        #expect(try layers([("fc1.weight", [4, 8]), ("fc2.weight", [3, 4])]) == ["fc1", "fc2"])
        #expect(
            try layers([("layers.0.bias", [4]), ("layers.0.weight", [4, 8]), ("layers.2.weight", [3, 4])]) == ["layers.0", "layers.2"])
        // Sorted letter by letter and all of one width: only the numbers tell the order.
        let wide = (1...11).map { ("fc\($0).weight", [6, 6]) }
        #expect(try layers(wide.sorted { $0.0 < $1.0 }) == (1...11).map { "fc\($0)" })
        #expect(
            try layers([("input.weight", [5, 5]), ("hidden.weight", [5, 5]), ("output.weight", [5, 5])]) == ["input", "hidden", "output"])
        #expect(try layers([("b.weight", [3, 4]), ("a.weight", [4, 8])]) == ["a", "b"])
        #expect(
            try layers([
                ("hidden.0.weight", [5, 5]), ("hidden.1.weight", [5, 5]), ("input_layer.weight", [5, 5]), ("output_layer.weight", [5, 5]),
            ])
                == ["input_layer", "hidden.0", "hidden.1", "output_layer"])
        #expect(try layers([("a.weight", [3, 7]), ("c.weight", [7, 6]), ("b.weight", [6, 9])]) == ["b", "c", "a"])
    }

    @Test("a chain that breaks says where, and what fits nothing says so")
    func unrecognised() {
        #expect {
            try Families.recognise(ParameterTable([("fc1.weight", [4, 8]), ("fc2.weight", [3, 5])]))
        } throws: { "\($0)".contains("fc2.weight") && "\($0)".contains("reads 5 values, but fc1 has 4 outputs") }
        #expect {
            try Families.recognise(ParameterTable([("blob", [2, 3, 4])]))
        } throws: { "\($0)".contains("blob") && "\($0)".contains("arch.toml") }
        #expect(throws: NetworkError.self) { try Families.recognise(ParameterTable([])) }
    }

    @Test("batch normalisation behind linear layers belongs to them, whatever the order of the file")
    func normalisedMLP() throws {
        func norm(_ name: String, _ width: Int) -> [(String, [Int])] {
            [
                ("\(name).bias", [width]), ("\(name).num_batches_tracked", []), ("\(name).running_mean", [width]),
                ("\(name).running_var", [width]), ("\(name).weight", [width]),
            ]
        }
        func nodes(_ entries: [(String, [Int])]) throws -> [String] {
            try Families.recognise(ParameterTable(entries)).parameterised.map(\.id)
        }
        #expect(
            try nodes(norm("bn1", 4) + norm("bn2", 5) + [("fc1.weight", [4, 8]), ("fc2.weight", [5, 4]), ("fc3.weight", [3, 5])]) == [
                "fc1", "bn1", "fc2", "bn2", "fc3",
            ])
        #expect(try nodes([("0.weight", [4, 8])] + norm("1", 4) + [("3.weight", [3, 4])]) == ["0", "1", "3"])
        #expect { try nodes(norm("bn1", 7) + [("fc1.weight", [4, 8]), ("fc2.weight", [5, 4])]) } throws: {
            "\($0)".contains("bn1.running_mean")
        }
    }

    @Test("what begins like a family and goes on otherwise says how far it was recognised")
    func brokenFamilies() {
        func reason(_ entries: [(String, [Int])]) -> String {
            do { return try Families.recognise(ParameterTable(entries)).family } catch { return "\(error)" }
        }
        let convolutions: [(String, [Int])] = [("conv1.weight", [6, 1, 5, 5]), ("conv2.weight", [16, 6, 5, 5])]
        #expect(
            reason(convolutions + [("fc1.weight", [10, 250])]).contains(
                "stopped at fc1.weight: it reads 250 values, which is not a multiple of the 16 channels of conv2"))
        #expect(
            reason(convolutions + [("conv3.weight", [8, 9, 3, 3]), ("fc1.weight", [10, 256])]).contains(
                "conv3.weight: it reads 9 channels, but conv2 has 16 channels"))
        #expect(reason(convolutions).contains("no linear layer follows"))
        let residual: [(String, [Int])] = [
            ("conv1.weight", [4, 3, 3, 3]), ("layer1.0.conv1.weight", [4, 4, 3, 3]), ("layer1.0.conv2.weight", [4, 4, 3, 3]),
        ]
        #expect(reason(residual + [("fc.weight", [10, 4])]) == "ResNet")
        #expect(reason(residual + [("fc.weight", [10, 7])]).contains("fc.weight: it reads 7 values, but the last block has 4 channels"))
        #expect(
            reason(residual + [("fc.weight", [10, 4]), ("layer1.0.se.weight", [4, 4, 1, 1])]).contains("stopped at layer1.0.se.weight"))
        #expect(reason(Array(residual.dropFirst()) + [("fc.weight", [10, 4])]).contains("no convolution conv1 before them"))
        let vit: [(String, [Int])] = [
            ("cls_token", [1, 1, 8]), ("pos_embed", [1, 6, 8]), ("patch_embed.proj.weight", [8, 3, 4, 4]), ("blocks.0.norm1.weight", [8]),
        ]
        #expect(reason(vit).contains("a ViT of 1 blocks, then stopped at pos_embed: 5 patches do not form a square"))
    }

    @Test(
        "names and shapes that no network has are refused, not computed with",
        arguments: [
            [("conv1.weight", [0, 1, 3, 3]), ("fc.weight", [10, 0])], [("fc1.weight", [4, 0]), ("fc2.weight", [2, 4])],
            [
                ("features.-9223372036854775808.weight", [4, 1, 3, 3]), ("features.9223372036854775807.weight", [4, 4, 3, 3]),
                ("fc.weight", [10, 9]),
            ],
            [("conv1.weight", [1 << 62, 1, 1 << 62, 3]), ("fc.weight", [10, 1 << 62])], [(".weight", [3, -4])],
            [("conv1.weight", [4, 3, 3, 3]), ("layer1.9223372036854775807.conv1.weight", [4, 4, 3, 3]), ("fc.weight", [10, 9])],
            [
                ("cls_token", [1, 1, 8]), ("pos_embed", [1, 0, 8]), ("patch_embed.proj.weight", [8, 3, 4, 4]),
                ("blocks.0.norm1.weight", [8]),
            ],
            (0..<10_000).map { ("fc\($0).weight", [2, 2]) },
        ] as [[(String, [Int])]])
    func hostileTables(entries: [(String, [Int])]) {
        #expect(throws: NetworkError.self) { _ = try Families.recognise(ParameterTable(entries)) }
    }

    @Test("hints go before assumptions, and what is known is no longer assumed")
    func hints() throws {
        let entries: [(String, [Int])] = [("conv1.weight", [8, 1, 3, 3]), ("conv2.weight", [16, 8, 3, 3]), ("fc.weight", [10, 256])]
        let assumed = try Families.recognise(ParameterTable(entries, hints: RecognitionHints(pools: [0, 1])))
        #expect(assumed.inputShape == [1, 8, 8])
        #expect(assumed.assumptions.contains("images of 8×8") && assumed.assumptions.contains("padding 1"))
        let told = try Families.recognise(
            ParameterTable(entries, hints: RecognitionHints(inputShape: [1, 16, 16], activation: .tanh, pools: [1, 1], paddings: [1, 1])))
        #expect(told.inputShape == [1, 16, 16])
        #expect(told.nodes.count { $0.layer is Pooling } == 2)
        #expect(!told.assumptions.contains { $0.contains("images") || $0.contains("ReLU") || $0.contains("padding") })
        #expect {
            try Families.recognise(ParameterTable(entries, hints: RecognitionHints(inputShape: [1, 5, 5], pools: [1, 1])))
        } throws: { "\($0)".contains("5×5") }
        #expect { try Families.recognise(ParameterTable(entries, hints: RecognitionHints(pools: [1]))) } throws: {
            "\($0)".contains("it should have 2 numbers, one for each convolution: conv1, conv2")
        }
    }

    @Test("a graph with a circle, a dangling source, two outputs or a name used twice is refused")
    func badGraphs() {
        func node(_ id: String, from sources: [String]) -> Architecture.Node {
            .init(id: id, layer: Flatten(), prefix: nil, sources: sources)
        }
        func build(_ nodes: [Architecture.Node]) throws { _ = try Architecture(family: "x", inputShape: [4], nodes: nodes) }
        #expect { try build([node("a", from: ["b"]), node("b", from: ["a"])]) } throws: { "\($0)".contains("form a cycle") }
        #expect { try build([node("a", from: ["nowhere"])]) } throws: { "\($0)".contains("“nowhere”, which does not exist") }
        #expect { try build([node("a", from: ["(input)"]), node("b", from: ["(input)"])]) } throws: { "\($0)".contains("one output") }
        #expect { try build([node("a", from: ["(input)"]), node("a", from: ["(input)"])]) } throws: {
            "\($0)".contains("two layers are named")
        }
        #expect(throws: NetworkError.self) { try build([]) }
    }

    @Test("a shape that does not fit names the layer, what was expected and what was found")
    func wrongShape() throws {
        let architecture = try MultilayerPerceptron.architecture(layers: ["fc1", "fc2"], inputWidth: 8)
        let parameters = try ["fc1.weight": Tensor.zeros([4, 8]), "fc2.weight": Tensor.zeros([3, 5])]
        #expect { _ = try Network(architecture, parameters: parameters) } throws: {
            "\($0)" == "layer fc2: fc2.weight should have shape out × 4, but has 3×5"
        }
        let missing = try ["fc1.weight": Tensor.zeros([4, 8])]
        #expect { _ = try Network(architecture, parameters: missing) } throws: {
            "\($0)".contains("layer fc2: the checkpoint has no parameter fc2.weight")
        }
        let extra = try ["fc1.weight": Tensor.zeros([4, 8]), "fc2.weight": Tensor.zeros([3, 4]), "fc9.weight": Tensor.zeros([1, 1])]
        #expect { _ = try Network(architecture, parameters: extra) } throws: { "\($0)".contains("fc9.weight") }
    }

    @Test("an option that a layer does not know, or a kind that does not exist, is named")
    func badOptions() {
        #expect { _ = try LayerCatalogue.make(kind: "conv2d", layer: "c", options: ["strid": .int(2)]) } throws: {
            "\($0)".contains("strid") && "\($0)".contains("stride")
        }
        #expect { _ = try LayerCatalogue.make(kind: "conv2d", layer: "c", options: ["stride": .int(0)]) } throws: {
            "\($0)".contains("from 1 to")
        }
        #expect { _ = try LayerCatalogue.make(kind: "conv3d", layer: "c", options: [:]) } throws: { "\($0)".contains("conv2d") }
    }

    @Test("one seed draws one network")
    func freshIsSeeded() throws {
        func weights(_ seed: UInt64) throws -> [Float] {
            try MultilayerPerceptron.fresh(widths: [4, 3, 2], bias: true, seed: seed).parameter("fc1.weight").array()
        }
        #expect(try weights(1) == weights(1))
        #expect(try weights(1) != weights(2))
    }
}
