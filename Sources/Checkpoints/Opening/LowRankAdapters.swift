import Archives
import Foundation

/// LoRA's adapters in a state dict, as PEFT names them: beside the base layers that they change, or alone.
struct LowRankAdapters {
    static let base = ".base_layer."
    /// What PEFT's wrapper puts before every name of the network that it wraps.
    static let wrapper = "base_model.model."

    static func isAdapter(_ name: String) -> Bool { AdapterNames.parts(name) != nil }

    /// Gives base layers their own names and finds the weights that adapters change; nothing where there are no adapters.
    ///
    /// - Parameter facts: scalars beside the tensors in the file, such as `lora_alpha`.
    /// - Throws: ``CheckpointError/adapter`` for adapters alone, of another kind, or whose scaling cannot be known.
    static func foldings(in dict: StateDict, facts: [String: String]) throws -> [WeightFolding] {
        let file = dict.file
        guard let first = dict.entries.first(where: { isAdapter($0.name) }) else { return [] }
        guard dict.entries.contains(where: { $0.name.contains(base) }) else {
            throw CheckpointError.adapter(
                file: file, tensor: first.name,
                reason:
                    "the file does not say whether the adapter is already merged into \(AdapterNames.parts(first.name)?.module ?? "").weight: merge it, and save the state dict without the adapter"
            )
        }
        // A base layer's own name is the name without PEFT's additions.
        if let saved = dict.entries.first(where: { $0.name.contains(".modules_to_save.") }) {
            throw CheckpointError.adapter(
                file: file, tensor: saved.name,
                reason:
                    "a layer trained along with the adapters is saved beside its original: save model.merge_and_unload().state_dict()")
        }
        let parts = Dictionary(dict.entries.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
        let configuration = try configuration(beside: file, facts: facts, dict.entries.first { $0.name.contains(".lora_A.") } ?? first)
        var found: [WeightFolding] = []
        for entry in dict.entries where isAdapter(entry.name) {
            let name = entry.name, pieces = name.components(separatedBy: ".lora_A.")
            if name.contains(".lora_B.") { continue }
            guard pieces.count == 2, pieces[1].hasSuffix(".weight") || pieces[1] == "weight" else {
                throw CheckpointError.adapter(
                    file: file, tensor: name,
                    reason: "only LoRA's A and B of linear layers and convolutions are folded: save model.merge_and_unload().state_dict()")
            }
            let weight = pieces[0] + base + "weight", other = pieces[0] + ".lora_B." + pieces[1]
            guard let shape = parts[weight], let b = parts[other], fits(entry.shape, b, shape) else {
                throw CheckpointError.adapter(
                    file: file, tensor: name, reason: "\(other) or \(weight) is missing, or their shapes do not go together")
            }
            guard !found.contains(where: { $0.name == weight }) else {
                throw CheckpointError.adapter(
                    file: file, tensor: name,
                    reason:
                        "several adapters change \(weight), and the file does not say which is active: save model.merge_and_unload().state_dict()"
                )
            }
            found.append(
                WeightFolding(name: weight, kind: .lora, sources: [weight, name, other], scale: try scale(entry, configuration, file)))
        }
        return found
    }

    /// Takes PEFT's additions out of the names.
    static func rename(_ dict: inout StateDict) {
        let isWrapped = dict.entries.allSatisfy { $0.name.hasPrefix(wrapper) }
        for index in dict.entries.indices {
            let name = dict.entries[index].name.replacingOccurrences(of: base, with: ".")
            dict.entries[index].name = isWrapped ? String(name.dropFirst(wrapper.count)) : name
        }
        dict.folded = dict.folded.map { folded in
            let name = folded.name.replacingOccurrences(of: base, with: ".")
            return FoldedWeight(name: isWrapped ? String(name.dropFirst(wrapper.count)) : name, kind: folded.kind, sources: folded.sources)
        }
    }

    /// A [r, in…], B [out, r…] and W [out, in…].
    private static func fits(_ a: [Int], _ b: [Int], _ weight: [Int]) -> Bool {
        a.count == weight.count && b.count == weight.count && a.count >= 2 && a[0] == b[1] && a[0] > 0 && b[0] == weight[0]
            && a.dropFirst() == weight.dropFirst()
            && b.dropFirst(2).allSatisfy { $0 == 1 }
    }

    private static func configuration(
        beside file: String, facts: [String: String], _ first: StateDictEntry
    ) throws -> AdapterConfiguration {
        func refused(_ reason: String) -> CheckpointError {
            .adapter(file: file, tensor: first.name, reason: reason + ": save model.merge_and_unload().state_dict()")
        }
        if let found = try AdapterConfiguration.read(beside: file) {
            if found.isDecomposed { throw refused("DoRA's adapters are not folded") }
            if found.isTransposed || !found.ranks.isEmpty || !found.alphas.isEmpty {
                throw refused("its adapter_config.json sets fan_in_fan_out, rank_pattern or alpha_pattern, which is not folded")
            }
            return found
        }
        let told = facts.filter { $0.key == "lora_alpha" || $0.key.hasSuffix(".lora_alpha") }.compactMap { Double($0.value) }
        guard Set(told).count == 1, let alpha = told.first, let rank = first.shape.first else {
            throw refused(
                "the scaling of the adapter (lora_alpha) is not in the file: put its adapter_config.json beside the file, or merge it")
        }
        let isRankStabilised = facts.contains { ($0.key == "use_rslora" || $0.key.hasSuffix(".use_rslora")) && $0.value == "True" }
        return AdapterConfiguration(base: nil, rank: rank, alpha: alpha, isRankStabilised: isRankStabilised, ranks: [:], alphas: [:])
    }

    private static func scale(_ a: StateDictEntry, _ configuration: AdapterConfiguration, _ file: String) throws -> Double {
        guard configuration.rank == a.shape[0] else {
            throw CheckpointError.adapter(
                file: file, tensor: a.name, reason: "its rank is \(a.shape[0]), but that of the adapter is given as \(configuration.rank)")
        }
        return configuration.scale
    }
}
