import Tensors
import Testing
@testable import Networks

/// The groups of tiny networks against a search: every permutation of every axis of every parameter is tried, and those that leave the outputs
/// unchanged must be those that the groups give.
@Suite("Neuron groups by search") struct LabelSearchTests {
    /// One order of each axis, axis by axis.
    typealias Orders = [[Int]]

    struct Axis: Hashable {
        let parameter: String
        let axis: Int
        let length: Int
    }

    static func axes(of network: Network) throws -> [Axis] {
        try network.parameterNames.flatMap { name in
            try network.parameter(name).shape.enumerated().filter { $1 > 1 }.map { Axis(parameter: name, axis: $0, length: $1) }
        }
    }

    static func permutations(_ count: Int) -> [[Int]] {
        guard count > 0 else { return [[]] }
        return permutations(count - 1).flatMap { rest in
            (0..<count).map { place in Array(rest[..<place]) + [count - 1] + Array(rest[place...]) }
        }
    }

    static func choices(_ lists: [[[Int]]]) -> [Orders] {
        lists.reduce([[]]) { chosen, list in chosen.flatMap { one in list.map { one + [$0] } } }
    }

    /// All orders that leave the outputs unchanged.
    static func searched(_ network: Network, _ x: Tensor) throws -> Set<Orders> {
        let axes = try axes(of: network), before = try network(x)
        let all = choices(axes.map { permutations($0.length) })
        #expect(all.count <= 60_000, "the network is too large to search")
        // A parameter's axes are permuted once for each of their orders.
        var kept: Set<Orders> = []
        for orders in all {
            var parameters = network.parameters
            for (axis, order) in zip(axes, orders) where order != Array(0..<axis.length) {
                parameters[axis.parameter] = try #require(parameters[axis.parameter]).gathered(axis: axis.axis, Tensor(order))
            }
            let after = try network.with(parameters: parameters)(x)
            if try (after - before).magnitude().maximum().item() < 1e-5 { kept.insert(orders) }
        }
        return kept
    }

    /// All orders that permuting the hidden groups gives.
    static func given(_ network: Network) throws -> Set<Orders> {
        let axes = try axes(of: network), groups = network.groups.hidden
        var found: Set<Orders> = []
        for orders in choices(groups.map { permutations($0.neurons) }) {
            let maps = Dictionary(uniqueKeysWithValues: zip(groups, orders).map { ($0.id, NeuronMap.selection($1)) })
            found.insert(
                try axes.map { axis in
                    try network.groups.carried(Tensor.range(axis.length), axis: 0, as: axis.parameter, axis.axis, along: maps).array(
                        of: Double.self
                    )
                    .map { Int($0) }
                })
        }
        return found
    }

    /// Graphs whose groups are exactly the symmetries.
    enum Graph: String, CaseIterable, CustomStringConvertible {
        case perceptron, residual, slices, shuffle, embedding, recurrent, normalised, gated, flattened, transposed, tied, product, positions

        var description: String { rawValue }

        func network() throws -> Network {
            var graph = OperationGraph(self == .embedding ? [3] : self == .recurrent ? [3, 1] : self == .positions ? [2, 3] : [1])
            switch self {
            case .perceptron:
                try graph.add("a", "linear", #"$0, %"a.weight", %"a.bias""#, [1, 4], ["a.weight": [4, 1], "a.bias": [4]])
                try graph.add("r", "tanh", "$0", [1, 4])
                try graph.add("h", "linear", #"$0, %"h.weight""#, [1, 1], ["h.weight": [1, 4]])
            case .residual:
                let a = try graph.add("a", "linear", #"$0, %"a""#, [1, 3], ["a": [3, 1]])
                try graph.add("b", "linear", #"$0, %"b""#, [1, 3], ["b": [3, 3]])
                try graph.add("t", "tanh", "$0", [1, 3])
                try graph.add("s", "add.Tensor", "$0, $1", from: ["t", a], [1, 3])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 3]])
            case .slices:
                // Both halves of a layer, one of them squared, come together again.
                let a = try graph.add("a", "linear", #"$0, %"a""#, [1, 4], ["a": [4, 1]])
                let left = try graph.add("l", "slice.Tensor", "$0, 1, 0, 2", from: [a], [1, 2])
                try graph.add("r", "slice.Tensor", "$0, 1, 2, 4", from: [a], [1, 2])
                let right = try graph.add("q", "square", "$0", [1, 2])
                try graph.add("c", "cat", "[$0, $1], 1", from: [right, left], [1, 4])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 4]])
            case .shuffle:
                // Two groups of channels, each with its own squashing, interleaved.
                let a = try graph.add("a", "linear", #"$0, %"a""#, [1, 4], ["a": [4, 1]])
                let left = try graph.add("l", "slice.Tensor", "$0, 1, 0, 2", from: [a], [1, 2])
                try graph.add("r", "slice.Tensor", "$0, 1, 2, 4", from: [a], [1, 2])
                let right = try graph.add("q", "square", "$0", [1, 2])
                try graph.add("s", "stack", "[$0, $1], 2", from: [left, right], [1, 2, 2])
                try graph.add("f", "flatten.using_ints", "$0, 1", [1, 4])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 4]])
            case .embedding:
                graph.elements = .index(below: 3)
                try graph.add("e", "embedding", #"%"e", $0"#, [1, 3, 3], ["e": [3, 3]])
                try graph.add("p", "add.Tensor", #"$0, %"p""#, [1, 3, 3], ["p": [3, 3]])
                try graph.add("t", "tanh", "$0", [1, 3, 3])
                try graph.add("m", "mean.dim", "$0, [1]", [1, 3])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 3]])
            case .recurrent:
                let start = try graph.add(
                    "z", "zeros", "[1, N*1, 3]", [1, 1, 3], batch: 1, batchFrom: Operation.BatchPlace(source: 0, axis: 0, times: 1))
                try graph.add(
                    "r", "rnn_tanh.input", #"$0, $1, [%"i", %"w"], false, 1, 0.0, false, false, true"#, from: [Architecture.input, start],
                    [1, 3, 3],
                    ["i": [3, 1], "w": [3, 3]])
                try graph.add("s", "select.int", "$0, 1, 2", [1, 3])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 3]])
            case .normalised:
                try graph.add("a", "linear", #"$0, %"a", %"b""#, [1, 3], ["a": [3, 1], "b": [3]])
                try graph.add("n", "layer_norm", #"$0, [3], %"n""#, [1, 3], ["n": [3]])
                try graph.add("t", "tanh", "$0", [1, 3])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 3]])
            case .gated:
                // A gate computed of the mean scales every channel: squeeze and excitation.
                let a = try graph.add("a", "linear", #"$0, %"a""#, [1, 3], ["a": [3, 1]])
                try graph.add("g", "linear", #"$0, %"g""#, [1, 3], ["g": [3, 3]])
                let gate = try graph.add("s", "sigmoid", "$0", [1, 3])
                try graph.add("m", "mul.Tensor", "$0, $1", from: [a, gate], [1, 3])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 3]])
            case .flattened:
                try graph.add("a", "linear", #"$0, %"a""#, [1, 2], ["a": [2, 1]])
                try graph.add("u", "unsqueeze", "$0, 2", [1, 2, 1])
                try graph.add("c", "conv_transpose1d", #"$0, %"c""#, [1, 2, 2], ["c": [2, 2, 2]])
                try graph.add("f", "flatten.using_ints", "$0, 1", [1, 4])
                try graph.add("t", "tanh", "$0", [1, 4])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 4]])
            case .transposed:
                // A matrix that stands the other way round, as GPT-2's, and one that a graph turns round itself.
                try graph.add("a", "mm", #"$0, %"a""#, [1, 3], ["a": [1, 3]])
                try graph.add("t", "tanh", "$0", [1, 3])
                try graph.add("w", "t", #"%"w""#, from: [Architecture.input], [3, 3], batch: nil, ["w": [3, 3]])
                try graph.add("b", "linear", "$0, $1", from: ["t", "w"], [1, 3])
                try graph.add("q", "tanh", "$0", [1, 3])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 3]])
            case .tied:
                // One matrix twice: its two axes index the same neurons.
                try graph.add("a", "linear", #"$0, %"a""#, [1, 3], ["a": [3, 1]])
                try graph.add("b", "linear", #"$0, %"b""#, [1, 3], ["b": [3, 3]])
                try graph.add("t", "tanh", "$0", [1, 3])
                try graph.add("c", "linear", #"$0, %"b""#, [1, 3], ["b": [3, 3]])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 3]])
            case .product:
                // Queries and keys of one head, multiplied.
                let q = try graph.add("q", "linear", #"$0, %"q""#, [1, 3], ["q": [3, 1]])
                let k = try graph.add("k", "linear", #"$0, %"k""#, from: [Architecture.input], [1, 3], ["k": [3, 1]])
                let left = try graph.add("qu", "unsqueeze", "$0, 1", from: [q], [1, 1, 3]),
                    right = try graph.add("ku", "unsqueeze", "$0, 2", from: [k], [1, 3, 1])
                try graph.add("p", "bmm", "$0, $1", from: [left, right], [1, 1, 1])
                try graph.add("f", "flatten.using_ints", "$0, 1", [1, 1])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 1]])
            case .positions:
                // Channels that are mixed over positions, each by itself: positions keep their places.
                try graph.add("c", "conv1d", #"$0, %"c""#, [1, 3, 3], ["c": [3, 2, 1]])
                try graph.add("m", "linear", #"$0, %"m""#, [1, 3, 2], ["m": [2, 3]])
                try graph.add("t", "tanh", "$0", [1, 3, 2])
                try graph.add("f", "select.int", "$0, 2, 1", [1, 3])
                try graph.add("h", "linear", #"$0, %"h""#, [1, 1], ["h": [1, 3]])
            }
            return try graph.network()
        }
    }

    /// Graphs in which positions could change places as well, which the rules keep in place: those between two mixings of positions, and the taps of a
    /// kernel that makes all of them.
    static let conservative: Set<Graph> = [.positions, .flattened]

    @Test("the groups are the permutations that change nothing, and no others", arguments: Graph.allCases)
    func search(graph: Graph) throws {
        let network = try graph.network(), generator = try Generator(seed: 3)
        let x =
            graph == .embedding
            ? try Tensor([0, 1, 2, 2, 0, 1, 1, 1, 0].map { Int($0) }).reshaped([3, 3])
            : try Tensor.normal([3] + network.architecture.inputShape, generator: generator)
        let searched = try Self.searched(network, x), given = try Self.given(network)
        #expect(given.isSubset(of: searched))
        #expect(given.count > 1)
        if !Self.conservative.contains(graph) { #expect(given == searched, "\(searched.count) change nothing, \(given.count) are given") }
        #expect(try network.selfCheck(seed: 2).passed)
    }
}
