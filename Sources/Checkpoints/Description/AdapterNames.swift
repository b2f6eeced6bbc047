import Archives

/// Parameters of adapters, which change a base network and are none themselves.
enum AdapterNames {
    private static let marks = [
        "lora_A", "lora_B", "lora_embedding_A", "lora_embedding_B", "lora_magnitude_vector", "lora_up", "lora_down", "hada_w1_a",
        "hada_w1_b", "hada_w2_a", "hada_w2_b", "lokr_w1", "lokr_w2", "ia3_l",
        "oft_r", "vera_lambda_b", "vera_lambda_d", "prompt_embeddings",
    ]

    /// The adapted module and the adapter's parameter: `fc1` and `lora_A` for `base_model.model.fc1.lora_A.default.weight`; nil for other names.
    static func parts(_ name: String) -> (module: String, mark: String)? {
        let words = name.split(separator: ".")
        guard
            let place = words.firstIndex(where: { word in
                marks.contains { word == $0 || (word.hasPrefix($0) && $0 != "lora_A" && $0 != "lora_B") }
            })
        else { return nil }
        return (words[..<place].joined(separator: "."), String(words[place]))
    }

    /// The refusal of a file that holds adapters without the weights that they are added to; nil for any other.
    static func refusal(_ archive: Archive) -> CheckpointError? {
        let adapted = archive.entries.compactMap { entry in parts(entry.name).map { (entry: entry, module: $0.module, mark: $0.mark) } }
        guard let first = adapted.first else { return nil }
        let names = Set(archive.entries.map(\.name))
        let hasBase = adapted.contains { part in
            ["weight", "base_layer.weight", "base.weight", "linear.weight", "original_layer.weight"].contains {
                names.contains(part.module.isEmpty ? $0 : "\(part.module).\($0)")
            }
        }
        guard !hasBase else { return nil }
        var modules: [String] = []
        for part in adapted where !modules.contains(part.module) { modules.append(part.module) }
        let rank = adapted.first { $0.mark.hasPrefix("lora_A") || $0.mark.hasPrefix("lora_down") }?.entry.shape.first
        return .archive(
            .unrecognised(
                file: archive.path,
                found:
                    "adapters alone (\(first.mark.hasPrefix("lora") ? "LoRA" : first.mark)\(rank.map { " of rank \($0)" } ?? "") on \(modules.prefix(3).joined(separator: ", "))\(modules.count > 3 ? ", …" : "")), without the base weights that they are added to",
                advice: "merge them into their base first (PEFT: model.merge_and_unload()) and save the state dict of the merged network"))
    }
}

/// A PEFT adapter's `adapter_config.json`: what scales the product of its matrices.
struct AdapterConfiguration: Sendable, Equatable {
    let base: String?
    let rank: Int
    let alpha: Double
    /// Rank-stabilised: scaled by α/√r, not α/r.
    let isRankStabilised: Bool
    /// Ranks and alphas of modules that have their own, by pattern.
    let ranks: [String: Int]
    let alphas: [String: Double]
    /// Whether W is also scaled column by column (DoRA).
    var isDecomposed = false
    /// Whether the base's weights are [in, out].
    var isTransposed = false

    /// What W gets of B·A.
    var scale: Double { isRankStabilised ? alpha / Double(rank).squareRoot() : alpha / Double(rank) }

    /// - Returns: nil where there is no such file beside the weights.
    static func read(beside path: String) throws -> AdapterConfiguration? {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let listing = try FolderContents(path) ?? FolderContents(path.count > name.count ? String(path.dropLast(name.count)) : ".")
        guard let listing, listing.names.contains("adapter_config.json") else { return nil }
        let file = listing.file("adapter_config.json")
        let json = try JSONValue.read(file)
        let reader = ConfigurationReader(json: json, file: file)
        guard let rank = try reader.size(["r"])?.value, let alpha = try reader.number("lora_alpha") else {
            throw reader.fault("r and lora_alpha", "are missing, which scale a LoRA adapter")
        }
        var configuration = AdapterConfiguration(
            base: json["base_model_name_or_path"]?.text, rank: rank, alpha: alpha, isRankStabilised: json["use_rslora"]?.bool ?? false,
            ranks: Dictionary(
                (json["rank_pattern"]?.members ?? []).compactMap { member in member.value.int.map { (member.key, $0) } },
                uniquingKeysWith: { first, _ in first }),
            alphas: Dictionary(
                (json["alpha_pattern"]?.members ?? []).compactMap { member in member.value.double.map { (member.key, $0) } },
                uniquingKeysWith: { first, _ in first }))
        (configuration.isDecomposed, configuration.isTransposed) = (json["use_dora"]?.bool ?? false, json["fan_in_fan_out"]?.bool ?? false)
        return configuration
    }
}
