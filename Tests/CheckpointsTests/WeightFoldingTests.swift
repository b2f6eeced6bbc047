import Archives
import Foundation
import Networks
import Testing
@testable import Checkpoints

@Suite("Weights that are kept in parts become plain weights") struct WeightFoldingTests {
    private static let rest = [
        OutgoingArray("fc1.bias", [1, 2] as [Float], shape: [2]), OutgoingArray("fc2.weight", [1, 1] as [Float], shape: [1, 2]),
        OutgoingArray("fc2.bias", [0] as [Float], shape: [1]),
    ]

    private func opened(_ parts: [OutgoingArray]) throws -> Checkpoint {
        let folder = try TemporaryFolder()
        return try withExtendedLifetime(folder) { try Checkpoint.open(folder.file(parts + Self.rest)) }
    }

    // v has rows of length 5 and 13, columns of length √(9 + 25) and √(16 + 144).
    private static let v: [Float] = [3, 4, 5, 12]

    @Test(
        "weight normalisation, old and new, over the axes in which g has one number",
        arguments: [
            ([2, 1], [10, 26] as [Float], [6, 8, 10, 24] as [Double]),
            ([1, 2], [Float(34).squareRoot(), 2 * Float(160).squareRoot()], [3, 8, 5, 24]),
            ([], [Float(194).squareRoot()], [3, 4, 5, 12]),
        ])
    func weightNorm(shape: [Int], norm: [Float], weight: [Double]) throws {
        for (g, v) in [
            ("fc1.weight_g", "fc1.weight_v"), ("fc1.parametrizations.weight.original0", "fc1.parametrizations.weight.original1"),
        ] {
            let opened = try opened([OutgoingArray(g, norm, shape: shape), OutgoingArray(v, Self.v, shape: [2, 2])])
            // The norms are given in f32.
            for (found, expected) in zip(try values(opened, "fc1.weight"), weight) { #expect(abs(found - expected) < 1e-5 * expected) }
            #expect(opened.layout.folded.map(\.name) == ["fc1.weight"] && opened.layout.folded.map(\.kind) == [.weightNorm])
            #expect(opened.notes.contains { $0.contains("weight normalisation") && $0.contains("fc1.weight") })
        }
    }

    @Test("spectral normalisation, old and new, as in evaluation: σ = uᵀ W v")
    func spectralNorm() throws {
        for names in [
            ["fc1.weight_orig", "fc1.weight_u", "fc1.weight_v"],
            ["fc1.parametrizations.weight.original", "fc1.parametrizations.weight.0._u", "fc1.parametrizations.weight.0._v"],
        ] {
            let opened = try opened([
                OutgoingArray(names[0], Self.v, shape: [2, 2]), OutgoingArray(names[1], [0, 1] as [Float], shape: [2]),
                OutgoingArray(names[2], [0.6, 0.8] as [Float], shape: [2]),
            ])
            let sigma = 0.6 * 5 + 0.8 * 12
            for (found, original) in zip(try values(opened, "fc1.weight"), Self.v) { #expect(abs(found - Double(original) / sigma) < 1e-6) }
            #expect(opened.layout.folded.map(\.kind) == [.spectralNorm])
        }
    }

    @Test("a pruning mask is multiplied in, whatever its type")
    func pruned() throws {
        for mask in [
            OutgoingArray("fc1.weight_mask", [1, 0, 0, 1] as [Float], shape: [2, 2]),
            OutgoingArray("fc1.weight_mask", .bool, bytes: [1, 0, 0, 1], shape: [2, 2]),
        ] {
            let opened = try opened([OutgoingArray("fc1.weight_orig", Self.v, shape: [2, 2]), mask])
            #expect(try values(opened, "fc1.weight") == [3, 0, 0, 12])
        }
    }

    @Test("what is saved has plain names, the prefix and the type of the parts, and opens again")
    func saved() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file([
            OutgoingArray("module.fc1.weight_g", .bf16, bytes: [0xA0, 0x40, 0x50, 0x41], shape: [2, 1]),
            OutgoingArray("module.fc1.weight_v", .bf16, bytes: [0x40, 0x40, 0x80, 0x40, 0xA0, 0x40, 0x40, 0x41], shape: [2, 2]),
            OutgoingArray("module.fc2.weight", [1, 1] as [Float], shape: [1, 2]),
        ])
        let opened = try Checkpoint.open(path), saved = folder.path + "/saved.safetensors"
        try Checkpoint.save(opened.network(), to: saved, like: opened.layout)
        let archive = try Archive.open(saved)
        #expect(
            archive.entries.map(\.name) == ["module.fc1.weight", "module.fc2.weight"]
                && archive.entries.map(\.elementType) == [.bf16, .f32])
        #expect(try archive.array("module.fc1.weight").doubles() == [3, 4, 5, 12])
        #expect(try Checkpoint.open(saved).layout.folded.isEmpty)
    }

    @Test(
        "other parametrisations, and halves of known ones, are refused by the weight's name",
        arguments: [
            ["fc1.parametrizations.weight.original"], ["fc1.parametrizations.weight.original", "fc1.parametrizations.weight.0.base"],
            ["fc1.weight_orig"],
            ["fc1.weight_orig", "fc1.weight_u", "fc1.weight_v", "fc1.weight_mask"],
        ])
    func refused(names: [String]) throws {
        let folder = try TemporaryFolder()
        let parts = names.map {
            OutgoingArray(
                $0, [Float](repeating: 1, count: $0.hasSuffix("_u") || $0.hasSuffix("_v") ? 2 : 4),
                shape: $0.hasSuffix("_u") || $0.hasSuffix("_v") ? [2] : [2, 2])
        }
        let text = refusal(try folder.file(parts + Self.rest))
        #expect(text.contains("fc1.weight is reparametrised"), "\(text)")
    }

    // MARK: LoRA

    private func adapted(_ folder: TemporaryFolder) throws -> String {
        let base = "base_model.model.fc1."
        return try folder.file([
            OutgoingArray(base + "base_layer.weight", Self.v, shape: [2, 2]),
            OutgoingArray(base + "base_layer.bias", [1, 2] as [Float], shape: [2]),
            OutgoingArray(base + "lora_A.default.weight", [1, 2] as [Float], shape: [1, 2]),
            OutgoingArray(base + "lora_B.default.weight", [3, 4] as [Float], shape: [2, 1]),
            OutgoingArray("base_model.model.fc2.weight", [1, 1] as [Float], shape: [1, 2]),
        ])
    }

    @Test(
        "LoRA beside its base is added with the scaling of the configuration beside the file",
        arguments: [
            (#"{"r": 1, "lora_alpha": 8}"#, 8.0), (#"{"r": 1, "lora_alpha": 2, "use_rslora": true, "peft_type": "LORA"}"#, 2.0),
        ])
    func lora(configuration: String, scale: Double) throws {
        let folder = try TemporaryFolder()
        try folder.write(configuration, to: "adapter_config.json")
        let opened = try Checkpoint.open(adapted(folder))
        #expect(try values(opened, "fc1.weight") == [3 + 3 * scale, 4 + 6 * scale, 5 + 4 * scale, 12 + 8 * scale])
        #expect(opened.stored.parameterNames == ["fc1.weight", "fc1.bias", "fc2.weight"] && opened.layout.prefix == "")
        #expect(opened.notes.contains { $0.contains("LoRA") && $0.contains("fc1.weight") })
    }

    @Test(
        "LoRA is not folded by a guess: without its scaling, of another rank, or as DoRA it is refused with what is missing",
        arguments: [
            (nil, "lora_alpha"), (#"{"r": 1}"#, "lora_alpha"), (#"{"r": 4, "lora_alpha": 8}"#, "rank"),
            (#"{"r": 1, "lora_alpha": 8, "use_dora": true}"#, "DoRA"), ("not JSON", "adapter_config.json"),
        ] as [(String?, String)])
    func loraRefused(configuration: String?, reason: String) throws {
        let folder = try TemporaryFolder()
        if let configuration { try folder.write(configuration, to: "adapter_config.json") }
        let text = refusal(try adapted(folder))
        #expect(text.contains(reason), "\(text)")
    }

    @Test("an adapter alone is refused as what it is")
    func adapterAlone() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file([
            OutgoingArray("base_model.model.fc1.lora_A.weight", [1, 2] as [Float], shape: [1, 2]),
            OutgoingArray("base_model.model.fc1.lora_B.weight", [3, 4] as [Float], shape: [2, 1]),
        ])
        #expect(refusal(path).contains("without the base weights"))
    }
}
