import Fusion
import Networks
import Synchronization
import Tensors
import Testing

@Suite("OTFusion") struct OTFusionTests {
    let widths = [12, 16, 9, 4]

    @Test("a network fused with a shuffled copy of itself is itself", arguments: ["weights", "activations"])
    func selfFusion(source: String) throws {
        let network = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        let copy = try shuffled(network, seed: 2)
        let fuser = try Fuser(parents: [copy, network], recipe: recipe("source=\(source)"), inputs: randomInputs(100, width: 12, seed: 3))
        let outcome = try fuser.fuse()
        // The average of two equal numbers is exact; the order of the copy's sums is not involved.
        #expect(try distance(outcome.network, network) < 1e-6)
        for group in outcome.plan.groups { #expect(group.couplings.allSatisfy { $0.transport?.certificate.converged ?? true }) }
    }

    @Test("how a parent's neurons happen to be numbered does not matter", arguments: ["weights", "activations"])
    func permutationInvariance(source: String) throws {
        let a = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        let b = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 2)
        let samples = try randomInputs(64, width: 12, seed: 3)
        let plain = try Fuser(parents: [a, b], recipe: recipe("source=\(source)"), inputs: samples).fuse()
        let moved = try Fuser(parents: [shuffled(a, seed: 9), b], recipe: recipe("source=\(source)"), inputs: samples).fuse()
        #expect(try distance(plain.network, moved.network) < 1e-6)
        // Shuffling the reference shuffles the result, which stays the same function up to rounding of the sums.
        let turned = try Fuser(parents: [a, shuffled(b, seed: 9)], recipe: recipe("source=\(source)"), inputs: samples).fuse()
        let x = samples.values
        #expect(try (plain.network(x) - turned.network(x)).magnitude().maximum().item() < 1e-4)
    }

    @Test("parents that are not the reference may come in any order")
    func parentOrder() throws {
        let parents = try (1...3).map { try MultilayerPerceptron.fresh(widths: widths, bias: false, seed: UInt64($0)) }
        let one = try Fuser(parents: [parents[0], parents[1], parents[2]], recipe: recipe("source=weights")).fuse()
        let other = try Fuser(parents: [parents[1], parents[0], parents[2]], recipe: recipe("source=weights")).fuse()
        // Three products are summed in another order: single-precision rounding.
        #expect(try distance(one.network, other.network) < 1e-6)
        #expect(one.weights?.allSatisfy { abs($0 - 1.0 / 3) < 1e-12 } == true)
    }

    @Test("the blend gives the reference alone at one, and none of it at nought")
    func blend() throws {
        let a = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        let b = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 2)
        let alone = try Fuser(parents: [a, b], recipe: recipe("source=weights", "blend=1")).fuse()
        #expect(try distance(alone.network, b) == 0)
        let aligned = try Fuser(parents: [a, b], recipe: recipe("source=weights", "blend=0")).fuse()
        let x = try Tensor.normal([20, 12], generator: Generator(seed: 5))
        // A alone, its neurons renumbered, is the same function.
        #expect(try (aligned.network(x) - a(x)).magnitude().maximum().item() < 1e-5)
        let half = try Fuser(parents: [a, b], recipe: recipe("source=weights")).fuse()
        for name in b.parameterNames {
            let mean = try (aligned.network.parameter(name) + b.parameter(name)) * 0.5
            #expect(try (half.network.parameter(name) - mean).magnitude().maximum().item() < 1e-7)
        }
    }

    @Test("unequal widths give the reference's widths, each neuron a convex mixture", arguments: ["weights", "activations"])
    func differentWidths(source: String) throws {
        let wide = try MultilayerPerceptron.fresh(widths: [12, 15, 11, 4], bias: true, seed: 1)
        let narrow = try MultilayerPerceptron.fresh(widths: [12, 10, 7, 4], bias: true, seed: 2)
        for (parents, reference) in [([wide, narrow], narrow), ([narrow, wide], wide)] {
            let fuser = try Fuser(parents: parents, recipe: recipe("source=\(source)"), inputs: randomInputs(50, width: 12, seed: 4))
            let outcome = try fuser.fuse()
            for name in reference.parameterNames { #expect(try outcome.network.parameter(name).shape == reference.parameter(name).shape) }
            for planned in outcome.plan.groups where planned.group.role == .hidden {
                guard case .mixture(let map) = planned.couplings[0].map else { Issue.record("no mixture"); continue }
                let sums = try map.sum(axes: [0]).array(of: Double.self)
                // Sums of at most 15 single-precision shares.
                #expect(sums.allSatisfy { abs($0 - 1) < 1e-5 })
                #expect(try map.minimum().item() >= 0)
            }
        }
    }

    @Test(
        "every setting of the cost, the masses and the scaling gives a finite network",
        arguments: [
            ["metric=squared-euclidean"], ["metric=cosine"], ["metric=correlation"], ["cost-normalisation=max"],
            ["cost-normalisation=mean"],
            ["cost-normalisation=median"], ["cost-normalisation=log"], ["clip=true", "clip-high=1"], ["marginals=l1"], ["marginals=l2"],
            ["stage=after"], ["activation-scaling=centre"], ["activation-scaling=standardise"], ["activation-scaling=normalise"],
            ["source=weights", "unit-rows=true"], ["last-layer=transport"], ["map-scaling=rows"], ["map-scaling=constant"],
            ["reference=first"],
        ])
    func settings(assignments: [String]) throws {
        let a = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        let b = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 2)
        var recipe = Recipe()
        for text in assignments { try recipe.apply(assignment: text) }
        let outcome = try Fuser(parents: [a, b], recipe: recipe, inputs: randomInputs(40, width: 12, seed: 4)).fuse()
        for name in outcome.network.parameterNames { #expect(try outcome.network.parameter(name).allFinite()) }
        for planned in outcome.plan.groups {
            for coupling in planned.couplings where coupling.transport != nil {
                #expect(coupling.transport?.certificate.converged == true)
            }
        }
    }

    @Test("centred activations do not see a neuron's offset, standardised ones not its scale")
    func scalings() throws {
        // B's first layer is A's in another order, each neuron with its own offset (its bias); before the nonlinearity
        // activations then differ by a constant, which centring removes.
        let a = try MultilayerPerceptron.fresh(widths: [6, 8, 3], bias: true, seed: 1)
        let order = [3, 1, 7, 0, 2, 6, 5, 4]
        var b = try a.carried(along: [a.groups.named("fc1").id: .selection(order)])
        var parameters = b.parameters
        parameters["fc1.bias"] = try b.parameter("fc1.bias") + Tensor((0..<8).map { Float($0) * 3 - 9 })
        b = try b.with(parameters: parameters)
        let samples = try randomInputs(60, width: 6, seed: 8)
        let plan = try Fuser(parents: [a, b], recipe: recipe("activation-scaling=centre"), inputs: samples).plan(only: "fc1")
        #expect(
            plan.groups[0].couplings[0].plan.permutation.map { permutation in
                order.enumerated().allSatisfy { permutation[$0.element] == $0.offset }
            } == true)
        parameters["fc1.weight"] = try b.parameter("fc1.weight") * Tensor((0..<8).map { Float($0 + 1) }, shape: [8, 1])
        b = try b.with(parameters: parameters)
        let scaled = try Fuser(parents: [a, b], recipe: recipe("activation-scaling=standardise"), inputs: samples).plan(only: "fc1")
        #expect(
            scaled.groups[0].couplings[0].plan.permutation.map { permutation in
                order.enumerated().allSatisfy { permutation[$0.element] == $0.offset }
            } == true)
    }

    @Test("planning one group gives the coupling that the whole plan has", arguments: ["weights", "activations"])
    func planOne(source: String) throws {
        let a = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        let b = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 2)
        let fuser = try Fuser(parents: [a, b], recipe: recipe("source=\(source)"), inputs: randomInputs(40, width: 12, seed: 4))
        let whole = try fuser.plan(), one = try fuser.plan(only: "fc2")
        let group = try a.groups.named("fc2")
        #expect(whole[group: group.id]?.couplings[0].plan == one[group: group.id]?.couplings[0].plan)
        #expect(one[group: group.id] != nil)
    }

    @Test("a plan of one group goes on from groups that are planned, with the same couplings")
    func planFurther() throws {
        let a = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        let b = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 2)
        let fuser = try Fuser(parents: [a, b], recipe: recipe("source=weights"), inputs: randomInputs(40, width: 12, seed: 4))
        let whole = try fuser.plan(), first = try fuser.plan(only: "fc1")
        let begun = Mutex<[String]>([])
        var control = FusionControl()
        control.progress = { progress in
            if case .planning(let group, _, _) = progress { begun.withLock { $0.append(group) } }
        }
        control.planned = first
        let further = try fuser.plan(only: "fc2", control: control)
        #expect(begun.withLock { $0 } == ["fc2"])
        for group in further.groups {
            #expect(group.couplings.map(\.plan) == whole[group: group.group.id]?.couplings.map(\.plan), "\(group.group.name)")
        }
        #expect(further.groups.map(\.group.name) == ["fc1", "fc2"])
        // Where a second pass changes earlier groups, nothing is taken over.
        let twice = try Fuser(
            parents: [a, b], recipe: recipe("source=weights", "passes=2"), inputs: randomInputs(40, width: 12, seed: 4))
        begun.withLock { $0 = [] }
        let all = try twice.plan(only: "fc2", control: control)
        let count = try twice.plan().groups.count
        #expect(begun.withLock { $0.first } == "fc1" && all.groups.count == count)
    }

    @Test("one recipe gives one network, bit for bit")
    func reproducible() throws {
        let a = try MultilayerPerceptron.fresh(widths: [12, 15, 11, 4], bias: true, seed: 1)
        let b = try MultilayerPerceptron.fresh(widths: [12, 10, 7, 4], bias: true, seed: 2)
        let samples = try randomInputs(50, width: 12, seed: 4)
        let networks = try (0..<2).map { _ in try Fuser(parents: [a, b], recipe: recipe("marginals=l2"), inputs: samples).fuse().network }
        #expect(try distance(networks[0], networks[1]) == 0)
    }

    @Test("a cancelled fusion stops and says so")
    func cancellation() throws {
        let a = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        let fuser = try Fuser(parents: [a, a], recipe: recipe("source=weights"))
        #expect(throws: FusionError.cancelled) { try fuser.fuse(control: FusionControl(isCancelled: { true })) }
    }
}

@Suite("Weight averaging") struct AveragingTests {
    @Test("averages equal positions")
    func average() throws {
        let a = try MultilayerPerceptron.fresh(widths: [5, 4, 3], bias: true, seed: 1)
        let b = try MultilayerPerceptron.fresh(widths: [5, 4, 3], bias: true, seed: 2)
        let outcome = try Fuser(parents: [a, b], recipe: recipe(method: Averaging.method)).fuse()
        for name in a.parameterNames {
            let mean = try (a.parameter(name) + b.parameter(name)) * 0.5
            #expect(try (outcome.network.parameter(name) - mean).magnitude().maximum().item() < 1e-7)
        }
    }

    @Test("refuses unequal widths, naming the group and the widths")
    func widths() throws {
        let a = try MultilayerPerceptron.fresh(widths: [5, 6, 3], bias: true, seed: 1)
        let b = try MultilayerPerceptron.fresh(widths: [5, 4, 3], bias: true, seed: 2)
        #expect(throws: FusionError.widths(group: "fc1", parent: 0, neurons: 6, reference: 4)) {
            try Fuser(parents: [a, b], recipe: recipe(method: Averaging.method)).fuse()
        }
    }
}

@Suite("What cannot be fused") struct RefusalTests {
    func error(_ body: () throws -> Void) -> String {
        do { try body(); return "" } catch { return "\(error)" }
    }

    @Test("parents that do not match say where and how")
    func mismatches() throws {
        let a = try MultilayerPerceptron.fresh(widths: [5, 4, 3], bias: true, seed: 1)
        func refusal(_ other: Network) -> String { error { _ = try Fuser(parents: [other, a], recipe: recipe("source=weights")) } }
        #expect(refusal(try MultilayerPerceptron.fresh(widths: [5, 4, 4, 3], bias: true, seed: 1)).contains("depth differs"))
        #expect(refusal(try MultilayerPerceptron.fresh(widths: [6, 4, 3], bias: true, seed: 1)).contains("inputs of 6"))
        #expect(refusal(try MultilayerPerceptron.fresh(widths: [5, 4, 2], bias: true, seed: 1)).contains("2 classes, the other 3"))
        // A bias on one side only is a bias of zero on the other.
        #expect(refusal(try MultilayerPerceptron.fresh(widths: [5, 4, 3], bias: false, seed: 1)) == "")
        #expect(error { _ = try Fuser(parents: [a], recipe: recipe("source=weights")) }.contains("two parents or more, got 1"))
    }

    @Test("activations without samples, and parents with NaN, are refused by name")
    func badInput() throws {
        let a = try MultilayerPerceptron.fresh(widths: [5, 4, 3], bias: true, seed: 1)
        #expect(error { _ = try Fuser(parents: [a, a], recipe: recipe()) }.contains("--set source=weights"))
        var parameters = a.parameters
        parameters["fc2.bias"] = try Tensor([1, .nan, 0] as [Float])
        let broken = try a.with(parameters: parameters)
        #expect(throws: FusionError.nonFinite(parameter: "fc2.bias", parent: 1)) {
            try Fuser(parents: [a, broken], recipe: recipe("source=weights"))
        }
        let samples = TensorInputs(values: try Tensor([Float](repeating: .infinity, count: 10), shape: [2, 5]))
        #expect(
            error { _ = try Fuser(parents: [a, a], recipe: recipe(), inputs: samples).fuse() }.contains(
                "NaN or infinity in neuron group fc1"))
    }

    @Test("dead neurons do no harm under any metric", arguments: ["euclidean", "squared-euclidean", "cosine", "correlation"])
    func deadNeurons(metric: String) throws {
        let a = try MultilayerPerceptron.fresh(widths: [5, 6, 3], bias: true, seed: 1)
        var parameters = a.parameters
        let alive = try Tensor([1, 0, 1, 0, 1, 1] as [Float], shape: [6, 1])
        parameters["fc1.weight"] = try a.parameter("fc1.weight") * alive
        parameters["fc1.bias"] = try a.parameter("fc1.bias") * alive.reshaped([6])
        let dead = try a.with(parameters: parameters)
        let outcome = try Fuser(parents: [dead, a], recipe: recipe("metric=\(metric)"), inputs: randomInputs(30, width: 5, seed: 3)).fuse()
        for name in outcome.network.parameterNames { #expect(try outcome.network.parameter(name).allFinite()) }
    }
}
