/// Labelled images: a view of some records of a source, normalised when a batch is read.
///
/// ```swift
/// let test = try DataSpec("digits:test").load()
/// let x = try test.batch(0..<16)          // [16, 1, 8, 8]
/// let few = try test.subset(samples: 100, seed: 7)
/// ```
///
/// Bytes stay bytes until then. Subsets and splits share the pixels of the whole, which are in memory or read from their files when they are asked for
/// (``PixelMemory``).
public struct Dataset: Sendable {
    public private(set) var name: String
    /// The provenance of the data, in one sentence.
    public private(set) var provenance: String
    /// Channels, height and width of one sample.
    public private(set) var sampleShape: [Int]
    /// The class of every sample; all 0 where ``isLabelled`` is false.
    public private(set) var labels: [Int]
    /// The number of classes: what the set declares, or one more than its largest label; the outputs of a network that the set was
    /// fitted to. Not every class need have samples.
    public private(set) var classCount: Int
    /// Whether the set itself says how many classes there are: a published set, one with class names or with `classes=`.
    public private(set) var declaresClasses: Bool
    /// Whether ``labels`` mean anything; where not, they are all 0, and no accuracy can be measured. There may be ``targets`` instead.
    public private(set) var isLabelled: Bool
    /// The targets if they are not one class per sample; nil for classes and for unlabelled samples.
    public internal(set) var targets: Targets?
    /// The class names, if known.
    public private(set) var classNames: [String]?
    public private(set) var normalisation: Normalisation
    /// The index of every sample in its source, such as the training file.
    public private(set) var records: [Int]
    /// Notes on what was assumed, converted or skipped when the data were read; printed before any result.
    public internal(set) var notes: [String]

    /// Whether the samples are token ids, which are whole numbers and cannot be averaged.
    package private(set) var isOfTokens: Bool
    /// The arrays that stand one after another in a sample, where a network takes several; empty for one.
    package private(set) var inputs: [InputArray]
    var pixels: Pixels
    /// Where every sample's pixels and targets are.
    var places: [Int]
    /// The number of classes before a network was known, which is what ``fingerprint()`` counts in.
    private(set) var ownClassCount: Int

    /// Pixels of one sample.
    public var sampleSize: Int { sampleShape.reduce(1, *) }
    public var count: Int { labels.count }

    /// - Parameters:
    ///   - pixels: channel after channel, row after row.
    ///   - classCount: nil counts to the largest label.
    ///   - classNames: for messages and tables.
    ///   - records: the samples' numbers in the source that the data were taken from, where they stand in another order there.
    ///   - file: where they come from, for errors.
    init(
        name: String, provenance: String, sampleShape: [Int], pixels: Pixels, labels: [Int], classCount: Int?, isLabelled: Bool = true,
        targets: Targets? = nil,
        classNames: [String]? = nil, normalisation: Normalisation, isOfTokens: Bool = false, inputs: [InputArray] = [],
        records: [Int]? = nil, notes: [String] = [],
        file: String
    ) throws(DatasetError) {
        guard sampleShape.count == 3, sampleShape.allSatisfy({ $0 > 0 }) else {
            throw .damaged(file: file, place: "images", reason: "images of shape \(sampleShape)")
        }
        let size = sampleShape.reduce(1, *)
        guard labels.count == pixels.count / size, pixels.count.isMultiple(of: size) else {
            throw .mismatch(file: file, reason: "\(pixels.count / size) images but \(labels.count) labels")
        }
        if let targets, targets.count != labels.count {
            throw .mismatch(file: file, reason: "\(labels.count) images but targets of \(targets.count)")
        }
        let classes = classCount ?? (labels.max() ?? 0) + 1
        for (index, label) in labels.enumerated() where !(0..<classes).contains(label) {
            throw .labelOutOfRange(file: file, index: index, label: label, classes: classes)
        }
        guard pixels.sampleSize == size else {
            throw .damaged(file: file, place: "images", reason: "images of \(pixels.sampleSize) numbers and shape \(sampleShape)")
        }
        if case .floats(let source) = pixels {
            try source.scan { sample, values throws(DatasetError) in
                guard values.allSatisfy(\.isFinite) else { throw .notFinite(file: file, sample: sample) }
                return true
            }
        }
        if let fault = normalisation.fault(channels: sampleShape[0]) { throw .spec(text: name, reason: fault) }
        self.name = name
        self.provenance = provenance
        self.sampleShape = sampleShape
        self.labels = labels
        self.classCount = classes
        ownClassCount = classes
        declaresClasses = classCount != nil
        self.isLabelled = isLabelled
        self.targets = targets
        self.classNames = classNames
        self.normalisation = normalisation
        self.isOfTokens = isOfTokens
        self.inputs = inputs
        self.pixels = pixels
        self.notes = notes
        places = Array(labels.indices)
        self.records = records ?? places
    }

    /// Unnormalised images from memory.
    ///
    /// - Parameters:
    ///   - images: used as they are; sample after sample, channel after channel, row after row.
    ///   - classCount: nil where the labels do not say how many classes there are; then it is at least one more than the largest.
    public init(
        name: String, images: [Float], sampleShape: [Int], labels: [Int], classCount: Int?, provenance: String = "made in memory"
    ) throws(DatasetError) {
        try self.init(
            name: name, provenance: provenance, sampleShape: sampleShape,
            pixels: .floats(KeptPixels(images, sampleSize: sampleShape.reduce(1, *))),
            labels: labels, classCount: classCount, normalisation: Normalisation(scale: 1), file: name)
    }

    /// Unnormalised images from memory with targets that are not one class each.
    public init(
        name: String, images: [Float], sampleShape: [Int], targets: Targets, provenance: String = "made in memory"
    ) throws(DatasetError) {
        try self.init(
            name: name, provenance: provenance, sampleShape: sampleShape,
            pixels: .floats(KeptPixels(images, sampleSize: sampleShape.reduce(1, *))),
            labels: [Int](repeating: 0, count: targets.count), classCount: nil,
            isLabelled: false, targets: targets, normalisation: Normalisation(scale: 1), file: name)
    }

    /// Images of bytes from memory, scaled to 0 … 1 until another normalisation is set.
    ///
    /// - Parameters:
    ///   - bytes: sample after sample, channel after channel, row after row.
    public init(
        name: String, bytes: [UInt8], sampleShape: [Int], labels: [Int], classCount: Int?, provenance: String = "made in memory"
    ) throws(DatasetError) {
        try self.init(
            name: name, provenance: provenance, sampleShape: sampleShape,
            pixels: .bytes(KeptPixels(bytes, sampleSize: sampleShape.reduce(1, *))),
            labels: labels, classCount: classCount, normalisation: .bytes, file: name)
    }

    /// The samples at these positions, in this order; a position may come more than once.
    ///
    /// - Parameters:
    ///   - description: what part of the whole they are, for the name and the provenance.
    public func selecting(_ positions: [Int], as description: String) throws(DatasetError) -> Dataset {
        if let outside = positions.first(where: { !labels.indices.contains($0) }) {
            throw .selection(dataset: name, reason: "there is no sample \(outside); the data set has \(count)")
        }
        var part = self
        part.name = "\(name), \(description)"
        part.provenance = "\(provenance) Of these: \(description)."
        part.labels = positions.map { labels[$0] }
        part.records = positions.map { records[$0] }
        part.places = positions.map { places[$0] }
        return part
    }

    /// The same samples, normalised otherwise.
    public func normalised(_ normalisation: Normalisation) throws(DatasetError) -> Dataset {
        if let fault = normalisation.fault(channels: sampleShape[0]) { throw .selection(dataset: name, reason: fault) }
        var changed = self
        changed.normalisation = normalisation
        return changed
    }

    /// The same samples with their classes counted to `count`, which must be more than every label.
    func counting(classes count: Int, adding note: String? = nil) -> Dataset {
        var changed = self
        (changed.classCount, changed.declaresClasses) = (count, true)
        if let note { changed.notes.append(note) }
        return changed
    }

    /// The same with one more note.
    func noting(_ note: String) -> Dataset {
        var changed = self
        changed.notes.append(note)
        return changed
    }

    /// The same samples without their labels.
    func unlabelled(adding note: String) -> Dataset {
        var changed = self
        changed.labels = [Int](repeating: 0, count: count)
        changed.isLabelled = false
        changed.notes.append(note)
        return changed
    }

    /// The same samples with their pixels made into others, each sample's from its own.
    func replacing(pixels: Pixels, sampleShape: [Int], adding note: String?) -> Dataset {
        var changed = self
        (changed.pixels, changed.sampleShape) = (pixels, sampleShape)
        if let note { changed.notes.append(note) }
        return changed
    }

    /// Samples of each class.
    public var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: classCount)
        for label in labels { counts[label] += 1 }
        return counts
    }

    /// Where the numbers of a sample's target begin.
    func targetStart(_ position: Int, size: Int) -> Int { places[position] * size }
}
