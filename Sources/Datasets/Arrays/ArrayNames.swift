import Archives

/// Where a file of arrays keeps images and labels: by the names that programs give them.
struct ArrayNames {
    let images: String
    /// Nil where there are none.
    let labels: String?

    /// Names of images, each with the names its labels may have. `arr_0` is what NumPy calls arrays without a name, `0` stands for the first of a tuple.
    private static let whole: [(images: String, labels: [String])] = [
        ("images", ["labels", "targets", "target", "label"]), ("inputs", ["targets", "labels", "target"]),
        ("inputs_u8", ["labels", "targets"]), ("input_ids", ["labels", "label", "targets"]), ("tokens", ["labels", "label", "targets"]),
        ("x", ["y"]), ("X", ["y", "Y"]),
        ("data", ["target", "targets", "labels", "label"]), ("features", ["labels", "targets", "target", "y"]), ("arr_0", ["arr_1"]),
        ("0", ["1"]), ("array", []), ("tensor", []),
    ]

    /// The names of one part: `train_images`, `x_train`.
    private static func candidates(_ part: String) -> [(images: String, labels: [String])] {
        var found: [(images: String, labels: [String])] = []
        for family in whole {
            found.append((part + "_" + family.images, family.labels.map { label in part + "_" + label }))
            found.append((family.images + "_" + part, family.labels.map { label in label + "_" + part }))
        }
        return found
    }

    /// What the test part may be called.
    private static func words(_ split: Split) -> [String] { split == .train ? ["train"] : ["test", "val", "valid", "validation"] }

    private static func find(_ candidates: [(images: String, labels: [String])], in archive: Archive) -> ArrayNames? {
        for family in candidates where archive[family.images] != nil {
            return ArrayNames(images: family.images, labels: family.labels.first { archive[$0] != nil || archive.texts[$0] != nil })
        }
        return nil
    }

    /// The arrays of each part that is meant, one after another.
    ///
    /// - Parameters:
    ///   - split: nil takes the arrays without a part's name, or the part `fallback` where there are none.
    static func parts(
        of archive: Archive, _ split: Split?, default fallback: Split, _ options: ReadingOptions
    ) throws -> [ArrayNames] {
        if let images = options.images {
            guard archive[images] != nil else {
                throw DatasetError.archive(.missingArray(file: archive.path, name: images, present: archive.entries.map(\.name)))
            }
            let labels =
                options.labels ?? whole.first { $0.images == images }?.labels.first { archive[$0] != nil || archive.texts[$0] != nil }
            return [ArrayNames(images: images, labels: labels)]
        }
        let undivided = find(whole, in: archive)
        func part(_ split: Split) throws -> ArrayNames {
            if let found = words(split).lazy.compactMap({ find(candidates($0), in: archive) }).first { return found }
            let present = archive.entries.prefix(8).map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
            let missing = undivided == nil ? "no images" : "no \(split.rawValue) part"
            throw DatasetError.missing(
                path: archive.path,
                expected: "\(missing) among its arrays \(present)\(archive.entries.count > 8 ? " …" : ""); "
                    + (undivided == nil ? "name them with images=NAME and labels=NAME" : "omit :\(split.rawValue) to use all of it"))
        }
        switch split {
        case nil: if let undivided { return [undivided] } else { return [try part(fallback)] }
        case .all?: if let undivided { return [undivided] } else { return [try part(.train), try part(.test)] }
        case let split?: return [try part(split)]
        }
    }
}
