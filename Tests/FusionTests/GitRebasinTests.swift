import Fusion
import Networks
import Tensors
import Testing

@Suite("Git Re-Basin") struct GitRebasinTests {
    let widths = [12, 16, 9, 4]

    @Test("a shuffled copy is put back in order", arguments: ["weights", "activations", "pre-activations"])
    func selfFusion(matching: String) throws {
        let network = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        let fuser = try Fuser(
            parents: [network, shuffled(network, seed: 2)], recipe: recipe("matching=\(matching)", method: GitRebasin.method),
            inputs: randomInputs(100, width: 12, seed: 3))
        // The mean of equal numbers.
        #expect(try distance(fuser.fuse().network, network) < 1e-6)
    }

    @Test("the order in which coordinate descent starts does not change what a shuffled copy finds", arguments: 0..<4)
    func seeds(seed: Int) throws {
        let network = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        var recipe = try recipe("tries=3", method: GitRebasin.method)
        recipe.seed = UInt64(seed)
        #expect(try distance(Fuser(parents: [network, shuffled(network, seed: 2)], recipe: recipe).fuse().network, network) < 1e-6)
    }

    @Test("after weight matching no exchange of two neurons makes the parents more alike")
    func isLocalOptimum() throws {
        let a = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1),
            b = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 2)
        let outcome = try Fuser(parents: [a, b], recipe: recipe(method: GitRebasin.method)).fuse()
        var maps: [Int: NeuronMap] = [:]
        for planned in outcome.plan.groups where planned.group.role == .hidden {
            let places = try #require(planned.couplings[1].plan.permutation)
            var sources = [Int](repeating: 0, count: places.count)
            for (neuron, place) in places.enumerated() { sources[place] = neuron }
            maps[planned.group.id] = .selection(sources)
        }
        func likeness(_ maps: [Int: NeuronMap]) throws -> Double {
            let turned = try b.carried(along: maps)
            return try a.parameterNames.reduce(0) { try $0 + (a.parameter($1) * turned.parameter($1)).sum().item() }
        }
        let best = try likeness(maps)
        for group in a.groups.hidden {
            guard case .selection(let order)? = maps[group.id] else { continue }
            for first in 0..<order.count {
                for second in (first + 1)..<order.count {
                    var swapped = order
                    swapped.swapAt(first, second)
                    var other = maps
                    other[group.id] = .selection(swapped)
                    // Single-precision sums of about 400 products.
                    #expect(try likeness(other) <= best + 1e-4)
                }
            }
        }
    }

    @Test("three shuffled copies merge into one")
    func mergeMany() throws {
        let network = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        let parents = [network, try shuffled(network, seed: 2), try shuffled(network, seed: 5)]
        #expect(try distance(Fuser(parents: parents, recipe: recipe(method: GitRebasin.method)).fuse().network, network) < 1e-6)
    }

    @Test("unequal widths leave neurons alone or out, and weights finite", arguments: ["weights", "activations"])
    func widthsDiffer(matching: String) throws {
        let wide = try MultilayerPerceptron.fresh(widths: [12, 15, 11, 4], bias: true, seed: 1),
            narrow = try MultilayerPerceptron.fresh(widths: [12, 10, 7, 4], bias: true, seed: 2)
        for (parents, reference) in [([wide, narrow], wide), ([narrow, wide], narrow)] {
            let outcome = try Fuser(
                parents: parents, recipe: recipe("matching=\(matching)", method: GitRebasin.method),
                inputs: randomInputs(40, width: 12, seed: 3)
            ).fuse()
            for name in reference.parameterNames {
                #expect(try outcome.network.parameter(name).shape == reference.parameter(name).shape)
                #expect(try outcome.network.parameter(name).allFinite())
            }
        }
    }

    @Test("samples and labels are asked for where they are needed")
    func refusals() throws {
        let a = try MultilayerPerceptron.fresh(widths: widths, bias: true, seed: 1)
        func refusal(_ recipe: Recipe, _ inputs: (any InputSource)?) -> String {
            do { _ = try Fuser(parents: [a, a], recipe: recipe, inputs: inputs).fuse(); return "" } catch { return "\(error)" }
        }
        #expect(refusal(try recipe("matching=activations", method: GitRebasin.method), nil).contains("no samples"))
        #expect(refusal(try recipe("mixing=importance", method: GitRebasin.method), nil).contains("no samples"))
        #expect(
            refusal(
                try recipe("mixing=importance", "importance-target=label", method: GitRebasin.method),
                try randomInputs(20, width: 12, seed: 1)
            ).contains("no labels"))
        #expect(refusal(try recipe("mixing=importance", "importance=l2", method: GitRebasin.method), nil) == "")
    }
}
