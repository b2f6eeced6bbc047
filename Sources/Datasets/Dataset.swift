/// Labelled images: a view of some records of a source, normalised when a batch is asked for.
///
/// ```swift
/// let test = try DataSpec("digits:test").load()
/// let x = try test.batch(0..<16)          // [16, 1, 8, 8]
/// let few = try test.subset(samples: 100, seed: 7)
/// ```
///
/// Bytes stay bytes until then. Subsets and splits share the pixels of the whole.
public struct Dataset: Sendable {
    public let name: String
    /// One sentence: where the data come from and which part of them this is.
    public let provenance: String
    /// Channels, height and width of one sample.
    public let sampleShape: [Int]
    /// The class of every sample.
    public let labels: [Int]
    public let classCount: Int
    /// Whether ``labels`` mean anything; where not, they are all 0 and nothing can be measured.
    public let isLabelled: Bool
    /// What the classes are called, where that is known.
    public let classNames: [String]?
    public let normalisation: Normalisation
    /// The number of every sample in its source, such as the training file.
    public let records: [Int]

    let pixels: Pixels
    /// Where every sample's pixels are.
    private let places: [Int]

    enum Pixels: Sendable {
        case bytes([UInt8])
        case floats([Float])

        var count: Int {
            switch self {
            case .bytes(let values): values.count
            case .floats(let values): values.count
            }
        }
    }

    /// Pixels of one sample.
    public var sampleSize: Int { sampleShape.reduce(1, *) }
    public var count: Int { labels.count }

    /// - Parameters:
    ///   - pixels: sample after sample, channel after channel, row after row.
    ///   - classNames: for messages and tables.
    ///   - records: the samples' numbers in the source that the data were taken from, where they stand in another order there.
    ///   - file: where they come from, for errors.
    init(
        name: String, provenance: String, sampleShape: [Int], pixels: Pixels, labels: [Int], classCount: Int, isLabelled: Bool = true,
        classNames: [String]? = nil, normalisation: Normalisation, records: [Int]? = nil, file: String
    ) throws(DatasetError) {
        guard sampleShape.count == 3, sampleShape.allSatisfy({ $0 > 0 }) else { throw .damaged(file: file, place: "images", reason: "images of shape \(sampleShape)") }
        let size = sampleShape.reduce(1, *)
        guard labels.count == pixels.count / size, pixels.count.isMultiple(of: size) else {
            throw .mismatch(file: file, reason: "\(pixels.count / size) images but \(labels.count) labels")
        }
        for (index, label) in labels.enumerated() where !(0..<classCount).contains(label) {
            throw .labelOutOfRange(file: file, index: index, label: label, classes: classCount)
        }
        if case .floats(let values) = pixels, let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(file: file, sample: index / size) }
        if let fault = normalisation.fault(channels: sampleShape[0]) { throw .spec(text: name, reason: fault) }
        self.name = name
        self.provenance = provenance
        self.sampleShape = sampleShape
        self.labels = labels
        self.classCount = classCount
        self.isLabelled = isLabelled
        self.classNames = classNames
        self.normalisation = normalisation
        self.pixels = pixels
        places = Array(labels.indices)
        self.records = records ?? places
    }

    /// Unnormalised images from memory.
    ///
    /// - Parameters:
    ///   - images: used as they are; sample after sample, channel after channel, row after row.
    public init(name: String, images: [Float], sampleShape: [Int], labels: [Int], classCount: Int, provenance: String = "made in memory") throws(DatasetError) {
        try self.init(
            name: name, provenance: provenance, sampleShape: sampleShape, pixels: .floats(images), labels: labels, classCount: classCount,
            normalisation: Normalisation(scale: 1), file: name)
    }

    /// Images of bytes from memory, brought to 0 … 1 until another normalisation is asked for.
    ///
    /// - Parameters:
    ///   - bytes: sample after sample, channel after channel, row after row.
    public init(name: String, bytes: [UInt8], sampleShape: [Int], labels: [Int], classCount: Int, provenance: String = "made in memory") throws(DatasetError) {
        try self.init(
            name: name, provenance: provenance, sampleShape: sampleShape, pixels: .bytes(bytes), labels: labels, classCount: classCount, normalisation: .bytes, file: name)
    }

    /// - Parameters:
    ///   - positions: samples of `whole`, in the new order; each must be within it.
    private init(_ whole: Dataset, positions: [Int], name: String, provenance: String) {
        self.name = name
        self.provenance = provenance
        sampleShape = whole.sampleShape
        labels = positions.map { whole.labels[$0] }
        classCount = whole.classCount
        isLabelled = whole.isLabelled
        classNames = whole.classNames
        normalisation = whole.normalisation
        pixels = whole.pixels
        records = positions.map { whole.records[$0] }
        places = positions.map { whole.places[$0] }
    }

    private init(_ whole: Dataset, normalisation: Normalisation) {
        name = whole.name
        provenance = whole.provenance
        sampleShape = whole.sampleShape
        labels = whole.labels
        classCount = whole.classCount
        isLabelled = whole.isLabelled
        classNames = whole.classNames
        self.normalisation = normalisation
        pixels = whole.pixels
        records = whole.records
        places = whole.places
    }

    /// The samples at these positions, in this order; a position may come more than once.
    ///
    /// - Parameters:
    ///   - description: what part of the whole they are, for the name and the provenance.
    public func selecting(_ positions: [Int], as description: String) throws(DatasetError) -> Dataset {
        if let outside = positions.first(where: { !labels.indices.contains($0) }) {
            throw .selection(dataset: name, reason: "there is no sample \(outside); it holds \(count)")
        }
        return Dataset(self, positions: positions, name: "\(name), \(description)", provenance: "\(provenance) Of these: \(description).")
    }

    /// The same samples, normalised otherwise.
    public func normalised(_ normalisation: Normalisation) throws(DatasetError) -> Dataset {
        if let fault = normalisation.fault(channels: sampleShape[0]) { throw .selection(dataset: name, reason: fault) }
        return Dataset(self, normalisation: normalisation)
    }

    /// Samples of each class.
    public var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: classCount)
        for label in labels { counts[label] += 1 }
        return counts
    }

    /// Where the pixels of a sample begin.
    func pixelStart(_ position: Int) -> Int { places[position] * sampleSize }
}
