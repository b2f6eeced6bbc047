extension Dataset {
    /// The binary version of CIFAR-10 or CIFAR-100 (Krizhevsky 2009): 32×32 colour images, red plane first, after one label byte or two.
    public enum CIFAR: String, Sendable {
        case cifar10, cifar100

        var classCount: Int { self == .cifar10 ? 10 : 100 }
        /// CIFAR-100 puts a coarse label before the fine one, which is the one used.
        var labelBytes: Int { self == .cifar10 ? 1 : 2 }
        var normalisation: Normalisation { self == .cifar10 ? .cifar10 : .cifar100 }
        var innerFolder: String { self == .cifar10 ? "cifar-10-batches-bin" : "cifar-100-binary" }
        var trainFiles: [String] { self == .cifar10 ? (1...5).map { "data_batch_\($0).bin" } : ["train.bin"] }
        var testFile: String { self == .cifar10 ? "test_batch.bin" : "test.bin" }
        var classNames: [String]? {
            self == .cifar10 ? ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"] : nil
        }
    }

    /// Training batches that are not in the folder are left out, and the provenance says how many there are.
    public static func cifar(_ kind: CIFAR, _ folder: String, _ split: Split) throws(DatasetError) -> Dataset {
        let folder = try DataFolder(folder, inner: kind.innerFolder)
        var files: [String] = []
        var note = ""
        if split != .test {
            let found = kind.trainFiles.compactMap { folder.find([$0]) }
            guard !found.isEmpty else { throw .missing(path: folder.path, expected: "no file \(kind.trainFiles.joined(separator: ", ")) (the binary version)") }
            if found.count < kind.trainFiles.count { note = ", \(found.count) of \(kind.trainFiles.count) training batches" }
            files += found
        }
        if split != .train { files.append(try folder.file([kind.testFile])) }

        let (planes, side) = (3, 32)
        let imageBytes = planes * side * side
        let recordBytes = kind.labelBytes + imageBytes
        var (pixels, labels): ([UInt8], [Int]) = ([], [])
        for file in files {
            let bytes = try DataFolder.contents(file)
            guard !bytes.isEmpty, bytes.count.isMultiple(of: recordBytes) else {
                throw .damaged(
                    file: file, place: "byte \(bytes.count / recordBytes * recordBytes)",
                    reason: "\(bytes.count) bytes are no whole number of records of \(recordBytes); the file is truncated or not \(kind.rawValue)")
            }
            pixels.reserveCapacity(pixels.count + bytes.count)
            for (index, start) in stride(from: 0, to: bytes.count, by: recordBytes).enumerated() {
                let label = Int(bytes[start + kind.labelBytes - 1])
                guard label < kind.classCount else { throw .labelOutOfRange(file: file, index: index, label: label, classes: kind.classCount) }
                labels.append(label)
                pixels += bytes[start + kind.labelBytes..<start + recordBytes]
            }
        }
        return try Dataset(
            name: "\(kind.rawValue) \(split.rawValue)", provenance: "Binary CIFAR files in \(folder.path), \(split.rawValue) part\(note).", sampleShape: [planes, side, side],
            pixels: .bytes(pixels), labels: labels, classCount: kind.classCount, classNames: kind.classNames, normalisation: kind.normalisation, file: folder.path)
    }
}
