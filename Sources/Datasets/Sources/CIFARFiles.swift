import Archives

/// One of the two forms in which CIFAR-10 and CIFAR-100 (Krizhevsky 2009) are published: what the files are called.
struct CIFARFiles {
    enum Kind { case cifar10, cifar100 }

    /// The folder that the published archive unpacks to.
    let folder: String
    let train: [String]
    let test: String
    /// The file with the classes' names.
    let names: String
    let isPickled: Bool

    var title: String { isPickled ? "python" : "binary" }
    var all: [String] { train + [test, names] }

    /// Records of bytes.
    static func binary(_ kind: Kind) -> CIFARFiles {
        switch kind {
        case .cifar10:
            CIFARFiles(
                folder: "cifar-10-batches-bin", train: (1...5).map { "data_batch_\($0).bin" }, test: "test_batch.bin",
                names: "batches.meta.txt", isPickled: false)
        case .cifar100:
            CIFARFiles(folder: "cifar-100-binary", train: ["train.bin"], test: "test.bin", names: "fine_label_names.txt", isPickled: false)
        }
    }

    /// Pickled dictionaries.
    static func python(_ kind: Kind) -> CIFARFiles {
        switch kind {
        case .cifar10:
            CIFARFiles(
                folder: "cifar-10-batches-py", train: (1...5).map { "data_batch_\($0)" }, test: "test_batch", names: "batches.meta",
                isPickled: true)
        case .cifar100:
            CIFARFiles(folder: "cifar-100-python", train: ["train"], test: "test", names: "meta", isPickled: true)
        }
    }
}

/// What the files of CIFAR hold.
struct CIFARBatch {
    /// Those of each file.
    var pixels: [any PixelSource<UInt8>] = []
    var labels: [Int] = []

    static let shape = [3, 32, 32]
    static let imageBytes = 3 * 32 * 32

    /// A file of records: one label byte (CIFAR-10) or a coarse and a fine one (CIFAR-100), then the planes, red first.
    mutating func addBinary(_ file: String, _ set: PublishedSet) throws {
        let labelBytes = set.classCount == 10 ? 1 : 2, recordBytes = labelBytes + Self.imageBytes
        let bytes = try FileBytes(file, limit: DataFolder.largestFile)
        guard bytes.count > 0, bytes.count.isMultiple(of: recordBytes) else {
            throw DatasetError.damaged(
                file: file, place: "byte \(bytes.count / recordBytes * recordBytes)",
                reason:
                    "\(bytes.count) bytes are not a multiple of the record size \(recordBytes); the file is truncated or not \(set.kind.rawValue)"
            )
        }
        let count = bytes.count / recordBytes
        let records = try StoredArray(
            bytesOf: bytes, name: "labels", shape: [count], strides: [recordBytes], offset: labelBytes - 1)
        for (index, label) in try records.integers().enumerated() { try add(label: label, at: index, file, set) }
        pixels.append(
            StoredPixels<UInt8>(
                try StoredArray(
                    bytesOf: bytes, name: "images", shape: [count, Self.imageBytes], strides: [recordBytes, 1], offset: labelBytes)))
    }

    /// A pickled dictionary with the array `data` and the list `labels` (CIFAR-10) or `fine_labels` (CIFAR-100).
    mutating func addPickled(_ file: String, _ set: PublishedSet) throws {
        let batch = try PickledDictionary(file)
        let (shape, bytes) = try batch.byteArray("data")
        guard shape.count == 2, shape[1] == Self.imageBytes, shape[0] > 0 else {
            throw DatasetError.damaged(
                file: file, place: "'data'", reason: "an array of shape \(shape), but [count, \(Self.imageBytes)] is expected")
        }
        let own = try batch.integers(set.classCount == 10 ? "labels" : "fine_labels")
        guard own.count == shape[0] else { throw DatasetError.mismatch(file: file, reason: "\(shape[0]) images but \(own.count) labels") }
        for (index, label) in own.enumerated() { try add(label: label, at: index, file, set) }
        pixels.append(KeptPixels(bytes, sampleSize: Self.imageBytes, reason: "\(file) is a pickle"))
    }

    private mutating func add(label: Int, at index: Int, _ file: String, _ set: PublishedSet) throws {
        guard (0..<set.classCount).contains(label) else {
            throw DatasetError.labelOutOfRange(file: file, index: index, label: label, classes: set.classCount)
        }
        labels.append(label)
    }
}
