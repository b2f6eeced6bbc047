import Testing

@testable import Datasets

@Suite struct DatasetTests {
    @Test("the built-in digits: two parts, the classes of the published set, pixels normalised as documented")
    func digits() throws {
        let (train, test, all) = (try Dataset.digits(.train), try Dataset.digits(.test), try Dataset.digits(.all))
        #expect(train.count == 1297 && test.count == 500 && all.count == 1797)
        #expect(train.sampleShape == [1, 8, 8] && train.classCount == 10)
        #expect(train.records.first == 0 && test.records.first == 1297 && test.records.last == 1796)
        // Class sizes as scikit-learn's documentation of the set gives them.
        #expect(all.classCounts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
        // The first image, its first row in scikit-learn: 0 0 5 13 9 1 0 0.
        let row: [Float] = [0, 0, 5, 13, 9, 1, 0, 0]
        #expect(try Array(all.values([0]).prefix(8)) == row.map { ($0 / 16 - 0.3059) / 0.3755 })
        #expect(try test.values([3]) == all.values([1300]))
    }

    @Test("the built-in digits are those of the golden cases, pixel by pixel")
    func golden() throws {
        let golden = try Dataset.arrays(Fixtures.packageRoot.appendingPathComponent("Tests/Golden/digits/digits.safetensors").path, nil)
        let digits = try Dataset.digits(.all)
        #expect(golden.labels == digits.labels && golden.sampleShape == digits.sampleShape)
        #expect(try golden.normalised(.digits).fingerprint() == digits.fingerprint())
    }

    @Test("the normalised training digits have mean 0 and standard deviation 1, so the constants belong to them")
    func statistics() throws {
        let train = try Dataset.digits(.train)
        let values = try train.values(0..<train.count).map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        // The constants are rounded to four digits: 0.00005/0.3755 each.
        #expect(abs(mean) < 2e-4 && abs(deviation - 1) < 2e-4)
    }

    @Test("bytes are scaled, centred and divided in 32 bits and in this order, channel by channel")
    func normalisation() throws {
        let normalisation = Normalisation(scale: 255, mean: [0.1307, 0.5], standardDeviation: [0.3081, 0.25])
        let pixels = (0..<512).map { UInt8($0 % 256) }
        let dataset = try Dataset(
            name: "two", provenance: "", sampleShape: [2, 16, 16], pixels: .bytes(KeptPixels(pixels, sampleSize: 512)), labels: [0],
            classCount: 1,
            normalisation: normalisation, file: "two")
        let values = try dataset.values([0])
        for byte in 0..<256 {
            #expect(values[byte] == (Float(byte) / Float(255) - Float(0.1307)) / Float(0.3081))
            #expect(values[256 + byte] == (Float(byte) / Float(255) - Float(0.5)) / Float(0.25))
        }
    }

    @Test("a tensor batch holds the same numbers")
    func tensor() throws {
        let digits = try Dataset.digits(.test)
        let batch = try digits.batch([7, 7, 2])
        #expect(batch.shape == [3, 1, 8, 8])
        #expect(try batch.array(of: Float.self) == digits.values([7, 7, 2]))
        #expect(try digits.batch(0..<0).shape == [0, 1, 8, 8])
    }

    @Test("a sample that is not there, or a buffer that does not fit, is refused")
    func refused() throws {
        let digits = try Dataset.digits(.test)
        #expect(message { try digits.values([500]) }.contains("no sample 500; the data set has 500"))
        #expect(message { try digits.batch([-1]) }.contains("no sample -1"))
        var room = [Float](repeating: 0, count: 3)
        #expect(
            message { try room.withUnsafeMutableBufferPointer { try digits.copyBatch([0], into: $0) } }.contains(
                "take 64 numbers, but there is room for 3"))
        #expect(message { try digits.selecting([0, 500], as: "x") }.contains("no sample 500"))
        #expect(
            message { try digits.normalised(Normalisation(scale: 16, mean: [1, 2])) }.contains(
                "mean has 2 values, but the images have 1 channel;"))
        #expect(message { try digits.normalised(Normalisation(scale: 16, standardDeviation: [0])) }.contains("std must be greater than 0"))
        #expect(
            message { try Dataset(name: "x", images: [1, .nan], sampleShape: [1, 1, 1], labels: [0, 0], classCount: 1) }.contains(
                "sample 1 holds NaN"))
        #expect(
            message { try Dataset(name: "x", images: [1], sampleShape: [1, 1, 1], labels: [4], classCount: 2) }.contains(
                "label 4 of sample 0 is outside 0..<2"))
        #expect(
            message { try Dataset(name: "x", images: [1, 2, 3], sampleShape: [1, 1, 2], labels: [0], classCount: 2) }.contains(
                "images but 1 labels"))
    }

    @Test("the fingerprint changes with anything that a network would see, and with nothing else")
    func fingerprint() throws {
        let test = try Dataset.digits(.test)
        #expect(try test.fingerprint() == Dataset.digits(.all).selecting(Array(1297..<1797), as: "the same").fingerprint())
        #expect(try test.fingerprint() != test.selecting(Array(0..<499), as: "one fewer").fingerprint())
        #expect(try test.fingerprint() != test.selecting([1, 0] + Array(2..<500), as: "another order").fingerprint())
        #expect(try test.fingerprint() != test.normalised(.mnist).fingerprint())
        #expect(try test.fingerprint().count == 64)
    }
}
