import Archives
import Testing

@testable import Datasets

@Suite("AutoAugment") struct AutoAugmentTests {
    /// A picture without symmetries, so that every operation leaves another trace.
    func picture(channels: Int) -> ByteImage {
        var pixels: [UInt8] = []
        for c in 0..<channels {
            for y in 0..<20 {
                for x in 0..<24 {
                    pixels.append(UInt8(truncatingIfNeeded: 40 + 11 * c + (7 * y * y + 5 * x * x + 3 * x * y) % (180 + 10 * c)))
                }
            }
        }
        return ByteImage(channels: channels, height: 20, width: 24, pixels: pixels)
    }

    func digest(_ image: ByteImage) -> String {
        var hash = SHA256()
        hash.update(image.pixels)
        return String(hash.hexadecimal().prefix(16))
    }

    func after(_ operation: PixelOperation, _ pixels: [UInt8], channels: Int = 1, width: Int) -> [UInt8] {
        var image = ByteImage(channels: channels, height: pixels.count / channels / width, width: width, pixels: pixels)
        operation.apply(to: &image)
        return image.pixels
    }

    // The digests are of what Pillow 13.0.0 gives for the same pictures: transform, rotate, ImageOps and ImageEnhance.
    private static let coloured: [(PixelOperation, String)] = [
        (.shearX(0.17), "bae2a3c01ac49045"), (.shearX(-0.3), "63e2ef8fb4f09363"), (.shearY(0.23), "4fc11740de995ec3"),
        (.translateX(5), "50aa9b9ab7ff7ed5"),
        (.translateY(-3), "b2517261a5a94158"), (.rotate(20), "f47f3b5c7100b75b"), (.rotate(-6.5), "8b385fd58eb8cdaf"),
        (.autoContrast, "50b43e761139e74d"),
        (.invert, "7605f837d167affa"), (.equalize, "9474a8f9934626ca"), (.solarize(threshold: 113.3), "6daf3b3d45ecd894"),
        (.posterize(bits: 5), "1f14204134e5595f"),
        (.contrast(1.6), "260fd70806659432"), (.contrast(0.4), "9001f17a978ffe1f"), (.color(1.9), "cd2a7fc17158f345"),
        (.color(0.3), "43881a99ed94c12d"),
        (.brightness(1.7), "1f6233930639d980"), (.brightness(0.3), "dd7a42f56d28efcb"), (.sharpness(1.9), "057a35bef4fd7128"),
        (.sharpness(0.1), "5d62c2fe7abe11a1"),
    ]
    private static let grey: [(PixelOperation, String)] = [
        (.shearX(0.17), "1d0894a01c32861a"), (.shearY(0.23), "19a91146bc302e19"), (.rotate(20), "a15476a59011bf49"),
        (.autoContrast, "86ea3952d4935814"),
        (.equalize, "793cac90f22c1857"), (.contrast(1.6), "b58b16f1116f8909"), (.color(0.3), "dbc91d2115d5ec8e"),
        (.sharpness(1.9), "0384f5d6e4da7d32"),
    ]

    @Test("every operation gives the bytes that the imaging library of the paper's program gives")
    func againstPillow() {
        #expect(digest(picture(channels: 3)) == "476dbe71cdb81254")
        #expect(digest(picture(channels: 1)) == "dbc91d2115d5ec8e")
        for (channels, cases) in [(3, Self.coloured), (1, Self.grey)] {
            for (operation, expected) in cases {
                var image = picture(channels: channels)
                operation.apply(to: &image)
                #expect(digest(image) == expected, "\(operation), \(channels) channels")
            }
        }
    }

    @Test("results known by hand: shifts, a quarter turn, a shear, solarised and posterised bytes")
    func byHand() {
        let square: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        #expect(after(.translateX(1), square, width: 3) == [0, 1, 2, 0, 4, 5, 0, 7, 8])
        #expect(after(.translateY(-1), square, width: 3) == [4, 5, 6, 7, 8, 9, 0, 0, 0])
        #expect(after(.rotate(90), square, width: 3) == [3, 6, 9, 2, 5, 8, 1, 4, 7])
        #expect(after(.rotate(0), square, width: 3) == square)
        // 0.45 pixels at the first row's centre, 1.35 at the second's, 2.25 at the third's.
        #expect(after(.shearX(0.9), square, width: 3) == [1, 2, 3, 5, 6, 0, 9, 0, 0])
        #expect(after(.solarize(threshold: 128), [0, 127, 128, 255], width: 2) == [0, 127, 127, 0])
        #expect(after(.posterize(bits: 4), [15, 16, 200, 255], width: 2) == [0, 16, 192, 240])
        #expect(after(.posterize(bits: 8), [15, 16, 200, 255], width: 2) == [15, 16, 200, 255])
        #expect(after(.autoContrast, [10, 20, 30, 60], width: 2) == [0, 51, 102, 255])
        #expect(after(.autoContrast, [7, 7, 7, 7], width: 2) == [7, 7, 7, 7])
        #expect(after(.brightness(0.5), [10, 21, 200, 255], width: 2) == [5, 10, 100, 127])
        #expect(after(.contrast(0), [0, 10, 20, 31], width: 2) == [15, 15, 15, 15])
        // 299 of 1000 of red, 587 of green, 114 of blue.
        #expect(after(.color(0), [100, 200, 50], channels: 3, width: 1) == [153, 153, 153])
    }

    @Test("an operation that changes nothing at its neutral strength, and no image smaller than its neighbourhood, traps")
    func neutral() {
        for operation in [
            PixelOperation.contrast(1), .color(1), .brightness(1), .sharpness(1), .shearX(0), .shearY(0), .translateX(0),
            .posterize(bits: 8),
        ] {
            var image = picture(channels: 3)
            operation.apply(to: &image)
            #expect(image == picture(channels: 3), "\(operation)")
        }
        for operation in Self.coloured.map(\.0) { #expect(after(operation, [9], width: 1).count == 1) }
    }

    @Test("the policy is the paper's: 25 pairs, levels of the ranges of its table")
    func levels() {
        #expect(AutoAugmentPolicy.cifar10.pairs.count == 25)
        func operation(_ kind: AutoAugmentPolicy.Kind, _ level: Int, _ direction: Double = 1) -> PixelOperation {
            AutoAugmentPolicy.operation(kind, level: level, direction: direction, height: 32, width: 32)
        }
        let known: [(PixelOperation, PixelOperation)] = [
            (operation(.shearX, 9), .shearX(0.3)), (operation(.rotate, 9, -1), .rotate(-30)),
            // 150 of 331 pixels are 14.5 of 32.
            (operation(.translateX, 9), .translateX(14)), (operation(.translateY, 9, -1), .translateY(-14)),
            (operation(.posterize, 0), .posterize(bits: 8)), (operation(.posterize, 7), .posterize(bits: 5)),
            (operation(.posterize, 9), .posterize(bits: 4)),
            (operation(.solarize, 0), .solarize(threshold: 255)), (operation(.solarize, 9), .solarize(threshold: 0)),
            (operation(.color, 9), .color(1.9)), (operation(.contrast, 0, -1), .contrast(1)),
        ]
        for (found, expected) in known { #expect(found == expected) }
        guard case .brightness(let least) = operation(.brightness, 9, -1) else {
            Issue.record("brightness at its least is no brightness")
            return
        }
        // 1 − 0.9 in binary.
        #expect(abs(least - 0.1) < 1e-15)
    }

    @Test("a pair is carried out as often as its probabilities say")
    func frequencies() {
        let pair = AutoAugmentPolicy(pairs: [(.init(.invert, 0.3), .init(.translateX, 1, 9))])
        var generator = SeededGenerator(seed: 5), inverted = 0, right = 0
        for _ in 0..<2000 {
            // Whichever way the shift of one pixel goes, one of the outer columns keeps something of the middle one.
            var image = ByteImage(channels: 1, height: 1, width: 3, pixels: [10, 20, 30])
            pair.apply(to: &image, using: &generator)
            let isRight = image.pixels[0] == 0
            right += isRight ? 1 : 0
            inverted += image.pixels[1] == (isRight ? 245 : 225) ? 1 : 0
        }
        // Five standard deviations of 2000 draws: 102 and 112.
        #expect(abs(inverted - 600) < 103)
        #expect(abs(right - 1000) < 112)
    }

    @Test("batches of bytes are changed before they are normalised, alike for the same seed; numbers of no range are refused")
    func batches() throws {
        let image = picture(channels: 3)
        let data = try Dataset(
            name: "pictures", bytes: Array(repeatElement(image.pixels, count: 40).joined()), sampleShape: [3, 20, 24],
            labels: [Int](repeating: 0, count: 40), classCount: 1
        ).normalised(.cifar10)
        func batch(_ text: String, seed: UInt64) throws -> [Float] {
            var generator = SeededGenerator(seed: seed)
            return try data.batch(0..<40, augmented: Augmentation(text), using: &generator).images.array(of: Float.self)
        }
        let changed = try batch("crop=4,flip,autoaugment", seed: 1), size = data.sampleSize
        #expect(try changed == batch("autoaugment,flip,crop", seed: 1))
        #expect(try changed != batch("autoaugment,flip,crop", seed: 2))
        // Whatever was done, the pixels are bytes as the set normalises them.
        let known = (0..<3).map { channel in Set((0...255).map { Normalisation.cifar10.apply(Float($0), channel: channel) }) }
        for (index, value) in changed.enumerated() where !known[index % size / (20 * 24)].contains(value) {
            Issue.record("pixel \(index) is no normalised byte")
            return
        }
        #expect(Set((0..<40).map { Array(changed[$0 * size..<($0 + 1) * size]) }).count > 20)

        let floats = try Dataset(name: "numbers", images: [0, 1, 2, 3], sampleShape: [1, 2, 2], labels: [0], classCount: 1)
        for (data, reason) in [(floats, "no known value range"), (try Dataset.digits(.train), "go from 0 to 16, not to 255")] {
            var generator = SeededGenerator(seed: 1)
            #expect(message { try data.batch(0..<1, augmented: Augmentation("autoaugment"), using: &generator) }.contains(reason))
        }
    }
}
