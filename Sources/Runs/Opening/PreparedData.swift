import Checkpoints
import Datasets
import Provenance

/// Data as networks were trained to see them: where the data spec gives no mean and standard deviation, images get those of a network's file.
struct PreparedData {
    let dataset: Dataset
    /// The spec with the mean and the standard deviation that were applied, where they are not the data's own.
    let spec: DataSpec
    /// Which normalisation it is and where it comes from; nil where nothing is to be said.
    let notes: [String]

    /// - Parameters:
    ///   - networks: the first with known preprocessing decides.
    ///   - needsClasses: whether a label that is no class of the networks is an error.
    init(_ given: DataSpec, default split: Split, for networks: [Parent], needsClasses: Bool) throws {
        try self.init(given, default: split, for: networks, signature: networks.signature(needsClasses: needsClasses))
    }

    /// - Parameter signature: what the data are read for; nil for a network that is made for the data.
    init(_ given: DataSpec, default split: Split, for networks: [Parent], signature: NetworkSignature?) throws {
        let loaded = try given.load(default: split, for: signature), own = loaded.normalisation
        let known = networks.compactMap { network in
            network.checkpoint.description.preprocessing.map { (network: network, preprocessing: $0) }
        }.filter(\.preprocessing.isNormalised)
        guard loaded.isOfBytes else {
            (dataset, spec, notes) = (
                loaded, given,
                known.isEmpty
                    ? []
                    : [
                        "inputs are floating-point and used without normalisation; \(known[0].network.label) specifies \(known[0].preprocessing.text)"
                    ]
            )
            return
        }
        guard given.mean == nil, given.standardDeviation == nil, let first = known.first else {
            let isGiven = given.mean != nil || given.standardDeviation != nil
            let conflict = known.first { !$0.preprocessing.normalises(like: Preprocessing(own, source: "")) }
            let sentence =
                isGiven
                ? conflict.map {
                    "inputs are normalised by \(Preprocessing(own, source: "").text) (from the data spec), although \($0.network.label) specifies \($0.preprocessing.text) (\($0.preprocessing.source))"
                }
                : networks.isEmpty
                    ? nil
                    : "no file specifies an input normalisation; using that of the data: \(Preprocessing(own, source: "").text)"
            (dataset, spec, notes) = (loaded, given, sentence.map { [$0] } ?? [])
            return
        }
        let wanted = first.preprocessing
        var changed = given
        // With p pixels, x = p / c as the data have it and r the network's factor: (r·p − m) / s = (x − m / rc) / (s / rc). The usual 1/255 means 0 … 1, whatever the data's largest value is.
        let factor = wanted.isOfUnitRange ? 1 : Double(own.scale) * (wanted.rescale ?? 1), scale = abs(factor - 1) < 1e-6 ? 1 : factor
        changed.mean = (wanted.mean ?? [0]).map { Float($0 / scale) }
        changed.standardDeviation = (wanted.standardDeviation ?? [1]).map { Float($0 / scale) }
        let isOwn = wanted.normalises(like: Preprocessing(own, source: ""))
        if isOwn {
            (dataset, spec) = (loaded, given)
        } else {
            dataset = try loaded.normalised(own.replacing(mean: changed.mean, standardDeviation: changed.standardDeviation))
            spec = changed
        }
        var sentences = [
            "inputs are normalised by \(Preprocessing(dataset.normalisation, source: "").text) (from \(first.network.label): \(wanted.source))"
        ]
        for other in known.dropFirst() where !other.preprocessing.normalises(like: wanted) {
            sentences.append(
                "preprocessing differs: \(other.network.label) was trained with \(other.preprocessing.text), \(first.network.label) with \(wanted.text); all get inputs as for \(first.network.label), so \(other.network.label) is evaluated below its best and fusion may lose accuracy"
            )
        }
        notes = sentences
    }
}

extension Preprocessing {
    /// What a data set does with its pixels.
    init(_ normalisation: Normalisation, source: String) {
        // The shortest decimals that mean these numbers.
        func exact(_ number: Float) -> Double { Double("\(number)") ?? Double(number) }
        self.init(
            mean: normalisation.mean.map(exact), standardDeviation: normalisation.standardDeviation.map(exact),
            rescale: normalisation.scale == 255 ? nil : 1 / Double(normalisation.scale), source: source)
    }

    /// What a network that is made with these data keeps: the preprocessing of the initial network, with the normalisation that was applied.
    static func kept(_ known: Preprocessing?, data: (dataset: Dataset, spec: String)?) -> Preprocessing? {
        guard let data, data.dataset.isOfBytes else { return known }
        let applied = Preprocessing(data.dataset.normalisation, source: data.spec)
        guard var known else { return applied }
        if known.isNormalised, known.normalises(like: applied) { return known }
        (known.mean, known.standardDeviation, known.rescale, known.source) = (
            applied.mean, applied.standardDeviation, applied.rescale, applied.source
        )
        return known
    }
}
