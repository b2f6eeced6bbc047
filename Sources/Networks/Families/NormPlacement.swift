/// Which layer each batch normalisation follows.
enum NormPlacement {
    /// The batch normalisation that follows each layer: by the number in a sequence (`features.0`, `features.1`), else one for each in turn.
    static func following(_ convolutions: [String], _ linears: [String], norms: [String], _ table: ParameterTable) throws(NetworkError) -> [String: String] {
        if norms.isEmpty { return [:] }
        var following: [String: String] = [:]
        let layers = convolutions + linears
        for norm in norms {
            guard let place = SequencePlace(norm), place.index > 0 else { break }
            let before = layers.first { SequencePlace($0) == SequencePlace(stem: place.stem, index: place.index - 1) }
            if let before { following[before] = norm }
        }
        if following.count != norms.count {
            following = [:]
            let hosts = norms.count <= convolutions.count ? convolutions : layers
            for (norm, host) in zip(norms, hosts) { following[host] = norm }
        }
        for (layer, norm) in following where table.shape(norm, "running_mean") != [table.width(layer, 0)] {
            throw .unrecognised(
                recognised: "\(layers.count) layers", stoppedAt: "\(norm).running_mean",
                reason: "it has \(NetworkError.shape(table.shape(norm, "running_mean") ?? [])) entries, but \(layer) before it gives \(table.width(layer, 0)) channels")
        }
        guard following.count == norms.count else {
            throw .unrecognised(recognised: "\(layers.count) layers", stoppedAt: norms.last ?? "", reason: "there are more normalisations than layers")
        }
        return following
    }
}

/// A layer's place in a numbered sequence: `features.3` is number 3 of `features`.
struct SequencePlace: Equatable {
    let stem: String
    let index: Int

    init(stem: String, index: Int) {
        self.stem = stem
        self.index = index
    }

    init?(_ prefix: String) {
        let point = prefix.lastIndex(of: ".")
        guard let index = Int(point.map { prefix[prefix.index(after: $0)...] } ?? prefix[...]), index >= 0 else { return nil }
        self.index = index
        stem = point.map { String(prefix[..<$0]) } ?? ""
    }
}
