import Archives

extension Dataset {
    /// A safetensors or npz file that holds `images` and `labels`; for a split, `train_images` and `train_labels` or `test_…`.
    ///
    /// Images of shape [count, channels, height, width], [count, height, width] (grey) or [count, features]. Bytes are divided by 255, other numbers used as they are.
    public static func arrays(_ path: String, _ split: Split?) throws(DatasetError) -> Dataset {
        do {
            let archive = try Archive.open(path)
            let prefix = split.map { $0 == .all ? "" : $0.rawValue + "_" } ?? ""
            return try arrays(images: try archive.array(prefix + "images"), labels: try archive.array(prefix + "labels"), path: path, part: split)
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

    private static func arrays(images: StoredArray, labels labelArray: StoredArray, path: String, part: Split?) throws -> Dataset {
        guard labelArray.shape.count == 1 || (labelArray.shape.count == 2 && labelArray.shape[1] == 1) else {
            throw DatasetError.damaged(file: path, place: "array '\(labelArray.name)'", reason: "labels of shape \(labelArray.shape); one number for each sample is expected")
        }
        guard (2...4).contains(images.shape.count), !images.shape.contains(0) else {
            throw DatasetError.damaged(
                file: path, place: "array '\(images.name)'", reason: "images of shape \(images.shape); [count, channels, height, width], [count, height, width] or [count, features] is expected")
        }
        guard images.shape[0] == labelArray.shape[0] else {
            throw DatasetError.mismatch(file: path, reason: "\(images.shape[0]) images but \(labelArray.shape[0]) labels")
        }
        let sampleShape = [Int](repeating: 1, count: 4 - images.shape.count) + images.shape.dropFirst()
        let labels = try labelArray.integers()
        if let index = labels.firstIndex(where: { !(0..<mostClasses).contains($0) }) {
            throw DatasetError.labelOutOfRange(file: path, index: index, label: labels[index], classes: mostClasses)
        }
        let isBytes = images.elementType == .u8
        return try Dataset(
            name: path.split(separator: "/").last.map(String.init) ?? path, provenance: "Arrays '\(images.name)' and '\(labelArray.name)' of \(path).", sampleShape: sampleShape,
            pixels: isBytes ? .bytes(try images.bytes()) : .floats(try images.floats()), labels: labels, classCount: (labels.max() ?? 0) + 1,
            normalisation: Normalisation(scale: isBytes ? 255 : 1), file: path)
    }
}
