import Fusion
import Networks
import Tensors
import Testing

@Suite("OTFusion on every family") struct OTFusionFamilyTests {
    /// Sums of a few hundred single-precision products in another order.
    let rounding = 1e-4

    func assignments(_ texts: String...) throws -> Recipe {
        var recipe = Recipe(method: OTFusion.method)
        for text in texts + ["repair=none"] { try recipe.apply(assignment: text) }
        return recipe
    }

    /// A network and a copy whose neurons are in another order, fused: the fused network, the network and inputs to try both on.
    func fusedWithCopy(_ kind: AnyNetwork, _ recipe: Recipe) throws -> (FusionOutcome, Network, TensorInputs) {
        let network = try kind.network(seed: 1)
        let inputs = try SampleNetwork.inputs(60, seed: 3)
        let outcome = try Fuser(parents: [shuffled(network, seed: 2), network], recipe: recipe, inputs: inputs).fuse()
        return (outcome, network, inputs)
    }

    @Test("by weights, a network fused with a reordered copy of itself is the same function", arguments: AnyNetwork.allCases)
    func weights(kind: AnyNetwork) throws {
        for passes in ["passes=1", "passes=3"] {
            let (outcome, network, inputs) = try fusedWithCopy(kind, assignments("source=weights", passes))
            #expect(try disagreement(outcome.network, network, inputs) < rounding)
            #expect(try distance(outcome.network, network) < rounding)
        }
    }

    @Test("by activations as well, wherever a stream is read", arguments: AnyNetwork.allCases)
    func activations(kind: AnyNetwork) throws {
        for reading in ["every", "last", "sum"] {
            let (outcome, network, inputs) = try fusedWithCopy(kind, assignments("source=activations", "stream-activations=\(reading)"))
            #expect(try disagreement(outcome.network, network, inputs) < rounding, "read at \(reading)")
        }
    }

    @Test("activations read again behind permutations change nothing", arguments: AnyNetwork.allCases)
    func rerun(kind: AnyNetwork) throws {
        let (outcome, network, inputs) = try fusedWithCopy(kind, assignments("source=activations", "rerun-activations=true"))
        #expect(try disagreement(outcome.network, network, inputs) < rounding)
    }

    @Test(
        "one map across all heads finds a reordered copy too, and averaged maps agree where all that meet are right",
        arguments: AnyNetwork.allCases)
    func looser(kind: AnyNetwork) throws {
        for option in ["attention=full", "shortcuts=averaged", "shortcuts=published"] {
            let (outcome, network, inputs) = try fusedWithCopy(kind, assignments("source=activations", option))
            #expect(try disagreement(outcome.network, network, inputs) < rounding, "\(option)")
        }
    }

    @Test("every scheme finds a reordered copy", arguments: AnyNetwork.allCases)
    func schemes(kind: AnyNetwork) throws {
        for scheme in ["sequential", "barycenter"] {
            let (outcome, network, inputs) = try fusedWithCopy(kind, assignments("source=weights", "scheme=\(scheme)"))
            #expect(try disagreement(outcome.network, network, inputs) < rounding, "\(scheme)")
        }
    }

    @Test(
        "Gromov-Wasserstein needs no common samples: it finds a copy by the distances inside it",
        arguments: ["source=weights", "source=activations"])
    func gromov(source: String) throws {
        let network = try SampleNetwork.perceptron.network(seed: 1, width: 3)
        let outcome = try Fuser(
            parents: [shuffled(network, seed: 2), network], recipe: assignments(source, "solver=gromov"),
            inputs: SampleNetwork.inputs(80, seed: 3)
        ).fuse()
        #expect(try distance(outcome.network, network) < rounding)
        #expect(outcome.plan.groups.contains { $0.couplings[0].transport?.certificate.solver.contains("Gromov") == true })
    }

    @Test("averaged maps differ from one map where parents differ, and say nothing of sums in the plan's certificates")
    func averaging() throws {
        let (a, b) = (try SampleNetwork.residual.network(seed: 1), try SampleNetwork.residual.network(seed: 2))
        let inputs = try SampleNetwork.inputs(40, seed: 3)
        func fused(_ shortcuts: String) throws -> FusionOutcome {
            try Fuser(parents: [a, b], recipe: assignments("shortcuts=\(shortcuts)"), inputs: inputs).fuse()
        }
        let stream = try fused("stream"), averaged = try fused("averaged"), published = try fused("published")
        #expect(try distance(stream.network, averaged.network) > 1e-3)
        #expect(try distance(averaged.network, published.network) > 1e-3)
        // Without a shortcut's own map the block's last map goes on alone; with one the two are averaged.
        let sums = published.plan.groups.filter { $0.group.incoming.isEmpty }
        #expect(sums.count == 2 && sums.allSatisfy { $0.couplings.allSatisfy { $0.transport == nil } })
        let last = try #require(published.plan.groups.first { $0.group.name == "block1.conv2" })
        #expect(sums[0].couplings[0].plan == last.couplings[0].plan)
        guard case .mixture(let mean) = sums[1].couplings[0].map else { Issue.record("no mean of maps"); return }
        #expect(try mean.sum(axes: [0]).array(of: Double.self).allSatisfy { abs($0 - 1) < 1e-6 })
    }

    @Test("heads are matched as wholes, and the neurons in them with those of their match")
    func heads() throws {
        let network = try SampleTransformer.timm.network(seed: 1)
        let bundle = try #require(network.groups.all.first { $0.isHeadGroup })
        let turned = try network.carried(along: [bundle.id: .selection([2, 0, 1])])
        let plan = try Fuser(parents: [turned, network], recipe: assignments("source=weights")).plan()
        // Head i of the copy is head [2, 0, 1][i] of the network.
        #expect(plan[group: bundle.id]?.couplings[0].plan.permutation == [2, 0, 1])
        for member in bundle.members.joined() { #expect(plan[group: member]?.couplings[0].identityShare == 1) }
        let order = plan.groups.map(\.group.id)
        let bundlePlace = try #require(order.firstIndex(of: bundle.id))
        #expect(bundle.members.joined().allSatisfy { member in order.firstIndex(of: member).map { $0 > bundlePlace } == true })
    }

    @Test("a residual stream of trained-apart parents is compared by its first layer, then by all that write to it")
    func passes() throws {
        let (a, b) = (try SampleNetwork.residual.network(seed: 1, width: 4), try SampleNetwork.residual.network(seed: 2, width: 4))
        func cost(_ passes: Int) throws -> Double {
            let plan = try Fuser(parents: [a, b], recipe: assignments("source=weights", "passes=\(passes)")).plan()
            let fused = try Fuser(parents: [a, b], recipe: assignments("source=weights", "passes=\(passes)", "blend=0")).fuse(along: plan)
                .network
            // What weight matching lowers: the squared distance between the aligned parent and the reference.
            var sum = 0.0
            for name in b.parameterNames where name.hasSuffix("weight") && !name.contains("norm") {
                sum += try (fused.parameter(name) - b.parameter(name)).squared().sum().item()
            }
            return sum
        }
        #expect(try cost(5) <= cost(1))
    }
}
