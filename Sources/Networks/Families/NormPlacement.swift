/// Which layer each normalisation follows.
enum NormPlacement {
    /// The normalisation that follows each layer: by the number in a sequence (`features.0`, `features.1`), else one for each in turn.
    ///
    /// Where the numbers leave room for one module between a layer and its normalisation, that is the nonlinearity.
    static func following(
        _ convolutions: [String], _ linears: [String], norms: [String], _ table: ParameterTable
    ) throws -> [String: String] {
        if norms.isEmpty { return [:] }
        var following: [String: String] = [:]
        let layers = convolutions + linears
        for norm in norms {
            guard let place = SequencePlace(norm), place.index > 0 else { break }
            let before = [1, 2].lazy.compactMap { step in
                layers.first { SequencePlace($0) == SequencePlace(stem: place.stem, index: place.index - step) }
            }.first
            if let before { following[before] = norm }
        }
        if following.count != norms.count {
            following = [:]
            let hosts = norms.count <= convolutions.count ? convolutions : layers
            for (norm, host) in zip(norms, hosts) { following[host] = norm }
        }
        for (layer, norm) in following {
            let name = table.shape(norm, "running_mean") == nil ? "weight" : "running_mean", shape = table.shape(norm, name) ?? []
            if shape == [table.width(layer, 0)] { continue }
            throw NetworkError.unrecognised(
                recognised: "\(layers.count) layers", stoppedAt: "\(norm).\(name)",
                reason: "it has \(NetworkError.shape(shape)) entries, but \(layer) before it has \(table.width(layer, 0)) channels")
        }
        guard following.count == norms.count else {
            throw NetworkError.unrecognised(
                recognised: "\(layers.count) layers", stoppedAt: norms.last ?? "", reason: "there are more normalisations than layers")
        }
        return following
    }
}

extension NormPlacement {
    /// Whether a normalisation follows the nonlinearity after a layer, according to their numbers.
    static func isBehindActivation(_ norm: String, of layer: String) -> Bool {
        guard let one = SequencePlace(layer), let other = SequencePlace(norm) else { return false }
        return one.stem == other.stem && other.index - one.index == 2
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
