import Fusion
import Networks
import Tensors
import Testing

@Suite("Neuron interpolation") struct InterpolationTests {
    let widths = [12, 16, 9, 4]

    func parents(_ count: Int) throws -> [Network] {
        try (1...count).map { try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: UInt64($0)) }
    }
    func samples(_ count: Int = 200) throws -> LabelledInputs { try labelledInputs(count, width: 12, classes: 4, seed: 3) }

    func difference(_ first: Network, _ second: Network, on x: Tensor) throws -> Double {
        try (first(x) - second(x)).magnitude().maximum().item()
    }

    @Test("a network fused with a shuffled copy of itself answers as itself", arguments: ["hf", "kf"], ["conductance", "uniform", "l2"])
    func selfFusion(method: String, importance: String) throws {
        let network = try parents(1)[0]
        let recipe = try recipe("importance=\(importance)", "solver=cutoff", method: Methods.named(method))
        let outcome = try Fuser(parents: [network, shuffled(network, seed: 2)], recipe: recipe, inputs: samples()).fuse()
        // More samples than inputs: each layer's fit is exact up to the rounding of the single-precision passes it is fed with.
        #expect(try difference(outcome.network, network, on: samples().values) < 1e-4)
        for planned in outcome.plan.groups where method == "hf" {
            #expect(planned.couplings.allSatisfy { $0.plan.permutation != nil })
        }
    }

    @Test("how a parent's neurons happen to be numbered does not matter to the answers", arguments: ["hf", "kf"])
    func permutationInvariance(method: String) throws {
        let (both, inputs) = (try parents(2), try samples())
        // The published first centres hang on numbers; k-means++ tries enough starts here to find the same groups again is not certain, so start from given neurons.
        let recipe = try recipe("solver=cutoff", method: Methods.named(method))
        let moved = [both[0], try shuffled(both[1], seed: 9)]
        func fuse(_ networks: [Network]) throws -> Network {
            let context = FusionContext(networks: networks, settings: recipe.settings, inputs: inputs)
            let procedure =
                method == "kf"
                ? try KMeansFusion.procedure(context, firstCentres: ["fc1": [0], "fc2": [0]]) : try recipe.method.procedure(context)
            return try procedure.fuse(control: FusionControl()).network
        }
        #expect(try difference(fuse(both), fuse(moved), on: inputs.values) < 1e-3)
    }

    @Test("each fused layer is a least-squares fit: no small change of its weights comes nearer to its targets")
    func isLeastSquares() throws {
        let (both, inputs) = (try parents(2), try samples())
        let outcome = try Fuser(
            parents: both, recipe: recipe("solver=cutoff", "importance=uniform", method: HungarianFusion.method), inputs: inputs
        ).fuse()
        let group = try both[0].groups.named("fc2")
        guard let planned = outcome.plan[group: group.id] else { Issue.record("fc2 has no plan"); return }
        var target: Tensor?
        for coupling in planned.couplings {
            guard case .mixture(let map) = coupling.map,
                let values = try both[coupling.parent].forward(inputs.values, taps: ["fc2"]).taps["fc2"]
            else { continue }
            let part = try values.converted(to: .float64).matmul(map)
            target = try target.map { try $0 + part } ?? part
        }
        let wanted = try #require(target)
        func error(_ network: Network) throws -> Double {
            let values = try #require(try network.forward(inputs.values, taps: ["fc2"]).taps["fc2"])
            return try (values.converted(to: .float64) - wanted).squared().sum().item()
        }
        let least = try error(outcome.network)
        for seed in 1...8 {
            var parameters = outcome.network.parameters
            for name in ["fc2.weight", "fc2.bias"] {
                let value = try outcome.network.parameter(name)
                parameters[name] = try value + Tensor.normal(value.shape, generator: Generator(seed: UInt64(seed))) * 0.01
            }
            #expect(try error(outcome.network.with(parameters: parameters)) > least)
        }
    }

    @Test("the ridge, the cut-off and the published cut-off agree where nothing is weak", arguments: ["hf", "kf"])
    func solvers(method: String) throws {
        let (both, inputs) = (try parents(2), try samples())
        let networks = try ["ridge", "cutoff", "published-cutoff"].map { solver in
            try Fuser(parents: both, recipe: recipe("solver=\(solver)", "ridge=1e-10", method: Methods.named(method)), inputs: inputs)
                .fuse().network
        }
        // A ridge of 10⁻¹⁰ moves even the weakest directions of these fits by less than 10⁻⁴.
        let byRidge = try difference(networks[0], networks[1], on: inputs.values)
        #expect(byRidge < 1e-3)
        #expect(try difference(networks[1], networks[2], on: inputs.values) < 1e-4)
    }

    @Test(
        "fewer samples than inputs, dead inputs and dead neurons give finite weights and say so",
        arguments: ["ridge", "cutoff", "published-cutoff"], ["hf", "kf"])
    func degenerate(solver: String, method: String) throws {
        var both = try parents(2)
        var parameters = both[0].parameters
        parameters["fc1.weight"] =
            try both[0].parameter("fc1.weight") * Tensor((0..<16).map { $0 % 3 == 0 ? 0 : 1 } as [Float], shape: [16, 1])
        both[0] = try both[0].with(parameters: parameters)
        let few = LabelledInputs(
            values: try samples(8).values * Tensor((0..<12).map { $0 < 3 ? 0 : 1 } as [Float], shape: [1, 12]),
            classes: [0, 1, 2, 3, 0, 1, 2, 3])
        let outcome = try Fuser(parents: both, recipe: recipe("solver=\(solver)", method: Methods.named(method)), inputs: few).fuse()
        for name in outcome.network.parameterNames { #expect(try outcome.network.parameter(name).allFinite()) }
        let open = solver == "ridge" ? "mean of the parents' matched weights" : "least-norm"
        #expect(outcome.notes.contains { $0.contains(open) && $0.contains("fc1") })
        #expect(outcome.notes.contains { $0.contains("8 samples of random samples") })
    }

    @Test("three parents of different widths fuse to the width asked for", arguments: [0.5, 1, 1.5])
    func widthsDiffer(width: Double) throws {
        let networks = try [[12, 16, 9, 4], [12, 11, 13, 4], [12, 20, 7, 4]].enumerated().map {
            try MultilayerPerceptron.fresh(widths: $1, bias: true, seed: UInt64($0 + 1))
        }
        let outcome = try Fuser(parents: networks, recipe: recipe("width=\(width)", method: KMeansFusion.method), inputs: samples()).fuse()
        #expect(try outcome.network.parameter("fc1.weight").shape == [Int((16 * width).rounded()), 12])
        for planned in outcome.plan.groups {
            // Every neuron of every parent goes somewhere, and no fused neuron is nobody's.
            var shares = [Double](repeating: 0, count: planned.neurons)
            for coupling in planned.couplings {
                #expect(coupling.source.allSatisfy { $0 > 0 })
                for (column, mass) in coupling.target.enumerated() { shares[column] += mass }
            }
            #expect(shares.allSatisfy { $0 > 0 })
        }
        let matched = try Fuser(parents: networks, recipe: recipe(method: HungarianFusion.method), inputs: samples()).fuse()
        #expect(try matched.network.parameter("fc1.weight").shape == [16, 12])
    }

    @Test(
        "every way of grouping gives back a network that was cut in shuffled copies",
        arguments: ["ward", "entropic", "selection", "k-means"])
    func groupings(rule: String) throws {
        let network = try parents(1)[0]
        let recipe = try recipe(
            "grouping=\(rule)", "softness=0.001", "importance=uniform", "solver=cutoff", "seeding=plus-plus", method: KMeansFusion.method)
        let outcome = try Fuser(parents: [network, shuffled(network, seed: 2)], recipe: recipe, inputs: samples()).fuse()
        // Soft groups of exact copies still mix neighbours by a share of e^(−1/softness); the rest is single-precision rounding.
        #expect(try difference(outcome.network, network, on: samples().values) < 1e-3)
    }

    @Test(
        "every way of grouping gives finite weights and takes any width", arguments: ["ward", "entropic", "selection", "k-means"],
        [0.5, 1.5])
    func groupingWidths(rule: String, width: Double) throws {
        let recipe = try recipe("grouping=\(rule)", "width=\(width)", method: KMeansFusion.method)
        let outcome = try Fuser(parents: parents(3), recipe: recipe, inputs: samples()).fuse()
        #expect(try outcome.network.parameter("fc1.weight").shape == [Int(16 * width), 12])
        for name in outcome.network.parameterNames { #expect(try outcome.network.parameter(name).allFinite()) }
    }

    @Test("what cannot be grouped is said in words")
    func refusals() throws {
        let both = try parents(2)
        func refusal(_ method: Method, _ assignments: String..., inputs: (any InputSource)?) -> String {
            do {
                var recipe = Recipe(method: method)
                for text in assignments { try recipe.apply(assignment: text) }
                _ = try Fuser(parents: both, recipe: recipe, inputs: inputs).fuse()
                return ""
            } catch { return "\(error)" }
        }
        let inputs = try samples()
        #expect(refusal(KMeansFusion.method, "width=3", inputs: inputs).contains("cannot make 48 groups"))
        #expect(refusal(KMeansFusion.method, inputs: nil).contains("no samples"))
        #expect(
            refusal(KMeansFusion.method, "importance-target=label", inputs: LabelledInputs(values: inputs.values, classes: nil)).contains(
                "importance-target=predicted"))
        #expect(refusal(KMeansFusion.method, "head=shares", inputs: inputs).contains("class priors"))
        #expect(
            refusal(HungarianFusion.method, inputs: LabelledInputs(values: try Tensor.full([4, 12], .infinity), classes: [0, 1, 2, 3]))
                .contains("NaN or infinity"))
        let diverged = refusal(
            GradientFusion.method, "learning-rate=1", "optimiser=sgd", "epochs=200", "patience=500",
            inputs: LabelledInputs(values: try inputs.values * 1e6, classes: inputs.classes))
        #expect(diverged.contains("learning rate"))
    }

    @Test("one recipe gives one network, bit for bit, and leaves its parents alone", arguments: ["hf", "kf", "kf-gradient"])
    func reproducible(method: String) throws {
        let (both, inputs) = (try parents(2), try samples(60))
        var recipe = try Recipe(method: Methods.named(method))
        if method == "kf-gradient" { try recipe.apply(assignment: "epochs=3"); try recipe.apply(assignment: "head-epochs=3") }
        let first = try Fuser(parents: both, recipe: recipe, inputs: inputs).fuse().network
        #expect(try distance(first, Fuser(parents: both, recipe: recipe, inputs: inputs).fuse().network) == 0)
        // Parents are never written to.
        for (index, parent) in both.enumerated() { #expect(try distance(parent, parents(2)[index]) == 0) }
    }

    @Test("planning one group gives the coupling that the whole plan has", arguments: ["hf", "kf", "kf-gradient"])
    func planOne(method: String) throws {
        let fuser = try Fuser(parents: parents(2), recipe: Recipe(method: Methods.named(method)), inputs: samples(60))
        let whole = try fuser.plan(), one = try fuser.plan(only: "fc2")
        let group = try parents(1)[0].groups.named("fc2")
        #expect(whole[group: group.id]?.couplings[1].plan == one[group: group.id]?.couplings[1].plan)
        #expect(one[group: group.id] != nil)
        #expect(throws: FusionError.self) { try fuser.plan(only: "nothing") }
    }

    @Test("a cancelled fusion stops and says so", arguments: ["hf", "kf", "kf-gradient"])
    func cancellation(method: String) throws {
        let fuser = try Fuser(parents: parents(2), recipe: Recipe(method: Methods.named(method)), inputs: samples(60))
        #expect(throws: FusionError.cancelled) { try fuser.fuse(control: FusionControl(isCancelled: { true })) }
    }

    @Test("levels learn: the last held-out loss is far below the first, and every epoch is told")
    func gradientLearns() throws {
        let losses = Recorder()
        let fuser = try Fuser(
            parents: parents(2), recipe: recipe("epochs=40", "head-epochs=40", method: GradientFusion.method), inputs: samples())
        _ = try fuser.fuse(
            control: FusionControl(progress: { progress in
                if case .fitting(let level, _, _, _, let validation) = progress { losses.add(level, validation) }
            }))
        for level in ["fc1", "fc2", "fc3"] {
            let curve = losses.curve(level)
            #expect(curve.count > 5)
            #expect((curve.min() ?? 1) < 0.7 * (curve.first ?? 0), "\(level)")
        }
    }

    @Test("a partition of one's own must cut the network in order and end at the logits")
    func partitions() throws {
        let context = FusionContext(networks: try parents(2), settings: Settings(GradientFusion.method), inputs: try samples(40))
        func refusal(_ levels: [String]) -> String {
            do { _ = try GradientFusion.procedure(context, levels: levels, fits: nil); return "" } catch { return "\(error)" }
        }
        #expect(refusal(["fc2", "fc3"]) == "")
        #expect(refusal(["fc1", "fc2"]).contains("must end at the logits"))
        #expect(refusal(["fc2", "fc1", "fc3"]).contains("comes too late"))
        #expect(refusal(["nothing", "fc3"]).contains("no such layer"))
        #expect(refusal(["fc1", "fc1", "fc3"]).contains("named twice"))
    }

    @Test("a recipe names the levels, the logits or not; what cannot be is refused with the layers that can")
    func namedLevels() throws {
        func notes(_ levels: String) throws -> [String] {
            let quick = try recipe("levels=\(levels)", "epochs=2", "head-epochs=2", "importance=uniform", method: GradientFusion.method)
            return try Fuser(parents: parents(2), recipe: quick, inputs: samples(40)).fuse().notes.filter { $0.hasPrefix("level ") }.map {
                String($0.prefix(9))
            }
        }
        #expect(try notes("fc2") == ["level fc2", "level fc3"])
        #expect(try notes(" fc2 , fc3") == ["level fc2", "level fc3"])
        #expect(try notes("") == ["level fc1", "level fc2", "level fc3"])
        func refusal(_ levels: String) -> String { do { _ = try notes(levels); return "" } catch { return "\(error)" } }
        #expect(refusal("fc2,fc1").contains("comes too late"))
        #expect(refusal("fc1,,fc2").contains("no level can end at “”"))
        #expect(refusal("conv7").contains("levels of this network can end at") && refusal("conv7").contains("fc2"))
    }
}

/// Losses told from a fusion, by level.
final class Recorder: @unchecked Sendable {
    // Only ever called on the fusing thread, one call after another.
    private var losses: [String: [Double]] = [:]
    func add(_ level: String, _ loss: Double) { losses[level, default: []].append(loss) }
    func curve(_ level: String) -> [Double] { losses[level] ?? [] }
}
