import Networks
import Tensors
import Testing
@testable import Archives
@testable import Checkpoints

@Suite("Hints") struct HintTests {
    func module(_ path: String, _ name: String, _ attributes: [String: String] = [:]) -> StoredModule {
        StoredModule(path: path, className: "torch.nn.modules.\(name)", attributes: attributes)
    }

    @Test("the modules of a pickled network tell its heads, and its nonlinearity where there is only one")
    func modules() {
        let attention = module("attn", "activation.MultiheadAttention", ["num_heads": "6"])
        #expect(RecognitionHints(modules: [attention, module("act", "activation.Tanh")]) == RecognitionHints(heads: 6, activation: .tanh))
        #expect(RecognitionHints(modules: [module("a", "activation.GELU", ["approximate": "tanh"])]).activation == .geluTanh)
        #expect(RecognitionHints(modules: [module("a", "activation.ReLU"), module("b", "activation.Tanh")]).activation == nil)
        #expect(RecognitionHints(modules: []) == RecognitionHints())
    }

    @Test("heads that are told change the network's answer, and are no longer an assumption")
    func heads() throws {
        let fixture = try #require(Fixture.all.first { $0.name == "vit-timm" })
        let assumed = try Checkpoint.open(fixture.path), told = try Checkpoint.open(fixture.path, hints: RecognitionHints(heads: 4))
        #expect(assumed.assumptions.contains("2 attention heads of 8 channels"))
        #expect(!told.assumptions.contains { $0.contains("heads") })
        let x = try fixture.inputs(batch: 1)
        #expect(try (assumed.network()(x) - told.network()(x)).magnitude().maximum().item() > 1e-4)
        #expect(throws: CheckpointError.self) { _ = try Checkpoint.open(fixture.path, hints: RecognitionHints(heads: 5)) }
    }
}
