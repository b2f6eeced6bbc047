import Tensors

/// Random changes of training images that leave their class as it is, drawn anew for every batch.
///
/// ```swift
/// let augmentation = try Augmentation("flip,crop=4")
/// let x = try augmentation.applied(to: train.batch(indices), black: train.black, using: &generator)
/// ```
///
/// Flips and padded crops are what the papers' CIFAR trainings use (He et al. 2016, section 4.2; Singh and Jaggi 2020; Öz 2024 for CIFAR-100).
public struct Augmentation: Sendable, Equatable {
    /// The size of every step that is taken, by its key; 0 for a step without a size.
    private var sizes: [String: Int] = [:]

    /// One kind of change. Everything that names them follows from ``steps``.
    public struct Step: Sendable {
        public let key: String
        /// What its size may be, and what it is when none is given; nil for a step without a size.
        public let size: (range: ClosedRange<Int>, usual: Int)?
        public let help: String
    }

    static let flip = Step(key: "flip", size: nil, help: "turns half of the images left to right")
    static let crop = Step(
        key: "crop", size: (1...64, 4), help: "pads every side with so many black pixels and cuts the image's size out at random (usually 4 for 32×32 images)")

    /// The steps there are, in the order in which they are taken.
    public static let steps = [crop, flip]

    /// No change at all.
    public static let none = Augmentation()

    public init() {}

    /// Steps between commas, such as `flip,crop=4`; `none` or nothing for none.
    public init(_ text: String) throws(DatasetError) {
        guard !text.isEmpty, text != "none" else { return }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let name = words.first, let step = Self.steps.first(where: { $0.key == name }) else {
                throw .augmentation(text: text, reason: "'\(part)' is no step; known are \(Self.steps.map(\.key).joined(separator: ", "))")
            }
            guard sizes[step.key] == nil else { throw .augmentation(text: text, reason: "\(step.key) is given twice") }
            guard let allowed = step.size else {
                guard words.count == 1 else { throw .augmentation(text: text, reason: "\(step.key) takes no value") }
                sizes[step.key] = 0
                continue
            }
            guard let size = words.count == 1 ? allowed.usual : Int(words[1]), allowed.range.contains(size) else {
                throw .augmentation(text: text, reason: "\(part) should be \(step.key)=N, N from \(allowed.range.lowerBound) to \(allowed.range.upperBound)")
            }
            sizes[step.key] = size
        }
    }

    public var isEmpty: Bool { sizes.isEmpty }

    /// One sentence for a flag's help.
    public static var help: String {
        steps.map { step in "\(step.key)\(step.size.map { "=N (\($0.usual) when no N is given)" } ?? ""): \(step.help)" }.joined(separator: "; ") + "; none"
    }

    /// The batch changed: for every image in turn a row and a column offset are drawn for a crop, then a side for a flip.
    ///
    /// - Parameters:
    ///   - x: [count, channels, height, width], on any device.
    ///   - black: what a pixel of 0 is in each channel once normalised (``Dataset/black``).
    public func applied(to x: Tensor, black: [Float], using generator: inout SeededGenerator) throws(DatasetError) -> Tensor {
        if isEmpty { return x }
        let shape = x.shape
        guard shape.count == 4, shape[1] == black.count else {
            throw .augmentation(text: description, reason: "images [count, channels, height, width] of \(black.count) channels are needed, but the batch is \(shape)")
        }
        let (height, width) = (shape[2], shape[3]), padding = sizes[Self.crop.key] ?? 0
        let flips = sizes[Self.flip.key] != nil
        // Where each pixel comes from; one place behind the image is black.
        var places = [Int](repeating: height * width, count: shape[0] * height * width)
        var filled = 0
        for _ in 0..<shape[0] {
            let down = padding == 0 ? 0 : generator.integer(below: 2 * padding + 1) - padding
            let right = padding == 0 ? 0 : generator.integer(below: 2 * padding + 1) - padding
            let isFlipped = flips && generator.integer(below: 2) == 1
            for y in 0..<height {
                for x in 0..<width {
                    let row = y + down, column = (isFlipped ? width - 1 - x : x) + right
                    if (0..<height).contains(row), (0..<width).contains(column) { places[filled] = row * width + column }
                    filled += 1
                }
            }
        }
        do {
            let device = try x.device(), channels = shape[1]
            let edge = try Tensor(black, shape: [1, channels, 1]).converted(to: x.dtype()).moved(to: device).expanded([shape[0], channels, 1])
            let indices = try Tensor(places, shape: [shape[0], 1, height * width]).moved(to: device).expanded([shape[0], channels, height * width])
            return try Tensor.concatenated([x.flattened(from: 2), edge], axis: 2).taken(axis: 2, along: indices).reshaped(shape)
        } catch {
            throw .tensor(error)
        }
    }
}

extension Augmentation: CustomStringConvertible {
    public var description: String {
        let parts = Self.steps.compactMap { step in sizes[step.key].map { step.size == nil ? step.key : "\(step.key)=\($0)" } }
        return parts.isEmpty ? "none" : parts.joined(separator: ",")
    }
}

extension Augmentation: Codable {
    public init(from decoder: any Decoder) throws { try self.init(decoder.singleValueContainer().decode(String.self)) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Dataset {
    /// What a pixel of 0 is in each channel once normalised: the colour that padding has.
    public var black: [Float] { normalisation.black(channels: sampleShape[0]) }
}
