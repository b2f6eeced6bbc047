import Fusion
import Networks
import Tensors
import Testing

@Suite("Neuron transplantation, its settings") struct TransplantationSettingsTests {
    private func fuse(_ parents: [Network], _ assignments: String..., inputs: (any InputSource)? = nil) throws -> FusionOutcome {
        var recipe = try transplant()
        for text in assignments { try recipe.apply(assignment: text) }
        return try Fuser(parents: parents, recipe: recipe, inputs: inputs).fuse()
    }

    private func parents(_ sample: SampleNetwork, _ count: Int = 2, width: Int = 3) throws -> [Network] {
        try (0..<count).map { try sample.network(seed: 20 + UInt64($0), width: width) }
    }

    @Test("every choice gives a finite network of the parents' graph", arguments: SampleNetwork.allCases)
    func everyChoice(sample: SampleNetwork) throws {
        let three = try parents(sample, 3, width: 4), inputs = try SampleNetwork.inputs(20, seed: 4)
        for order in ["merge-prune", "prune-merge", "transfer"] {
            for scheme in order == "merge-prune" ? ["joint", "iterative", "hierarchical"] : ["joint"] {
                for size in ["published", "parent", "ratio", "budget"] {
                    for scope in ["local", "global"] {
                        let outcome = try fuse(
                            three, "order=\(order)", "scheme=\(scheme)", "size=\(size)", "scope=\(scope)", "power=1", "logit-scale=samples",
                            inputs: inputs)
                        #expect(try outcome.network(inputs.values).allFinite(), "\(order) \(scheme) \(size) \(scope)")
                        #expect(outcome.network.groups.hidden.allSatisfy { $0.neurons >= 1 })
                    }
                }
            }
        }
        for choice in [
            "sides=weights", "sides=incoming", "sides=outgoing", "reduction=largest", "reduction=product", "output-scale=equal",
            "output-scale=none", "timing=snapshot", "logit-scale=energy",
        ] {
            #expect(try fuse(three, choice).network(inputs.values).allFinite(), "\(choice)")
        }
    }

    @Test("a preset is a recipe that runs", arguments: Transplantation.method.presets.map(\.id))
    func presets(id: String) throws {
        let recipe = Recipe(method: Transplantation.method, settings: try Transplantation.method.settings(preset: id))
        let outcome = try Fuser(parents: parents(.residual), recipe: recipe).fuse()
        #expect(try outcome.network(SampleNetwork.inputs(4, seed: 1).values).allFinite())
    }

    @Test("ranked by importance, a group keeps its highest scores, whichever parent they come from", arguments: SampleNetwork.allCases)
    func byImportance(sample: SampleNetwork) throws {
        let two = try parents(sample), inputs = try SampleNetwork.inputs(30, seed: 4)
        let outcome = try fuse(two, "score=importance", "importance=activation", "importance-samples=30", "repair=none", inputs: inputs)
        #expect(try outcome.network(inputs.values).allFinite())
        for planned in outcome.plan.groups where planned.group.role == .hidden && !planned.group.producers.isEmpty {
            var scores: [Double] = []
            for parent in two {
                let byNode = try Importance(.activation).scores(of: parent, at: planned.group.producers, inputs: inputs)
                let group = try parent.groups.named(planned.group.name)
                scores += (0..<group.neurons).map { neuron in group.producers.reduce(0) { $0 + (byNode[$1]?[neuron] ?? 0) } }
            }
            let account = try #require(planned.selection?.cuts.first)
            let gone = Set(scores.indices).subtracting(account.kept)
            #expect(account.kept.map { scores[$0] }.min() ?? 0 >= gone.map { scores[$0] }.max() ?? 0, "\(planned.group.name)")
        }
        #expect(throws: FusionError.noSamples(method: "importance by conductance")) { try fuse(two, "score=importance") }
        #expect(throws: FusionError.noLabels(purpose: "importance by conductance of the true class")) {
            try fuse(two, "score=importance", "importance-target=label", inputs: inputs)
        }
    }

    @Test("a transfer rate of nought returns the first parent, of one the second", arguments: SampleNetwork.allCases)
    func transferEnds(sample: SampleNetwork) throws {
        let two = try parents(sample)
        for (rate, parent) in [("0", two[0]), ("1", two[1])] {
            let outcome = try fuse(two, "order=transfer", "transfer-rate=\(rate)")
            for name in parent.parameterNames where !name.hasSuffix("num_batches_tracked") {
                #expect(
                    try (outcome.network.parameter(name) - parent.parameter(name)).magnitude().maximum().item() == 0, "\(name) at \(rate)")
            }
        }
    }

    @Test("prune-merge is each parent's own choice; a transfer rate of a half is the same")
    func pruneMerge() throws {
        let two = try parents(.lenet, width: 4)
        let merged = try fuse(two, "order=prune-merge")
        #expect(try distance(merged.network, fuse(two, "order=transfer", "transfer-rate=0.5").network) == 0)
        for selection in merged.plan.groups.compactMap(\.selection) {
            #expect(selection.kept.allSatisfy { 2 * $0 == selection.parentNeurons[0] })
        }
    }

    @Test("one after another, two parents are fused as they are at once; halves of four are fused pairs")
    func schemes() throws {
        let four = try parents(.perceptron, 4, width: 4)
        #expect(try distance(fuse([four[0], four[1]], "scheme=iterative").network, fuse([four[0], four[1]]).network) == 0)
        let left = try fuse([four[0], four[1]]).network, right = try fuse([four[2], four[3]]).network
        // Shares multiplied before or after the weights: one rounding.
        #expect(try distance(fuse(four, "scheme=hierarchical").network, fuse([left, right]).network) < 1e-6)
        let two = try fuse([left, four[2]]).network
        #expect(try distance(fuse(Array(four[..<3]), "scheme=iterative").network, two) < 1e-6)
    }

    @Test("a budget is kept and used up, in either unit", arguments: ["parameters", "multiply-adds"], ["local", "global"])
    func budget(unit: String, scope: String) throws {
        let two = try parents(.vgg, width: 8)
        let measure: (Network) -> Int = { unit == "parameters" ? $0.parameterCount : $0.trace.multiplyAdds }
        for budget in [0.4, 1.0, 2.0] {
            let fused = try fuse(two, "size=budget", "budget-of=\(unit)", "budget=\(budget)", "scope=\(scope)").network
            let limit = budget * Double(measure(two[0]))
            #expect(Double(measure(fused)) <= limit)
            // One more neuron in each of two groups of some thirty: within a sixth.
            #expect(Double(measure(fused)) > limit * 5 / 6, "\(budget): \(measure(fused)) of \(limit)")
        }
        #expect(throws: FusionError.self) { try fuse(parents(.perceptron, width: 1), "size=budget", "budget=0.01") }
    }

    @Test("ranked across groups, as many neurons stay in all, and none of the weakest of any group's mean")
    func global() throws {
        let two = try parents(.residual, width: 4)
        let outcome = try fuse(two, "scope=global"), parent = two[0].groups.hidden
        #expect(outcome.network.groups.hidden.reduce(0) { $0 + $1.neurons } == parent.reduce(0) { $0 + $1.neurons })
        let cuts = outcome.plan.groups.compactMap { $0.selection?.cuts.first }
        func relative(_ cut: SelectionDiagnostics.Cut, _ score: Double?) -> Double? {
            score.map { $0 * Double(cut.scores.count) / cut.scores.reduce(0, +) }
        }
        let kept = cuts.compactMap { relative($0, $0.weakestKept) }.min(), lost = cuts.compactMap { relative($0, $0.strongestLost) }.max()
        #expect(try #require(kept) >= #require(lost))
    }

    @Test("the logit scale changes no decision, and matches the ensemble where it is measured")
    func logitScale() throws {
        let two = try parents(.lenet), inputs = try SampleNetwork.inputs(50, seed: 7)
        let plain = try fuse(two).network(inputs.values)
        for choice in ["energy", "samples"] {
            let scaled = try fuse(two, "logit-scale=\(choice)", "samples=50", inputs: inputs).network(inputs.values)
            #expect(try scaled.largestIndex(axis: 1).array(of: Int.self) == plain.largestIndex(axis: 1).array(of: Int.self))
            guard choice == "samples" else {
                // What was cut had energy, so the factor is above one.
                #expect(try scaled.squared().sum().item() > plain.squared().sum().item())
                continue
            }
            let ensemble = try (two[0](inputs.values) + two[1](inputs.values)) * 0.5
            func spread(_ logits: Tensor) throws -> Double {
                try (logits - logits.mean(axes: [1], keepingAxes: true)).squared().sum().item()
            }
            // Two sums of 250 single-precision squares.
            #expect(try abs(spread(scaled) / spread(ensemble) - 1) < 1e-4)
        }
        #expect(throws: FusionError.noSamples(method: "the logit scale of neuron transplantation")) { try fuse(two, "logit-scale=samples") }
    }

    @Test("a share that empties a group is refused by name, or leaves the group whole as published")
    func emptied() throws {
        let two = try parents(.perceptron, width: 3)
        #expect(throws: FusionError.emptied(group: "fc2", neurons: 18, share: 0.99)) { try fuse(two, "size=ratio", "ratio=0.99") }
        #expect(try fuse(two, "size=ratio", "ratio=0.99", "emptied=whole").network.groups.hidden.map(\.neurons) == [24, 18])
        #expect("\(FusionError.emptied(group: "fc2", neurons: 18, share: 0.99))".contains("emptied=whole"))
    }

    @Test("parents that differ in what parameters do not tell are refused")
    func mismatches() throws {
        func perceptron(_ widths: [Int], _ activation: Activation = .relu) throws -> Network {
            let model = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
            let names = (1..<widths.count).map { "fc\($0)" }
            return try Network(
                MultilayerPerceptron.architecture(layers: names, inputWidth: widths[0], activation: activation),
                parameters: model.parameters)
        }
        let network = try perceptron([6, 8, 4])
        for other in [
            try perceptron([6, 8, 8, 4]), try perceptron([6, 8, 5]), try perceptron([7, 8, 4]), try perceptron([6, 8, 4], .tanh),
        ] {
            #expect(throws: FusionError.self) { try fuse([network, other]) }
        }
        #expect(throws: FusionError.tooFewParents(1)) { try fuse([network]) }
    }

    @Test("layers that the parents would have to share are refused by name")
    func unsupported() throws {
        var onInput = Graph()
        onInput.norm("norm", 2)
        onInput.convolution("conv", 4, from: 2, kernel: 3)
        onInput.relu()
        onInput.flatten()
        onInput.dense("head", 3, from: 64)
        var onClasses = Graph()
        onClasses.convolution("conv", 4, from: 2, kernel: 3)
        onClasses.norm("norm", 4)
        for (graph, layer) in [(onInput, "norm"), (onClasses, "norm")] {
            let network = try graph.network(seed: 1)
            #expect { try fuse([network, network]) } throws: { "\($0)".contains("layer \(layer)") }
        }
    }

    @Test("weights too large to be squared are named; absolute values still rank them")
    func overflow() throws {
        let network = try SampleNetwork.perceptron.network(seed: 1)
        var parameters = network.parameters
        parameters["fc2.weight"] = try network.parameter("fc2.weight") * 1e25
        let large = try network.with(parameters: parameters)
        #expect(throws: FusionError.nonFiniteEnergy(group: "fc2", parent: 1)) { try fuse([network, large]) }
        // A sum that overflows is no sign of an infinity among its terms.
        #expect(try Tensor.full([4], 3e38).allFinite())
        #expect(try fuse([network, large], "power=1").network.parameter("fc2.weight").allFinite())
    }

    @Test(
        "double precision comes out as it went in; 16-bit parents are computed, and come out, in single",
        arguments: [DType.float16, .bfloat16, .float64])
    func precision(type: DType) throws {
        let two = try parents(.lenet).map { network in
            try network.with(parameters: network.parameters.mapValues { try $0.converted(to: type) })
        }
        let fused = try fuse(two).network
        for name in fused.parameterNames { #expect(try fused.parameter(name).dtype() == (type == .float64 ? .float64 : .float32)) }
    }

    @Test("a cancelled fusion stops")
    func cancelled() throws {
        let fuser = try Fuser(parents: parents(.residual), recipe: transplant())
        #expect(throws: FusionError.cancelled) { try fuser.fuse(control: FusionControl(isCancelled: { true })) }
    }

    @Test("one group's plan is what the whole plan says of it")
    func oneGroup() throws {
        let fuser = try Fuser(parents: parents(.residual), recipe: transplant())
        let all = try fuser.plan(), one = try fuser.plan(only: "stem")
        #expect(one.groups.map(\.group.name) == ["stem"])
        #expect(one.groups.first?.selection?.cuts.first?.kept == all.groups.first { $0.group.name == "stem" }?.selection?.cuts.first?.kept)
        #expect(throws: FusionError.self) { try fuser.plan(only: "nowhere") }
    }
}
