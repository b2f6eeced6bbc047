@testable import Fusion
import Networks
import Tensors
import Testing

@Suite("Combination by regression") struct RecombinationTests {
    let suite = ReconstructionTests()
    static let alignments = ["average", "otfusion", "git-rebasin", "transplant", "hf", "kf"]

    func knobs(_ method: String) -> [String] {
        switch method {
        case "hf", "kf": ["importance=l2"]
        case "transplant": ["size=parent"]
        default: []
        }
    }

    func fuse(
        _ parents: [Network], _ inputs: any InputSource, method: String, _ assignments: String..., shares: [[Double]]? = nil
    ) throws -> FusionOutcome {
        var recipe = Recipe(method: try Methods.named(method))
        for text in knobs(method) + assignments { try recipe.apply(assignment: text) }
        return try Fuser(parents: parents, recipe: recipe, inputs: inputs, classShares: shares).fuse()
    }

    @Test(
        "every alignment of a network with a shuffled copy of itself, combined by regression, gives that network back",
        arguments: SampleNetwork.allCases, ["otfusion", "git-rebasin", "hf"])
    func selfFusion(kind: SampleNetwork, method: String) throws {
        let network = try kind.network(seed: 1), samples = try suite.inputs(kind, 300)
        let both = [network, try shuffled(network, seed: 4)]
        let outcome = try fuse(
            both, samples, method: method, "combine=regression", "combine-inputs=300", "combine-samples=300", "combine-ridge=1e-6",
            "repair=none")
        // What is left is the ridge of 10⁻⁶ and single precision, layer after layer; hf's own first layer has a ridge of its own.
        #expect(try suite.difference(outcome.network, network, suite.inputs(kind, 50, seed: 8).values) < (method == "hf" ? 0.05 : 0.01))
    }

    @Test("hidden layers and logits are those of an independent dense computation, for any alignment", arguments: alignments)
    func agreesWithDenseComputation(method: String) throws {
        let networks = try (1...2).map {
            try MultilayerPerceptron.fresh(widths: [6, 7, 5, 3], bias: true, seed: UInt64($0)).converted(to: .float64)
        }
        let x = try Tensor.normal([60, 6], generator: Generator(seed: 9), dtype: .float64), shares = [[0.2, 0.5, 0.9], [0.8, 0.5, 0.1]]
        // hf and kf align otherwise for their own regression; for any other combination they compare the parents' own values.
        let own = try fuse(
            networks, TensorInputs(values: x), method: method, "combine=\(["hf", "kf"].contains(method) ? "average" : "own")",
            "repair=none",
            shares: shares)
        let outcome = try fuse(
            networks, TensorInputs(values: x), method: method, "combine=regression", "combine-inputs=1", "combine-samples=60",
            "share-strength=1", "repair=none",
            shares: shares)
        let rows = try ReconstructionReference.rows(x), parents = try networks.map { try ReconstructionReference.layers(of: $0) }
        var fused = try ReconstructionReference.layers(of: own.network), values = rows, inParents = parents.map { _ in rows }
        for depth in fused.indices {
            let before = zip(parents, inParents).map { ReconstructionReference.applied($0[depth], to: $1) }
            if depth > 0 {
                let target =
                    depth == fused.count - 1
                    ? rows.indices.map { row in
                        shares[0].indices.map { c in shares.indices.reduce(0) { $0 + shares[$1][c] * before[$1][row][c] } }
                    }
                    : try mixed(before, own, depth: depth)
                fused[depth] = ReconstructionReference.fitted(values, target, ridge: 1e-4)
            }
            values = ReconstructionReference.applied(fused[depth], to: values)
            if depth < fused.count - 1 {
                values = values.map { $0.map { max(0, $0) } }
                inParents = before.map { $0.map { $0.map { max(0, $0) } } }
            }
        }
        let logits = try ReconstructionReference.rows(outcome.network(x))
        for (mine, theirs) in zip(logits.joined(), values.joined()) { #expect(abs(mine - theirs) < 1e-6) }
    }

    /// The weighted means that a plan makes of the parents' values.
    private func mixed(
        _ values: [ReconstructionReference.Rows], _ outcome: FusionOutcome, depth: Int
    ) throws -> ReconstructionReference.Rows {
        let group = outcome.plan.groups.filter { $0.group.role == .hidden }[depth]
        let maps = try group.couplings.map { coupling in
            try coupling.map.matrix(neurons: values[coupling.parent][0].count)
        }
        let isScattered = outcome.weights != nil && maps.allSatisfy { $0.columnSums.contains(0) }
        let weights = isScattered ? [1, 1] : outcome.weights ?? [1, 1]
        let sums = (0..<group.neurons).map { column in maps.indices.reduce(0.0) { $0 + weights[$1] * maps[$1].columnSums[column] } }
        return values[0].indices.map { row in
            (0..<group.neurons).map { column in
                maps.indices.reduce(0.0) { sum, parent in
                    sum + (0..<maps[parent].rows).reduce(0) { $0 + weights[parent] * maps[parent][$1, column] * values[parent][row][$1] }
                } / max(sums[column], 1e-300)
            }
        }
    }

    @Test(
        "regression brings the mean of matched weights nearer to the teacher", arguments: SampleNetwork.allCases,
        ["otfusion", "git-rebasin", "average"])
    func isNearer(kind: SampleNetwork, method: String) throws {
        let both = try suite.parents(kind), samples = try suite.inputs(kind, 300)
        let teacher = try Teacher(parents: ParentSet(both, reference: 0), shares: nil)
        let wanted = try teacher.probabilities(teacher.logits(samples.values), temperature: 1)
        func divergence(_ outcome: FusionOutcome) throws -> Double {
            try (wanted * (wanted.logarithm() - outcome.network(samples.values).converted(to: .float64).logSoftmax(axis: 1))).sum().item()
        }
        let before = try fuse(both, samples, method: method),
            after = try fuse(both, samples, method: method, "combine=regression", shares: suite.alike(both))
        #expect(try divergence(after) < divergence(before))
        #expect(after.notes.contains { $0.contains("combined by regression") } && after.reconstruction?.layers.isEmpty == false)
    }

    @Test("the groups of Hungarian and k-means fusion can be combined by the mean of weights instead", arguments: ["hf", "kf"])
    func average(method: String) throws {
        let both = try suite.parents(.perceptron), samples = try suite.inputs(.perceptron, 200)
        let outcome = try fuse(both, samples, method: method, "combine=average")
        let fused = try ShareAverage().fused("fc1.weight", of: ParentSet(both, reference: 0), along: outcome.plan)
        #expect(try (outcome.network.parameter("fc1.weight") - fused).magnitude().maximum().item() == 0)
        #expect(try outcome.network(samples.values).allFinite())
    }

    @Test("without samples, what needs them says so")
    func noSamples() throws {
        var recipe = Recipe(method: Averaging.method)
        try recipe.apply(assignment: "combine=regression")
        let both = try suite.parents(.perceptron)
        #expect(throws: FusionError.noSamples(method: "combination by regression")) {
            try Fuser(parents: both, recipe: recipe, inputs: nil)
        }
    }
}
