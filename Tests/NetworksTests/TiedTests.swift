import Tensors
import Testing
@testable import Networks

@Suite("Tied parameters") struct TiedTests {
    /// 6 → 8, then twice 8 → 8 with one weight, then 3 classes; biases are each layer's own.
    static func network(seed: UInt64 = 1, tiesBias: Bool = false) throws -> Network {
        let architecture = try MultilayerPerceptron.architecture(layers: ["first", "second", "third", "head"], inputWidth: 6)
            .sharing(["third.weight": "second.weight"].merging(tiesBias ? ["third.bias": "second.bias"] : [:]) { one, _ in one })
        let shapes = [
            "first.weight": [8, 6], "first.bias": [8], "second.weight": [8, 8], "second.bias": [8], "third.bias": [8],
            "head.weight": [3, 8], "head.bias": [3],
        ]
        return try Network.fresh(architecture, shapes: tiesBias ? shapes.filter { $0.key != "third.bias" } : shapes, seed: seed)
    }

    @Test("what two layers share is one tensor: held once, counted once, computed twice")
    func counts() throws {
        let network = try Self.network()
        #expect(
            network.parameterNames == [
                "first.weight", "first.bias", "second.weight", "second.bias", "third.bias", "head.weight", "head.bias",
            ])
        #expect(network.trainedNames == network.parameterNames)
        #expect(network.parameterCount == 48 + 8 + 64 + 8 + 8 + 24 + 3)
        #expect(network.layerRows.reduce(0) { $0 + $1.parameterCount } == network.parameterCount)
        #expect(network.trace.multiplyAdds == 48 + 64 + 64 + 24)
        #expect(network.architecture.aliases.map(\.name) == ["third.weight"])
        #expect(network.sharedNames == ["second.weight"] && network.tiedLayers == ["second", "third"])
    }

    @Test("a network with a tied weight computes what one with two equal weights does, and the gradient is the sum of both uses")
    func function() throws {
        let tied = try Self.network()
        var parameters = tied.parameters
        parameters["third.weight"] = parameters["second.weight"]
        let apart = try Network(
            MultilayerPerceptron.architecture(layers: ["first", "second", "third", "head"], inputWidth: 6), parameters: parameters)
        let x = try Tensor.normal([5, 6], generator: Generator(seed: 2))
        #expect(try (tied(x) - apart(x)).magnitude().maximum().item() == 0)

        let one = try tied.parameter("second.weight").copied().asVariable()
        let (left, right) = (try one.detached().copied().asVariable(), try one.detached().copied().asVariable())
        let whole = try tied.values(of: ["head"], given: [Architecture.input: x], parameters: ["second.weight": one])["head"]
        let parts = try apart.values(
            of: ["head"], given: [Architecture.input: x], parameters: ["second.weight": left, "third.weight": right])["head"]
        let sum = try #require(try whole?.squared().sum().optionalGradients(of: [one])[0])
        let two = try #require(try parts?.squared().sum().optionalGradients(of: [left, right]))
        // Two sums of single-precision products in another order.
        #expect(
            try (sum - (#require(two[0]) + #require(two[1]))).magnitude().maximum().item() < 1e-4 * max(1, sum.magnitude().maximum().item())
        )
    }

    @Test("the axes of a tied weight index one group, which may be permuted", arguments: [false, true])
    func groups(tiesBias: Bool) throws {
        let network = try Self.network(tiesBias: tiesBias)
        #expect(network.groups.hidden.map(\.name) == ["first"])
        let group = try network.groups.named("first")
        #expect(group.axes.filter { $0.parameter == "second.weight" }.map(\.axis) == [0, 1])
        #expect(group.producers == ["first", "second", "third"])
        for seed in 0..<5 as Range<UInt64> { #expect(try network.selfCheck(seed: seed).passed) }
    }

    @Test("a weight tied between the layer that reads the input and the next keeps the hidden neurons in the input's order")
    func tiedToInput() throws {
        let architecture = try MultilayerPerceptron.architecture(layers: ["fc1", "fc2", "fc3"], inputWidth: 6).sharing([
            "fc2.weight": "fc1.weight"
        ])
        let network = try Network.fresh(
            architecture, shapes: ["fc1.weight": [6, 6], "fc1.bias": [6], "fc2.bias": [6], "fc3.weight": [3, 6]], seed: 1)
        #expect(network.groups.hidden.isEmpty)
        #expect(network.groups.all.map(\.role) == [.input, .classes])
        #expect(try network.selfCheck().passed)
    }

    @Test("an image's channels and a weight tied over their flattened positions go together")
    func tiedToImage() throws {
        var builder = ArchitectureBuilder()
        builder.add(Flatten(), id: "flatten")
        for layer in ["fc1", "fc2", "fc3"] { builder.add(Linear(), prefix: layer) }
        let architecture = try Architecture(family: "test", inputShape: [2, 2, 2], nodes: builder.nodes).sharing([
            "fc2.weight": "fc1.weight"
        ])
        let network = try Network.fresh(architecture, shapes: ["fc1.weight": [8, 8], "fc3.weight": [3, 8]], seed: 1)
        #expect(network.groups.hidden.isEmpty)
        #expect(try network.selfCheck().passed)
    }

    @Test("an autoencoder's square layers around a bottleneck, tied far apart, are permuted alike")
    func embeddingAndHead() throws {
        let architecture = try MultilayerPerceptron.architecture(layers: ["inner", "a", "b", "c", "out"], inputWidth: 4).sharing([
            "c.weight": "a.weight"
        ])
        let network = try Network.fresh(
            architecture, shapes: ["inner.weight": [6, 4], "a.weight": [5, 6], "b.weight": [6, 5], "out.weight": [3, 5]], seed: 3)
        #expect(network.groups.hidden.map(\.name) == ["inner", "a"])
        for seed in 0..<5 as Range<UInt64> { #expect(try network.selfCheck(seed: seed).passed) }
    }

    @Test("two layers of one name share everything; batch norms that do have the statistics of all that comes to them")
    func oneNameTwice() throws {
        var builder = ArchitectureBuilder()
        for (id, prefix) in [("a", "fc"), ("b", "fc")] {
            builder.add(Linear(), prefix: prefix, id: id)
            builder.add(BatchNormalization(), prefix: "norm", id: "\(id).norm")
        }
        let architecture = try Architecture(family: "test", inputShape: [4], nodes: builder.nodes)
        let shapes = ["fc.weight": [4, 4], "norm.weight": [4], "norm.bias": [4], "norm.running_mean": [4], "norm.running_var": [4]]
        let network = try Network.fresh(architecture, shapes: shapes, seed: 1)
        #expect(network.parameterCount == 16 + 8)
        #expect(network.groups.hidden.isEmpty)
        let x = try Tensor.normal([50, 4], generator: Generator(seed: 2))
        let estimator = StatisticsEstimator(network)
        try estimator.observe(x)
        // By hand: every layer normalises by its batch, and the statistics are those of both batches together.
        let weight = try network.parameter("fc.weight"), first = try x.linear(weight)
        let normed = try (first - first.mean(axes: [0])) / (first.variance(axes: [0], unbiased: false) + 1e-5).squareRoot()
        let both = try Tensor.concatenated([first, normed.linear(weight)])
        let found = try estimator.network()
        #expect(try (found.parameter("norm.running_mean") - both.mean(axes: [0])).magnitude().maximum().item() < 1e-5)
        #expect(try (found.parameter("norm.running_var") - both.variance(axes: [0], unbiased: true)).magnitude().maximum().item() < 1e-4)
    }

    @Test("ties that only one of two networks has are given up in both, and neither's function changes")
    func untied() throws {
        let tied = try Self.network(seed: 1),
            plain = try MultilayerPerceptron.architecture(layers: ["first", "second", "third", "head"], inputWidth: 6)
        var parameters = try Self.network(seed: 2).parameters
        parameters["third.weight"] = try Tensor.normal([8, 8], generator: Generator(seed: 3))
        let apart = try Network(plain, parameters: parameters)
        let alike = try AlikeNetworks([tied, apart])
        #expect(alike.untied == [.init(first: "second.weight", second: "third.weight", networks: [0])])
        #expect(alike.networks.allSatisfy { $0.parameterNames.contains("third.weight") && $0.sharedNames.isEmpty })
        let x = try Tensor.normal([4, 6], generator: Generator(seed: 4))
        for (before, after) in zip([tied, apart], alike.networks) { #expect(try (before(x) - after(x)).magnitude().maximum().item() == 0) }
        #expect(Comparison(tied, apart).rows.contains { $0.difference == .options && $0.reason.contains("third.weight is tied") })
        // Both tied: nothing happens.
        #expect(try AlikeNetworks([tied, tied]).untied.isEmpty)
    }
}

@Suite("Networks in one form") struct AlikeNetworksTests {
    @Test("what a network lacks is given as what computes the same: biases of zeros, scales of ones")
    func neutral() throws {
        var builder = ArchitectureBuilder()
        builder.add(Linear(), prefix: "fc1")
        builder.add(BatchNormalization(), prefix: "norm")
        builder.add(Linear(), prefix: "fc2")
        let architecture = try Architecture(family: "test", inputShape: [4], nodes: builder.nodes)
        let bare = ["fc1.weight": [5, 4], "norm.running_mean": [5], "norm.running_var": [5], "fc2.weight": [3, 5]]
        let full = bare.merging(["fc1.bias": [5], "norm.weight": [5], "norm.bias": [5], "norm.num_batches_tracked": [], "fc2.bias": [3]]) {
            one, _ in one
        }
        let (a, b) = (try Network.fresh(architecture, shapes: full, seed: 1), try Network.fresh(architecture, shapes: bare, seed: 2))
        let alike = try AlikeNetworks([a, b])
        #expect(
            alike.given.map { "\($0.network) \($0.layer).\($0.parameter) \($0.value)" } == [
                "1 fc1.bias 0.0", "1 norm.weight 1.0", "1 norm.bias 0.0", "1 norm.num_batches_tracked 0.0", "1 fc2.bias 0.0",
            ])
        #expect(alike.networks[0].parameterNames == alike.networks[1].parameterNames)
        let x = try Tensor.normal([6, 4], generator: Generator(seed: 3))
        #expect(try (b(x) - alike.networks[1](x)).magnitude().maximum().item() == 0)
        #expect(Comparison(a, b).possible == Approach.allCases)
    }

    @Test("the widest type is taken, single precision at least; data are converted where they enter")
    func types() throws {
        let network = try MultilayerPerceptron.fresh(widths: [4, 5, 3], bias: true, seed: 1)
        let x = try Tensor.normal([6, 4], generator: Generator(seed: 2))
        for (types, expected) in [
            ([DType.bfloat16, .float16], DType.float32), ([.float32, .bfloat16], .float32), ([.float64, .float32], .float64),
            ([.bfloat16, .float64], .float64),
        ] {
            let alike = try AlikeNetworks(types.map { try network.converted(to: $0) })
            #expect(alike.networks.allSatisfy { $0.dtype == expected })
            #expect(try alike.networks.allSatisfy { try $0(x).dtype() == expected })
        }
    }
}
