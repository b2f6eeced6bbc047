/// The policy that AutoAugment found for CIFAR-10 (Cubuk et al. 2019, arXiv 1805.09501, table 7): 25 pairs of operations, of which every image gets one, each of the two
/// operations with a probability and a strength of its own.
///
/// Strengths are levels 0 … 9 of the ranges of the paper's table 6. As in the PyTorch programs that train with it, shears, shifts and turns go either way, and
/// contrast, colour, brightness and sharpness go from 1 (no change) towards either end of their range 0.1 … 1.9. Pixels from outside are black.
struct AutoAugmentPolicy {
    enum Kind {
        case shearX, shearY, translateX, translateY, rotate, autoContrast, invert, equalize, solarize, posterize, contrast, color,
            brightness, sharpness
    }

    struct Choice {
        let kind: Kind
        let probability: Double
        let level: Int

        init(_ kind: Kind, _ probability: Double, _ level: Int = 0) {
            self.kind = kind
            self.probability = probability
            self.level = level
        }
    }

    let pairs: [(first: Choice, second: Choice)]

    private static let highestLevel = 9.0

    /// A pair is drawn, then for each of its operations whether it is carried out, then its direction where it has two.
    func apply(to image: inout ByteImage, using generator: inout SeededGenerator) {
        let pair = pairs[generator.integer(below: pairs.count)]
        for choice in [pair.first, pair.second] {
            // Both are drawn whether they are needed or not, so that what one image draws does not shift the next one's.
            let isCarriedOut = generator.real() < choice.probability, direction = generator.integer(below: 2) == 1 ? 1.0 : -1.0
            if isCarriedOut {
                Self.operation(choice.kind, level: choice.level, direction: direction, height: image.height, width: image.width).apply(
                    to: &image)
            }
        }
    }

    /// An operation at a level.
    ///
    /// - Parameters:
    ///   - direction: 1 or −1, for those that go both ways.
    ///   - height: of the image; the paper's 150 pixels are a share of an ImageNet image of 331.
    static func operation(_ kind: Kind, level: Int, direction: Double, height: Int, width: Int) -> PixelOperation {
        let share = Double(level) / highestLevel, signed = direction * share
        return switch kind {
        case .shearX: .shearX(0.3 * signed)
        case .shearY: .shearY(0.3 * signed)
        case .translateX: .translateX(Int(signed * 150 / 331 * Double(width)))
        case .translateY: .translateY(Int(signed * 150 / 331 * Double(height)))
        case .rotate: .rotate(30 * signed)
        case .autoContrast: .autoContrast
        case .invert: .invert
        case .equalize: .equalize
        case .solarize: .solarize(threshold: 255 * (1 - share))
        case .posterize: .posterize(bits: 8 - Int((4 * share).rounded(.toNearestOrEven)))
        case .contrast: .contrast(1 + 0.9 * signed)
        case .color: .color(1 + 0.9 * signed)
        case .brightness: .brightness(1 + 0.9 * signed)
        case .sharpness: .sharpness(1 + 0.9 * signed)
        }
    }

    static let cifar10 = AutoAugmentPolicy(pairs: [
        (Choice(.invert, 0.1), Choice(.contrast, 0.2, 6)),
        (Choice(.rotate, 0.7, 2), Choice(.translateX, 0.3, 9)),
        (Choice(.sharpness, 0.8, 1), Choice(.sharpness, 0.9, 3)),
        (Choice(.shearY, 0.5, 8), Choice(.translateY, 0.7, 9)),
        (Choice(.autoContrast, 0.5), Choice(.equalize, 0.9)),
        (Choice(.shearY, 0.2, 7), Choice(.posterize, 0.3, 7)),
        (Choice(.color, 0.4, 3), Choice(.brightness, 0.6, 7)),
        (Choice(.sharpness, 0.3, 9), Choice(.brightness, 0.7, 9)),
        (Choice(.equalize, 0.6), Choice(.equalize, 0.5)),
        (Choice(.contrast, 0.6, 7), Choice(.sharpness, 0.6, 5)),
        (Choice(.color, 0.7, 7), Choice(.translateX, 0.5, 8)),
        (Choice(.equalize, 0.3), Choice(.autoContrast, 0.4)),
        (Choice(.translateY, 0.4, 3), Choice(.sharpness, 0.2, 6)),
        (Choice(.brightness, 0.9, 6), Choice(.color, 0.2, 8)),
        (Choice(.solarize, 0.5, 2), Choice(.invert, 0)),
        (Choice(.equalize, 0.2), Choice(.autoContrast, 0.6)),
        (Choice(.equalize, 0.2), Choice(.equalize, 0.6)),
        (Choice(.color, 0.9, 9), Choice(.equalize, 0.6)),
        (Choice(.autoContrast, 0.8), Choice(.solarize, 0.2, 8)),
        (Choice(.brightness, 0.1, 3), Choice(.color, 0.7)),
        (Choice(.solarize, 0.4, 5), Choice(.autoContrast, 0.9)),
        (Choice(.translateY, 0.9, 9), Choice(.translateY, 0.7, 9)),
        (Choice(.autoContrast, 0.9), Choice(.solarize, 0.8, 3)),
        (Choice(.equalize, 0.8), Choice(.invert, 0.1)),
        (Choice(.translateY, 0.7, 9), Choice(.autoContrast, 0.9)),
    ])
}
