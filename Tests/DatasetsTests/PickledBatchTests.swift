import Foundation
import Testing

@testable import Datasets

@Suite("CIFAR's python version") struct PickledBatchTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Pixel i of the fixtures.
    static let pixels = (0..<2 * 3072).map { UInt8($0 * 7 % 251) }

    @Test("batches are read whichever protocol Python wrote them in", arguments: [2, 4, 5])
    func protocols(version: Int) throws {
        try folder.copy("cifar10_protocol\(version).pickle", to: "cifar-10-batches-py/test_batch")
        let test = try Dataset.cifar(published(.cifar10), folder.path, .test)
        #expect(test.labels == [6, 9] && test.sampleShape == [3, 32, 32] && test.classNames?[6] == "frog")
        #expect(try test.normalised(.bytes).values(0..<2) == Self.pixels.map { Float($0) / 255 })
        #expect(test.provenance.contains("python files"))
    }

    @Test("CIFAR-100 gives its fine labels, and their names where the file with them is there")
    func hundred() throws {
        try folder.copy("cifar100.pickle", to: "train")
        let train = try Dataset.cifar(published(.cifar100), folder.path, .train)
        #expect(train.labels == [19, 99] && train.classCount == 100 && train.classNames == nil)
        // protocol 0 is not what Python writes; protocol 2 with a list of a hundred short strings is.
        let names = (0..<100).map { "class\($0)" }
        var meta: [UInt8] = [0x80, 2, 0x7D] + Pickle.text("fine_label_names") + [0x5D, 0x28]
        for name in names { meta += Pickle.text(name) }
        try folder.file("meta", meta + [0x65, 0x73, 0x2E])
        #expect(try Dataset.cifar(published(.cifar100), folder.path, .train).classNames == names)
        try folder.file("meta", [0x80, 2, 0x7D] + Pickle.text("fine_label_names") + [0x5D, 0x73, 0x2E])
        #expect(message { try Dataset.cifar(published(.cifar100), folder.path, .train) }.contains("0 names for 100 classes"))
    }

    @Test("the published batches, which Python 2 wrote with its bytes as strings, are read; a long string stays bytes")
    func python2() throws {
        let count = 30, pixels = (0..<count * 3072).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 128) }
        try folder.file("data_batch_3", Pickle.python2(labels: (0..<count).map { $0 % 10 }, pixels: pixels, rows: count))
        let train = try Dataset.cifar(published(.cifar10), folder.path, .train)
        #expect(train.count == count && train.labels[29] == 9 && train.provenance.contains("1 of 5 training batches"))
        #expect(try train.normalised(.bytes).values(0..<count) == pixels.map { Float($0) / 255 })
        // A single image is a short string, which is kept as text.
        try folder.file("data_batch_3", Pickle.python2(labels: [4], pixels: Array(pixels.prefix(3072)), rows: 1))
        #expect(
            try Dataset.cifar(published(.cifar10), folder.path, .train).normalised(.bytes).values([0])
                == pixels.prefix(3072).map { Float($0) / 255 })
    }

    @Test("the binary version goes before the python one where both are there")
    func both() throws {
        try folder.copy("cifar10_protocol4.pickle", to: "test_batch")
        try folder.file("test_batch.bin", [3] + [UInt8](repeating: 10, count: 3072))
        #expect(try Dataset.cifar(published(.cifar10), folder.path, .test).labels == [3])
    }

    @Test("batches that lie are refused with file, key and reason")
    func hostile() throws {
        let image = [UInt8](repeating: 1, count: 3072)
        let cases: [([UInt8], String)] = [
            ([], "does not start like a pickle"), (Array("<html>".utf8), "does not start like a pickle"), ([0x80, 2, 0x7D], "truncated"),
            ([0x80, 2, 0x5D, 0x2E], "it is not a dictionary"), ([0x80, 2, 0x7D, 0x2E], "no array named 'data'"),
            (Pickle.python2(labels: [10], pixels: image, rows: 1), "label 10 of sample 0 is outside 0..<10"),
            (Pickle.python2(labels: [1, 2], pixels: image, rows: 1), "1 images but 2 labels"),
            (Pickle.python2(labels: [1], pixels: image, rows: 2), "'data': its shape [2, 3072] takes 6144 bytes, but it has 3072"),
            (Pickle.python2(labels: [1], pixels: image, rows: 1, type: "f4"), "not unsigned bytes"),
            (Pickle.python2(labels: [1], pixels: image, rows: 1, isColumnMajor: true), "column by column"),
            // A pickle that would run a program in Python is only names here.
            (
                [0x80, 2, 0x7D] + Pickle.text("data") + [0x63] + Array("os\nsystem\n".utf8) + Pickle.text("touch hacked") + [
                    0x85, 0x52, 0x73, 0x2E,
                ], "'data': it is not a NumPy array"
            ),
        ]
        for (bytes, reason) in cases {
            let path = try folder.file("test_batch", bytes)
            let text = message { try Dataset.cifar(published(.cifar10), folder.path, .test) }
            #expect(text.contains(reason) && text.contains(path), "\(text)")
        }
    }
}

/// Pickles as Python 2 wrote them.
enum Pickle {
    static func text(_ text: String) -> [UInt8] { [0x55, UInt8(text.utf8.count)] + Array(text.utf8) }

    private static func integer(_ value: Int) -> [UInt8] { [0x4A] + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    /// A batch of CIFAR-10: `{'labels': […], 'data': array}`, the array by `_reconstruct` and its state.
    static func python2(labels: [Int], pixels: [UInt8], rows: Int, type: String = "u1", isColumnMajor: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = [0x80, 2, 0x7D, 0x28] + text("labels") + [0x5D, 0x28]
        for label in labels { bytes += integer(label) }
        bytes +=
            [0x65] + text("data") + [0x63] + Array("numpy.core.multiarray\n_reconstruct\n".utf8) + [0x63] + Array("numpy\nndarray\n".utf8)
        bytes += integer(0) + [0x85] + text("b") + [0x87, 0x52]
        bytes +=
            [0x28] + integer(1) + integer(rows) + integer(3072) + [0x86] + [0x63] + Array("numpy\ndtype\n".utf8) + text(type) + integer(0)
            + integer(1) + [0x87, 0x52]
        bytes += [isColumnMajor ? 0x88 : 0x89, 0x54] + (0..<4).map { UInt8(truncatingIfNeeded: pixels.count >> (8 * $0)) } + pixels
        return bytes + [0x74, 0x62, 0x75, 0x2E]
    }
}
