import Archives

// Tensors that no layer uses and that are skipped without --ignore, by rules that cannot match a weight.

extension StateDict {
    /// Tensors of floating-point numbers that are known to be no weights, whatever the network: tables, masks, counters, losses.
    private static let known = [
        "position_ids", "token_type_ids", "inv_freq", "freqs_cis", "freqs_cos", "freqs_sin", "cos_cached", "sin_cached", "rope_freqs",
        "masked_bias", "mask", "attn_mask",
        "causal_mask", "relative_position_index", "relative_coords_table", "n_averaged", "num_updates", "total_ops", "total_params",
        "_extra_state",
    ]
    /// Modules of losses, which hold class weights and prototypes.
    private static let losses: Set<Substring> = ["criterion", "loss", "loss_fn", "loss_func", "loss_function"]
    /// Names that only layers' parameters have.
    private static let weights: Set<Substring> = [
        "weight", "bias", "running_mean", "running_var", "num_batches_tracked", "in_proj_weight", "in_proj_bias",
    ]

    /// Leaves aside what no layer uses.
    ///
    /// - Parameters:
    ///   - patterns: names that the user, or an architecture file, leaves aside, with or without the prefix.
    ///   - used: the parameters that an architecture declares; nil where it is still to be recognised.
    ///   - kept: whole names that are parts of weights and stay.
    ///   - tied: further names of a parameter that layers use are that parameter: they stay, and are saved with it.
    mutating func leaveAside(_ patterns: [String], used: Set<String>?, kept: Set<String>, tied: [String: String] = [:]) {
        let patterns = patterns.map(GlobPattern.init), wrapper = Self.wrapper(of: entries.map(\.name))
        let weights = Dictionary(
            entries.filter { $0.lastWord == "weight" }.map { ($0.owner, $0.shape) }, uniquingKeysWith: { first, _ in first })
        func isUsed(_ name: String) -> Bool { used.map { used in Self.suffixes(of: name).contains { used.contains(String($0)) } } ?? false }
        let usedTies = Set(entries.map(\.name).filter(isUsed).map { tied[$0] ?? $0 }).union(tied.filter { isUsed($0.key) }.values)
        func isLeft(_ entry: StateDictEntry) -> Bool {
            if isUsed(entry.name) || usedTies.contains(tied[entry.name] ?? entry.name) { return false }
            let bare = String(entry.name.dropFirst(wrapper.count))
            if patterns.contains(where: { $0.matches(entry.name) || $0.matches(bare) }) { return true }
            if kept.contains(entry.name) { return false }
            if entry.name.split(separator: ".").dropLast().contains(where: { Self.losses.contains($0) }) { return true }
            // As large as a weight beside it: it may well be multiplied with that.
            if entry.isMatrix, weights[entry.owner] == entry.shape { return false }
            if Self.weights.contains(entry.lastWord) { return false }
            if Self.known.contains(String(entry.lastWord)) { return true }
            guard let type = entry.elementType else { return false }
            return !type.isFloatingPoint || entry.shape.contains(0)
        }
        let left = entries.filter(isLeft)
        guard !left.isEmpty else { return }
        leftAside += left
        let names = Set(left.map(\.name))
        entries.removeAll { names.contains($0.name) }
    }

    /// The name, and what stands behind each of its points.
    private static func suffixes(of name: String) -> [Substring] {
        [name[...]] + name.indices.filter { name[$0] == "." }.map { name[name.index(after: $0)...] }
    }

    /// What was left aside, as a sentence; nil where nothing was.
    var leftAsideNotes: [String] {
        func listed(_ entries: [StateDictEntry]) -> String {
            let names = entries.map { printable($0.name) }
            return names.count <= 8
                ? names.joined(separator: ", ") : names.prefix(8).joined(separator: ", ") + " and \(names.count - 8) more"
        }
        let (kept, lost) = (leftAside.filter { $0.stored != nil }, leftAside.filter { $0.stored == nil })
        return (kept.isEmpty ? [] : ["not used by any layer, saved unchanged: \(listed(kept))"])
            + (lost.isEmpty ? [] : ["not readable, and not saved: \(listed(lost))"])
    }
}
