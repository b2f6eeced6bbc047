import Tensors
import Testing
@testable import Networks

@Suite("Neurons through operations") struct LabelRuleTests {
    @Test("a channel shuffle is an order of the axis, which every map goes through")
    func shuffle() throws {
        let network = try LabelSearchTests.Graph.shuffle.network()
        let layout = try #require(network.groups.layouts["h"]?[1])
        #expect(layout.parts.map(\.neurons) == [2, 2] && layout.order == [0, 2, 1, 3])
        let group = try #require(network.groups.hidden.first)
        let carried = try network.carried(along: [group.id: .selection([1, 0])])
        let before = try network.parameter("h").array(of: Float.self), after = try carried.parameter("h").array(of: Float.self)
        #expect(after == [2, 1, 0, 3].map { before[$0] })
        // Of other widths the order is not known.
        #expect(throws: NetworkError.self) { try network.carried(along: [group.id: .selection([1])]) }
    }

    @Test("heads keep their channels apart, with fewer heads of keys and values as well", arguments: [1, 2])
    func heads(keys: Int) throws {
        var graph = OperationGraph([4, 3])
        func projected(_ name: String, _ heads: Int) throws -> String {
            try graph.add("\(name)_", "linear", "$0, %\"\(name)\"", from: [Architecture.input], [1, 4, heads * 2], [name: [heads * 2, 3]])
            try graph.add("\(name)r", "unflatten.int", "$0, 2, [\(heads), 2]", [1, 4, heads, 2])
            return try graph.add("\(name)t", "transpose.int", "$0, 1, 2", [1, heads, 4, 2])
        }
        let sources = [try projected("q", 2), try projected("k", keys), try projected("v", keys)]
        try graph.add(
            "attention", "scaled_dot_product_attention", "$0, $1, $2, none, 0.0, false, _, none, \(keys == 1)".replacing("_, ", with: ""),
            from: sources, [1, 2, 4, 2])
        try graph.add("back", "transpose.int", "$0, 1, 2", [1, 4, 2, 2])
        try graph.add("flat", "flatten.using_ints", "$0, 2", [1, 4, 4])
        try graph.add("out", "linear", #"$0, %"out""#, [1, 4, 1], ["out": [1, 4]])
        try graph.add("mean", "mean.dim", "$0, [1]", [1, 1])
        let network = try graph.network()
        // Pairs of queries and keys, and values, for each head of keys.
        #expect(network.groups.hidden.map(\.neurons) == [Int](repeating: 2, count: 2 * keys))
        for seed in 0..<4 as Range<UInt64> { #expect(try network.selfCheck(seed: seed).passed) }
    }

    @Test("a mask that comes in with the samples weighs values and fixes none of their channels")
    func maskedHeads() throws {
        var graph = OperationGraph([4, 3])
        func projected(_ name: String) throws -> String {
            try graph.add("\(name)_", "linear", "$0, %\"\(name)\"", from: [Architecture.input], [1, 4, 4], [name: [4, 3]])
            try graph.add("\(name)r", "unflatten.int", "$0, 2, [2, 2]", [1, 4, 2, 2])
            return try graph.add("\(name)t", "transpose.int", "$0, 1, 2", [1, 2, 4, 2])
        }
        let sources = [try projected("q"), try projected("k"), try projected("v")]
        try graph.add("s", "select.int", "$0, 2, 0", from: [Architecture.input], [1, 4])
        try graph.add("u", "unsqueeze", "$0, 1", [1, 1, 4])
        let mask = try graph.add("m", "unsqueeze", "$0, 1", [1, 1, 1, 4])
        try graph.add("attention", "scaled_dot_product_attention", "$0, $1, $2, $3, 0.0, false", from: sources + [mask], [1, 2, 4, 2])
        try graph.add("back", "transpose.int", "$0, 1, 2", [1, 4, 2, 2])
        try graph.add("flat", "flatten.using_ints", "$0, 2", [1, 4, 4])
        try graph.add("out", "linear", #"$0, %"out""#, [1, 4, 1], ["out": [1, 4]])
        try graph.add("mean", "mean.dim", "$0, [1]", [1, 1])
        let network = try graph.network()
        #expect(network.groups.hidden.map(\.neurons) == [2, 2, 2, 2], "pairs of queries and keys, and values, for each head")
        for seed in 0..<4 as Range<UInt64> { #expect(try network.selfCheck(seed: seed).passed) }
    }

    @Test("tokens to which a parameter of positions was added have their neurons where tokens have them")
    func positions() throws {
        var graph = OperationGraph([4, 3])
        try graph.add("a", "linear", #"$0, %"a""#, [1, 4, 5], ["a": [5, 3]])
        try graph.add("p", "add.Tensor", #"$0, %"p""#, [1, 4, 5], ["p": [1, 4, 5]])
        try graph.add("o", "linear", #"$0, %"o""#, [1, 4, 2], ["o": [2, 5]])
        try graph.add("mean", "mean.dim", "$0, [1]", [1, 2])
        let network = try graph.network()
        #expect(network.groups.hidden.map(\.neurons) == [5])
        let values = try network.values(of: ["a", "p"], given: [Architecture.input: Tensor.ones([2, 4, 3])])
        #expect(values["a"]?.shape == [2, 5, 4] && values["p"]?.shape == [2, 5, 4], "neurons stand behind the batch")
    }

    @Test("an operation of which nothing is known keeps all in place that it touches, and says so")
    func unknown() throws {
        var graph = OperationGraph([3])
        try graph.add("a", "linear", #"$0, %"a""#, [1, 4], ["a": [4, 3]])
        try graph.add("s", "sort", "$0, 1", [1, 4])
        try graph.add("h", "linear", #"$0, %"h""#, [1, 5], ["h": [5, 4]])
        try graph.add("r", "tanh", "$0", [1, 5])
        try graph.add("o", "linear", #"$0, %"o""#, [1, 2], ["o": [2, 5]])
        let network = try graph.network()
        #expect(network.groups.hidden.map(\.name) == ["h"])
        #expect(network.groups.all.filter { $0.role == .fixed }.map(\.name).contains("a"))
        #expect(network.trace.reasons == ["s: it depends on the order of neurons"])
        #expect(try network.selfCheck().passed)
    }

    @Test("a neuron that is read by itself is like no other of its layer")
    func chosen() throws {
        var graph = OperationGraph([3])
        let a = try graph.add("a", "linear", #"$0, %"a""#, [1, 4], ["a": [4, 3]])
        let first = try graph.add("f", "slice.Tensor", "$0, 1, 0, 1", from: [a], [1, 1])
        try graph.add("m", "mul.Tensor", "$0, $1", from: [a, first], [1, 4])
        try graph.add("o", "linear", #"$0, %"o""#, [1, 2], ["o": [2, 4]])
        let network = try graph.network()
        #expect(network.groups.hidden.map(\.neurons) == [1, 3])
        #expect(try network.selfCheck().passed)
    }

    @Test("gates of a recurrent cell share one permutation, in both directions and all layers", arguments: ["gru.input", "lstm.input"])
    func recurrent(operation: String) throws {
        let gates = operation == "gru.input" ? 3 : 4
        var graph = OperationGraph([5, 2])
        graph.constants["z"] = try Tensor.zeros([4, 1, 3])
        var parameters: [String: [Int]] = [:], names: [String] = []
        for layer in 0..<2 {
            for direction in ["", "r"] {
                for (name, shape) in [
                    ("i", [gates * 3, layer == 0 ? 2 : 6]), ("h", [gates * 3, 3]), ("bi", [gates * 3]), ("bh", [gates * 3]),
                ] {
                    names.append("\(name)\(layer)\(direction)")
                    parameters["\(name)\(layer)\(direction)"] = shape
                }
            }
        }
        let states = operation == "gru.input" ? #"#"z""# : ##"[#"z", #"z"]"##, list = names.map { "%\"\($0)\"" }.joined(separator: ", ")
        try graph.add("r", operation, "$0, \(states), [\(list)], true, 2, 0.0, false, true, true", [1, 5, 6], parameters)
        try graph.add("s", "select.int", "$0, 1, 4", [1, 6])
        try graph.add("o", "linear", #"$0, %"o""#, [1, 2], ["o": [2, 6]])
        // The first states stand for one sample.
        let network = try graph.network(), x = try Tensor.normal([1, 5, 2], generator: Generator(seed: 1))
        #expect(network.groups.hidden.map(\.neurons) == [3, 3, 3, 3])
        let maps = Dictionary(uniqueKeysWithValues: network.groups.hidden.map { ($0.id, NeuronMap.selection([2, 0, 1])) })
        #expect(try (network(x) - network.carried(along: maps)(x)).magnitude().maximum().item() < 1e-6)
        #expect(try network.carried(along: maps).parameter("i0").array(of: Float.self) != network.parameter("i0").array(of: Float.self))
    }

    @Test("rotary positions keep the channels of queries and keys in place, values and the stream move")
    func rotary() throws {
        var graph = OperationGraph([3, 2])
        graph.constants["angles"] = try Tensor.normal([3, 4], generator: Generator(seed: 8))
        let a = try graph.add("a", "linear", #"$0, %"a""#, [1, 3, 5], ["a": [5, 2]])
        func turned(_ name: String) throws -> String {
            let p = try graph.add(name + "p", "linear", "$0, %\"\(name)\"", from: [a], [1, 3, 4], [name: [4, 5]])
            return try graph.add(name + "t", "mul.Tensor", ##"$0, #"angles""##, from: [p], [1, 3, 4])
        }
        let q = try turned("q"), k = try turned("k")
        let v = try graph.add("vp", "linear", #"$0, %"v""#, from: [a], [1, 3, 4], ["v": [4, 5]])
        let kt = try graph.add("keys", "transpose.int", "$0, 1, 2", from: [k], [1, 4, 3])
        try graph.add("s", "bmm", "$0, $1", from: [q, kt], [1, 3, 3])
        let w = try graph.add("w", "softmax.int", "$0, -1", [1, 3, 3])
        try graph.add("y", "bmm", "$0, $1", from: [w, v], [1, 3, 4])
        try graph.add("f", "flatten.using_ints", "$0, 1", [1, 12])
        try graph.add("o", "linear", #"$0, %"o""#, [1, 2], ["o": [2, 12]])
        let network = try graph.network()
        #expect(network.groups.hidden.map(\.name) == ["a", "vp"])
        #expect(try network.selfCheck().passed)
    }

    @Test("a permutation that changes the outputs is found, its group kept in place and named")
    func proven() throws {
        // Sorted rows would be taken for a pointwise step by whoever did not know them: here the graph lies about a constant.
        var graph = OperationGraph([3])
        try graph.add("a", "linear", #"$0, %"a""#, [1, 4], ["a": [4, 3]])
        try graph.add("r", "tanh", "$0", [1, 4])
        try graph.add("h", "linear", #"$0, %"h""#, [1, 5], ["h": [5, 4]])
        try graph.add("q", "tanh", "$0", [1, 5])
        try graph.add("o", "linear", #"$0, %"o""#, [1, 2], ["o": [2, 5]])
        let network = try graph.network()
        #expect(try network.proven().kept.isEmpty)
        let wrong = try network.mislabelled("h")
        #expect(try !wrong.selfCheck().passed)
        let proven = try wrong.proven()
        #expect(proven.kept == ["h"])
        #expect(proven.network.groups.hidden.map(\.name) == ["a"])
    }

    @Test("a network that always answers the same proves nothing; a head of zeros hides nothing")
    func vacuous() throws {
        var graph = OperationGraph([3])
        try graph.add("a", "linear", #"$0, %"a""#, [1, 4], ["a": [4, 3]])
        try graph.add("o", "linear", #"$0, %"o""#, [1, 2], ["o": [2, 4]])
        let network = try graph.network()
        var parameters = network.parameters
        parameters["o"] = try Tensor.zeros([2, 4])
        #expect(try network.with(parameters: parameters).selfCheck().passed)
        try graph.add("z", "zeros_like", "$0", [1, 2])
        let silent = try graph.network()
        #expect(try !silent.selfCheck().passed && !silent.selfCheck().isTelling)
        #expect(throws: NetworkError.self) { try silent.proven() }
    }
}

extension Network {
    /// The same network whose layer's neurons a wrong rule has taken for interchangeable: its nonlinearity squashes each neuron in its own way.
    fileprivate func mislabelled(_ layer: String) throws -> Network {
        let nodes = architecture.nodes.map { node in
            node.id == "q" ? Architecture.Node(id: "q", layer: Uneven(), prefix: nil, sources: node.sources) : node
        }
        return try Network(Architecture(family: "test", inputShape: [3], nodes: nodes), parameters: parameters)
    }
}

/// Multiplies each neuron by its own number, and says that it does not.
private struct Uneven: Layer {
    static let kind = "uneven"
    init() {}
    init(options: inout LayerOptions) {}
    func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features { try scope.oneInput(inputs) }
    func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0] * Tensor((1...inputs[0].shape[1]).map { Double($0) }).converted(to: inputs[0].dtype())
    }
}
