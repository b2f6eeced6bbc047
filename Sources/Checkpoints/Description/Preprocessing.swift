import Archives

/// How a network's inputs are prepared, as far as that is known: what its author's preprocessing does with an image.
///
/// In a checkpoint's metadata it stands under `amalgam.preprocessing` as one JSON object with the members of ``json``.
public struct Preprocessing: Sendable, Equatable {
    /// Of pixels brought to 0 … 1 (or to what ``rescale`` makes of them), one for every channel or one for all.
    package var mean: [Double]?
    package var standardDeviation: [Double]?
    /// The factor applied to bytes first; nil where unknown, which means 1/255.
    package var rescale: Double?
    /// The shorter side, or height and width, to which an image is scaled.
    package var resize: [Int]?
    /// Height and width that are cut from the middle.
    package var crop: [Int]?
    /// The share of the scaled image that is cut from its middle.
    package var cropFraction: Double?
    /// nearest, bilinear, bicubic, lanczos, box or hamming.
    package var interpolation: String?
    /// Where it was read: `preprocessor_config.json`, or the data spec that the network was trained with.
    package var source: String

    static let key = "amalgam.preprocessing"

    package init(mean: [Double]? = nil, standardDeviation: [Double]? = nil, rescale: Double? = nil, source: String) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.rescale = rescale
        self.source = source
    }

    /// Whether it says how pixels become numbers, and not only their size.
    package var isNormalised: Bool { mean != nil || standardDeviation != nil }

    /// Whether pixels are brought to 0 … 1: nothing is known, or the usual 1/255, which other data than bytes of 0 … 255 have in the place of their own scale.
    package var isOfUnitRange: Bool { rescale.map { abs($0 - 1 / 255) < 1e-9 } ?? true }

    /// Whether both prepare a pixel the same way; sizes are not compared, since data come in one size.
    package func normalises(like other: Preprocessing) -> Bool {
        func same(_ one: [Double]?, _ another: [Double]?, _ neutral: Double) -> Bool {
            let one = one ?? [neutral], another = another ?? [neutral], count = max(one.count, another.count)
            return (0..<count).allSatisfy {
                abs(one[one.count == 1 ? 0 : min($0, one.count - 1)] - another[another.count == 1 ? 0 : min($0, another.count - 1)]) < 1e-6
            }
        }
        return same(mean, other.mean, 0) && same(standardDeviation, other.standardDeviation, 1)
            && abs((rescale ?? 1 / 255) - (other.rescale ?? 1 / 255)) < 1e-9
    }

    /// In words: "mean 0.5, std 0.5; scaled to 256, cut to 224×224, bicubic".
    package var text: String {
        func list(_ numbers: [Double]) -> String {
            (Set(numbers).count == 1 ? Array(numbers.prefix(1)) : numbers).map { "\(($0 * 1e4).rounded() / 1e4)" }.joined(separator: ", ")
        }
        var parts: [String] = []
        if let mean { parts.append("mean \(list(mean))") }
        if let standardDeviation { parts.append("std \(list(standardDeviation))") }
        if let rescale, !isOfUnitRange { parts.append("pixels × \(rescale)") }
        if let resize { parts.append("resize \(resize.map(String.init).joined(separator: "×"))") }
        if let crop { parts.append("crop \(crop.map(String.init).joined(separator: "×"))") }
        if let cropFraction { parts.append("crop_pct \(cropFraction)") }
        if let interpolation { parts.append(interpolation) }
        return parts.isEmpty ? "unknown" : parts.joined(separator: ", ")
    }

    /// One line of JSON: mean, std, rescale_factor, resize, crop, crop_pct, interpolation, source; what is not known is left out.
    package var json: String {
        func list(_ numbers: [Double]) -> JSONValue { .list(numbers.map { .number($0) }) }
        func list(_ numbers: [Int]) -> JSONValue { .list(numbers.map { .number($0) }) }
        var object = JSONValue.object([])
        object["mean"] = mean.map { list($0) }
        object["std"] = standardDeviation.map { list($0) }
        object["rescale_factor"] = rescale.map { .number($0) }
        object["resize"] = resize.map { list($0) }
        object["crop"] = crop.map { list($0) }
        object["crop_pct"] = cropFraction.map { .number($0) }
        object["interpolation"] = interpolation.map { .text($0) }
        object["source"] = .text(source)
        return object.json(pretty: false)
    }
}

extension Preprocessing {
    private static let filters = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"]

    /// What Amalgam saved in a checkpoint's metadata.
    init(metadata json: JSONValue, file: String) throws {
        let reader = ConfigurationReader(json: json, file: file, section: Self.key)
        self.init(
            mean: try reader.numbers("mean"), standardDeviation: try reader.numbers("std", positive: true),
            rescale: try reader.number("rescale_factor"), source: json["source"]?.text ?? file)
        resize = try reader.sizes("resize")
        crop = try reader.sizes("crop")
        cropFraction = try reader.number("crop_pct")
        interpolation = json["interpolation"]?.text
    }

    /// A Hugging Face `preprocessor_config.json`; what is switched off (`do_normalize`, `do_rescale`, `do_resize`, `do_center_crop`) is left out.
    init(preprocessor json: JSONValue, file: String) throws {
        let reader = ConfigurationReader(json: json, file: file), name = "preprocessor_config.json"
        self.init(source: name)
        func isOn(_ key: String) -> Bool { json[key]?.bool ?? true }
        if isOn("do_normalize") {
            mean = try reader.numbers("image_mean")
            standardDeviation = try reader.numbers("image_std", positive: true)
        } else {
            (mean, standardDeviation) = ([0], [1])
        }
        rescale = isOn("do_rescale") ? try reader.number("rescale_factor") : 1
        if isOn("do_resize") { resize = try reader.sizes("size") }
        if json["do_center_crop"]?.bool == true || (json["do_center_crop"] == nil && json["crop_size"] != nil) {
            crop = try reader.sizes("crop_size")
        }
        cropFraction = try reader.number("crop_pct")
        if let filter = json["resample"]?.int {
            guard Self.filters.indices.contains(filter) else {
                throw reader.fault("resample", "is \(filter), which is no filter of Pillow (0 … 5)")
            }
            interpolation = Self.filters[filter]
        }
    }

    /// timm's `pretrained_cfg`.
    init(pretrained json: JSONValue, file: String) throws {
        let reader = ConfigurationReader(json: json, file: file, section: "pretrained_cfg")
        self.init(
            mean: try reader.numbers("mean"), standardDeviation: try reader.numbers("std", positive: true),
            source: "pretrained_cfg of config.json")
        crop = try reader.sizes("input_size").map { Array($0.suffix(2)) }
        cropFraction = try reader.number("crop_pct")
        interpolation = json["interpolation"]?.text
    }
}
