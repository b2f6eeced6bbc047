import Archives
import Foundation
import Networks
import Testing
@testable import Checkpoints

@Suite("What stands beside the weights") struct DescriptionTests {
    private let scratch: TemporaryFolder

    init() throws { scratch = try TemporaryFolder() }

    /// A folder with a small MLP of ten outputs and these documents; gives its path.
    private func folder(_ documents: [String: String] = [:], arrays: [OutgoingArray] = mlp) throws -> String {
        let path = scratch.path + "/model-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in documents { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
        try Archive.write(arrays, to: path + "/model.safetensors", as: .safetensors)
        return path
    }

    private static func array(_ name: String, _ shape: [Int], by step: Float = 0.1) -> OutgoingArray {
        let count = shape.reduce(1, *)
        return OutgoingArray(name, (0..<count).map { Float($0 % 7) * step - 0.3 }, shape: shape)
    }

    private static let mlp = [array("fc1.weight", [6, 16]), array("fc1.bias", [6]), array("fc2.weight", [3, 6]), array("fc2.bias", [3])]

    private func refusal(_ path: String, _ options: LoadOptions = LoadOptions()) -> String {
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path, options) }
        return error?.description ?? ""
    }

    @Test("class names come from id2label, from timm's label_names, or from the metadata that Amalgam writes; placeholders tell nothing")
    func classNames() throws {
        let hugging = try folder(["config.json": #"{"id2label": {"2": "fox", "0": "cat", "1": "dog"}}"#])
        #expect(try Checkpoint.open(hugging).description.classNames == ["cat", "dog", "fox"])
        let timm = try folder(["config.json": #"{"architecture": "mlp", "num_classes": 3, "label_names": ["cat", "dog", "fox"]}"#])
        #expect(try Checkpoint.open(timm).description.classNames == ["cat", "dog", "fox"])
        let placeholders = try folder(["config.json": #"{"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}"#])
        #expect(try Checkpoint.open(placeholders).description.classNames == nil)
        // The file in the folder, named itself, is read with its configuration.
        let direct = try Checkpoint.open(hugging + "/model.safetensors")
        #expect(direct.description.classNames == ["cat", "dog", "fox"])
        let saved = scratch.path + "/saved.pt"
        try Checkpoint.save(direct.stored, to: saved, description: direct.description)
        #expect(try Checkpoint.open(saved).description.classNames == ["cat", "dog", "fox"])
        #expect(
            try Checkpoint.open(saved).metadata.isEmpty || Checkpoint.open(saved).metadata.keys.allSatisfy { !$0.hasPrefix("amalgam.") })
    }

    @Test(
        "a label map with a gap, twice the same number or no text is refused by its key",
        arguments: [
            #"{"id2label": {"0": "cat", "2": "dog", "3": "fox"}}"#, #"{"id2label": {"0": "cat", "1": "dog", "01": "fox"}}"#,
            #"{"id2label": {"0": [], "1": "dog", "2": "fox"}}"#,
            #"{"id2label": {"cat": 0, "dog": 1, "fox": 2}}"#,
        ])
    func brokenLabels(configuration: String) throws { #expect(refusal(try folder(["config.json": configuration])).contains("id2label")) }

    @Test(
        "a configuration that contradicts the parameters is refused by its key",
        arguments: [
            (#"{"num_labels": 4}"#, "num_labels"), (#"{"id2label": {"0": "a", "1": "b"}}"#, "id2label"),
            (#"{"num_classes": -3}"#, "num_classes"), (#"{"hidden_act": "quick_gelu"}"#, "quick_gelu"),
            (#"{"layer_norm_eps": 0}"#, "layer_norm_eps"), (#"{"num_labels": 1e400}"#, "num_labels"),
        ])
    func contradictions(configuration: String, key: String) throws {
        #expect(refusal(try folder(["config.json": configuration])).contains(key))
    }

    @Test("the activation is read from the configuration; a hint goes before it")
    func activation() throws {
        let path = try folder(["config.json": #"{"hidden_act": "tanh"}"#])
        func function(_ options: LoadOptions) throws -> [String] {
            try Checkpoint.open(path, options).stored.architecture.nodes.compactMap { ($0.layer as? Activation)?.function.rawValue }
        }
        #expect(try function(LoadOptions()) == ["tanh"])
        #expect(try Checkpoint.open(path).notes.contains { $0.contains("config.json") && $0.contains("tanh") })
        var hints = RecognitionHints()
        try hints.set(.activation, "sigmoid")
        #expect(try function(LoadOptions(hints: hints)) == ["sigmoid"])
    }

    @Test(
        "preprocessing is read as transformers and timm write it",
        arguments: [
            (
                "preprocessor_config.json",
                #"{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25], "resample": 3, "size": {"shortest_edge": 256}, "do_center_crop": true, "crop_size": {"height": 224, "width": 224}}"#,
                "mean 0.5, std 0.25, resize 256, crop 224×224, bicubic"
            ),
            (
                "preprocessor_config.json",
                #"{"do_normalize": false, "do_resize": false, "do_rescale": true, "rescale_factor": 0.00392156862745098}"#,
                "mean 0.0, std 1.0"
            ),
            (
                "config.json",
                #"{"architecture": "mlp", "pretrained_cfg": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "crop_pct": 0.875, "interpolation": "bilinear"}}"#,
                "mean 0.485, 0.456, 0.406, std 0.229, 0.224, 0.225, crop_pct 0.875, bilinear"
            ),
        ])
    func preprocessing(name: String, text: String, expected: String) throws {
        let checkpoint = try Checkpoint.open(folder([name: text]))
        #expect(checkpoint.description.preprocessing?.text == expected)
        // It travels through the metadata of a file without loss.
        let saved = scratch.path + "/travelled.safetensors"
        try Checkpoint.save(checkpoint.stored, to: saved, description: checkpoint.description)
        #expect(try Checkpoint.open(saved).description.preprocessing == checkpoint.description.preprocessing)
    }

    @Test(
        "preprocessing that is none is refused by its key",
        arguments: [
            (#"{"image_mean": ["a"]}"#, "image_mean"), (#"{"image_mean": [0.5], "image_std": [0]}"#, "image_std"),
            (#"{"resample": 9}"#, "resample"), (#"{"size": {"width": -1, "height": 3}}"#, "size"),
        ])
    func brokenPreprocessing(text: String, key: String) throws {
        #expect(refusal(try folder(["preprocessor_config.json": text])).contains(key))
    }

    @Test(
        "adapters without their base are refused as what they are, whatever the file is called",
        arguments: [
            ["base_model.model.fc1.lora_A.weight", "base_model.model.fc1.lora_B.weight"],
            ["fc1.lora_A.default.weight", "fc1.lora_B.default.weight"], ["fc1.lora_down.weight", "fc1.lora_up.weight"],
        ])
    func adapters(names: [String]) throws {
        let path = scratch.path + "/weights.safetensors"
        try Archive.write([Self.array(names[0], [2, 16]), Self.array(names[1], [6, 2])], to: path, as: .safetensors)
        #expect(refusal(path).contains("adapters alone") && refusal(path).contains("rank 2") && refusal(path).contains("fc1"))
    }

    @Test("a written folder opens again, in one file or in shards; what stood there and is not its own stays")
    func written() throws {
        let source = try Checkpoint.open(
            folder(["config.json": #"{"note": [1, 2], "num_labels": 3, "id2label": {"0": "cat", "1": "dog", "2": "fox"}}"#]))
        let path = scratch.path + "/out"
        for shardBytes in [ModelFolder.shardBytes, 100] {
            try Checkpoint.save(
                source.stored, to: path + "/", description: source.description, card: "# card\n", metadata: ["a": "b"],
                shardBytes: shardBytes)
            let names = Set(try FileManager.default.contentsOfDirectory(atPath: path))
            // 6·16, 6, 3·6 and 3 numbers of 4 bytes: 384 alone, 24 + 72, 12.
            #expect(
                names
                    == Set(
                        ["config.json", "README.md"]
                            + (shardBytes == 100
                                ? ["model.safetensors.index.json"] + (1...3).map { "model-0000\($0)-of-00003.safetensors" }
                                : ["model.safetensors"])
                    ).union(names.intersection(["mine.txt"])))
            let again = try Checkpoint.open(path)
            #expect(again.description.classNames == source.description.classNames && again.metadata["a"] == "b" && again.notes.isEmpty)
            #expect(again.description.configuration?["note"] == source.description.configuration?["note"])
            #expect(again.description.configuration?["label2id"]?["fox"]?.int == 2)
            #expect(
                try again.stored.parameterNames.allSatisfy {
                    try again.stored.parameters[$0]?.array(of: Float.self) == source.stored.parameters[$0]?.array(of: Float.self)
                })
            try Data("kept".utf8).write(to: URL(fileURLWithPath: path + "/mine.txt"))
        }
        #expect(try String(contentsOfFile: path + "/mine.txt", encoding: .utf8) == "kept")
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).allSatisfy { !$0.contains("partial") })
    }

    @Test("PEFT's adapter_config.json gives the scale of its products")
    func adapterConfiguration() throws {
        let path = scratch.path + "/adapter_config.json"
        try Data(#"{"r": 4, "lora_alpha": 8, "base_model_name_or_path": "org/base", "rank_pattern": {"fc1": 2}}"#.utf8).write(
            to: URL(fileURLWithPath: path))
        let plain = try #require(try AdapterConfiguration.read(beside: path))
        #expect(plain.scale == 2 && plain.base == "org/base" && plain.ranks == ["fc1": 2])
        try Data(#"{"r": 4, "lora_alpha": 8, "use_rslora": true}"#.utf8).write(to: URL(fileURLWithPath: path))
        #expect(try AdapterConfiguration.read(beside: scratch.path)?.scale == 4)
        try Data(#"{"r": 0, "lora_alpha": 8}"#.utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: CheckpointError.self) { try AdapterConfiguration.read(beside: scratch.path) }
    }
}
