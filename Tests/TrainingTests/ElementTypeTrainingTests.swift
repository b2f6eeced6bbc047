import Datasets
import Hyperparameters
import Networks
import Tensors
import Testing
@testable import Training

@Suite("Training and measuring in double precision") struct ElementTypeTrainingTests {
    private func network(_ type: DType, seed: UInt64) throws -> Network {
        try MultilayerPerceptron.fresh(widths: [2, 6, 2], bias: true, seed: seed).converted(to: type)
    }

    @Test("networks of several types are measured alone and together")
    func measuring() throws {
        let data = try twoClouds(40), networks = try [network(.float64, seed: 1), network(.float32, seed: 2)]
        let alone = try Evaluator(data).evaluate(networks.map { $0 as any Predictor })
        let narrow = try Evaluator(data).evaluate(networks[0].converted(to: .float32))
        #expect(alone[0].correct == narrow.correct)
        for rule in Ensemble.Rule.allCases { #expect(try Evaluator(data).evaluate(Ensemble(networks, rule: rule)).samples == 40) }
    }

    @Test(
        "a network in double precision learns from a teacher in single precision, and the other way round",
        arguments: [DType.float64, .float32])
    func distillation(type: DType) throws {
        let data = try twoClouds(40), other: DType = type == .float64 ? .float32 : .float64
        let settings = try FineTuningSettings(["epochs": .integer(2), "distill": .choice("kl"), "validation-share": .real(0.25)])
        let tuned = try FineTuner(network(type, seed: 1), settings: settings, training: data, teachers: [network(other, seed: 2)]).run()
            .network
        #expect(tuned.dtype == type)
    }

    @Test("a tied weight is trained once, with both gradients, and comes back tied", arguments: [DType.float32, .float64])
    func tied(type: DType) throws {
        let architecture = try MultilayerPerceptron.architecture(layers: ["first", "second", "third", "head"], inputWidth: 2).sharing([
            "third.weight": "second.weight"
        ])
        let shapes = ["first.weight": [4, 2], "second.weight": [4, 4], "head.weight": [2, 4]]
        let network = try Network.fresh(architecture, shapes: shapes, seed: 1).converted(to: type)
        let settings = try FineTuningSettings(["epochs": .integer(2)])
        let tuned = try FineTuner(network, settings: settings, training: twoClouds(40), mayKeepGiven: false).run().network
        #expect(tuned.sharedNames == ["second.weight"] && tuned.parameters["third.weight"] == nil)
        #expect(try (tuned.parameter("second.weight") - network.parameter("second.weight")).magnitude().maximum().item() > 0)
        #expect(tuned.dtype == type)
    }
}
