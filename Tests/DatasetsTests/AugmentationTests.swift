import Foundation
import Testing

@testable import Datasets

@Suite("Augmentation") struct AugmentationTests {
    /// `count` images of two channels and 5×4 positions whose pixels all differ; black is −1 and −2 in their normalisation.
    func images(_ count: Int) throws -> Dataset {
        try Dataset(
            name: "images", images: (0..<count * 40).map { Float($0) }, sampleShape: [2, 5, 4], labels: [Int](repeating: 0, count: count),
            classCount: 1
        ).normalised(Normalisation(scale: 1, mean: [1, 2], standardDeviation: [1, 1]))
    }

    func changed(_ text: String, _ data: Dataset, seed: UInt64 = 1) throws -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return try data.batch(0..<data.count, augmented: Augmentation(text), using: &generator).images.array(of: Float.self)
    }

    @Test("a flip turns about half of the images left to right, all channels alike, and leaves the others as they were")
    func flip() throws {
        let x = try images(200), before = try changed("none", x), after = try changed("flip", x)
        var turned = 0
        for image in 0..<200 {
            let rows = stride(from: image * 40, to: image * 40 + 40, by: 4)
            let same = rows.allSatisfy { before[$0..<$0 + 4] == after[$0..<$0 + 4] }
            let mirrored = rows.allSatisfy { Array(before[$0..<$0 + 4].reversed()) == Array(after[$0..<$0 + 4]) }
            #expect(same != mirrored)
            turned += mirrored ? 1 : 0
        }
        // 200 fair coins: five standard deviations are 35.
        #expect(abs(turned - 100) <= 35)
    }

    @Test("a padded crop shifts by up to the padding each way and fills with each channel's black")
    func crop() throws {
        let x = try images(300), before = try changed("none", x), after = try changed("crop=2", x)
        var shifts: Set<[Int]> = []
        for image in 0..<300 {
            let fits = (-2...2).flatMap { down in (-2...2).map { [down, $0] } }.filter { shift in
                (0..<40).allSatisfy { place in
                    let (channel, y, x) = (place / 20, place / 4 % 5 + shift[0], place % 4 + shift[1])
                    let expected =
                        (0..<5).contains(y) && (0..<4).contains(x) ? before[image * 40 + channel * 20 + y * 4 + x] : [-1, -2][channel]
                    return after[image * 40 + place] == expected
                }
            }
            #expect(fits.count == 1)
            shifts.formUnion(fits)
        }
        // 25 shifts in 300 draws: one is missed with probability 25 · (24/25)³⁰⁰ = 1e-4, and never for this seed.
        #expect(shifts.count == 25)
    }

    @Test("the same seed gives the same change, another one another, and none gives the batch itself")
    func seeded() throws {
        let x = try images(20)
        #expect(try changed("crop,flip", x) == changed("flip,crop=4", x))
        #expect(try changed("crop,flip", x) != changed("crop,flip", x, seed: 2))
        #expect(try changed("none", x) == x.batch(0..<20).array(of: Float.self))
    }

    @Test("a crop wider than the image leaves black images, and never reads beside them")
    func wideCrop() throws {
        let after = try changed("crop=64,flip", images(50))
        #expect(after.count == 50 * 40)
        // A shift of at least the height or the width, in 129² − 9·7 of 129² draws each way, leaves nothing.
        #expect(after.count { $0 == -1 || $0 == -2 } > 45 * 40)
    }

    @Test("bytes are changed as numbers are: the same places, black where there is nothing")
    func bytes() throws {
        let digits = try Dataset.digits(.train).subset(samples: 30, seed: 1)
        let floats = try Dataset(
            name: "floats", images: digits.batch(0..<30).array(of: Float.self), sampleShape: digits.sampleShape, labels: digits.labels,
            classCount: 10)
        let black: Float = (0 - 0.3059) / 0.3755
        let (one, other) = try (changed("crop=2,flip", digits, seed: 3), changed("crop=2,flip", floats, seed: 3))
        // Padding is 0 before the normalisation: black there, 0 where the numbers were normalised already.
        #expect(zip(one, other).allSatisfy { $0 == $1 || ($0 == black && $1 == 0) })
    }

    @Test("a text and what it means, and back")
    func text() throws {
        for (text, again) in [
            ("", "none"), ("none", "none"), ("flip", "flip"), ("flip,crop", "crop=4,flip"), ("crop=1", "crop=1"),
            ("cutmix,autoaugment", "autoaugment,cutmix=100"), ("cutmix=50", "cutmix=50"),
        ] {
            #expect(try Augmentation(text).description == again)
            #expect(try JSONDecoder().decode(Augmentation.self, from: JSONEncoder().encode(Augmentation(text))) == Augmentation(again))
        }
        for step in Augmentation.steps { #expect(Augmentation.help.contains(step.help)) }
        for (text, reason) in [
            ("spin", "'spin' is not an augmentation; available: crop, flip, autoaugment, cutmix"), ("flip,flip", "given twice"),
            ("flip=2", "takes no value"), ("crop=0", "N from 1 to 64"),
            ("crop=x", "N from 1 to 64"), ("flip,", "'' is not an augmentation"), ("autoaugment=3", "takes no value"),
            ("cutmix=101", "N from 1 to 100"),
        ] { #expect(message { try Augmentation(text) }.contains(reason)) }
    }
}
