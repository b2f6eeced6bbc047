import Fusion
import Networks
import Tensors
import Testing

/// Samples with their classes.
struct LabelledInputs: InputSource {
    let values: Tensor
    let classes: [Int]?
    var name: String { "random samples" }
    var count: Int { values.shape[0] }
    func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
    func labels(_ range: Range<Int>) throws -> [Int]? { classes.map { Array($0[range]) } }
}

func labelledInputs(_ count: Int, width: Int, classes: Int, seed: UInt64) throws -> LabelledInputs {
    LabelledInputs(values: try Tensor.normal([count, width], generator: Generator(seed: seed)), classes: (0..<count).map { $0 % classes })
}

@Suite("Importance scores") struct ImportanceTests {
    let nodes = ["fc1", "fc2"]

    func network() throws -> Network { try MultilayerPerceptron.fresh(widths: [7, 9, 4], bias: true, seed: 3) }

    @Test("every kind scores every neuron above zero, in batches as in one", arguments: Importance.Kind.allCases)
    func kinds(kind: Importance.Kind) throws {
        let network = try network()
        let samples = try labelledInputs(120, width: 7, classes: 4, seed: 1)
        let scores = try Importance(kind).scores(of: network, at: nodes, inputs: samples)
        #expect(scores["fc1"]?.count == 9 && scores["fc2"]?.count == 4)
        #expect(scores.values.joined().allSatisfy { $0 > 0 && $0.isFinite })
        // 120 samples come in batches of 50: their mean must be that of three parts by hand.
        guard Importance(kind).needsSamples else { return }
        var sum = [Double](repeating: 0, count: 9)
        for start in [0, 40, 80] {
            let part = LabelledInputs(values: try samples.inputs(start..<start + 40), classes: try samples.labels(start..<start + 40))
            let own = try Importance(kind).scores(of: network, at: nodes, inputs: part)["fc1"] ?? []
            for neuron in 0..<9 { sum[neuron] += own[neuron] / 3 }
        }
        // Single-precision passes over other batches.
        for (one, other) in zip(sum, scores["fc1"] ?? []) { #expect(abs(one - other) < 1e-5 * max(1, other)) }
    }

    @Test("on a network without bias that stays in one linear piece, conductance, DeepLIFT, gradient × activation and ablation agree")
    func linearPiece() throws {
        // Positive weights and inputs: no ReLU ever closes, so every attribution is w · h exactly.
        let positive = try Network(
            MultilayerPerceptron.architecture(layers: ["fc1", "fc2"], inputWidth: 5),
            parameters: [
                "fc1.weight": Tensor.uniform([6, 5], from: 0.1, to: 1, generator: Generator(seed: 1)),
                "fc2.weight": Tensor.uniform([3, 6], from: 0.1, to: 1, generator: Generator(seed: 2)),
            ])
        let samples = LabelledInputs(
            values: try Tensor.uniform([20, 5], from: 0.1, to: 1, generator: Generator(seed: 3)), classes: (0..<20).map { $0 % 3 })
        let exact = try Importance(.gradient).scores(of: positive, at: ["fc1"], inputs: samples)["fc1"] ?? []
        for kind in [Importance.Kind.deeplift, .ablation] {
            let scores = try Importance(kind).scores(of: positive, at: ["fc1"], inputs: samples)["fc1"] ?? []
            for (one, other) in zip(scores, exact) { #expect(abs(one - other) < 1e-5 * other, "\(kind)") }
        }
        // Conductance leaves out the two ends of the path: with 200 nodes less than a thousandth of it.
        let conductance = try Importance(.conductance, steps: 200).scores(of: positive, at: ["fc1"], inputs: samples)["fc1"] ?? []
        for (one, other) in zip(conductance, exact) { #expect(abs(one - other) < 1e-3 * other) }
    }

    @Test("without biases one point of conductance's path stands for all: the same scores as along the path, which zero biases ask for")
    func homogeneous() throws {
        let plain = try SmallNetworks.homogeneous(seed: 5)
        let parameters = try plain.parameters.merging(zeroBiases(of: plain)) { first, _ in first }
        let biased = try plain.with(parameters: parameters)
        #expect(plain.isHomogeneous && !biased.isHomogeneous)
        let nodes = plain.architecture.nodes.filter { $0.layer is Convolution || $0.layer is Linear }.map(\.id)
        let samples = LabelledInputs(
            values: try Tensor.normal([30, 1, 6, 6], generator: Generator(seed: 6)), classes: (0..<30).map { $0 % 3 })
        let short = try Importance(.conductance).scores(of: plain, at: nodes, inputs: samples),
            long = try Importance(.conductance).scores(of: biased, at: nodes, inputs: samples)
        for id in nodes {
            let (one, other) = (short[id] ?? [], long[id] ?? [])
            #expect(one.count == other.count && !one.isEmpty)
            // Ten sums of single-precision values.
            for (one, other) in zip(one, other) { #expect(abs(one - other) <= 1e-4 * max(other, 1e-3), "\(id)") }
        }
    }

    private func zeroBiases(of network: Network) throws -> [String: Tensor] {
        var biases: [String: Tensor] = [:]
        for name in network.parameterNames where name.hasSuffix("weight") {
            biases[String(name.dropLast(6)) + "bias"] = try Tensor.zeros([network.parameter(name).shape[0]])
        }
        return biases
    }

    @Test(
        "a neuron nobody listens to is worth its trace and no more",
        arguments: [Importance.Kind.gradient, .conductance, .deeplift, .ablation])
    func deadNeuron(kind: Importance.Kind) throws {
        let network = try network()
        var parameters = network.parameters
        let mask = try Tensor((0..<9).map { $0 == 4 ? 0 : 1 } as [Float], shape: [1, 9])
        parameters["fc2.weight"] = try network.parameter("fc2.weight") * mask
        let scores = try Importance(kind).scores(
            of: network.with(parameters: parameters), at: ["fc1"], inputs: labelledInputs(60, width: 7, classes: 4, seed: 1))
        // Ablation is a difference of equal logits, exact; the others multiply by zero.
        #expect(scores["fc1"]?[4] == 1e-8)
    }

    @Test("DeepLIFT's attributions of a hidden layer and the bias path add up to the change of the logit")
    func completeness() throws {
        // One sample and one class: Σ_j M_j (h_j − h0_j) = logit(x) − logit(0); all terms positive so that magnitudes may be added.
        let network = try Network(
            MultilayerPerceptron.architecture(layers: ["fc1", "fc2"], inputWidth: 5),
            parameters: [
                "fc1.weight": Tensor.uniform([6, 5], from: 0.1, to: 1, generator: Generator(seed: 1)),
                "fc1.bias": Tensor.uniform([6], from: -0.5, to: 0.5, generator: Generator(seed: 4)),
                "fc2.weight": Tensor.uniform([3, 6], from: 0.1, to: 1, generator: Generator(seed: 2)),
            ])
        let x = try Tensor.uniform([1, 5], from: 0.1, to: 1, generator: Generator(seed: 3))
        let scores = try Importance(.deeplift, target: .given(2)).scores(
            of: network, at: ["fc1"], inputs: LabelledInputs(values: x, classes: nil))
        let change = try (network(x) - network(x * 0)).array(of: Double.self)[2]
        #expect(abs((scores["fc1"] ?? []).reduce(0, +) - change) < 1e-5)
    }

    @Test("scores by class add up to the scores")
    func byClass() throws {
        let samples = try labelledInputs(70, width: 7, classes: 4, seed: 1)
        let importance = Importance(.conductance)
        let parts = try importance.scoresByClass(of: network(), at: ["fc1"], inputs: samples)["fc1"] ?? []
        let whole = try importance.scores(of: network(), at: ["fc1"], inputs: samples)["fc1"] ?? []
        #expect(parts.count == 4)
        for neuron in 0..<9 { #expect(abs(parts.reduce(1e-8) { $0 + $1[neuron] } - whole[neuron]) < 1e-12) }
    }

    @Test("labels are asked for only where they are needed, and a class must exist")
    func labels() throws {
        let network = try network()
        let blind = LabelledInputs(values: try Tensor.normal([10, 7], generator: Generator(seed: 1)), classes: nil)
        #expect(throws: FusionError.noLabels(purpose: "importance by conductance of the true class")) {
            try Importance(.conductance).scores(of: network, at: nodes, inputs: blind)
        }
        _ = try Importance(.conductance, target: .predicted).scores(of: network, at: nodes, inputs: blind)
        _ = try Importance(.activation).scores(of: network, at: nodes, inputs: blind)
        _ = try Importance(.l2).scores(of: network, at: nodes)
        #expect(throws: FusionError.classOutside(label: 4, classes: 4)) {
            try Importance(.deeplift, target: .given(4)).scores(of: network, at: nodes, inputs: blind)
        }
        let wrong = LabelledInputs(values: blind.values, classes: [Int](repeating: -1, count: 10))
        #expect(throws: FusionError.classOutside(label: -1, classes: 4)) {
            try Importance(.deeplift).scores(of: network, at: nodes, inputs: wrong)
        }
        #expect(throws: FusionError.noSamples(method: "importance by deeplift")) {
            try Importance(.deeplift).scores(of: network, at: nodes)
        }
        let poisoned = LabelledInputs(values: try Tensor([Float](repeating: .nan, count: 14), shape: [2, 7]), classes: [0, 1])
        #expect(throws: FusionError.nonFiniteScores(node: "fc1", kind: "deeplift")) {
            try Importance(.deeplift).scores(of: network, at: ["fc1"], inputs: poisoned)
        }
    }
}
