import Fusion
import Networks
import Tensors
import Testing

@Suite("Neuron transplantation") struct TransplantationTests {
    @Test("the parents side by side answer with their mean, weighted by width", arguments: SampleNetwork.separable)
    func wideNetwork(sample: SampleNetwork) throws {
        for widths in [[2, 2], [2, 3], [3, 1, 2]] {
            let parents = try widths.enumerated().map { try sample.network(seed: UInt64($0), width: $1) }
            let wide = try WideNetwork(parents: parents), x = try SampleNetwork.inputs(10, seed: 9).values
            let total = Double(widths.reduce(0, +))
            #expect(zip(try wide.weights(), widths).allSatisfy { abs($0 - Double($1) / total) < 1e-12 })
            var mean = try parents[0](x) * (Double(widths[0]) / total)
            for (parent, width) in zip(parents, widths).dropFirst() { mean = try mean + parent(x) * (Double(width) / total) }
            // Sums of a few dozen single-precision products in another order.
            #expect(try difference(wide.network()(x), mean) < 1e-5)
        }
    }

    @Test("what the wide network takes is known before it is built")
    func forecast() throws {
        let parents = try [1, 2, 3].map { try SampleNetwork.residual.network(seed: $0) }
        let wide = try WideNetwork(parents: parents), built = try wide.network()
        #expect(wide.cost.parameters == built.parameterCount)
        #expect(wide.cost.multiplyAdds == built.trace.multiplyAdds)
        #expect(
            wide.cost.bytes
                == (try built.parameterNames.reduce(0) { try $0 + built.parameter($1).count * built.parameter($1).dtype().byteCount }))
        #expect(throws: FusionError.tooLarge(bytes: wide.cost.bytes, limit: 1000)) { try wide.network(limit: 1000) }
    }

    @Test("agrees with building the wide network and cutting it", arguments: SampleNetwork.allCases, ["sequential", "snapshot"])
    func agreesWithReference(sample: SampleNetwork, timing: String) throws {
        for (ratio, widths) in [(0.5, [2, 2]), (0.3, [3, 2]), (0.6, [2, 2, 3])] {
            let parents = try widths.enumerated().map { try sample.network(seed: 10 + UInt64($0), width: $1) }
            let outcome = try Fuser(parents: parents, recipe: transplant("size=ratio", "ratio=\(ratio)", "timing=\(timing)")).fuse()
            let places = parents[0].groups.selectable.map(\.id)
            let turns = outcome.plan.groups.compactMap { group in
                group.selection?.cuts.first.flatMap { cut in places.firstIndex(of: group.group.id).map { (place: $0, cut: cut) } }
            }.sorted { $0.cut.turn < $1.cut.turn }
            #expect(turns.count == places.count)
            let reference = try TransplantationReference(parents, ratio: ratio, snapshot: timing == "snapshot", order: turns.map(\.place))
            for (place, cut) in turns { #expect(cut.kept == reference.kept[place], "group \(place)") }
            for name in outcome.network.parameterNames where !name.hasSuffix("num_batches_tracked") {
                let theirs = try #require(reference.parameters[name]), ours = try outcome.network.parameter(name)
                #expect(ours.shape == theirs.shape)
                // The same weights, times the same shares: one rounding apart at most.
                #expect(try (ours - theirs).magnitude().maximum().item() < 1e-6, "\(name)")
            }
        }
    }

    @Test("streams are cut before the neurons inside blocks, the deepest first, then blocks from the input on")
    func publishedOrder() throws {
        let parents = try [1, 2].map { try SampleNetwork.residual.network(seed: $0) }
        let groups = try Fuser(parents: parents, recipe: transplant()).plan().groups
        let turns = groups.compactMap { group in group.selection?.cuts.first.map { ($0.turn, group.group.name) } }.sorted { $0.0 < $1.0 }
        #expect(turns.map(\.1) == ["block2.conv2", "stem", "block1.conv1", "block2.conv1"])
        let chain = try Fuser(parents: [1, 2].map { try SampleNetwork.lenet.network(seed: $0) }, recipe: transplant()).plan().groups
        #expect(chain.compactMap { $0.selection?.cuts.first?.turn } == [2, 1, 0])
    }

    @Test("a network beside itself, nothing removed, answers as before", arguments: SampleNetwork.separable)
    func uncutSelfFusion(sample: SampleNetwork) throws {
        let network = try sample.network(seed: 3), x = try SampleNetwork.inputs(8, seed: 1).values
        let outcome = try Fuser(parents: [network, network], recipe: transplant("size=ratio", "ratio=0")).fuse()
        #expect(try difference(outcome.network(x), network(x)) < 1e-5)
        #expect(outcome.plan.groups.allSatisfy { $0.selection?.cuts.isEmpty ?? true })
    }

    @Test("the order of two parents, and how their neurons are numbered, do not change the function", arguments: SampleNetwork.allCases)
    func invariances(sample: SampleNetwork) throws {
        let (a, b) = (try sample.network(seed: 5), try sample.network(seed: 6)), x = try SampleNetwork.inputs(10, seed: 2).values
        let plain = try Fuser(parents: [a, b], recipe: transplant()).fuse().network(x)
        // Single-precision sums in another order.
        #expect(try difference(plain, Fuser(parents: [b, a], recipe: transplant()).fuse().network(x)) < 1e-5)
        #expect(
            try difference(plain, Fuser(parents: [shuffled(a, seed: 1), shuffled(b, seed: 2)], recipe: transplant()).fuse().network(x))
                < 1e-5)
    }

    @Test("three parents give the published widths, one neuron short, or exactly a parent's")
    func widths() throws {
        let parents = try [1, 2, 3].map { try SampleNetwork.perceptron.network(seed: $0, width: 3) }
        let published = try Fuser(parents: parents, recipe: transplant()).fuse()
        // 1 − (1 − 1/3) falls short of 1/3 in double precision.
        #expect(published.network.groups.hidden.map(\.neurons) == [11, 8])
        #expect(published.notes.contains { $0.contains("fc1 11 instead of 12") && $0.contains("size=parent") })
        for assignments in [
            ["size=parent"], ["size=parent", "order=prune-merge"], ["size=parent", "scheme=iterative"],
            ["size=parent", "order=transfer", "transfer-rate=0.37"],
        ] {
            var recipe = try transplant()
            for text in assignments { try recipe.apply(assignment: text) }
            #expect(try Fuser(parents: parents, recipe: recipe).fuse().network.groups.hidden.map(\.neurons) == [12, 9], "\(assignments)")
        }
    }

    @Test(
        "each fused neuron comes from one parent, and the couplings carry the parents to the fused network",
        arguments: SampleNetwork.allCases)
    func couplings(sample: SampleNetwork) throws {
        let parents = try [(1, 2), (2, 3)].map { try sample.network(seed: UInt64($0.0), width: $0.1) }
        let outcome = try Fuser(parents: parents, recipe: transplant()).fuse()
        for planned in outcome.plan.groups where planned.group.role == .hidden {
            let columns = planned.couplings.map { $0.plan.columnSums.map { $0 > 0 ? 1 : 0 } }
            #expect((0..<planned.neurons).allSatisfy { column in columns.reduce(0) { $0 + $1[column] } == 1 })
            #expect(planned.selection?.kept == planned.couplings.map { $0.plan.entries.count })
            for (coupling, parent) in zip(planned.couplings, parents) {
                #expect(coupling.plan.rows == parent.groups[planned.group.id]?.neurons)
                #expect(zip(coupling.plan.rowSums, coupling.source).allSatisfy { abs($0 - $1) < 1e-12 })
            }
        }
        let shares = try #require(outcome.weights)
        for name in outcome.network.parameterNames where !name.hasSuffix("num_batches_tracked") {
            var sum: Tensor?
            for (index, parent) in parents.enumerated() {
                let carried = try parent.groups.carried(parent.parameter(name), parameter: name, along: outcome.plan.maps(of: index))
                let isHead = name == parent.parameterNames.last || name == parent.parameterNames.dropLast().last
                let scaled = try carried * (isHead ? shares[index] : 1)
                sum = try sum.map { try $0 + scaled } ?? scaled
            }
            let carried = try #require(sum)
            #expect(try (carried - outcome.network.parameter(name)).magnitude().maximum().item() < 1e-6, "\(name)")
        }
    }

    @Test("attention heads are chosen as wholes, and the graph has as many as stay")
    func heads() throws {
        let parents = try [1, 2].map { try SampleNetwork.transformer.network(seed: $0) }
        for (recipe, heads) in [
            (try transplant(), 4), (try transplant("size=ratio", "ratio=0.75"), 2), (try transplant("size=ratio", "ratio=0"), 8),
        ] {
            let outcome = try Fuser(parents: parents, recipe: recipe).fuse()
            let planned = try #require(outcome.plan.groups.first { $0.group.isHeadGroup })
            #expect(planned.neurons == heads)
            #expect(outcome.network.architecture.nodes.compactMap { ($0.layer as? Attention)?.heads } == [heads])
            // Two channels a head, three projections.
            #expect(try outcome.network.parameter("qkv.weight").shape[0] == 6 * heads)
            #expect(outcome.notes.contains { $0.contains("layer normalisation") })
        }
    }

    @Test("two networks of depthwise convolutions stay depthwise at any width")
    func depthwise() throws {
        let parents = try [(1, 2), (2, 3)].map { try SampleNetwork.depthwise.network(seed: UInt64($0.0), width: $0.1) }
        let fused = try Fuser(parents: parents, recipe: transplant("size=ratio", "ratio=0.4")).fuse().network
        let filters = try fused.parameter("depthwise.weight").shape
        #expect(filters == [9, 1, 3, 3])
        #expect(fused.architecture.nodes.compactMap { ($0.layer as? Convolution)?.groups } == [1, 9, 1])
    }

    @Test("equal scores go in the order of their numbers, so the last parent's copies stay")
    func ties() throws {
        let network = try SampleNetwork.perceptron.network(seed: 8, width: 3)
        let outcome = try Fuser(parents: [network, network], recipe: transplant("timing=snapshot")).fuse()
        let last = try #require(outcome.plan.groups.first { $0.group.name == "fc2" }?.selection)
        // Nine neurons twice, nine kept: four pairs, and of the fifth pair the second parent's.
        #expect(last.kept == [4, 5])
        #expect(last.margin == 0)
        let again = try Fuser(parents: [network, network], recipe: transplant("timing=snapshot")).fuse()
        #expect(try distance(outcome.network, again.network) == 0)
        #expect(outcome.notes.contains { $0.contains("parents A and B are nearly identical") })
    }

    @Test("the account tells where neurons came from, the score at the cut and what was lost")
    func account() throws {
        let parents = try [1, 2].map { try SampleNetwork.vgg.network(seed: $0, width: 4) }
        let outcome = try Fuser(parents: parents, recipe: transplant()).fuse()
        for selection in outcome.plan.groups.compactMap(\.selection) {
            let cut = try #require(selection.cuts.first)
            #expect(selection.kept.reduce(0, +) == cut.kept.count && cut.scores.count == 2 * cut.kept.count)
            #expect(try #require(cut.weakestKept) >= #require(cut.strongestLost))
            // The stronger half holds at least half of the energy.
            #expect((0.5...1).contains(cut.keptShare))
            #expect(outcome.notes.contains(selection.description))
        }
        #expect(outcome.notes.contains { $0.contains("not re-estimated") })
    }
}
