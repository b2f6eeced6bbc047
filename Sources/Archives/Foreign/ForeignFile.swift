/// Files of other programs, called by name with what converts them.
enum ForeignFile {
    struct Finding {
        let found: String
        let advice: String
    }

    /// What follows from a file's name alone: a part of a checkpoint that consists of several files.
    static func byName(_ path: String) throws(ArchiveError) -> ArchiveError? {
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        // The folder is listed only for names that suggest a part.
        func around() throws(ArchiveError) -> FolderContents? { try FolderContents.around(path)?.folder }
        func refused(_ found: String, _ advice: String) -> ArchiveError { .unrecognised(file: path, found: found, advice: advice) }
        func part(_ found: String) throws(ArchiveError) -> ArchiveError {
            try around().flatMap(ForeignFolder.refusal) ?? refused(found, "specify the folder with all its parts")
        }
        if let shard = ShardName(name), shard.count > 1, ["safetensors", "bin", "pt", "pth"].contains(shard.suffix) {
            let folder = FolderContents.withoutSlash(path.count > name.count ? String(path.dropLast(name.count)) : ".")
            return refused(
                "one of \(shard.count) shards of a network (number \(shard.number))",
                "specify the folder, \(shellQuoted(folder)), to open all of them")
        }
        if name.hasSuffix(".distcp") || name == ".metadata" { return try part("a part of a torch.distributed.checkpoint folder") }
        if name.contains("zero_pp_rank_") && name.hasSuffix(".pt") { return try part("one rank's part of a DeepSpeed (ZeRO) checkpoint") }
        if name.hasPrefix("mp_rank_"), name.hasSuffix("_model_states.pt"), let folder = try around(),
            folder.names.count(where: { $0.hasPrefix("mp_rank_") && $0.hasSuffix("_model_states.pt") }) > 1
        {
            return try part("one rank's part of a network that DeepSpeed spread over several")
        }
        if name == "adapter_config.json" || name.hasPrefix("adapter_model."), let folder = try around() {
            return ForeignFolder.adapter(folder)
        }
        if name.hasSuffix(".json") || name.hasSuffix(".jsonl") {
            return refused(
                "a JSON text, not weights", name == "config.json" ? "specify its folder" : "specify the file of the weights or its folder")
        }
        if name.hasSuffix(".onnx.data") || name.hasSuffix(".onnx_data") {
            return refused("the tensors of an ONNX model, without their names", onnxAdvice(String(path.dropLast(5))))
        }
        if name.contains(".data-0000") || name.hasSuffix(".ckpt.index") {
            return refused("a part of a TensorFlow checkpoint", ForeignFolder.tensorflow("tf.train.load_checkpoint of its folder"))
        }
        if name.hasSuffix(".mlmodel") {
            return refused(
                "a Core ML model",
                "Core ML models do not convert back; save the PyTorch model that it was made from with torch.save(model.state_dict(), 'model.pt')"
            )
        }
        if name.hasSuffix(".pb") { return refused("a TensorFlow graph", ForeignFolder.tensorflow("tf.saved_model.load of its folder")) }
        return nil
    }

    static func onnxAdvice(_ path: String) -> String {
        "save the PyTorch model that it was exported from, or write its tensors:  python -c \"import onnx, onnx.numpy_helper as n; from safetensors.numpy import save_file; "
            + "save_file({t.name: n.to_array(t).copy() for t in onnx.load(\(pythonQuoted(path))).graph.initializer}, 'model.safetensors')\""
    }

    static func ggufAdvice(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path,
            folder = path.count > name.count ? String(path.dropLast(name.count + 1)) : "."
        return
            "convert it with transformers:  python -c \"from transformers import AutoModelForCausalLM; AutoModelForCausalLM.from_pretrained(\(pythonQuoted(folder.isEmpty ? "/" : folder)), gguf_file=\(pythonQuoted(name))).save_pretrained('converted')\""
    }

    static func kerasAdvice(_ path: String) -> String {
        ForeignFolder.tensorflow("keras.saving.load_model(\(pythonQuoted(path)))")
    }

    /// What the first bytes of a file identify; nil where they identify nothing.
    static func byContent(_ view: ByteView, path: String) -> Finding? {
        let start = Array(view.bytes.prefix(512)), quoted = shellQuoted(path)
        func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }
        func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
        func holds(_ text: String, at offset: Int) -> Bool {
            start.count >= offset + text.utf8.count && start[offset...].starts(with: text.utf8)
        }
        if begins("sys_info\0") || begins("pickle\0") || holds("ustar", at: 257) {
            let isOld = begins("sys_info\0") || begins("pickle\0") || begins("storages\0") || begins("tensors\0")
            return isOld
                ? Finding(
                    found: "a tar file, as PyTorch 0.1 wrote",
                    advice: "load it with an old PyTorch and save the weights again with torch.save or as safetensors")
                : Finding(found: "a tar file", advice: "unpack it with  tar xf \(quoted)  and open the weights in it")
        }
        if begins("version https://git-lfs") {
            return Finding(found: "a Git LFS pointer, not the file it stands for", advice: "run `git lfs pull`")
        }
        let text = start.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        if text.first == UInt8(ascii: "<") {
            return Finding(found: "a web page or XML", advice: "the download went wrong; download the file itself")
        }
        if text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[") {
            return Finding(found: "a JSON text, not weights", advice: "specify the file of the weights or its folder")
        }
        for packed in packings where packed.magic == Array(start.prefix(packed.magic.count)) {
            let isTar = [".tar.", ".tgz", ".tbz", ".txz"].contains { path.lowercased().contains($0) }
            return Finding(found: "a \(packed.name) file", advice: "unpack it with  \(isTar ? "tar xf" : packed.command) \(quoted)")
        }
        if begins([0x89] + Array("HDF".utf8)) { return Finding(found: "an HDF5 file, as Keras writes", advice: kerasAdvice(path)) }
        if begins("GGUF") || begins("lmgg") || begins("tjgg") { return Finding(found: "a GGUF file", advice: ggufAdvice(path)) }
        if holds("TFL3", at: 4) {
            return Finding(
                found: "a TensorFlow Lite model",
                advice: "TensorFlow Lite models do not convert back; save the weights of the model that it was made from")
        }
        if isONNX(view) { return Finding(found: "an ONNX model", advice: onnxAdvice(path)) }
        if isMessagePack(start) {
            return Finding(
                found: "a msgpack file, as Flax writes",
                advice:
                    "write its arrays with safetensors.numpy.save_file: flax.serialization.msgpack_restore(open(\(pythonQuoted(path)), 'rb').read()) reads them; Flax keeps kernels with inputs first, which must be transposed"
            )
        }
        for picture in ["\u{89}PNG", "GIF8", "%PDF", "RIFF", "BM"].prefix(4)
        where begins(picture == "\u{89}PNG" ? [0x89] + Array("PNG".utf8) : Array(picture.utf8)) {
            return Finding(found: "an image or a document", advice: "a checkpoint is expected here; data are given with --data")
        }
        if begins([0xFF, 0xD8, 0xFF]) {
            return Finding(found: "an image or a document", advice: "a checkpoint is expected here; data are given with --data")
        }
        if start.count >= 8, start.allSatisfy({ $0 == 0 }) {
            return Finding(found: "it begins with zeros", advice: "the download or copy is incomplete; fetch it again")
        }
        if start.count >= 8, start.allSatisfy({ (0x20..<0x7F).contains($0) || [0x09, 0x0A, 0x0D].contains($0) }) {
            let line = start.prefix { $0 != 0x0A && $0 != 0x0D }.prefix(40)
            return Finding(
                found: "it looks like text, beginning with “\(String(decoding: line, as: UTF8.self))”",
                advice: "a checkpoint is expected here; if this was downloaded, download the file itself")
        }
        return nil
    }

    /// What a zip file is that holds neither PyTorch's nor NumPy's members.
    static func zip(_ names: [String], path: String) -> Finding {
        if names.contains("model.weights.h5") || names.contains("metadata.json") && names.contains("config.json") {
            return Finding(found: "a Keras file", advice: kerasAdvice(path))
        }
        if names.contains(where: { $0.hasSuffix("serialized_exported_program.json") || $0.hasSuffix("/archive_format") }) {
            return Finding(
                found: "an ExportedProgram of an older torch.export, whose graph is not read",
                advice:
                    "load it with the PyTorch that wrote it, and export the network again with torch 2.9 or newer: torch.export.save(torch.export.export(model, (example,)), 'net.pt2')"
            )
        }
        if let weights = names.first(where: { name in
            [".safetensors", ".pt", ".pth", ".bin", ".npz", ".ckpt"].contains { name.lowercased().hasSuffix($0) }
        }) {
            return Finding(
                found: "a zip file with \(weights) in it", advice: "unpack it with  unzip \(shellQuoted(path))  and open the weights in it")
        }
        let first = names.prefix(4).joined(separator: ", ")
        return Finding(
            found: names.isEmpty ? "an empty zip file" : "a zip file of \(first)",
            advice: "PyTorch files hold data.pkl and NumPy files hold .npy members")
    }

    private static let packings: [(magic: [UInt8], name: String, command: String)] = [
        ([0x1F, 0x8B], "gzip", "gunzip -k"), (Array("BZh".utf8), "bzip2", "bunzip2 -k"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz", "xz -dk"),
        ([0x28, 0xB5, 0x2F, 0xFD], "zstd", "unzstd"), ([0x04, 0x22, 0x4D, 0x18], "lz4", "unlz4"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z", "7z x"),
        (Array("Rar!".utf8), "rar", "unrar x"),
        (
            [0x78, 0x9C], "zlib",
            "joblib.load reads it where joblib wrote it; else python -c \"import sys, zlib; sys.stdout.buffer.write(zlib.decompress(open(sys.argv[1], 'rb').read()))\""
        ),
    ]

    /// ONNX is a protobuf: the version of the format, texts about the program, then the graph (field 7).
    private static func isONNX(_ view: ByteView) -> Bool {
        var place = 0
        func byte() -> UInt8? {
            guard place < view.count else { return nil }
            defer { place += 1 }
            return view.bytes[place]
        }
        func varint() -> Int? {
            var value = 0
            for shift in stride(from: 0, to: 63, by: 7) {
                guard let next = byte() else { return nil }
                value |= Int(next & 0x7F) << shift
                if next < 0x80 { return value }
            }
            return nil
        }
        guard view.bytes.first == 0x08 else { return false }
        for _ in 0..<16 {
            guard let tag = byte(), let value = varint() else { return false }
            switch tag {
            case 0x08: guard (1...64).contains(value) else { return false }
            case 0x28: continue
            case 0x12, 0x1A, 0x22, 0x32, 0x42, 0x72:
                guard value <= 1 << 16, value <= view.count - place else { return false }
                place += value
            // The graph may be cut off in a damaged file; that it begins here is enough.
            case 0x3A: return value > 0
            default: return false
            }
        }
        return false
    }

    /// A map whose first key is a text.
    private static func isMessagePack(_ start: [UInt8]) -> Bool {
        guard let first = start.first else { return false }
        let key = first == 0xDE ? 3 : first == 0xDF ? 5 : (0x81...0x8F).contains(first) ? 1 : start.count
        guard key < start.count else { return false }
        let (length, text) =
            (0xA1...0xBF).contains(start[key])
            ? (Int(start[key] & 0x1F), key + 1) : start[key] == 0xD9 && key + 1 < start.count ? (Int(start[key + 1]), key + 2) : (0, key)
        return length > 0 && text + length <= start.count && start[text..<text + length].allSatisfy { (0x20..<0x7F).contains($0) }
    }
}
