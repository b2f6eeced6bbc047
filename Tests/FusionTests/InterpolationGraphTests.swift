import Fusion
import Networks
import Tensors
import Testing

/// Networks with convolutions, batch normalisation, residual streams and attention, small enough to fuse in no time.
enum SmallNetworks {
    private struct Builder {
        var nodes: [Architecture.Node] = []
        var last = Architecture.input

        @discardableResult
        mutating func add(
            _ kind: String, _ id: String, _ options: [String: OptionValue] = [:], named: Bool = false, from: [String]? = nil
        ) throws -> String {
            let layer = try LayerCatalogue.make(kind: kind, layer: id, options: options)
            nodes.append(Architecture.Node(id: id, layer: layer, prefix: named ? id : nil, sources: from ?? [last]))
            last = id
            return id
        }
    }

    /// Two convolutions, the first with batch normalisation and without bias, a flatten and a linear layer.
    static func convolutional(seed: UInt64) throws -> Network {
        var builder = Builder()
        try builder.add("conv2d", "c1", ["padding": .int(1)], named: true)
        try builder.add("batch_norm", "b1", named: true)
        try builder.add("activation", "r1")
        try builder.add("pool", "p1", ["kernel": .int(2)])
        try builder.add("conv2d", "c2", ["padding": .int(1)], named: true)
        try builder.add("activation", "r2")
        try builder.add("flatten", "flat")
        try builder.add("linear", "fc", named: true)
        return try filled(
            builder.nodes,
            ["c1.weight": [6, 1, 3, 3], "c2.weight": [5, 6, 3, 3], "c2.bias": [5], "fc.weight": [3, 5 * 9], "fc.bias": [3]],
            norms: ["b1": 6], seed)
    }

    /// Linear layers one behind the other, and nothing between.
    static func linear(widths: [Int], seed: UInt64) throws -> Network {
        var builder = Builder(), shapes: [String: [Int]] = [:]
        for (index, (read, given)) in zip(widths, widths.dropFirst()).enumerated() {
            let id = try builder.add("linear", "fc\(index + 1)", named: true)
            shapes["\(id).weight"] = [given, read]
        }
        return try Network.fresh(Architecture(family: "linear", inputShape: [widths[0]], nodes: builder.nodes), shapes: shapes, seed: seed)
    }

    /// A convolution, a pool and a residual step, none with a bias: twice the input gives twice the logits.
    static func homogeneous(seed: UInt64) throws -> Network {
        var builder = Builder()
        try builder.add("conv2d", "c1", ["padding": .int(1)], named: true)
        try builder.add("activation", "r1")
        let stem = try builder.add("pool", "p1", ["kernel": .int(2)])
        let inner = try builder.add("conv2d", "c2", ["padding": .int(1)], named: true)
        try builder.add("add", "sum", from: [stem, inner])
        try builder.add("activation", "r2")
        try builder.add("flatten", "flat")
        try builder.add("linear", "fc", named: true)
        return try filled(
            builder.nodes, ["c1.weight": [6, 1, 3, 3], "c2.weight": [6, 6, 3, 3], "fc.weight": [3, 6 * 9]], norms: [:], seed)
    }

    /// A residual block with batch normalisation between two convolutions and a head.
    static func residual(seed: UInt64) throws -> Network {
        var builder = Builder()
        try builder.add("conv2d", "stem", ["padding": .int(1)], named: true)
        let stem = try builder.add("batch_norm", "bn", named: true)
        try builder.add("activation", "r0")
        try builder.add("conv2d", "c1", ["padding": .int(1)], named: true)
        try builder.add("batch_norm", "b1", named: true)
        try builder.add("activation", "r1")
        try builder.add("conv2d", "c2", ["padding": .int(1)], named: true)
        let inner = try builder.add("batch_norm", "b2", named: true)
        try builder.add("add", "sum", from: [stem, inner])
        try builder.add("activation", "r2")
        try builder.add("adaptive_average_pool", "mean")
        try builder.add("flatten", "flat")
        try builder.add("linear", "fc", named: true)
        return try filled(
            builder.nodes,
            ["stem.weight": [6, 1, 3, 3], "c1.weight": [8, 6, 3, 3], "c2.weight": [6, 8, 3, 3], "fc.weight": [3, 6], "fc.bias": [3]],
            norms: ["bn": 6, "b1": 8, "b2": 6], seed)
    }

    /// Fresh weights, and statistics that are not those of doing nothing.
    private static func filled(
        _ nodes: [Architecture.Node], _ weights: [String: [Int]], norms: [String: Int], _ seed: UInt64
    ) throws -> Network {
        var shapes = weights
        for (norm, width) in norms {
            for name in ["weight", "bias", "running_mean", "running_var"] { shapes["\(norm).\(name)"] = [width] }
        }
        let network = try Network.fresh(Architecture(family: "small", inputShape: [1, 6, 6], nodes: nodes), shapes: shapes, seed: seed)
        let generator = try Generator(seed: seed + 100)
        var parameters = network.parameters
        for norm in norms.keys.sorted() {
            for name in ["weight", "running_var"] {
                parameters["\(norm).\(name)"] = try Tensor.uniform([norms[norm] ?? 0], from: 0.5, to: 1.5, generator: generator)
            }
            for name in ["bias", "running_mean"] {
                parameters["\(norm).\(name)"] = try Tensor.uniform([norms[norm] ?? 0], from: -0.5, to: 0.5, generator: generator)
            }
        }
        return try network.with(parameters: parameters)
    }

    static func images(_ count: Int, seed: UInt64) throws -> LabelledInputs {
        LabelledInputs(values: try Tensor.normal([count, 1, 6, 6], generator: Generator(seed: seed)), classes: (0..<count).map { $0 % 3 })
    }
}

@Suite("Neuron interpolation on graphs") struct InterpolationGraphTests {
    func network(_ kind: String, _ seed: UInt64) throws -> Network {
        try kind == "residual" ? SmallNetworks.residual(seed: seed) : SmallNetworks.convolutional(seed: seed)
    }

    @Test(
        "a convolutional or residual network fused with a shuffled copy of itself answers as itself", arguments: ["hf", "kf"],
        ["convolutional", "residual"])
    func selfFusion(method: String, kind: String) throws {
        let original = try network(kind, 1), images = try SmallNetworks.images(80, seed: 3)
        for rule in ["refitted", "folded"] {
            let recipe = try recipe(
                "repair=none", "batch-norm=\(rule)", "solver=cutoff", "importance=uniform", method: Methods.named(method))
            let outcome = try Fuser(parents: [original, shuffled(original, seed: 2)], recipe: recipe, inputs: images).fuse()
            let difference = try (outcome.network(images.values) - original(images.values)).magnitude().maximum().item()
            // Fits on more rows than inputs are exact up to the rounding of single-precision passes, layer after layer.
            #expect(difference < 2e-4, "\(rule)")
        }
    }

    @Test("a measured batch normalisation holds the statistics of what it gets")
    func refitted() throws {
        let parents = [try network("convolutional", 1), try network("convolutional", 2)], images = try SmallNetworks.images(80, seed: 3)
        let fused = try Fuser(parents: parents, recipe: recipe("repair=none", method: KMeansFusion.method), inputs: images).fuse().network
        let values = try #require(try fused.forward(images.values, taps: ["c1"]).taps["c1"])
        let (mean, variance) = (try values.mean(axes: [0, 2, 3]), try values.variance(axes: [0, 2, 3], unbiased: false))
        // Means over 2880 single-precision values.
        #expect(try (mean - fused.parameter("b1.running_mean")).magnitude().maximum().item() < 1e-4)
        #expect(try (variance - fused.parameter("b1.running_var")).magnitude().maximum().item() < 1e-4)
    }

    @Test("layers of one residual stream share one grouping")
    func stream() throws {
        let parents = [try network("residual", 1), try network("residual", 2)]
        let plan = try Fuser(
            parents: parents, recipe: recipe("repair=none", method: HungarianFusion.method), inputs: SmallNetworks.images(60, seed: 3)
        ).plan()
        #expect(plan.groups.map(\.group.name) == parents[0].groups.all.filter { $0.role != .input }.map(\.name))
        #expect(plan.groups.filter { $0.group.producers.count > 1 }.count == 1)
    }

    @Test(
        "Git Re-Basin puts a shuffled convolutional or residual copy back", arguments: ["convolutional", "residual"],
        ["weights", "activations"])
    func gitRebasin(kind: String, matching: String) throws {
        let original = try network(kind, 1)
        let outcome = try Fuser(
            parents: [original, shuffled(original, seed: 2)],
            recipe: recipe("repair=none", "matching=\(matching)", method: GitRebasin.method), inputs: SmallNetworks.images(60, seed: 3)
        ).fuse()
        #expect(try distance(outcome.network, original) < 1e-5)
    }

    @Test(
        "levels are cut around residual blocks, and fitting a network to its own answers keeps them",
        arguments: ["convolutional", "residual"])
    func levels(kind: String) throws {
        let original = try network(kind, 1), images = try SmallNetworks.images(60, seed: 3)
        // Both parents are the same network: every target is what the copy already gives, and nothing must move.
        let outcome = try Fuser(
            parents: [original, original],
            recipe: recipe(
                "repair=none", "importance=uniform", "weight-decay=0", "epochs=3", "head-epochs=3", method: GradientFusion.method),
            inputs: images
        ).fuse()
        let difference = try (outcome.network(images.values) - original(images.values)).magnitude().maximum().item()
        // Adam turns the rounding of a zero gradient into a step of the learning rate; the best weights are kept, which are the first ones' size.
        #expect(difference < 0.05)
        #expect(outcome.notes.filter { $0.hasPrefix("level ") }.count == 3)
    }
}
