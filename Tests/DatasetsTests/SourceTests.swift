import Archives
import Foundation
import Testing

@testable import Datasets

@Suite struct SourceTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func idx(_ sizes: [Int], _ elements: [UInt8], magic: [UInt8]? = nil) -> [UInt8] {
        (magic ?? [0, 0, 8, UInt8(sizes.count)]) + sizes.flatMap { size in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } }
            + elements
    }

    private func writeTestPart(images: [UInt8]? = nil, labels: [UInt8]? = nil) throws {
        try folder.file("t10k-images-idx3-ubyte", images ?? idx([2, 1, 3], [0, 1, 2, 3, 4, 255]))
        try folder.file("t10k-labels.idx1-ubyte", labels ?? idx([2], [7, 9]))
    }

    @Test("IDX files are read under any of their names")
    func mnist() throws {
        try writeTestPart()
        let test = try Dataset.mnist(published(.mnist), folder.path, .test)
        #expect(test.sampleShape == [1, 1, 3] && test.labels == [7, 9] && test.classCount == 10)
        #expect(try test.values([1]).last == (Float(255) / Float(255) - Float(0.1307)) / Float(0.3081))
        try FileManager.default.createDirectory(atPath: folder.path + "/outer/MNIST", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/outer/MNIST/raw", withDestinationPath: folder.path)
        #expect(try Dataset.mnist(published(.mnist), folder.path + "/outer", .test).count == 2)
    }

    @Test("a copy in another order tells the original's numbers, and one that cannot be an order is refused")
    func originalOrder() throws {
        try writeTestPart()
        func index(_ numbers: [Int32]) throws {
            let header = "{'descr': '<i4', 'fortran_order': False, 'shape': (\(numbers.count),), }"
            let padded = header + String(repeating: " ", count: 117 - header.count) + "\n"
            let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(padded.utf8)
            try folder.file(
                "t10k-original-index.npy",
                bytes + numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } })
        }
        try index([1, 0])
        #expect(try Dataset.mnist(published(.mnist), folder.path, .test).records == [1, 0])
        try index([1, 1])
        #expect(message { try Dataset.mnist(published(.mnist), folder.path, .test) }.contains("each once"))
        try index([0, 1, 2])
        #expect(message { try Dataset.mnist(published(.mnist), folder.path, .test) }.contains("3 numbers"))
    }

    @Test("of= takes the samples that a checkpoint was trained on, and says when it does not tell")
    func trainedBy() throws {
        let module = Fixtures.packageRoot.appendingPathComponent("Tests/Fixtures/archives/module.pt").path
        let spec = try DataSpec("digits:train?of=\(module)")
        #expect(try spec.load().records == [3, 5, 7])
        #expect(try DataSpec(spec.description) == spec)
        let other = Fixtures.packageRoot.appendingPathComponent("Tests/Fixtures/archives/legacy.pt").path
        #expect(message { try DataSpec("digits?of=\(other)").load() }.contains("does not list its training samples"))
        #expect(message { try DataSpec("digits?of=") }.contains("needs a checkpoint"))
    }

    @Test("IDX files that lie are refused with file, place and reason")
    func damagedIDX() throws {
        let images: [([UInt8], String)] = [
            ([], "truncated in its header of 16 bytes"), (idx([2, 1, 3], [0, 1, 2, 3, 4]), "take 6 bytes but 5 follow"),
            (idx([2, 1, 3], [], magic: [0, 0, 8, 1]), "found 00 00 08 01"),
            (idx([1 << 31, 1 << 31, 1 << 31], []), "impossible sizes"), (idx([0, 1, 3], []), "impossible sizes"),
            (idx([3, 1, 2], [0, 1, 2, 3, 4, 5]), "2 labels, but"),
            ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 1, 2], "gzip data"),
        ]
        for (bytes, reason) in images {
            try writeTestPart(images: bytes)
            let text = message { try Dataset.mnist(published(.mnist), folder.path, .test) }
            #expect(text.contains(reason) && text.contains("t10k-"), "\(text)")
        }
        try writeTestPart(labels: idx([2], [7, 10]))
        let text = message { try Dataset.mnist(published(.mnist), folder.path, .test) }
        #expect(text.hasSuffix("t10k-labels.idx1-ubyte: label 10 of sample 1 is outside 0..<10"), "\(text)")
    }

    @Test("a folder that is not there, is a file, or lacks a file is named")
    func missing() throws {
        #expect(
            message { try Dataset.mnist(published(.mnist), folder.path + "/none", .test) }.hasSuffix(
                "/none: no data: the folder does not exist"))
        let file = try folder.file("x", [1])
        #expect(message { try Dataset.mnist(published(.mnist), file, .test) }.contains("it is a file"))
        #expect(
            message { try Dataset.mnist(published(.mnist), folder.path, .train) }.contains(
                "no file train-images-idx3-ubyte or train-images-idx3-ubyte.gz or"))
        #expect(message { try Dataset.cifar(published(.cifar10), folder.path, .train) }.contains("data_batch_1.bin"))
        #expect(message { try Dataset.arrays(folder.path + "/none.npz", nil) }.contains("cannot be opened: No such file"))
    }

    @Test("CIFAR records: planes, labels, the fine label of two, and what is missing is said")
    func cifar() throws {
        let record = [UInt8](repeating: 10, count: 1024) + [UInt8](repeating: 20, count: 1024) + [UInt8](repeating: 30, count: 1024)
        try folder.file("data_batch_2.bin", [3] + record + [9] + record)
        let ten = try Dataset.cifar(published(.cifar10), folder.path, .train)
        #expect(ten.labels == [3, 9] && ten.sampleShape == [3, 32, 32] && ten.classNames?[9] == "truck")
        #expect(ten.provenance.contains("1 of 5 training batches"))
        let values = try ten.values([1])
        #expect(
            values[0] == (Float(10) / 255 - 0.4914) / 0.2470 && values[1024] == (Float(20) / 255 - 0.4822) / 0.2435
                && values[3071] == (Float(30) / 255 - 0.4465) / 0.2616)
        try folder.file("test.bin", [1, 99] + record)
        #expect(try Dataset.cifar(published(.cifar100), folder.path, .test).labels == [99])
        try folder.file("test.bin", [1, 100] + record)
        #expect(
            message { try Dataset.cifar(published(.cifar100), folder.path, .test) }.contains("label 100 of sample 0 is outside 0..<100"))
        try folder.file("test_batch.bin", [1] + record.dropLast())
        #expect(message { try Dataset.cifar(published(.cifar10), folder.path, .test) }.contains("not a multiple of the record size 3073"))
    }

    private func arrays(_ arrays: [OutgoingArray], _ format: Archive.Format = .npz) throws -> String {
        let path = folder.path + "/arrays"
        try Archive.write(arrays, to: path, as: format)
        return path
    }

    @Test(
        "arrays: bytes are divided by 255, numbers used as they are, and splits have their own names",
        arguments: [Archive.Format.safetensors, .npz])
    func arrayFiles(format: Archive.Format) throws {
        let bytes = try Dataset.arrays(
            arrays(
                [OutgoingArray("images", [0, 51, 255, 0] as [UInt8], shape: [2, 1, 2]), OutgoingArray("labels", [1, 0], shape: [2])], format
            ), nil)
        #expect(try bytes.values([0, 1]) == [0, 0.2, 1, 0] && bytes.classCount == 2 && bytes.sampleShape == [1, 1, 2])
        let floats = try Dataset.arrays(
            arrays(
                [OutgoingArray("images", [0.5, -3] as [Double], shape: [1, 2]), OutgoingArray("labels", [4] as [Float], shape: [1, 1])],
                format), nil)
        #expect(try floats.values([0]) == [0.5, -3] && floats.classCount == 5 && floats.sampleShape == [1, 1, 2])
        let split = try arrays(
            [OutgoingArray("test_images", [1] as [Float], shape: [1, 1, 1, 1]), OutgoingArray("test_labels", [0], shape: [1])], format)
        #expect(try Dataset.arrays(split, .test).count == 1)
        #expect(
            message { try Dataset.arrays(split, .train) }.contains("no images among its arrays test_images [1, 1, 1, 1], test_labels [1]"))
    }

    @Test("arrays without labels are samples to look at, under any of their usual names", arguments: ["images", "inputs", "inputs_u8"])
    func unlabelled(name: String) throws {
        let data = try Dataset.arrays(arrays([OutgoingArray(name, [0, 51] as [UInt8], shape: [1, 1, 2])]), nil)
        #expect(!data.isLabelled && data.count == 1 && data.provenance.contains("without labels"))
        #expect(try data.subset(samples: 1, seed: 0).isLabelled == false)
        #expect(try Dataset.digits(.test).isLabelled)
    }

    @Test("arrays that are no data set are refused")
    func badArrays() throws {
        let image = OutgoingArray("images", [1] as [Float], shape: [1, 1])
        let cases: [([OutgoingArray], String)] = [
            ([OutgoingArray("labels", [0], shape: [1])], "no images among its arrays labels [1]"),
            ([image, OutgoingArray("labels", [0, 1], shape: [2])], "but 2 labels in 'labels'"),
            ([image, OutgoingArray("labels", [-1], shape: [1])], "sample 0 has label -1"),
            ([image, OutgoingArray("labels", [1 << 40], shape: [1])], "label 1099511627776"),
            ([image, OutgoingArray("labels", [1], shape: [])], "a scalar label"),
            ([OutgoingArray("images", [.nan] as [Float], shape: [1, 1]), OutgoingArray("labels", [0], shape: [1])], "sample 0 holds NaN"),
            (
                [OutgoingArray("images", [] as [Float], shape: [0, 1]), OutgoingArray("labels", [] as [Int], shape: [0])],
                "it holds no samples (shape [0, 1])"
            ),
            ([OutgoingArray("images", [1] as [Float], shape: [1]), OutgoingArray("labels", [0], shape: [1])], "images of shape [1]"),
        ]
        for (arrays, reason) in cases {
            let path = try self.arrays(arrays)
            let text = message { try Dataset.arrays(path, nil) }
            #expect(text.contains(reason) && text.contains(path), "\(text)")
        }
    }
}

@Suite(.enabled(if: Fixtures.shared != nil, "MNIST and CIFAR-10 stand in ../shared")) struct PublishedDataTests {
    @Test("MNIST as published: sizes, classes and the mean that its normalisation takes away")
    func mnist() throws {
        let folder = try #require(Fixtures.shared).appendingPathComponent("data/mnist").path
        let train = try DataSpec("mnist:\(folder):train").load()
        let test = try DataSpec("mnist:\(folder)").load(default: .test)
        #expect(train.count == 60000 && test.count == 10000 && test.sampleShape == [1, 28, 28])
        #expect(test.classCounts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
        #expect(train.classCounts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
        let values = try train.values(0..<60000)
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        #expect(abs(mean) < 1e-3, "0.1307 is rounded to four digits")
    }

    @Test("CIFAR-10: the test batch has a thousand of each class")
    func cifar() throws {
        let folder = try #require(Fixtures.shared).appendingPathComponent("data/cifar-10-batches-bin").path
        let test = try DataSpec("cifar10:\(folder):test").load()
        #expect(test.count == 10000 && test.classCounts == [Int](repeating: 1000, count: 10))
        #expect(try DataSpec("cifar10:\(folder):train").load().provenance.contains("2 of 5 training batches"))
    }
}
