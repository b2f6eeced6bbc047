import Foundation
import Testing

@testable import Datasets

@Suite("SVHN") struct SVHNTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func load(_ fixture: String) throws -> Dataset {
        try folder.copy(fixture, to: "test_32x32.mat")
        return try .svhn(published(.svhn), folder.path, .test)
    }

    @Test(
        "MATLAB files give images row by row and channel by channel, and the label 10 is a zero",
        arguments: ["svhn.mat", "svhn_double.mat"])
    func reads(fixture: String) throws {
        let test = try load(fixture)
        #expect(test.labels == [1, 0, 4] && test.sampleShape == [3, 32, 32])
        // SciPy wrote pixel i, counted by image, channel, row and column, as i mod 253.
        #expect(try test.normalised(.bytes).values(0..<3) == (0..<3 * 3072).map { Float($0 % 253) / 255 })
        #expect(try test.values([0])[1] == (Float(1) / 255 - 0.4377) / 0.1980)
    }

    @Test("both parts together, the training part first")
    func parts() throws {
        try folder.copy("svhn.mat", to: "train_32x32.mat")
        try folder.copy("svhn_double.mat", to: "test_32x32.mat")
        #expect(try DataSpec("svhn:\(folder.path):all").load().labels == [1, 0, 4, 1, 0, 4])
    }

    @Test("files that are missing, truncated, no MATLAB files or of other variables are refused with the reason")
    func hostile() throws {
        #expect(message { try Dataset.svhn(published(.svhn), folder.path, .train) }.contains("no file train_32x32.mat"))
        let whole = try Array(Data(contentsOf: URL(fileURLWithPath: Fixtures.dataset("svhn.mat"))))
        for (bytes, reason) in [
            // libmatio takes some of these for old files without variables.
            ([], "variable X: it "), (Array("hello".utf8), "variable X: it "), (Array(repeating: 0x41, count: 4096), "variable X: it "),
            (Array(whole.prefix(128)), "no variable X"), (Array(whole.prefix(400)), "variable"),
        ] as [([UInt8], String)] {
            let path = try folder.file("test_32x32.mat", bytes)
            let text = message { try Dataset.svhn(published(.svhn), folder.path, .test) }
            #expect(text.contains(reason) && text.contains(path), "\(text)")
        }
        let text = message { try load("svhn_broken.mat") }
        #expect(text.contains("variable y: element 0 is 1.5, no integer from 0 to 255"), "\(text)")
    }

    @Test("libmatio is given no file that lets it take more memory than the file has: MATLAB 4, cells, false names and sizes")
    func beyondTheFile() throws {
        let seeds = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Fuzz/Seeds/mat")
        var longer = try Data(contentsOf: seeds.appendingPathComponent("plain.mat"))
        longer[135] = 0x7F  // the first element's length, 2³¹ bytes
        var huge = try Data(contentsOf: seeds.appendingPathComponent("plain.mat"))
        huge[163] = 0x7F  // the first axis, 2³¹ elements
        for (bytes, reason) in [
            (try Data(contentsOf: seeds.appendingPathComponent("four.mat")), "version 5 or later"),
            (try Data(contentsOf: seeds.appendingPathComponent("cell.mat")), "more than arrays of numbers"),
            (try Data(contentsOf: seeds.appendingPathComponent("name-of-another-kind")), "more than arrays of numbers"),
            (longer, "longer than the file"), (huge, "more elements than a file of this length can hold"),
        ] {
            try folder.file("test_32x32.mat", Array(bytes))
            let text = message { try Dataset.svhn(published(.svhn), folder.path, .test) }
            #expect(text.contains(reason), "\(text)")
        }
    }

    @Test("a damaged byte anywhere gives an error or other pixels, never a crash")
    func flipped() throws {
        let whole = try Array(Data(contentsOf: URL(fileURLWithPath: Fixtures.dataset("svhn.mat"))))
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<150 {
            var bytes = whole
            for _ in 0..<3 { bytes[generator.integer(below: bytes.count)] = UInt8(generator.integer(below: 256)) }
            try folder.file("test_32x32.mat", bytes)
            do { #expect(try Dataset.svhn(published(.svhn), folder.path, .test).count > 0) } catch { #expect(error is DatasetError) }
        }
    }
}
