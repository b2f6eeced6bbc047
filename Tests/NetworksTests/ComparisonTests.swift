import Tensors
import Testing
@testable import Networks

@Suite("Comparison") struct ComparisonTests {
    func mlp(_ widths: [Int], bias: Bool = true) throws -> Network { try MultilayerPerceptron.fresh(widths: widths, bias: bias, seed: 1) }

    @Test("networks of one shape can be fused in every way")
    func alike() throws {
        let comparison = Comparison(try mlp([8, 6, 4]), try mlp([8, 6, 4]))
        #expect(comparison.areAlike)
        #expect(comparison.possible == Approach.allCases)
    }

    @Test("different hidden widths leave the methods that do not pair neurons one to one")
    func widths() throws {
        let comparison = Comparison(try mlp([8, 6, 5, 4]), try mlp([8, 7, 5, 4]))
        let first = try #require(comparison.firstDifference)
        #expect(comparison.rows[first].expected?.id == "fc1")
        #expect(comparison.rows[first].reason == "fc1.weight is 6×8 in the first, 7×8 in the second (widths)")
        #expect(comparison.possible == [.otFusion, .gitReBasin, .neuronTransplantation, .neuronInterpolationHF, .neuronInterpolationKF])
    }

    @Test("different numbers of classes, inputs or depths rule every method out, and say what could be done")
    func obstacles() throws {
        func reason(_ first: Network, _ second: Network) -> String {
            let comparison = Comparison(first, second)
            #expect(comparison.possible.isEmpty)
            return comparison.verdicts.first?.reason ?? ""
        }
        let model = try mlp([8, 6, 4])
        #expect(reason(model, try mlp([8, 6, 5])).contains("classes differ (4 and 5)"))
        #expect(reason(model, try mlp([9, 6, 4])).contains("input shapes differ (8 and 9)"))
        #expect(reason(model, try mlp([8, 6, 6, 4])).contains("depth differs: the first has 2 weight layers, the second 3"))
    }

    @Test("a bias on one side only is a bias of zeros on the other: said, and no obstacle")
    func oneBias() throws {
        let comparison = Comparison(try mlp([8, 6, 4]), try mlp([8, 6, 4], bias: false))
        let first = try #require(comparison.firstDifference)
        #expect(comparison.rows[first].difference == .neutral)
        #expect(comparison.rows[first].reason == "fc1: the second has no bias, which is a bias of zeros")
        #expect(comparison.possible == Approach.allCases)
        #expect(comparison.verdicts.allSatisfy { $0.reason.contains("a bias of zeros") })
    }

    @Test("a layer that one network lacks stands alone, and the others side by side")
    func depth() throws {
        let comparison = Comparison(try mlp([8, 6, 4]), try mlp([8, 6, 6, 4]))
        let alone = comparison.rows.filter { $0.expected == nil }
        #expect(alone.count == 2)
        #expect(comparison.rows.last?.expected?.id == "fc2")
        #expect(comparison.rows.last?.found?.id == "fc3")
    }

    @Test("another nonlinearity is marked, but does not rule fusion out")
    func options() throws {
        let shapes = ["fc1.weight": [6, 8], "fc2.weight": [4, 6]]
        func network(_ function: Activation) throws -> Network {
            try Network.fresh(
                MultilayerPerceptron.architecture(layers: ["fc1", "fc2"], inputWidth: 8, activation: function), shapes: shapes, seed: 1)
        }
        let comparison = Comparison(try network(.relu), try network(.tanh))
        let first = try #require(comparison.firstDifference)
        #expect(comparison.rows[first].difference == .options)
        #expect(comparison.verdicts.allSatisfy { $0.isPossible && $0.reason.contains("function tanh in the second") })
    }

    @Test("the layer table counts what the layers hold")
    func layerRows() throws {
        let network = try mlp([8, 6, 4])
        #expect(network.layerRows.map(\.parameterCount).reduce(0, +) == network.parameterCount)
        #expect(network.layerRows.last?.outputShape == [4])
        #expect(network.groupRows.map(\.name) == ["(input)", "fc1", "fc2"])
        #expect(network.groupRows[1].axes == ["fc1.weight/0", "fc1.bias/0", "fc2.weight/1"])
    }

    @Test("the same layers connected otherwise, and kernels of other sizes, cannot be fused")
    func graphs() throws {
        func network(skipTo source: String, kernel: Int) throws -> Network {
            var builder = ArchitectureBuilder()
            builder.add(Convolution(padding: 1), prefix: "a")
            builder.add(Activation(.relu), id: "relu")
            builder.add(Convolution(padding: kernel / 2), prefix: "b")
            builder.add(Add(), id: "sum", from: [source, "b"])
            builder.add(AdaptiveAveragePooling(), id: "pool")
            builder.add(Flatten(), id: "flat")
            builder.add(Linear(), prefix: "head")
            let architecture = try Architecture(family: "test", inputShape: [1, 6, 6], nodes: builder.nodes)
            return try Network.fresh(
                architecture, shapes: ["a.weight": [4, 1, 3, 3], "b.weight": [4, 4, kernel, kernel], "head.weight": [2, 4]], seed: 1)
        }
        let model = try network(skipTo: "relu", kernel: 3)
        let otherwise = Comparison(model, try network(skipTo: "a", kernel: 3))
        #expect(otherwise.possible.isEmpty)
        #expect(
            otherwise.firstDifference.map { otherwise.rows[$0].reason }
                == "sum in the first and sum in the second have different inputs")
        let larger = Comparison(model, try network(skipTo: "relu", kernel: 5))
        #expect(larger.possible.isEmpty)
        #expect(larger.verdicts[0].reason == "b.weight is 4×4×3×3 in the first, 4×4×5×5 in the second")
        #expect(Comparison(model, model).areAlike)
    }
}
