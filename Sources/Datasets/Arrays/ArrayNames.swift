import Archives

/// Where a file of arrays keeps images and labels: by the names that programs give them.
struct ArrayNames {
    let images: String
    /// The arrays of a network's other inputs, in their order.
    var others: [String] = []
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
    private static func candidates(_ part: String, _ names: [Names]) -> [Names] {
        names.flatMap { family in [family.renamed { part + "_" + $0 }, family.renamed { $0 + "_" + part }] }
    }

    /// Names that arrays may have.
    private struct Names {
        let images: String
        var others: [String] = []
        let labels: [String]

        func renamed(_ change: (String) -> String) -> Names {
            Names(images: change(images), others: others.map(change), labels: labels.map(change))
        }
    }

    /// A network's own names for its inputs, or those that programs give to one array of them.
    private static func names(_ inputs: [InputArray]) -> [Names] {
        guard let first = inputs.first else { return whole.map { Names(images: $0.images, labels: $0.labels) } }
        return [Names(images: first.name, others: inputs.dropFirst().map(\.name), labels: ["labels", "label", "targets", "target", "y"])]
    }

    /// What the test part may be called.
    private static func words(_ split: Split) -> [String] { split == .train ? ["train"] : ["test", "val", "valid", "validation"] }

    private static func find(_ candidates: [Names], in archive: Archive) -> ArrayNames? {
        for family in candidates where archive[family.images] != nil && family.others.allSatisfy({ archive[$0] != nil }) {
            return ArrayNames(
                images: family.images, others: family.others, labels: family.labels.first { archive[$0] != nil || archive.texts[$0] != nil }
            )
        }
        return nil
    }

    /// The arrays of each part that is meant, one after another.
    ///
    /// - Parameters:
    ///   - split: nil takes the arrays without a part's name, or the part `fallback` where there are none.
    static func parts(
        of archive: Archive, _ split: Split?, default fallback: Split, _ options: ReadingOptions, inputs: [InputArray] = []
    ) throws -> [ArrayNames] {
        if let images = options.images, !inputs.isEmpty {
            throw DatasetError.mismatch(
                file: archive.path,
                reason:
                    "images=\(images) names one array, but the network takes \(inputs.count): \(inputs.map(\.name).joined(separator: ", "))"
            )
        }
        if let images = options.images {
            guard archive[images] != nil else {
                throw DatasetError.archive(.missingArray(file: archive.path, name: images, present: archive.entries.map(\.name)))
            }
            let labels =
                options.labels ?? whole.first { $0.images == images }?.labels.first { archive[$0] != nil || archive.texts[$0] != nil }
            return [ArrayNames(images: images, labels: labels)]
        }
        let names = names(inputs), undivided = find(names, in: archive)
        func part(_ split: Split) throws -> ArrayNames {
            if let found = words(split).lazy.compactMap({ find(candidates($0, names), in: archive) }).first { return found }
            let present = archive.entries.prefix(8).map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
            let wanted = inputs.isEmpty ? "images" : "arrays \(inputs.map(\.name).joined(separator: ", ")), which the network takes,"
            let naming =
                inputs.isEmpty ? "name them with images=NAME and labels=NAME" : "save them under these names, with labels beside them"
            let missing = undivided == nil ? "no \(wanted)" : "no \(split.rawValue) part"
            throw DatasetError.missing(
                path: archive.path,
                expected: "\(missing) among its arrays \(present)\(archive.entries.count > 8 ? " …" : ""); "
                    + (undivided == nil ? naming : "omit :\(split.rawValue) to use all of it"))
        }
        switch split {
        case nil: if let undivided { return [undivided] } else { return [try part(fallback)] }
        case .all?: if let undivided { return [undivided] } else { return [try part(.train), try part(.test)] }
        case let split?: return [try part(split)]
        }
    }
}
