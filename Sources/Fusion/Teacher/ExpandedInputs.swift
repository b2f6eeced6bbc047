import Datasets
import Synchronization
import Tensors

/// A few samples expanded to many inputs: the samples themselves, then mixup a·x_i + (1 − a)·x_j with a ~ U(0, 1); with augmentation, half of these are
/// augmented samples instead. Token ids are spliced: the first a of the positions from x_i, the others from x_j. The teacher gives targets for all of them, so no labels are needed.
///
/// Inputs are made on demand, batch by batch, always the same ones for a seed: memory does not grow with their number.
struct ExpandedInputs: Sendable {
    enum Augmentation: String, HyperparameterChoice {
        case automatic, none, affine, mirrored
        /// Half of the affine one; not for users.
        case slight

        var title: String {
            switch self {
            case .automatic: "none for the fusion; a distillation takes the kind of the least held-out divergence"
            case .none: "none"
            case .slight: "half of the extra inputs: very small rotations, scalings, shears and shifts"
            case .affine: "half of the extra inputs: small rotations, scalings, shears and shifts"
            case .mirrored: "half of the extra inputs: shifts by whole pixels and horizontal flips"
            }
        }
    }

    static let mixup = Hyperparameter(
        "inputs", "mixup inputs", 1...10_000_000, default: 4000, unit: "inputs", paper: "Amalgam",
        help: "Total number of samples and mixup inputs; raised automatically if a layer needs more for its fit.")

    static let augmentation = Hyperparameter(
        "augmentation", "augmentation", among: [.automatic, .none, .affine, .mirrored], default: Augmentation.automatic,
        aliases: ["jitter"], paper: "Amalgam",
        help: "Random transformations of half of the extra inputs; use only transformations that do not change an image's class.")

    let source: any InputSource
    /// Samples of the source that are used.
    let samples: Int
    /// Inputs in all; at least the samples.
    let count: Int
    private(set) var augmentation: Augmentation
    let seed: UInt64
    /// Whether samples are images, which can be transformed.
    let isOfImages: Bool
    /// Distinguishes these inputs from any others.
    private(set) var identity = Identity()

    final class Identity: Sendable {}

    /// Inputs of one batch: fewer where a sample is large.
    let batch: Int
    /// The samples, where they are small: they are read many times.
    private let kept = KeptSamples()

    /// How many inputs were asked for, and how many passes allow; nil where nothing limits them.
    let limit: InputLimit?

    /// Inputs of one batch at most, and the numbers that they hold at most.
    static let batch = 200
    private static let batchNumbers = 1_250_000
    /// Samples among which the partners of one batch of mixtures are drawn at most, and the numbers that they hold at most.
    private static let pool = 500
    private static let poolNumbers = 5_000_000
    /// Numbers of one sample.
    private let numbers: Int

    /// - Throws: `noSamples` where the source is empty, `unsuitable` where samples are to be augmented that are no images.
    init(
        _ source: any InputSource, samples: Int, count: Int, augmentation: Augmentation, seed: UInt64, method: String,
        limit: InputLimit? = nil
    ) throws {
        self.source = source
        self.samples = min(samples, source.count)
        self.count = max(count, self.samples)
        self.augmentation = augmentation
        self.seed = seed
        self.limit = limit
        guard self.samples > 0 else { throw FusionError.noSamples(method: method) }
        let shape = try SampleBatches(source, atMost: 1, size: 1, method: method).inputs(0..<1).shape
        numbers = max(1, shape.reduce(1, *))
        isOfImages = shape.count == 4 && !source.isOfTokens
        batch = max(1, min(Self.batch, Self.batchNumbers / numbers))
        if augmentation.maps != nil, !isOfImages {
            throw FusionError.unsuitable(
                reason:
                    "augmentation=\(augmentation.rawValue) transforms images, but one sample is \(shape.dropFirst().map(String.init).joined(separator: "×")); set augmentation=none"
            )
        }
    }

    /// Inputs as the settings of a method or of its refinement have them: as many as layers of these networks need, and passes of them allow.
    init(_ source: any InputSource, samples: Int, _ settings: Settings, seed: UInt64, parents: ParentSet) throws {
        try self.init(
            source, samples: samples, inputs: settings[Self.mixup], augmentation: settings[Self.augmentation], seed: seed,
            method: "reconstruction", parents: parents)
    }

    /// - Parameter inputs: how many are asked for.
    init(
        _ source: any InputSource, samples: Int, inputs: Int, augmentation: Augmentation, seed: UInt64, method: String, parents: ParentSet
    ) throws {
        let limit = InputLimit(inputs: inputs, samples: min(samples, source.count), parents: parents)
        try self.init(
            source, samples: samples, count: limit.count, augmentation: augmentation, seed: seed, method: method, limit: limit)
    }

    /// Inputs of the same samples with another augmentation.
    func augmenting(by other: Augmentation) -> ExpandedInputs {
        guard other != augmentation else { return self }
        var changed = self
        (changed.augmentation, changed.identity) = (other, Identity())
        return changed
    }

    /// How many inputs networks may be compared on: half of these where passes are long, else any number.
    var comparable: Int { (limit?.count ?? 0) < (limit?.asked ?? 0) ? max(Self.fewest, count / 2) : .max }
    private static let fewest = 32

    /// The batches that hold the samples themselves.
    var sampleBatches: Int { (samples + batch - 1) / batch }
    var batches: Int { sampleBatches + (count - samples + batch - 1) / batch }

    /// The numbers of the inputs in a batch. A batch holds samples or mixtures, never both.
    func range(of index: Int) -> Range<Int> {
        if index < sampleBatches { return index * batch..<min(samples, (index + 1) * batch) }
        let start = samples + (index - sampleBatches) * batch
        return start..<min(count, start + batch)
    }

    /// The inputs of a batch, [inputs] + one sample's shape.
    func inputs(ofBatch batch: Int) throws -> Tensor {
        let range = range(of: batch)
        guard batch >= sampleBatches else { return try raw(range) }
        var random = SeededGenerator(seed: seed, purpose: "mixtures \(batch)")
        let alone = augmentation.maps == nil ? 0 : range.count / 2
        let mixed = try mixtures(range.count, sharesOfPartners: range.map { $0 - range.lowerBound >= alone }, of: samples, &random)
        return try augmented(mixed, first: alone, &random)
    }

    /// So many mixtures of two of the first `available` samples, drawn near each other; where a share is not wanted, a sample by itself.
    func mixtures(_ count: Int, sharesOfPartners: [Bool], of available: Int, _ random: inout SeededGenerator) throws -> Tensor {
        let size = min(available, Self.pool, max(2, Self.poolNumbers / numbers))
        let start = available > size ? random.integer(below: available - size + 1) : 0
        let pool = try raw(start..<start + size)
        let first = (0..<count).map { _ in random.integer(below: size) }, second = (0..<count).map { _ in random.integer(below: size) }
        let shares = sharesOfPartners.map { $0 ? Float(random.real()) : 1 }
        let share = try source.isOfTokens ? spliced(shares, like: pool) : mixed(shares, like: pool)
        let (one, other) = (try pool.gathered(axis: 0, Tensor(first)), try pool.gathered(axis: 0, Tensor(second)))
        return try other + (one - other) * share
    }

    private func mixed(_ shares: [Float], like pool: Tensor) throws -> Tensor {
        try Tensor(shares, shape: [shares.count] + [Int](repeating: 1, count: pool.rank - 1)).converted(to: pool.dtype())
    }

    /// 1 at the positions of the first sample, 0 at those of the other: the product is exact.
    private func spliced(_ shares: [Float], like pool: Tensor) throws -> Tensor {
        let positions = pool.shape.last ?? 1, lengths = source.inputLengths.isEmpty ? [positions] : source.inputLengths
        // Each of several inputs is cut at the same share: a mask goes with its tokens.
        let rows = shares.flatMap { share in
            lengths.flatMap { length in (0..<length).map { Float($0) < (share * Float(length)).rounded() ? Float(1) : 0 } }
        }
        return try Tensor(rows, shape: [shares.count] + [Int](repeating: 1, count: pool.rank - 2) + [positions]).converted(to: pool.dtype())
    }

    /// Some images with the first `count` augmented, where the settings say so.
    func augmented(_ images: Tensor, first count: Int, _ random: inout SeededGenerator) throws -> Tensor {
        guard let jitter = augmentation.maps, count > 0 else { return images }
        let part = try images.narrowed(axis: 0, from: 0, count: count)
        let maps = try jitter.maps(count, height: part.shape[2], width: part.shape[3], &random).converted(to: part.dtype())
        return try Tensor.concatenated([
            part.affinelySampled(maps), images.narrowed(axis: 0, from: count, count: images.shape[0] - count),
        ])
    }

    /// The samples `range` as they are.
    func samples(_ range: Range<Int>) throws -> Tensor { try raw(range) }

    /// The first `limit` inputs, batch by batch, as they are numbered.
    func forEach(
        first limit: Int = .max, _ control: FusionControl, _ body: (Tensor, Range<Int>) throws -> Void
    ) throws {
        for batch in 0..<batches {
            let range = range(of: batch)
            guard range.lowerBound < limit else { break }
            try control.check()
            try body(inputs(ofBatch: batch), range)
        }
    }

    private func raw(_ range: Range<Int>) throws -> Tensor {
        guard 4 * numbers * samples <= KeptSamples.memory else { return try read(range) }
        let all =
            try kept.all
            ?? kept.keep(
                Tensor.concatenated(
                    stride(from: 0, to: samples, by: batch).map {
                        try read($0..<min(samples, $0 + batch))
                    }))
        return try all.narrowed(axis: 0, from: range.lowerBound, count: range.count)
    }

    private func read(_ range: Range<Int>) throws -> Tensor {
        let x = try SampleBatches(source, atMost: samples, size: batch, method: "reconstruction").inputs(range)
        guard try x.allFinite() else {
            throw FusionError.unreadableSamples(
                reason: "samples \(range.lowerBound) … \(range.upperBound - 1) of \(source.name) hold NaN or infinity")
        }
        return x
    }
}

/// Samples in memory.
private final class KeptSamples: Sendable {
    /// Up to so many bytes they are kept.
    static let memory = 32 << 20

    private let values = Mutex<Tensor?>(nil)

    var all: Tensor? { values.withLock { $0 } }

    func keep(_ samples: Tensor) -> Tensor {
        values.withLock { $0 = samples }
        return samples
    }
}

extension ExpandedInputs.Augmentation {
    fileprivate var maps: AffineJitter? {
        switch self {
        case .automatic, .none: nil
        case .slight: .slight
        case .affine: .affine
        case .mirrored: .mirrored
        }
    }
}

/// Small random affine transformations of an image.
struct AffineJitter: Sendable {
    /// In degrees.
    let rotation: Double
    /// Largest deviations of the scale from 1, and of the shear from 0.
    let scale: Double
    let shear: Double
    /// In pixels, and at most this part of a side: small images are moved less.
    let shift: Double
    let share: Double
    /// Whether shifts are whole pixels.
    let isWhole: Bool
    /// Whether half of the images are mirrored left to right.
    let mirrors: Bool

    static let affine = AffineJitter(rotation: 15, scale: 0.15, shear: 0.2, shift: 2, share: 1 / 14, isWhole: false, mirrors: false)
    static let slight = AffineJitter(rotation: 7, scale: 0.07, shear: 0.1, shift: 1, share: 1 / 28, isWhole: false, mirrors: false)
    static let mirrored = AffineJitter(rotation: 0, scale: 0, shear: 0, shift: 4, share: 1 / 8, isWhole: true, mirrors: true)

    /// Maps from new to old coordinates, both −1 … 1 from edge to edge: [count, 2, 3], f32.
    func maps(_ count: Int, height: Int, width: Int, _ random: inout SeededGenerator) throws -> Tensor {
        var values: [Float] = []
        for _ in 0..<count {
            func deviation(_ most: Double) -> Double { (2 * random.real() - 1) * most }
            let angle = deviation(rotation) * .pi / 180, size = 1 + deviation(scale), slant = deviation(shear)
            var (right, down) = (deviation(min(shift, share * Double(width))), deviation(min(shift, share * Double(height))))
            if isWhole { (right, down) = (right.rounded(), down.rounded()) }
            let side = mirrors && random.integer(below: 2) == 1 ? -1.0 : 1
            // Rotation times shear, over the scale. Angles are small: the series of sine and cosine to the 7th and 6th power are exact in f32.
            let square = angle * angle
            let sine = angle * (1 - square / 6 * (1 - square / 20 * (1 - square / 42))),
                cosine = 1 - square / 2 * (1 - square / 12 * (1 - square / 30))
            values += [
                side * cosine / size, (cosine * slant - sine) / size, right * 2 / Double(width),
                side * sine / size, (sine * slant + cosine) / size, down * 2 / Double(height),
            ].map(Float.init)
        }
        return try Tensor(values, shape: [count, 2, 3])
    }
}
