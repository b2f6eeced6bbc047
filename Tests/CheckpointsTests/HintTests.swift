import Networks
import Tensors
import Testing
@testable import Archives
@testable import Checkpoints

@Suite("Hints") struct HintTests {
    @Test("heads that are told change the network's answer, and are no longer an assumption")
    func heads() throws {
        let fixture = try #require(Fixture.all.first { $0.name == "vit-timm" })
        let assumed = try Checkpoint.open(fixture.path),
            told = try Checkpoint.open(fixture.path, LoadOptions(hints: RecognitionHints(heads: 4)))
        #expect(assumed.assumptions.contains("2 attention heads of 8 channels"))
        #expect(!told.assumptions.contains { $0.contains("heads") })
        let x = try fixture.inputs(batch: 1)
        #expect(try (assumed.network()(x) - told.network()(x)).magnitude().maximum().item() > 1e-4)
        #expect(throws: CheckpointError.self) { _ = try Checkpoint.open(fixture.path, LoadOptions(hints: RecognitionHints(heads: 5))) }
    }
}

@Suite("Hints as text") struct HintTextTests {
    @Test("every hint is written KEY=VALUE and reads back")
    func text() throws {
        var hints = RecognitionHints()
        for text in [
            "heads=8", "input=3x32x32", "activation=softplus:2,10", "norm=group:8", "pool=0,1", "stride=2,1", "padding=1,0",
            "output=logits",
        ] {
            try hints.add(text)
        }
        #expect(
            hints
                == RecognitionHints(
                    inputShape: [3, 32, 32], heads: 8, activation: Activation(.softplus, 2, 10), norm: .group(8), pools: [0, 1],
                    strides: [2, 1], paddings: [1, 0], output: "logits"))
        var again = RecognitionHints()
        for text in hints.texts { try again.add(text) }
        #expect(again == hints && hints.texts.count == RecognitionHints.Key.allCases.count)
    }

    @Test(
        "a hint that cannot be understood says how it is written",
        arguments: [
            ("heads", "KEY=VALUE"), ("heads=", "such as heads=8"), ("heads=0", "such as heads=8"), ("heads=99999", "such as heads=8"),
            ("input=3x32", "input=3x32x32"),
            ("input=3x-1x4", "input=3x32x32"), ("activation=step", "relu, tanh"), ("activation=relu:0.3", "leaky_relu:0.3"),
            ("activation=elu:", "leaky_relu:0.3"),
            ("activation=softplus:0", "relu, tanh"), ("norm=batch", "norm=group:8"), ("norm=group:0", "norm=group:8"),
            ("pool=1,9", "pool=1,0,1"), ("stride=0", "stride=2,1,1"), ("padding=", "padding=1,1,0"),
            ("width=3", "the number of attention heads"),
        ])
    func refused(text: String, reason: String) {
        var hints = RecognitionHints()
        #expect { try hints.add(text) } throws: { "\($0)".contains("invalid hint “\(text)”") && "\($0)".contains(reason) }
    }

    @Test("what became of a hint is told: followed, without meaning for the network, or overruled by the file")
    func notes() throws {
        let vit = try #require(Fixture.all.first { $0.name == "vit-timm" }), lenet = try #require(Fixture.all.first { $0.name == "lenet" })
        #expect(try Checkpoint.open(vit.path, LoadOptions(hints: RecognitionHints(heads: 4))).openingNotes.first == "hint: heads=4")
        #expect(
            try Checkpoint.open(lenet.path, LoadOptions(hints: RecognitionHints(heads: 4))).hintNotes == [
                "the hint heads=4 does not apply to the family LeNet"
            ])
        let folder = try TemporaryFolder()
        let path = folder.path + "/vit.safetensors"
        try Checkpoint.save(Checkpoint.open(vit.path, LoadOptions(hints: RecognitionHints(heads: 4))).stored, to: path)
        #expect(try Checkpoint.open(path, LoadOptions(hints: RecognitionHints(heads: 4))).hintNotes == ["hint: heads=4"])
        let text = try #require(Checkpoint.open(path, LoadOptions(hints: RecognitionHints(heads: 2))).hintNotes.first)
        #expect(text.contains("heads=2 is ignored: the architecture saved in the file takes precedence"))
    }
}
