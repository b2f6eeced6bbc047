import Foundation
import Networks
import Tensors
import Testing

@testable import Archives
@testable import Checkpoints

/// Networks that `torch.export.save` wrote: the graph is read, and computes what PyTorch computes, for any number of samples.
struct ExportedTests {
    @Test(arguments: Exported.names)
    func computesWhatPyTorchComputes(_ name: String) throws {
        let checkpoint = try Checkpoint.open(Exported.path(name))
        let (x, y) = try Exported.samples(name, name == "heads" ? "y.digit" : "y")
        let network = try checkpoint.network()
        #expect(try network(x).difference(to: y) < 1e-5, "a batch of three, where the example had one or two")
        for sample in 0..<3 {
            let alone = try network(x.narrowed(axis: 0, from: sample, count: 1))
            #expect(try alone.difference(to: y.narrowed(axis: 0, from: sample, count: 1)) < 1e-5)
        }
        #expect(checkpoint.graphState == (name == "heads" ? .assumed : .exact))
    }

    @Test("a graph that another version of torch wrote is the same network", arguments: ["2.9", "2.15"])
    func otherVersions(_ version: String) throws {
        let network = try Checkpoint.open(Exported.path("mlp-torch-\(version)")).network(), (x, y) = try Exported.samples("mlp")
        #expect(try network(x).difference(to: y) < 1e-5 && network.selfCheck().passed)
    }

    @Test func nodesAreLayersUnderTheirModulesNames() throws {
        let architecture = try Checkpoint.open(Exported.path("residual")).stored.architecture
        let kinds = architecture.nodes.map { type(of: $0.layer).kind }
        #expect(!kinds.contains("operation"))
        #expect(architecture.nodes.compactMap(\.prefix) == ["conv1", "bn1", "conv2", "bn2", "fc"])
        #expect(architecture.nodes.map(\.id).starts(with: ["conv1", "bn1", "relu", "conv2", "bn2", "add"]))
        let encoder = try Checkpoint.open(Exported.path("encoder")).stored
        #expect(encoder.architecture.elements == .index(below: 11))
        #expect(encoder.architecture.nodes.contains { $0.id == "qkv" && $0.layer is Linear })
        #expect(encoder.parameterNames.contains("cls") && encoder.parameterNames.contains("positions.weight"))
        #expect(!encoder.parameterNames.contains("places"), "a buffer that no state dict has is a constant of the graph")
        #expect(encoder.architecture.constants.count == 2)
    }

    @Test func oneOfSeveralResultsIsChosenOrAssumed() throws {
        let first = try Checkpoint.open(Exported.path("heads"))
        #expect(
            first.assumptions == [
                "of the results digit (2×3), parity (2×2) the first, digit, is the network's (--hint output= names another)"
            ])
        var hints = RecognitionHints()
        try hints.add("output=parity")
        let second = try Checkpoint.open(Exported.path("heads"), LoadOptions(hints: hints))
        #expect(second.graphState == .exact && second.hintNotes == ["hint: output=parity"])
        let (x, y) = try Exported.samples("heads", "y.parity")
        #expect(try second.network()(x).difference(to: y) < 1e-5)
        hints.output = "sign"
        #expect(
            throws: CheckpointError.network(
                file: Exported.path("heads"), .hint(text: "output=sign", reason: "its results are digit (2×3), parity (2×2)"))
        ) {
            try Checkpoint.open(Exported.path("heads"), LoadOptions(hints: hints))
        }
    }

    @Test(arguments: [".safetensors", ".pt", ".pt2"])
    func savedNetworksOpenAgainExactly(_ suffix: String) throws {
        let folder = try TemporaryFolder()
        for name in Exported.names {
            let checkpoint = try Checkpoint.open(Exported.path(name)), path = "\(folder.path)/\(name)\(suffix)"
            let halved = try checkpoint.stored.with(
                parameters: checkpoint.stored.parameters.mapValues { try $0.dtype().isFloatingPoint ? $0 * 0.5 : $0 })
            try Checkpoint.save(halved, to: path, like: checkpoint.layout, metadata: ["note": "halved"])
            let again = try Checkpoint.open(path)
            let (x, _) = try Exported.samples(name, name == "heads" ? "y.digit" : "y")
            #expect(try again.network()(x).difference(to: halved(x)) == 0)
            #expect(again.metadata["note"] == "halved")
            #expect(Set(again.stored.parameterNames) == Set(checkpoint.stored.parameterNames))
            if suffix != ".pt2" { #expect(again.architectureSource == .embedded) }
        }
    }

    @Test func aGraphIsWrittenOnlyWhereThereIsOne() throws {
        let folder = try TemporaryFolder(), checkpoint = try Checkpoint.open(Exported.path("mlp")), path = "\(folder.path)/mlp.pt2"
        #expect(throws: CheckpointError.noGraph(file: path)) { try Checkpoint.save(checkpoint.stored, to: path) }
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint.save(checkpoint.stored, to: path, like: checkpoint.layout, dtype: .bfloat16)
        }
        #expect("\(try #require(error))".contains("the exported graph takes [5, 6] float32"))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aGraphServesEveryStateDictOfItsNetwork() throws {
        let folder = try TemporaryFolder(), checkpoint = try Checkpoint.open(Exported.path("encoder"))
        var layout = StateDictLayout()
        layout.prefix = "module."
        let path = "\(folder.path)/other.safetensors"
        try Checkpoint.save(checkpoint.stored, to: path, like: layout)
        let (x, y) = try Exported.samples("encoder")
        let other = try Checkpoint.open(path, LoadOptions(architecture: Exported.path("encoder")))
        #expect(other.graphState == .exact && other.layout.prefix == "module.")
        #expect(try other.network()(x).difference(to: y) < 1e-5)
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint.open(Exported.path("mlp"), LoadOptions(architecture: Exported.path("encoder")))
        }
        #expect("\(try #require(error))".contains("the checkpoint has no parameter"))
    }

    @Test func severalInputsStandInOneSample() throws {
        let network = try Checkpoint.open(Exported.path("inputs")).network(), (x, y) = try Exported.samples("inputs")
        #expect(
            network.architecture.elements.parts == [
                InputPart(name: "picture", shape: [1, 2, 3], elements: .real),
                InputPart(name: "ids", shape: [5], elements: .index(below: 11)),
                InputPart(name: "mask", shape: [5], elements: .integer), InputPart(name: "kind", shape: [], elements: .integer),
            ])
        #expect(network.architecture.inputText == "picture 1×2×3, ids 5, mask 5, kind 1" && network.architecture.takesTokens)
        // Beyond the table, and between two whole numbers.
        for (place, value, words) in [(6, Float(11), "ids from"), (7, 1.5, "not whole"), (16, 0.5, "not whole")] {
            var values = try x.array(of: Float.self)
            values[place] = value
            let error = #expect(throws: NetworkError.self) { try network(Tensor(values, shape: x.shape)) }
            #expect("\(try #require(error))".contains(words))
        }
        // The mask holds what it is given, and a class can be any number.
        var values = try x.array(of: Float.self)
        values[16] = 3
        #expect(try network(Tensor(values, shape: x.shape)).difference(to: y) > 0)
        #expect(try network.selfCheck().passed && network.converted(to: .float64).selfCheck().passed)
        let half = try network.converted(to: .bfloat16), error = #expect(throws: NetworkError.self) { try half(x) }
        #expect("\(try #require(error))".contains("parameters in float32"))
    }

    @Test(
        "a parameter's second name that no operation reads is saved with the parameter's new numbers",
        arguments: [".safetensors", ".pt", ".pt2"])
    func secondNames(_ suffix: String) throws {
        let folder = try TemporaryFolder(), checkpoint = try Checkpoint.open(Exported.path("inputs"))
        #expect(checkpoint.layout.aliases == ["lookup.weight": "tokens.weight"])
        var path = "\(folder.path)/first\(suffix)"
        let table = try #require(checkpoint.stored.parameters["tokens.weight"])
        let changed = try checkpoint.stored.with(parameters: checkpoint.stored.parameters.merging(["tokens.weight": table * 2]) { $1 })
        try Checkpoint.save(changed, to: path, like: checkpoint.layout)
        // And again, from the file that was saved.
        for round in 2...3 {
            let archive = try Archive.open(path)
            for name in ["tokens.weight", "lookup.weight"] {
                #expect(
                    try archive.array(name).tensor().difference(to: changed.parameters["tokens.weight"] ?? table) == 0, "\(name), \(round)")
            }
            let again = try Checkpoint.open(path)
            #expect(again.layout.aliases == ["lookup.weight": "tokens.weight"] && again.layout.leftAside.isEmpty)
            path = "\(folder.path)/\(round)\(suffix)"
            try Checkpoint.save(again.stored, to: path, like: again.layout)
        }
    }

    @Test func training() throws {
        let network = try Checkpoint.open(Exported.path("mlp")).network(), (x, y) = try Exported.samples("mlp")
        func drawn(_ seed: UInt64) throws -> Tensor { try network.forward(x, mode: .training(Generator(seed: seed))).logits }
        #expect(try drawn(1).difference(to: drawn(1)) == 0, "dropout is drawn by the engine's generator")
        #expect(try drawn(1).difference(to: y) > 1e-3)
        let residual = try Checkpoint.open(Exported.path("residual")).network().copied(),
            (images, logits) = try Exported.samples("residual")
        _ = try residual.forward(images, mode: .training(Generator(seed: 1)))
        #expect(try residual(images).difference(to: logits) > 1e-3, "running statistics follow the batches")
    }
}
