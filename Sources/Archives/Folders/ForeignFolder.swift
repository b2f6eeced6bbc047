/// Folders of other programs' checkpoints, called by name with the command that converts them.
enum ForeignFolder {
    /// What a folder is, where it is known and cannot be opened.
    static func refusal(_ folder: FolderContents) -> ArchiveError? {
        let names = folder.names, path = shellQuoted(folder.path), output = shellQuoted(folder.path + ".pt")
        func has(_ tests: (String) -> Bool) -> Bool { names.contains(where: tests) }
        func refused(_ found: String, _ advice: String) -> ArchiveError { .unrecognised(file: folder.path, found: found, advice: advice) }

        if names.contains("adapter_config.json") || has({ $0.hasPrefix("adapter_model.") }) { return adapter(folder) }
        if let distributed = distributedFolder(folder) {
            let place = shellQuoted(distributed)
            return refused(
                "a folder of torch.distributed.checkpoint (DCP)",
                "make one file of it:  python -m torch.distributed.checkpoint.format_utils dcp_to_torch \(place) \(output)  (dcp_to_torch_save in Python)"
            )
        }
        if has({ $0.contains("zero_pp_rank_") || ($0.hasPrefix("mp_rank_") && $0.hasSuffix("_model_states.pt")) })
            || names.contains("zero_to_fp32.py")
        {
            // The states stand in a folder such as global_step1000, the script beside that folder.
            let isInside = !names.contains("zero_to_fp32.py") && has { $0.hasSuffix("_states.pt") }
            let whole = isInside ? shellQuoted(folder.path + "/..") : path
            return refused(
                "a folder of DeepSpeed (ZeRO), whose weights are spread over the files of each rank",
                "make one file of it:  python \(whole)/zero_to_fp32.py \(whole) \(shellQuoted(folder.path + "-fp32"))")
        }
        if let shard = folder.sorted.first(where: { ($0.contains("_rank_") || $0.contains("_rank")) && $0.contains("world_size") }) {
            return refused(
                "a folder of FSDP shards, one of them \(shard)",
                "gather them in the program that wrote them, with StateDictType.FULL_STATE_DICT, and save the state dict")
        }
        if names.contains("saved_model.pb") {
            return refused(
                "a TensorFlow SavedModel",
                tensorflow("keras.layers.TFSMLayer(\(pythonQuoted(folder.path)), call_endpoint='serving_default')"))
        }
        if names.contains("checkpoint"), has({ $0.hasSuffix(".index") }) {
            return refused(
                "a TensorFlow checkpoint",
                "write its variables with numpy.savez: tf.train.load_checkpoint(\(pythonQuoted(folder.path))) reads them; TensorFlow keeps kernels with inputs first, which must be transposed"
            )
        }
        if names.contains("flax_model.msgpack") || names.contains("flax_model.msgpack.index.json") {
            return refused("Flax weights without PyTorch ones", transformers(folder.path, "from_flax=True"))
        }
        if names.contains("tf_model.h5") {
            return refused("TensorFlow weights without PyTorch ones", transformers(folder.path, "from_tf=True"))
        }
        if has({ ["_METADATA", "_CHECKPOINT_METADATA", "manifest.ocdbt"].contains($0) }) {
            return refused(
                "an Orbax checkpoint of JAX",
                "write its arrays with safetensors.numpy.save_file: orbax.checkpoint.StandardCheckpointer().restore(\(pythonQuoted(folder.path))) reads them; Flax keeps kernels with inputs first, which must be transposed"
            )
        }
        if folder.path.hasSuffix(".mlpackage") || (names.contains("Manifest.json") && names.contains("Data")) {
            return refused(
                "a Core ML package",
                "Core ML models do not convert back; save the PyTorch model that it was made from with torch.save(model.state_dict(), 'model.pt')"
            )
        }
        if let onnx = folder.sorted.first(where: { $0.hasSuffix(".onnx") }), !has({ $0.hasSuffix(".safetensors") || $0.hasSuffix(".bin") })
        {
            return refused("a folder with the ONNX model \(onnx)", ForeignFile.onnxAdvice(folder.file(onnx)))
        }
        if let gguf = folder.sorted.first(where: { $0.hasSuffix(".gguf") }), !has({ $0.hasSuffix(".safetensors") || $0.hasSuffix(".bin") })
        {
            return refused("a folder with the GGUF file \(gguf)", ForeignFile.ggufAdvice(folder.file(gguf)))
        }
        if names.contains("data.pkl"), names.contains("version") {
            return refused(
                "an unpacked PyTorch file",
                "pack it again, without compression:  cd \(path)/.. && zip -0 -r \(shellQuoted(last(folder.path) + ".pt")) \(shellQuoted(last(folder.path)))"
            )
        }
        return nil
    }

    /// A LoRA or other PEFT adapter, which changes a base network that is not in the folder.
    static func adapter(_ folder: FolderContents) -> ArchiveError {
        let base = (try? JSONValue.read(folder.file("adapter_config.json")))?["base_model_name_or_path"]?.text
        return .unrecognised(
            file: folder.path, found: "a PEFT adapter alone, without its base network\(base.map { " \($0)" } ?? "")",
            advice: adapterAdvice(folder.path))
    }

    static func adapterAdvice(_ path: String) -> String {
        "merge it into its base first:  python -c \"from peft import AutoPeftModel; AutoPeftModel.from_pretrained(\(pythonQuoted(path))).merge_and_unload().save_pretrained('merged')\""
    }

    /// A folder that holds nothing that could be weights.
    static func withoutWeights(_ folder: FolderContents) -> ArchiveError {
        let shown = folder.sorted.filter { !$0.hasPrefix(".") }
        return .unrecognised(
            file: folder.path,
            found: shown.isEmpty
                ? "the folder is empty"
                : "the folder holds no weights, only \(shown.prefix(4).joined(separator: ", "))\(shown.count > 4 ? ", …" : "")",
            advice:
                "a folder needs model.safetensors or pytorch_model.bin, or one of them in shards with its index; pass any other file by its own path"
        )
    }

    /// The folder of a distributed checkpoint: this one, or the only one in it that is (Accelerate writes `pytorch_model_fsdp_0`).
    private static func distributedFolder(_ folder: FolderContents) -> String? {
        func isDistributed(_ names: Set<String>) -> Bool { names.contains { $0.hasSuffix(".distcp") } }
        if isDistributed(folder.names) || (folder.names.contains(".metadata") && folder.names.count == 1) { return folder.path }
        for name in folder.sorted.prefix(64) where !name.contains(".") {
            if let inside = try? FolderContents(folder.file(name)), isDistributed(inside.names) { return inside.path }
        }
        return nil
    }

    private static func transformers(_ path: String, _ option: String) -> String {
        "convert them with transformers before version 5:  python -c \"from transformers import AutoModel; AutoModel.from_pretrained(\(pythonQuoted(path)), \(option)).save_pretrained('converted')\"  (take the Auto class of the task, such as AutoModelForImageClassification)"
    }

    static func tensorflow(_ loading: String) -> String {
        "write its variables with numpy.savez: \(loading) reads them; TensorFlow keeps kernels with inputs first, which must be transposed"
    }

    private static func last(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// A path as a shell and Python read it, quoted where it must be.
func shellQuoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "/._-+:,@".utf8.contains(byte)
    }
    return plain && !text.isEmpty
        ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

func pythonQuoted(_ text: String) -> String {
    "'" + text.flatMap { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) } + "'"
}
