import Foundation
import Networks
import Tensors
import Testing

@testable import Archives
@testable import Checkpoints

/// Graphs that write in place, repeat parameters or use the number of samples: computed as PyTorch computes them, or refused with node and reason.
struct GraphMemoryTests {
    private typealias Values = [String: (type: Int, sizes: [Int])]
    private let row = (type: 7, sizes: [2, 5]), result = (type: 7, sizes: [2, 3])

    private func refusal(_ nodes: [String], _ values: Values, change: (String) -> String = { $0 }) throws -> String {
        let folder = try TemporaryFolder(), path = try Exported.graph(in: folder, nodes, values: values, change: change)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        return "\(try #require(error))"
    }

    /// What the network computes of three samples, and what `expected` makes of the first layer's results and the parameters.
    private func difference(
        _ nodes: [String], _ values: Values, _ expected: (Tensor, [String: Tensor]) throws -> Tensor
    ) throws -> Double {
        let folder = try TemporaryFolder(), checkpoint = try Checkpoint.open(Exported.graph(in: folder, nodes, values: values))
        let (x, _) = try Exported.samples("mlp"), parameters = checkpoint.stored.parameters
        let h = try x.matmul(#require(parameters["net.0.weight"]).transposed(0, 1)) + #require(parameters["net.0.bias"])
        return try checkpoint.network()(x).difference(to: expected(h, parameters))
    }

    private func second(_ value: Tensor, _ parameters: [String: Tensor]) throws -> Tensor {
        try value.matmul(#require(parameters["net.3.weight"]).transposed(0, 1)) + #require(parameters["net.3.bias"])
    }

    @Test func aConstantHasTheValueOfTheMomentItIsRead() throws {
        // c = 0; y = h + c; c += 1: the sum read zeros.
        let nodes = [
            Exported.node("zeros.default", [("size", "{\"as_ints\":[5]}")], "c"), Exported.first(),
            Exported.node("add.Tensor", [("self", "$h"), ("other", "$c")], "y"),
            Exported.node("add_.Tensor", [("self", "$c"), ("other", "{\"as_int\":1}")], "d"),
            Exported.node("add.Tensor", [("self", "$y"), ("other", "$c")], "z"), Exported.second(of: "z"),
        ]
        let constant = (type: 7, sizes: [5])
        let values: Values = ["c": constant, "d": constant, "h": row, "y": row, "z": row, "linear_1": result]
        #expect(try difference(nodes, values) { try second($0 + 1, $1) } < 1e-5, "zeros before the write, ones after it")
    }

    @Test func writesThroughAnotherViewAreNotMissed() throws {
        let values: Values = ["h": row, "k": row, "r": row, "linear_1": row]
        func written(_ view: String) throws -> String {
            try refusal(
                [
                    Exported.first(of: "x", "linear_1"), view, Exported.node("relu_.default", [("self", "$k")], "r"),
                ], values.merging(["k": (7, [5, 2]), "r": (7, [5, 2])]) { $1 })
        }
        let transposed = try written(Exported.node("t.default", [("self", "$linear_1")], "k"))
        #expect(transposed.contains("it writes into a part of the result “linear_1”"))
        let summed = try written(
            Exported.node(
                "einsum.default", [("equation", "{\"as_string\":\"ij->ji\"}"), ("tensors", "{\"as_tensors\":[{\"name\":\"linear_1\"}]}")],
                "k"))
        #expect(summed.contains("it writes into a part of the result “linear_1”"), "einsum may give a view")
        let read = try refusal(
            [
                Exported.first(), Exported.node("reshape.default", [("self", "$h"), ("shape", "{\"as_ints\":[2,5]}")], "k"),
                Exported.node("relu_.default", [("self", "$k")], "r"), Exported.second(of: "h"),
            ], values.merging(["linear_1": result]) { $1 })
        #expect(read.contains("node linear_1") && read.contains("it reads “h”, whose memory the node r has written through another view"))
    }

    @Test func whatIsWrittenInPlaceKeepsTheType() throws {
        let nodes = [
            Exported.first(), Exported.node("gt_.Scalar", [("self", "$h"), ("other", "{\"as_int\":0}")], "g"),
            Exported.node("add.Tensor", [("self", "$g"), ("other", "$g")], "s"), Exported.second(of: "s"),
        ]
        let found = try difference(nodes, ["h": row, "g": row, "s": row, "linear_1": result]) { h, parameters in
            let signs = try h.array(of: Float.self).map { $0 > 0 ? Float(2) : 0 }
            return try second(Tensor(signs, shape: h.shape), parameters)
        }
        #expect(found < 1e-5, "one and one is two, where true and true were true")
    }

    @Test func aParameterThatIsRepeatedAsOftenAsTheExampleHadSamples() throws {
        let nodes = [
            Exported.first(), Exported.second(of: "h", "y"),
            Exported.node("unsqueeze.default", [("self", "$p_net_3_bias"), ("dim", "{\"as_int\":0}")], "u"),
            Exported.node("expand.default", [("self", "$u"), ("size", "{\"as_ints\":[2,3]}")], "e"),
            Exported.node("linear.default", [("input", "$y"), ("weight", "$e")], "linear_1"),
        ]
        let values: Values = ["h": row, "y": result, "u": (7, [1, 3]), "e": result, "linear_1": (7, [2, 2])]
        let found = try difference(nodes, values) { h, parameters in
            let bias = try #require(parameters["net.3.bias"]), two = try Tensor.ones([2, 1]).matmul(bias.reshaped([1, 3]))
            return try second(h, parameters).matmul(two.transposed(0, 1))
        }
        #expect(found < 1e-5)
    }

    @Test func numbersOfSamplesThatAreNoSizes() throws {
        let nodes = [
            Exported.first(), Exported.node("mul.Tensor", [("self", "$h"), ("other", "{\"as_sym_int\":{\"as_name\":\"n\"}}")], "k"),
            Exported.second(of: "k"),
        ]
        let symbol = "{\"as_expr\":{\"expr_str\":\"Symbol('s1', positive=True, integer=True)\",\"hint\":{\"as_int\":2}}}"
        let reason = try refusal(nodes, ["h": row, "k": row, "linear_1": result]) { text in
            text.replacingOccurrences(of: "\"sizes\":[{\"as_int\":2},", with: "\"sizes\":[\(symbol),").replacingOccurrences(
                of: "\"sym_int_values\":{}", with: "\"sym_int_values\":{\"n\":\(symbol)}")
        }
        #expect(reason.contains("node k") && reason.contains("its argument “other” depends on the number of samples"))
    }

    @Test func shapesAndTypesThatTheOperationDoesNotGive() throws {
        func negated(_ type: Int, _ sizes: [Int]) throws -> String {
            try refusal(
                [Exported.first(), Exported.node("neg.default", [("self", "$h")], "k"), Exported.second(of: "k")],
                ["h": row, "k": (type, sizes), "linear_1": result])
        }
        #expect(try negated(7, [2, 6]).contains("node k, operation neg.default: its result has shape [2, 5], but the file says [2, 6]"))
        #expect(try negated(5, [2, 5]).contains("its result is float32, but the file says int64"))
        #expect(try negated(7, [2, 1 << 62, 1 << 62, 0]).contains("impossible shape"))
    }

    @Test func constantsThatTakeTooMuch() throws {
        func constants(_ nodes: [String], _ values: Values) throws -> String {
            try refusal(nodes + [Exported.first(), Exported.second(of: "h")], values.merging(["h": row, "linear_1": result]) { $1 })
        }
        let steps = Exported.node(
            "arange.start_step", [("start", "{\"as_int\":0}"), ("end", "{\"as_int\":1000}"), ("step", "{\"as_float\":1e-6}")], "c")
        #expect(try constants([steps], ["c": (7, [1_000_000_000])]).contains("node c, operation arange.start_step: its result may have"))
        let square = Exported.node("eye.default", [("n", "{\"as_int\":1000000}")], "c")
        #expect(try constants([square], ["c": (7, [1_000_000, 1_000_000])]).contains("node c, operation eye.default: its result may have"))
        let zeros = Exported.node("zeros.default", [("size", "{\"as_ints\":[67108864]}"), ("dtype", "{\"as_scalar_type\":5}")], "c")
        #expect(try constants([zeros], ["c": (5, [1 << 26])]).contains("would take more than 32 MiB together"))
        let rows = Exported.node("zeros.default", [("size", "{\"as_ints\":[1048576]}")], "c0")
        let writes = (0..<1100).map { Exported.node("exp_.default", [("self", "$c\($0)")], "c\($0 + 1)") }
        let names = (0...1100).map { ("c\($0)", (type: 7, sizes: [1 << 20])) }
        #expect(
            try constants([rows] + writes, Values(uniqueKeysWithValues: names)).contains("reads and writes of an element to compute"))
        let far = Exported.node(
            "narrow.default",
            [("self", "$h"), ("dim", "{\"as_int\":0}"), ("start", "{\"as_int\":9223372036854775807}"), ("length", "{\"as_int\":5}")],
            "k")
        #expect(
            try refusal([Exported.first(), far, Exported.second(of: "k")], ["h": row, "k": row, "linear_1": result]).contains(
                "its argument “start” is larger than any size"))
    }
}
