import Archives

extension Dataset {
    /// MNIST, or a set of the same form (Fashion-MNIST, Kuzushiji-MNIST): the four IDX files in a folder, gzip or not.
    ///
    /// Where a copy stands in another order than the original, `train-original-index.npy` and `t10k-original-index.npy` give the place in the copy of each original
    /// sample stands; ``records`` are the original's numbers.
    public static func mnist(_ set: PublishedSet, _ folder: String, _ split: Split) throws(DatasetError) -> Dataset {
        try lifting {
            let folder = try DataFolder(folder, inner: ["MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "raw"])
            var parts: [(images: IDXFile, labels: IDXFile)] = []
            for (prefix, wanted) in [("train", Split.train), ("t10k", .test)] where split == .all || split == wanted {
                parts.append(
                    (
                        try IDXFile(folder.file(IDXFile.names(prefix + "-images", axes: 3)), axes: 3),
                        try IDXFile(folder.file(IDXFile.names(prefix + "-labels", axes: 1)), axes: 1)
                    ))
            }
            var (pixels, labels, records): ([any PixelSource<UInt8>], [Int], [Int]) = ([], [], [])
            for part in parts {
                guard part.images.sizes[0] == part.labels.sizes[0] else {
                    throw DatasetError.mismatch(
                        file: part.labels.path,
                        reason: "\(part.labels.sizes[0]) labels, but \(part.images.path) has \(part.images.sizes[0]) images")
                }
                guard part.images.sizes[1...] == parts[0].images.sizes[1...] else {
                    throw DatasetError.mismatch(
                        file: part.images.path,
                        reason:
                            "images of \(part.images.sizes[1...]) pixels, but those of \(parts[0].images.path) have \(parts[0].images.sizes[1...])"
                    )
                }
                let own = try part.labels.array.integers()
                // Checked here, where the file is known.
                if let index = own.firstIndex(where: { $0 >= set.classCount }) {
                    throw DatasetError.labelOutOfRange(file: part.labels.path, index: index, label: own[index], classes: set.classCount)
                }
                pixels.append(StoredPixels<UInt8>(part.images.array))
                let first = labels.count
                labels += own  // checked: a list is appended
                records += try originalNumbers(beside: part.images.path, in: folder, count: own.count).map { $0 + first }
            }
            return try Dataset(
                name: "\(set.kind.rawValue) \(split.rawValue)",
                provenance: "\(set.title), IDX files in \(folder.path), \(split.rawValue) part.",
                sampleShape: [1] + Array(parts[0].images.sizes[1...]), pixels: .bytes(JoinedPixels(pixels)), labels: labels,
                classCount: set.classCount,
                classNames: set.classNames,
                normalisation: set.normalisation, records: records, file: parts[0].images.path)
        }
    }

    /// Each sample's number in the original file, in the order of this copy.
    private static func originalNumbers(beside images: String, in folder: DataFolder, count: Int) throws -> [Int] {
        let prefix = images.split(separator: "/").last?.hasPrefix("t10k") == true ? "t10k" : "train"
        guard let path = folder.find(["\(prefix)-original-index.npy"]) else { return Array(0..<count) }
        let numbers = try Archive.open(path).entries.first?.integers() ?? []
        guard numbers.count == count else {
            throw DatasetError.mismatch(file: path, reason: "\(numbers.count) numbers, but \(images) has \(count) images")
        }
        guard Set(numbers).count == count, numbers.allSatisfy({ (0..<count).contains($0) }) else {
            throw DatasetError.damaged(file: path, place: "the numbers", reason: "they should be 0 … \(count - 1), each once")
        }
        var records = [Int](repeating: 0, count: count)
        for (original, place) in numbers.enumerated() { records[place] = original }
        return records
    }
}

/// An array of bytes in the IDX format: two zero bytes, the element type, the number of axes, their sizes (32 bits, big-endian), the elements.
struct IDXFile {
    let path: String
    let sizes: [Int]
    let array: StoredArray

    private static let unsignedByte: UInt8 = 8

    /// The names that are in use for such a file, gzip or not.
    static func names(_ stem: String, axes: Int) -> [String] {
        ["-idx\(axes)-ubyte", ".idx\(axes)-ubyte"].flatMap { [stem + $0, stem + $0 + ".gz"] }
    }

    init(_ path: String, axes: Int) throws {
        let bytes = try FileBytes(path, limit: DataFolder.largestFile)
        let headerSize = 4 + 4 * axes
        guard bytes.count >= headerSize else {
            throw DatasetError.damaged(
                file: path, place: "byte \(bytes.count)", reason: "the file is truncated in its header of \(headerSize) bytes")
        }
        guard bytes[0] == 0, bytes[1] == 0, bytes[2] == Self.unsignedByte, bytes[3] == axes else {
            let found = bytes[0..<4].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
            throw DatasetError.damaged(
                file: path, place: "byte 0",
                reason: "the magic number of \(axes == 3 ? "images" : "labels") is 00 00 08 0\(axes), found \(found)")
        }
        let sizes = (0..<axes).map { axis in bytes[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) } }
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, size > 0 else {
                throw DatasetError.damaged(file: path, place: "byte 4", reason: "the impossible sizes \(sizes)")
            }
            count = product
        }
        guard bytes.count - headerSize == count else {
            throw DatasetError.damaged(
                file: path, place: "byte \(headerSize)",
                reason:
                    "sizes \(sizes) take \(count) bytes but \(bytes.count - headerSize) follow; the file is truncated or its header is wrong"
            )
        }
        self.path = path
        self.sizes = sizes
        array = try StoredArray(bytesOf: bytes, name: axes == 3 ? "images" : "labels", shape: sizes, offset: headerSize)
    }
}
