import Fusion
import Networks
import Synchronization
import Tensors
import Testing
import Transport

@Suite("OTFusion of many parents and other widths") struct OTFusionSchemeTests {
    let widths = [12, 10, 8, 4]

    func recipe(_ texts: [String]) throws -> Recipe {
        var recipe = Recipe(method: OTFusion.method)
        for text in ["source=weights"] + texts { try recipe.apply(assignment: text) }
        return recipe
    }

    func parents(_ count: Int) throws -> [Network] {
        try (1...count).map { try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: UInt64($0)) }
    }

    @Test("any parent may be the reference, by its letter, and one that is not there is refused")
    func reference() throws {
        let three = try parents(3)
        for (word, index) in [("A", 0), ("b", 1), ("C", 2), ("first", 0), ("last", 2)] {
            let fuser = try Fuser(parents: three, recipe: recipe(["reference=\(word)", "blend=1"]))
            #expect(fuser.parents.reference == index)
            #expect(try distance(fuser.fuse().network, three[index]) == 0)
        }
        #expect { _ = try Fuser(parents: three, recipe: recipe(["reference=D"])) } throws: { "\($0)".contains("A … C") }
        #expect { _ = try recipe(["reference=middle"]) } throws: { "\($0)".contains("last, first, A, B") }
    }

    @Test("parents weigh as much as their weights say, in ratios")
    func weights() throws {
        let three = try parents(3)
        let alone = try Fuser(parents: three, recipe: recipe(["weights=0,0,5"])).fuse()
        #expect(try distance(alone.network, three[2]) == 0)
        #expect(try Fuser(parents: three, recipe: recipe(["weights=5,3,2"])).fuse().weights == [0.5, 0.3, 0.2])
        for text in ["weights=1,2", "weights=0,0,0"] {
            #expect { _ = try Fuser(parents: three, recipe: recipe([text])) } throws: { "\($0)".contains("3 numbers, one for each parent") }
        }
        #expect(throws: RecipeError.self) { _ = try recipe(["weights=1,-2,3"]) }
        #expect(throws: RecipeError.self) { _ = try recipe(["weights=1,,3"]) }
    }

    @Test("one after another with two parents is the pair, and with three each meets the average so far")
    func sequential() throws {
        let three = try parents(3)
        let pair = Array(three.prefix(2))
        #expect(
            try distance(
                Fuser(parents: pair, recipe: recipe(["scheme=sequential"])).fuse().network,
                Fuser(parents: pair, recipe: recipe([])).fuse().network) == 0)
        let outcome = try Fuser(parents: three, recipe: recipe(["scheme=sequential", "reference=A"])).fuse()
        // The same by hand: A with B, then C with their average.
        let step = try Fuser(parents: pair, recipe: recipe(["reference=A"])).fuse().network
        let hand = try Fuser(parents: [step, three[2]], recipe: recipe(["reference=A", "weights=2,1"])).fuse().network
        // The averages of three are summed in another order.
        #expect(try distance(outcome.network, hand) < 1e-6)
        #expect(outcome.plan.groups.allSatisfy { $0.couplings.map(\.parent) == [0, 1, 2] })
    }

    @Test("a barycenter prefers no parent: their order does not matter where it has their width")
    func barycenter() throws {
        let network = try parents(1)[0]
        // Copies of one network with a little noise: the barycenter is near their mean, whichever comes last.
        let copies = try (0..<3).map { index in
            let generator = try Generator(seed: UInt64(20 + index))
            var parameters: [String: Tensor] = [:]
            for name in network.parameterNames {
                let value = try network.parameter(name)
                parameters[name] = try value + Tensor.normal(value.shape, generator: generator) * 0.01
            }
            return try network.with(parameters: parameters)
        }
        let turned = try [shuffled(copies[0], seed: 4), shuffled(copies[1], seed: 5), copies[2]]
        let mean = try Fuser(parents: copies, recipe: Recipe(method: Averaging.method)).fuse().network
        for order in [[0, 1, 2], [1, 0, 2]] {
            let fused = try Fuser(parents: order.map { turned[$0] }, recipe: recipe(["scheme=barycenter"])).fuse()
            #expect(try distance(fused.network, mean) < 1e-5)
            #expect(fused.plan.groups.allSatisfy { $0.couplings.count == 3 })
        }
    }

    @Test("a barycenter may be narrower or wider than any parent, up to all of them side by side", arguments: [0.5, 1.5, 2])
    func barycenterWidths(width: Double) throws {
        for solver in ["exact", "sinkhorn"] {
            let fused = try Fuser(parents: parents(2), recipe: recipe(["scheme=barycenter", "width=\(width)", "solver=\(solver)"])).fuse()
            #expect(try fused.network.parameter("fc1.weight").shape == [Int(10 * width), 12])
            #expect(try fused.network.parameter("fc3.weight").shape == [4, Int(8 * width)])
            for name in fused.network.parameterNames { #expect(try fused.network.parameter(name).allFinite()) }
        }
        #expect { _ = try Fuser(parents: parents(2), recipe: recipe(["scheme=barycenter", "width=3"])).fuse() } throws: {
            "\($0)".contains("cannot have 30 neurons: the maximum is 20, the sum of all parents")
        }
    }

    @Test("by activations too, and the seed decides where the support of other widths begins")
    func barycenterByActivations() throws {
        let two = try parents(2), samples = try randomInputs(50, width: 12, seed: 4)
        var seeded = try recipe(["source=activations", "scheme=barycenter", "width=1.5"])
        let one = try Fuser(parents: two, recipe: seeded, inputs: samples).fuse().network
        #expect(try distance(one, Fuser(parents: two, recipe: seeded, inputs: samples).fuse().network) == 0)
        seeded.seed = 9
        #expect(try distance(one, Fuser(parents: two, recipe: seeded, inputs: samples).fuse().network) > 0)
        let same = try Fuser(
            parents: [shuffled(two[0], seed: 5), two[0]], recipe: recipe(["source=activations", "scheme=barycenter"]), inputs: samples
        ).fuse()
        #expect(try distance(same.network, two[0]) < 1e-5)
        #expect {
            _ = try Fuser(
                parents: two, recipe: recipe(["source=activations", "scheme=barycenter", "rerun-activations=true"]), inputs: samples)
        } throws: {
            "\($0)".contains("recompute-activations=false")
        }
    }

    @Test(
        "compression: a wide parent is carried into the reference's strongest neurons",
        arguments: ["l1", "l2", "activation", "conductance"])
    func compression(pruning: String) throws {
        let network = try parents(1)[0], samples = try randomInputs(40, width: 12, seed: 3)
        let half = try Fuser(parents: [network, network], recipe: recipe(["width=0.5", "pruning=\(pruning)"]), inputs: samples).fuse()
        #expect(try half.network.parameter("fc1.weight").shape == [5, 12])
        #expect(try half.network.parameter("fc2.weight").shape == [4, 5])
        #expect(
            half.plan.groups.filter { $0.group.role == .hidden }.allSatisfy {
                $0.couplings[0].plan.rows == 2 * $0.couplings[0].plan.columns
            })
        #expect(half.notes.contains("the reference, parent B, was pruned by \(pruning) first: fc1 5 of 10, fc2 4 of 8"))
        // With the reference alone the result is the pruned copy: rows of the network as they are.
        let pruned = try Fuser(
            parents: [network, network], recipe: recipe(["width=0.5", "blend=1", "pruning=\(pruning)"]), inputs: samples
        ).fuse().network
        let rows = try network.parameter("fc1.weight").array(of: Float.self),
            kept = try pruned.parameter("fc1.weight").array(of: Float.self)
        let places = (0..<5).map { neuron in
            (0..<10).first { Array(rows[$0 * 12..<$0 * 12 + 12]) == Array(kept[neuron * 12..<neuron * 12 + 12]) }
        }
        #expect(places.allSatisfy { $0 != nil } && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
        if pruning == "l1" {
            let sums = (0..<10).map { neuron in rows[neuron * 12..<neuron * 12 + 12].reduce(0) { $0 + abs($1) } }
            let biases = try network.parameter("fc1.bias").array(of: Float.self)
            let strongest = (0..<10).sorted { sums[$0] + abs(biases[$0]) > sums[$1] + abs(biases[$1]) }.prefix(5).sorted()
            #expect(places.compactMap { $0 } == strongest)
        }
    }

    @Test("every family can be narrowed; attention keeps its heads", arguments: AnyNetwork.allCases)
    func narrowing(kind: AnyNetwork) throws {
        let network = try kind.network(seed: 1), other = try kind.network(seed: 2)
        let fused = try Fuser(parents: [other, network], recipe: recipe(["width=0.5", "repair=none"])).fuse().network
        #expect(fused.parameterCount < network.parameterCount)
        #expect(try fused(SampleNetwork.inputs(4, seed: 1).values).allFinite())
        #expect(fused.groups.all.count == network.groups.all.count)
        #expect(fused.groups.all.filter(\.isHeadGroup).map(\.neurons) == network.groups.all.filter(\.isHeadGroup).map(\.neurons))
    }

    @Test("widths that cannot be had are refused, and say what can")
    func tooWide() throws {
        let two = try parents(2)
        func message(_ texts: [String]) -> String {
            do { _ = try Fuser(parents: two, recipe: recipe(texts)); return "" } catch { return "\(error)" }
        }
        #expect(
            message(["width=2"])
                == "neuron group fc1 cannot have 20 neurons: the maximum is 10, the width of the reference, which the others are aligned to; set fewer, use a wider parent as the reference, or use scheme=barycenter"
        )
        #expect(message(["fc2/neurons=9"]).contains("fc2 cannot have 9 neurons"))
        #expect(message(["fc3/neurons=2"]).contains("the number of classes"))
    }

    @Test("a sweep over the blend computes couplings once, one over the solver each time")
    func sweep() throws {
        let two = try parents(2)
        let planned = Mutex(0)
        let control = FusionControl(progress: { if case .planned = $0 { planned.withLock { $0 += 1 } } })
        let fuser = try Fuser(parents: two, recipe: recipe([]))
        let groups = try fuser.plan().groups.count
        var seen: [HyperparameterValue] = []
        let blends = [0, 0.25, 0.5, 1].map(HyperparameterValue.real)
        try fuser.sweep("blend", over: blends, control: control) { (value, outcome) throws(FusionError) in
            seen.append(value)
            #expect(outcome.weights?.last.map(HyperparameterValue.real) == value)
        }
        #expect(seen == blends && planned.withLock { $0 } == groups)
        planned.withLock { $0 = 0 }
        try fuser.sweep("solver", over: [.choice("exact"), .choice("sinkhorn")], control: control) { _, _ in }
        #expect(planned.withLock { $0 } == 2 * groups)
        #expect(throws: FusionError.self) { try fuser.sweep("blend", over: [.real(2)]) { _, _ in } }
    }
}

@Suite("What optimal transport warns of") struct OTFusionWarningTests {
    struct Labelled: InputSource {
        let values: Tensor
        let classes: [Int]
        var count: Int { classes.count }
        func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
        func labels(_ range: Range<Int>) throws -> [Int]? { Array(classes[range]) }
    }

    func recipe(_ texts: String...) throws -> Recipe {
        var recipe = Recipe(method: OTFusion.method)
        for text in texts { try recipe.apply(assignment: text) }
        return recipe
    }

    @Test("a class without a sample is named in the report")
    func missingClass() throws {
        let a = try MultilayerPerceptron.fresh(widths: [6, 5, 4], bias: true, seed: 1),
            b = try MultilayerPerceptron.fresh(widths: [6, 5, 4], bias: true, seed: 2)
        let values = try Tensor.normal([8, 6], generator: Generator(seed: 3))
        func notes(_ classes: [Int], _ source: String) throws -> [String] {
            try Fuser(parents: [a, b], recipe: recipe("source=\(source)"), inputs: Labelled(values: values, classes: classes)).fuse().notes
        }
        #expect(try notes([0, 1, 3, 0, 1, 3, 0, 1], "activations").contains { $0.contains("none of the 8 samples is of class 2") })
        #expect(try notes([0, 1, 2, 3, 0, 1, 2, 3], "activations").allSatisfy { !$0.contains("samples is of class") })
        #expect(try notes([0, 0, 0, 0, 0, 0, 0, 0], "weights").allSatisfy { !$0.contains("samples is of class") })
    }

    @Test("dead neurons under an angular metric are counted in the report", arguments: ["cosine", "correlation"])
    func deadNeurons(metric: String) throws {
        let b = try MultilayerPerceptron.fresh(widths: [6, 5, 4], bias: true, seed: 2)
        var parameters = b.parameters
        let alive = try Tensor([1, 0, 1, 0, 1] as [Float], shape: [5, 1])
        parameters["fc1.weight"] = try b.parameter("fc1.weight") * alive
        parameters["fc1.bias"] = try b.parameter("fc1.bias") * alive.reshaped([5])
        let dead = try b.with(parameters: parameters)
        for source in ["weights", "activations"] {
            let outcome = try Fuser(
                parents: [dead, b], recipe: recipe("metric=\(metric)", "source=\(source)"), inputs: randomInputs(30, width: 6, seed: 3)
            ).fuse()
            #expect(outcome.notes.contains { $0.contains("fc1: 2 dead neurons of parent A and 0 of the reference") })
        }
        let sound = try Fuser(parents: [b, b], recipe: recipe("metric=\(metric)", "source=weights")).fuse()
        #expect(sound.notes.allSatisfy { !$0.contains("dead") })
    }

    @Test("an epsilon below the rounding of the costs is refused with what to do")
    func tinyEpsilon() throws {
        let a = try MultilayerPerceptron.fresh(widths: [6, 5, 4], bias: true, seed: 1)
        var parameters = a.parameters
        // Costs of 1e10: an epsilon of 1e-6 lies below their last digit.
        parameters["fc1.weight"] = try a.parameter("fc1.weight") * 1e10
        let large = try a.with(parameters: parameters)
        for solver in ["sinkhorn", "unbalanced"] {
            #expect {
                _ = try Fuser(
                    parents: [a, large], recipe: recipe("source=weights", "solver=\(solver)", "epsilon=1e-6", "epsilon-unit=cost")
                ).fuse()
            } throws: {
                "\($0)".contains("neuron group fc1, parent A: epsilon is") && "\($0)".contains("increase it or use the exact solver")
            }
        }
    }

    @Test("a set of samples without a sample is refused like none at all")
    func noSamples() throws {
        let a = try MultilayerPerceptron.fresh(widths: [6, 5, 4], bias: true, seed: 1)
        let empty = TensorInputs(values: try Tensor.zeros([0, 6]))
        #expect { _ = try Fuser(parents: [a, a], recipe: recipe(), inputs: empty).fuse() } throws: {
            "\($0)".contains("--set source=weights")
        }
        #expect { _ = try Fuser(parents: [a, a], recipe: recipe("source=weights", "fc1/source=activations")) } throws: {
            "\($0)".contains("no samples")
        }
    }

    @Test("parents whose heads differ in number are refused, naming the layer")
    func heads() throws {
        func network(heads: Int) throws -> Network {
            var graph = Graph()
            graph.convolution("embed", 8, from: 2, kernel: 3, padding: 1)
            graph.add(Tokens())
            graph.dense("qkv", 24, from: 8)
            graph.add(Attention(heads: heads), name: nil)
            graph.add(TokenMean())
            graph.dense("head", 5, from: 8)
            return try graph.network(seed: UInt64(heads))
        }
        #expect { _ = try Fuser(parents: [network(heads: 2), network(heads: 4)], recipe: recipe("source=weights")) } throws: {
            "\($0)".contains("2 heads in one") && "\($0)".contains("4 in the other")
        }
    }
}
