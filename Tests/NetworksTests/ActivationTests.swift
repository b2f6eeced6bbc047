import Foundation
import Tensors
import Testing
@testable import Networks

@Suite("Nonlinearities and the layers beside them") struct ActivationTests {
    static let inputs: [Double] = [-3, -1, -0.25, 0, 0.5, 2, 7]

    private typealias Formula = @Sendable (Double) -> Double

    /// Each by its formula, one by one: a compiler takes long over closures in one list.
    private static func formula(_ activation: Activation) -> Formula? {
        let first = activation.values.first ?? 0, second = activation.values.last ?? 0
        switch activation.function {
        case .leakyRelu: return { $0 > 0 ? $0 : first * $0 }
        case .elu: return { $0 > 0 ? $0 : first * (exp($0) - 1) }
        case .celu: return { max(0, $0) + min(0, first * (exp($0 / first) - 1)) }
        case .relu6: return { min(max($0, 0), 6) }
        case .hardtanh: return { min(max($0, first), second) }
        case .hardswish: return { $0 * min(max($0 + 3, 0), 6) / 6 }
        case .hardsigmoid: return { min(max($0 + 3, 0), 6) / 6 }
        case .softplus: return { first * $0 > second ? $0 : log(1 + exp(first * $0)) / first }
        case .mish: return { $0 * tanh(log(1 + exp($0))) }
        case .selu: return { 1.0507009873554805 * ($0 > 0 ? $0 : 1.6732632423543772 * (exp($0) - 1)) }
        case .logSigmoid: return { -log(1 + exp(-$0)) }
        default: return nil
        }
    }

    @Test(
        "every function is what its formula says",
        arguments: [
            Activation(.leakyRelu, 0.3), Activation(.elu, 0.7), Activation(.celu, 2), Activation(.relu6), Activation(.hardtanh, -0.5, 1.5),
            Activation(.hardswish), Activation(.hardsigmoid),
            Activation(.softplus, 2, 20), Activation(.softplus, 1, 1), Activation(.mish), Activation(.selu), Activation(.logSigmoid),
        ])
    func formulas(activation: Activation) throws {
        let formula = try #require(Self.formula(activation))
        let found = try activation.apply(to: Tensor(Self.inputs)).array(of: Double.self)
        // hardswish and its kin are computed as written, the others to a few units in the last place.
        for (value, x) in zip(found, Self.inputs) {
            #expect(abs(value - formula(x)) < 1e-12 * max(1, abs(value)), "\(activation.text) at \(x)")
        }
    }

    @Test(
        "an activation is written with its options and reads back, as a hint and in an architecture file",
        arguments: Activation.Function.allCases)
    func text(function: Activation.Function) throws {
        let plain = Activation(function), changed = Activation(function, values: function.options.map { $0.fallback + 0.25 })
        #expect(plain.text == function.rawValue)
        for activation in [plain, changed] {
            #expect(Activation(text: activation.text) == activation)
            let options = Dictionary(uniqueKeysWithValues: activation.options.map { ($0.name, $0.value) })
            #expect(try LayerCatalogue.make(kind: "activation", layer: "a", options: options) as? Activation == activation)
        }
    }

    @Test("an option of another function is unknown")
    func unknownOption() {
        #expect {
            _ = try LayerCatalogue.make(kind: "activation", layer: "a", options: ["function": .string("relu"), "slope": .real(0.1)])
        } throws: { "\($0)".contains("slope") }
    }

    /// convolution → instance norm → PReLU per channel → border → pool in ceil mode → layer norm over the image → flatten → linear → PReLU of one slope → linear.
    func network() throws -> Network {
        var builder = ArchitectureBuilder()
        builder.add(Padding(.reflect, border: [1, 0, 2, 1]))
        builder.add(Convolution(), prefix: "first")
        builder.add(InstanceNormalization(), prefix: "norm")
        builder.add(ParametricRectifier(), prefix: "slopes")
        builder.add(
            try LayerCatalogue.make(
                kind: "pool", layer: "pool", options: ["kernel": .int(3), "stride": .int(2), "padding": .int(1), "ceil_mode": .bool(true)]))
        builder.add(LayerNormalization(), prefix: "whole")
        builder.add(Flatten())
        builder.add(Linear(), prefix: "hidden")
        builder.add(ParametricRectifier(), prefix: "slope")
        builder.add(Linear(), prefix: "head")
        let architecture = try Architecture(family: "test", inputShape: [2, 6, 6], nodes: builder.nodes)
        // 6×6 with its border is 9×7, then 7×5, then 4×3.
        let fresh = try Network.fresh(
            architecture,
            shapes: [
                "first.weight": [4, 2, 3, 3], "norm.weight": [4], "norm.bias": [4], "slopes.weight": [4], "whole.weight": [4, 4, 3],
                "whole.bias": [4, 4, 3],
                "hidden.weight": [5, 48], "hidden.bias": [5], "slope.weight": [1], "head.weight": [3, 5],
            ], seed: 4)
        let generator = try Generator(seed: 2)
        return try fresh.with(
            parameters: Dictionary(uniqueKeysWithValues: fresh.parameters.map { ($0, try Tensor.normal($1.shape, generator: generator)) }))
    }

    @Test("slopes, norms of images and pools in ceil mode pass the neurons on")
    func groups() throws {
        let network = try network()
        #expect(network.trace.layers.map(\.outputShape)[4] == [4, 4, 3])
        #expect(try network.selfCheck(seed: 5).passed)
        let channels = try network.groups.named("first")
        #expect(Set(channels.axes.map(\.parameter)).isSuperset(of: ["norm.weight", "slopes.weight", "whole.weight", "hidden.weight"]))
        #expect(network.groups.layouts["slope.weight"] == nil)
    }

    @Test("slopes of another number than channels are refused")
    func slopes() throws {
        let network = try network()
        var parameters = network.parameters
        parameters["slopes.weight"] = try Tensor.zeros([3])
        #expect { _ = try network.with(parameters: parameters) } throws: { "\($0)".contains("slopes.weight should have shape 1 or 4") }
    }

    @Test("a border that an image cannot give is refused")
    func borders() throws {
        let nodes = [
            Architecture.Node(id: "pad", layer: Padding(.reflect, border: [6, 0, 0, 0]), prefix: nil, sources: [Architecture.input])
        ]
        #expect { _ = try NetworkTrace(of: Architecture(family: "x", inputShape: [1, 6, 6], nodes: nodes), shapes: [:]) } throws: {
            "\($0)".contains("border")
        }
    }

    @Test("dropout by channels drops them whole, and alpha dropout keeps mean and variance")
    func dropout() throws {
        func dropped(_ unit: String, _ x: Tensor) throws -> Tensor {
            let layer = try LayerCatalogue.make(kind: "dropout", layer: "d", options: ["rate": .real(0.4), "unit": .string(unit)])
            return try layer.forward([x], ParameterView(layer: "d") { _ in nil }, .training(try Generator(seed: 1)))
        }
        let channels = try dropped("channels", Tensor.ones([50, 8, 2, 2])).reshaped([400, 4]).array(of: Float.self)
        for start in stride(from: 0, to: channels.count, by: 4) { #expect(Set(channels[start..<(start + 4)]).count == 1) }
        #expect(Set(channels).count == 2)
        let values = try dropped("alpha", Tensor.normal([20_000], generator: Generator(seed: 3))).array(of: Double.self)
        let mean = values.reduce(0, +) / 20_000, variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        // Five standard errors of 20 000 draws.
        #expect(abs(mean) < 0.036 && abs(variance - 1) < 0.06)
    }
}
