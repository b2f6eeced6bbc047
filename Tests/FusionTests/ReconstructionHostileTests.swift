import Fusion
import Networks
import Tensors
import Testing

@Suite("Reconstruction of hostile parents and samples") struct ReconstructionHostileTests {
    let suite = ReconstructionTests()

    func isFinite(_ network: Network) throws -> Bool {
        try network.parameterNames.allSatisfy { try network.parameter($0).converted(to: .float64).allFinite() }
    }

    @Test("fewer samples than neurons are made into enough inputs, and the answer is finite", arguments: [1, 3], SampleNetwork.allCases)
    func fewSamples(count: Int, kind: SampleNetwork) throws {
        let outcome = try suite.fuse(suite.parents(kind), suite.inputs(kind, count), "inputs=1")
        #expect(try isFinite(outcome.network))
        #expect(outcome.reconstruction?.head.map { $0.errors.allSatisfy(\.isFinite) } ?? true)
    }

    @Test("dead and constant neurons are told, not kept before others, and do no harm")
    func deadNeurons() throws {
        var both = try suite.parents(.perceptron)
        for index in both.indices {
            var parameters = both[index].parameters
            let weight = try both[index].parameter("fc1.weight"),
                mask = try Tensor([Float](repeating: 0, count: 6) + [1, 1], shape: [8, 1])
            parameters["fc1.weight"] = try weight * mask
            both[index] = try both[index].with(parameters: parameters)
        }
        let outcome = try suite.fuse(both, suite.inputs(.perceptron, 100))
        let group = try #require(outcome.reconstruction?.groups.first)
        // Two neurons of each parent live; eight are to be kept.
        #expect(group.idle == 4)
        #expect(group.kept.allSatisfy { Set($0).isSuperset(of: [6, 7]) })
        #expect(outcome.notes.contains { $0.contains("4 add nothing to the others") })
        #expect(try isFinite(outcome.network))
    }

    @Test("parents that answer alike to everything give finite numbers and a word about it")
    func teacherIsChance() throws {
        let silent = try suite.parents(.perceptron).map { network in
            var parameters = network.parameters
            for name in ["fc3.weight", "fc3.bias"] { parameters[name] = try network.parameter(name) * 0 }
            return try network.with(parameters: parameters)
        }
        let outcome = try suite.fuse(silent, suite.inputs(.perceptron, 100), "refine=automatic", "refine-steps=1")
        #expect(try isFinite(outcome.network))
        #expect(outcome.notes.contains { $0.contains("teacher's output is the same for all samples") })
    }

    @Test("parents without a class in common each have the word on their own")
    func disjointClasses() throws {
        let shares: [[Double]] = [[10, 10, 0, 0, 0], [0, 0, 7, 7, 0]]
        let outcome = try suite.fuse(suite.parents(.perceptron), suite.inputs(.perceptron, 100), shares: shares)
        #expect(outcome.reconstruction?.classShares == [[1, 1, 0, 0, 0.5], [0, 0, 1, 1, 0.5]])
        #expect(try isFinite(outcome.network))
        #expect(outcome.notes.contains { $0.contains("no class in common") })
    }

    @Test(
        "class shares of the wrong kind are refused",
        arguments: [[[0.5, 0.5]], [[1, 1, 1, 1, -1], [1, 1, 1, 1, 1]], [[1, 1, 1, 1, .nan], [1, 1, 1, 1, 1]]] as [[[Double]]])
    func wrongShares(shares: [[Double]]) throws {
        #expect(throws: FusionError.self) { try suite.fuse(suite.parents(.perceptron), suite.inputs(.perceptron, 20), shares: shares) }
    }

    @Test("without samples, with samples that are not numbers, or moved about where they are no images, it says what to do")
    func samples() throws {
        let both = try suite.parents(.perceptron)
        #expect(throws: FusionError.noSamples(method: "reconstruction")) { try suite.fuse(both, nil) }
        #expect(throws: FusionError.noSamples(method: "reconstruction")) {
            try suite.fuse(both, TensorInputs(values: Tensor.zeros([0, 72])))
        }
        #expect(throws: FusionError.noSamples(method: "refinement")) { try suite.fuse(both, nil, "refine=head", method: "average") }
        let broken = TensorInputs(values: try Tensor.full([30, 72], .nan))
        #expect { try suite.fuse(both, broken) } throws: { "\($0)".contains("samples 0 … 29") && "\($0)".contains("NaN") }
        #expect { try suite.fuse(both, suite.inputs(.perceptron, 30), "jitter=affine") } throws: { "\($0)".contains("augmentation=none") }
    }

    @Test("more neurons than the parents have are refused, with the most there can be")
    func tooWide() throws {
        #expect { try suite.fuse(suite.parents(.perceptron), suite.inputs(.perceptron, 100), "width=3") } throws: {
            "\($0)".contains("width to at most 2")
        }
    }

    @Test("samples that are all alike leave nothing to tell neurons apart, and still a finite network")
    func constantSamples() throws {
        let outcome = try suite.fuse(suite.parents(.perceptron), TensorInputs(values: Tensor.ones([50, 72])))
        #expect(try isFinite(outcome.network))
        #expect(outcome.reconstruction?.groups.allSatisfy { $0.idle > 0 } == true)
    }
}
