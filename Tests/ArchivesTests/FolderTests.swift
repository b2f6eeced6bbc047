import Foundation
import Testing
@testable import Archives

@Suite("Folders and shards") struct FolderTests {
    private let scratch: TemporaryFolder

    init() throws { scratch = try TemporaryFolder() }

    private static let first = [
        OutgoingArray("fc1.weight", [1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]),
        OutgoingArray("fc1.bias", [7, 8] as [Float], shape: [2]),
    ]
    private static let second = [OutgoingArray("fc2.weight", [9, 10] as [Float], shape: [1, 2])]
    private static let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    private static let map = ["fc2.weight": names[1], "fc1.weight": names[0], "fc1.bias": names[0]]

    /// A folder with files of these texts; gives its path.
    private func folder(_ name: String, _ files: [String: String] = [:]) throws -> String {
        let path = scratch.path(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (file, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + file)) }
        return path
    }

    private func index(_ map: [(String, String)], size: Int? = nil) -> String {
        "{\(size.map { "\"metadata\": {\"total_size\": \($0)}, " } ?? "")\"weight_map\": {\(map.map { "\"\($0.0)\": \"\($0.1)\"" }.joined(separator: ", "))}}"
    }

    /// The usual two shards with an index.
    private func sharded(_ name: String, _ map: [(String, String)]? = nil, size: Int? = 40) throws -> String {
        let path = try folder(
            name,
            [
                "model.safetensors.index.json": index(
                    map ?? [("fc2.weight", Self.names[1]), ("fc1.weight", Self.names[0]), ("fc1.bias", Self.names[0])], size: size)
            ])
        try Archive.write(Self.first, metadata: ["format": "pt"], to: path + "/" + Self.names[0], as: .safetensors)
        try Archive.write(Self.second, to: path + "/" + Self.names[1], as: .safetensors)
        return path
    }

    private func refusal(_ path: String) -> String {
        let error = #expect(throws: ArchiveError.self) { try Archive.open(path) }
        return error?.description ?? ""
    }

    @Test("a folder opens by its own path, with a slash at its end, and by its index: in the index's order, with its documents")
    func opens() throws {
        let path = try sharded("model")
        try Data(#"{"num_attention_heads": 4}"#.utf8).write(to: URL(fileURLWithPath: path + "/config.json"))
        for spelling in [path, path + "/", path + "/model.safetensors.index.json"] {
            let archive = try Archive.open(spelling)
            #expect(archive.entries.map(\.name) == ["fc2.weight", "fc1.weight", "fc1.bias"])
            #expect(try archive.array("fc1.weight").floats() == [1, 2, 3, 4, 5, 6])
            #expect(archive.kind == .safetensors && archive.metadata["format"] == "pt" && archive.notes.isEmpty)
            if spelling != path + "/model.safetensors.index.json" {
                #expect(archive.documents["config.json"]?["num_attention_heads"]?.int == 4)
            }
        }
        // The checksum is that of the list which sha256sum would print.
        let archive = try Archive.open(path)
        let list = try archive.files.map { "\(try SHA256.ofFile($0))  \($0.dropFirst(path.count + 1))\n" }.joined()
        #expect(archive.files.count == 4)
        #expect(try archive.digest.sha256() == SHA256.of(Array(list.utf8)))
    }

    @Test("one file of weights in a folder opens; two of other names are refused by their names")
    func single() throws {
        let path = try folder("single", ["config.json": "{}", "README.md": "# card"])
        try Archive.write(Self.first, to: path + "/model.safetensors", as: .safetensors)
        #expect(try Archive.open(path).entries.count == 2)
        let other = try folder("others")
        try Archive.write(Self.first, to: other + "/best.pt", as: .torch)
        #expect(try Archive.open(other).kind == .torchZip)
        try Archive.write(Self.first, to: other + "/last.pt", as: .torch)
        #expect(refusal(other).contains("best.pt, last.pt"))
    }

    @Test("PyTorch shards open, too, and shards without an index where none is missing")
    func torchShards() throws {
        let path = try folder(
            "bin",
            [
                "pytorch_model.bin.index.json": index([
                    ("fc1.weight", "pytorch_model-00001-of-00002.bin"), ("fc1.bias", "pytorch_model-00001-of-00002.bin"),
                    ("fc2.weight", "pytorch_model-00002-of-00002.bin"),
                ])
            ])
        try Archive.write(Self.first, to: path + "/pytorch_model-00001-of-00002.bin", as: .torch)
        try Archive.write(Self.second, to: path + "/pytorch_model-00002-of-00002.bin", as: .torch)
        #expect(try Archive.open(path).entries.map(\.name) == ["fc1.weight", "fc1.bias", "fc2.weight"])
        try FileManager.default.removeItem(atPath: path + "/pytorch_model.bin.index.json")
        #expect(try Archive.open(path).entries.count == 3)
        try FileManager.default.removeItem(atPath: path + "/pytorch_model-00001-of-00002.bin")
        #expect(refusal(path).contains("pytorch_model-00001-of-00002.bin is missing"))
    }

    @Test("a missing shard is named, and so is a tensor that the index and the shards disagree about")
    func stale() throws {
        let missing = try sharded("missing")
        try FileManager.default.removeItem(atPath: missing + "/" + Self.names[1])
        #expect(refusal(missing).contains("model-00002-of-00002.safetensors is missing"))
        let absent = try sharded(
            "absent",
            [("fc1.weight", Self.names[0]), ("fc1.bias", Self.names[0]), ("fc2.weight", Self.names[1]), ("fc3.weight", Self.names[1])])
        #expect(refusal(absent).contains("fc3.weight") && refusal(absent).contains("lacks it"))
        let elsewhere = try sharded(
            "elsewhere", [("fc1.weight", Self.names[0]), ("fc1.bias", Self.names[1]), ("fc2.weight", Self.names[1])])
        #expect(refusal(elsewhere).contains("fc1.bias"))
        let unnamed = try sharded("unnamed", [("fc1.weight", Self.names[0]), ("fc2.weight", Self.names[1])])
        #expect(refusal(unnamed).contains("fc1.bias") && refusal(unnamed).contains("does not name it"))
        let twice = try sharded("twice")
        try Archive.write(Self.second + Self.first, to: twice + "/" + Self.names[1], as: .safetensors)
        #expect(refusal(twice).contains("'fc1.weight'") || refusal(twice).contains("'fc2.weight'"))
    }

    @Test("a total size that is no sum of the shards is said, and changes nothing")
    func totalSize() throws {
        let archive = try Archive.open(sharded("size", size: 1))
        #expect(archive.entries.count == 3)
        #expect(archive.notes.count == 1 && archive.notes[0].contains("1 bytes"))
    }

    @Test("an index leads nowhere but into its folder", arguments: ["../model.safetensors", "/etc/passwd", "a/../../b", "", "a//b"])
    func outside(file: String) throws {
        let path = try sharded("outside-\(UInt32.random(in: 0 ... .max))", [("fc1.weight", file)])
        #expect(refusal(path).contains("points outside the folder"))
    }

    @Test("one shard alone is refused as one of two")
    func alone() throws {
        let path = try sharded("alone")
        let message = refusal(path + "/" + Self.names[0])
        #expect(message.contains("one of 2 shards") && message.contains("specify the folder"))
    }

    @Test(
        "a broken or hostile JSON file is refused with its place",
        arguments: [
            ("{\"weight_map\": {\"a\": \"b\"", "JSON"), ("[1, 2", "JSON"), ("{\"weight_map\": 5}", "weight_map"),
            ("{\"a\": 1, \"a\": 2}", "twice"), ("nonsense", "not a JSON value"),
            (String(repeating: "[", count: 10_000), "nested too deeply"), ("{} {}", "data after the value"),
            ("{\"weight_map\": {\"a\": 3}}", "file's name"),
        ])
    func hostile(text: String, reason: String) throws {
        let path = try folder("hostile-\(UInt32.random(in: 0 ... .max))", ["model.safetensors.index.json": text])
        #expect(refusal(path).contains(reason), "\(refusal(path))")
    }

    @Test("a JSON value is written as it was read")
    func json() throws {
        let text = #"{"b": [1, 2.50, -3e5], "a": {"c": null, "d": [true, false], "e": "é\n\u0001"}, "f": []}"#
        let value = try JSONValue.read(text, path: "text")
        #expect(value["b"]?.items?.map(\.double) == [1, 2.5, -300000])
        #expect(value.members?.map(\.key) == ["b", "a", "f"])
        for pretty in [true, false] { #expect(try JSONValue.read(value.json(pretty: pretty), path: "again") == value) }
        #expect(value.json().contains("2.50"))
    }
}

@Suite("Foreign files and folders are called by name") struct ForeignTests {
    private let scratch: TemporaryFolder

    init() throws { scratch = try TemporaryFolder() }

    private func refusal(_ path: String) -> String {
        let error = #expect(throws: ArchiveError.self) { try Archive.open(path) }
        return error?.description ?? ""
    }

    @Test(
        "folders",
        arguments: [
            ([".metadata", "__0_0.distcp"], "dcp_to_torch"),
            (["zero_pp_rank_0_mp_rank_00_optim_states.pt", "mp_rank_00_model_states.pt"], "zero_to_fp32.py"),
            (["adapter_config.json", "adapter_model.safetensors"], "adapter alone"), (["saved_model.pb", "variables"], "SavedModel"),
            (["flax_model.msgpack", "config.json"], "from_flax=True"),
            (["tf_model.h5", "config.json"], "from_tf=True"), (["_METADATA", "manifest.ocdbt"], "Orbax"), (["model.onnx"], "ONNX"),
            (["model.gguf"], "GGUF"), (["data.pkl", "version", "byteorder"], "zip -0"),
            (["checkpoint", "model.ckpt.index", "model.ckpt.data-00000-of-00001"], "TensorFlow checkpoint"), ([], "empty"),
            (["notes.txt"], "no weights"),
            (["model_world_size_2_rank_0.pt", "model_world_size_2_rank_1.pt"], "FSDP"),
        ] as [([String], String)])
    func folders(names: [String], reason: String) throws {
        let path = scratch.path("folder")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in names { try Data("{}".utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
        #expect(refusal(path).contains(reason), "\(refusal(path))")
        // A part of it, named itself, says the same.
        if let part = names.first(where: { $0.hasSuffix(".distcp") || $0.hasPrefix("zero_pp") || $0.hasPrefix("adapter_model") }) {
            #expect(refusal(path + "/" + part).contains(reason))
        }
    }

    @Test(
        "files by their bytes",
        arguments: [
            ([0x08, 10, 0x12, 7] + Array("pytorch".utf8) + [0x1A, 3] + Array("2.1".utf8) + [0x3A, 0x80, 0x01, 1, 2, 3], "ONNX"),
            ([0x81, 0xA6] + Array("params".utf8) + [0x80], "msgpack"), ([0, 0, 0, 0x1C] + Array("TFL3".utf8) + [1, 2], "TensorFlow Lite"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 1, 2], "xz -dk"), ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 1, 2], "7z x"),
            ([0x28, 0xB5, 0x2F, 0xFD, 1], "unzstd"), (Array("BZh91AY".utf8), "bunzip2"),
            (Array("\n  <html>".utf8), "web page"), (Array("{\"error\": \"not found\"}".utf8), "JSON"),
            (Array("Entry not found".utf8), "Entry not found"), ([UInt8](repeating: 0, count: 64), "zeros"),
        ] as [([UInt8], String)])
    func files(bytes: [UInt8], reason: String) throws {
        let path = scratch.path("file")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(refusal(path).contains(reason), "\(refusal(path))")
    }

    @Test("a command names the file as a shell and Python read it")
    func quoting() throws {
        let path = scratch.path("it's a model.gguf")
        try Data("GGUF....".utf8).write(to: URL(fileURLWithPath: path))
        #expect(refusal(path).contains(#"gguf_file='it\'s a model.gguf'"#))
        #expect(shellQuoted("a b'c") == #"'a b'\''c'"#)
    }
}
