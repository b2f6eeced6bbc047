/// Random changes of training images, drawn anew for every batch: those that leave an image's class as it is, and a mixing of images that mixes their classes too.
///
/// ```swift
/// let augmentation = try Augmentation("flip,crop=4,autoaugment")
/// let batch = try train.batch(indices, augmented: augmentation, using: &generator)
/// ```
///
/// Flips and padded crops are what the papers' CIFAR trainings use (He et al. 2016, section 4.2; Singh and Jaggi 2020; Öz 2024 for CIFAR-100); Luenam et al. 2025 train
/// their VGGs and vision transformers with AutoAugment and CutMix as well.
package struct Augmentation: Sendable, Equatable {
    /// The size of every step that is taken, by its key; 0 for a step without a size.
    private var sizes: [String: Int] = [:]

    /// One kind of change. Everything that names them follows from ``steps``.
    package struct Step: Sendable {
        package let key: String
        /// What its size may be, and what it is when none is given; nil for a step without a size.
        package let size: (range: ClosedRange<Int>, usual: Int)?
        package let help: String
    }

    static let crop = Step(
        key: "crop", size: (1...64, 4),
        help: "zero-pads every side by N pixels and takes a random crop of the image's size (usually 4 for 32×32 images)")
    static let flip = Step(key: "flip", size: nil, help: "flips half of the images horizontally")
    static let policy = Step(
        key: "autoaugment", size: nil,
        help: "AutoAugment: one of the 25 sub-policies of the CIFAR-10 policy (Cubuk et al. 2019); 8-bit images only")
    static let cutMix = Step(
        key: "cutmix", size: (1...100, 100),
        help:
            "CutMix in N of 100 batches: a box of another image is pasted into each image, and labels are mixed by area (Yun et al. 2019)"
    )

    /// The steps there are, in the order in which they are taken.
    package static let steps = [crop, flip, policy, cutMix]

    /// No change at all.
    package static let none = Augmentation()

    package init() {}

    /// Steps between commas, such as `flip,crop=4`; `none` or nothing for none.
    package init(_ text: String) throws(DatasetError) {
        guard !text.isEmpty, text != "none" else { return }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let name = words.first, let step = Self.steps.first(where: { $0.key == name }) else {
                throw .augmentation(
                    text: text, reason: "'\(part)' is not an augmentation; available: \(Self.steps.map(\.key).joined(separator: ", "))")
            }
            guard sizes[step.key] == nil else { throw .augmentation(text: text, reason: "\(step.key) is given twice") }
            guard let allowed = step.size else {
                guard words.count == 1 else { throw .augmentation(text: text, reason: "\(step.key) takes no value") }
                sizes[step.key] = 0
                continue
            }
            guard let size = words.count == 1 ? allowed.usual : Int(words[1]), allowed.range.contains(size) else {
                throw .augmentation(
                    text: text, reason: "\(part) should be \(step.key)=N, N from \(allowed.range.lowerBound) to \(allowed.range.upperBound)"
                )
            }
            sizes[step.key] = size
        }
    }

    package var isEmpty: Bool { sizes.isEmpty }
    /// Whether images of several classes may become one.
    package var mixesImages: Bool { takes(Self.cutMix) }

    func takes(_ step: Step) -> Bool { sizes[step.key] != nil }
    /// 0 for a step that is not taken.
    func size(of step: Step) -> Int { sizes[step.key] ?? 0 }

    /// One sentence for a flag's help.
    package static var help: String {
        steps.map { step in "\(step.key)\(step.size.map { "=N (\($0.usual) when no N is given)" } ?? ""): \(step.help)" }.joined(
            separator: "; ") + "; none"
    }
}

extension Augmentation: CustomStringConvertible {
    package var description: String {
        let parts = Self.steps.compactMap { step in sizes[step.key].map { step.size == nil ? step.key : "\(step.key)=\($0)" } }
        return parts.isEmpty ? "none" : parts.joined(separator: ",")
    }
}

extension Augmentation: Codable {
    package init(from decoder: any Decoder) throws { try self.init(decoder.singleValueContainer().decode(String.self)) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
