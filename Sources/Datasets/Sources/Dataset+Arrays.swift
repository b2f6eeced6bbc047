import Archives

extension Dataset {
    /// A safetensors or npz file that holds `images` and `labels`; for a split, `train_images` and `train_labels` or `test_…`.
    ///
    /// Without `labels` the samples are unlabelled (see ``isLabelled``): a method may look at them, nothing can be measured on them. Such
    /// files may call the images `inputs` or `inputs_u8`.
    ///
    /// Images of shape [count, channels, height, width], [count, height, width] (grey) or [count, features]. Bytes are divided by 255, other numbers used as they are.
    public static func arrays(_ path: String, _ split: Split?) throws(DatasetError) -> Dataset {
        do {
            let archive = try Archive.open(path)
            let prefix = split.map { $0 == .all ? "" : $0.rawValue + "_" } ?? ""
            guard let labels = archive[prefix + "labels"] else {
                guard let images = ["images", "inputs", "inputs_u8"].lazy.compactMap({ archive[prefix + $0] }).first else {
                    throw ArchiveError.missingArray(file: path, name: prefix + "images", present: archive.entries.map(\.name))
                }
                return try arrays(images: images, labels: nil, path: path)
            }
            return try arrays(images: try archive.array(prefix + "images"), labels: labels, path: path)
        } catch let error as ArchiveError {
            throw .archive(error)
        } catch let error as DatasetError {
            throw error
        } catch {
            throw .damaged(file: path, place: "the file", reason: "\(error)")
        }
    }

    /// More classes than any data set has: a label beyond it is no label.
    private static let mostClasses = 100_000

    private static func arrays(images: StoredArray, labels labelArray: StoredArray?, path: String) throws -> Dataset {
        guard (2...4).contains(images.shape.count), !images.shape.contains(0) else {
            throw DatasetError.damaged(
                file: path, place: "array '\(images.name)'", reason: "images of shape \(images.shape); [count, channels, height, width], [count, height, width] or [count, features] is expected")
        }
        let sampleShape = [Int](repeating: 1, count: 4 - images.shape.count) + images.shape.dropFirst()
        let labels = try labelArray.map { try self.labels($0, count: images.shape[0], path: path) }
        let isBytes = images.elementType == .u8
        return try Dataset(
            name: path.split(separator: "/").last.map(String.init) ?? path, provenance: labelArray.map { "Arrays '\(images.name)' and '\($0.name)' of \(path)." } ?? "The array '\(images.name)' of \(path), without labels.", sampleShape: sampleShape,
            pixels: isBytes ? .bytes(try images.bytes()) : .floats(try images.floats()),
            labels: labels ?? [Int](repeating: 0, count: images.shape[0]), classCount: (labels?.max() ?? 0) + 1, isLabelled: labels != nil,
            normalisation: Normalisation(scale: isBytes ? 255 : 1), file: path)
    }

    private static func labels(_ array: StoredArray, count: Int, path: String) throws -> [Int] {
        guard array.shape.count == 1 || (array.shape.count == 2 && array.shape[1] == 1) else {
            throw DatasetError.damaged(file: path, place: "array '\(array.name)'", reason: "labels of shape \(array.shape); one number for each sample is expected")
        }
        guard count == array.shape[0] else { throw DatasetError.mismatch(file: path, reason: "\(count) images but \(array.shape[0]) labels") }
        let labels = try array.integers()
        if let index = labels.firstIndex(where: { !(0..<mostClasses).contains($0) }) {
            throw DatasetError.labelOutOfRange(file: path, index: index, label: labels[index], classes: mostClasses)
        }
        return labels
    }
}
