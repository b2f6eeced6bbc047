import Tensors
import Testing

@testable import Datasets

@Suite("CutMix") struct CutMixTests {
    /// Images each of one number: its position + 1.
    func flat(_ count: Int, channels: Int = 2, height: Int = 6, width: Int = 9) throws -> Dataset {
        let size = channels * height * width
        return try Dataset(
            name: "flat", images: (0..<count * size).map { Float($0 / size + 1) }, sampleShape: [channels, height, width],
            labels: (0..<count).map { $0 % 3 }, classCount: 3)
    }

    func mixed(_ text: String, _ data: Dataset, seed: UInt64) throws -> (pixels: [Float], mixture: CutMix?) {
        var generator = SeededGenerator(seed: seed)
        let batch = try data.batch(0..<data.count, augmented: Augmentation(text), using: &generator)
        return (try batch.images.array(of: Float.self), batch.mixture)
    }

    @Test("each image has its partner's pixels in the box and its own outside; the label's share is the share of the area")
    func shares() throws {
        let data = try flat(8), plane = 6 * 9
        for seed in 0..<40 as Range<UInt64> {
            let (pixels, mixture) = try mixed("cutmix", data, seed: seed)
            guard let mixture else {
                Issue.record("every batch is mixed")
                return
            }
            #expect(mixture.partners.sorted() == Array(0..<8))
            for image in 0..<8 {
                for channel in 0..<2 {
                    let start = (image * 2 + channel) * plane
                    for place in 0..<plane {
                        let isInside = mixture.rows.contains(place / 9) && mixture.columns.contains(place % 9)
                        let source: Int = isInside ? mixture.partners[image] : image
                        #expect(pixels[start + place] == Float(source + 1))
                    }
                    let own = pixels[start..<start + plane].count { $0 == Float(image + 1) }
                    let share = Double(own) / Double(plane)
                    if mixture.partners[image] != image { #expect(mixture.ownShare == share) }
                }
            }
        }
    }

    @Test("boxes reach every place and are as large as an evenly drawn share asks for")
    func boxes() {
        var generator = SeededGenerator(seed: 4), covered = [Bool](repeating: false, count: 32 * 32), shares: [Double] = []
        for _ in 0..<2000 {
            let mixture = CutMix(count: 1, height: 32, width: 32, using: &generator)
            #expect((0...1).contains(mixture.ownShare))
            shares.append(mixture.ownShare)
            for y in mixture.rows { for x in mixture.columns { covered[y * 32 + x] = true } }
        }
        #expect(covered.allSatisfy { $0 })
        // Before boxes are cut off at the border the mean is a half; what is cut off makes it larger: a box of side s loses s/4 of each side in the mean, so that
        // the mean area is E[s²(1 − s/4)²] = 1/2 − 1/5 + 1/48 = 0.3208 for s = √u; five standard errors and the rounding down to pixels are 0.05.
        let mean: Double = shares.reduce(0, +) / 2000
        #expect(abs(mean - 0.6792) < 0.05)
    }

    @Test("a size below 100 mixes so many of 100 batches, the same ones for the same seed")
    func sometimes() throws {
        let data = try flat(4)
        let mixtures = try (0..<400).map { try mixed("cutmix=25", data, seed: $0).mixture }
        // 400 draws of a quarter: five standard deviations are 43.
        #expect(abs(mixtures.count { $0 != nil } - 100) < 44)
        #expect(try mixtures == (0..<400).map { try mixed("cutmix=25", data, seed: $0).mixture })
        #expect(try mixed("flip", data, seed: 1).mixture == nil)
    }
}
