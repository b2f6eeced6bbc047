import Archives
import Datasets
import Foundation
import Fusion
import Networks
import Tensors
import Testing

/// The inputs that a case lets the method look at, and the test set it measures on.
struct GoldenData {
    let golden: GoldenCase
    private let dataset: JSON

    init(_ golden: GoldenCase) {
        self.golden = golden
        dataset = golden.json["dataset"] ?? .null
    }

    var isMNIST: Bool { dataset["name"]?.string?.uppercased().hasPrefix("MNIST") == true }
    private var isCIFAR: Bool { ["cifar10", "CIFAR-10"].contains { dataset["name"]?.string?.hasPrefix($0) == true } }
    private var isDigits: Bool { dataset["name"]?.string?.hasPrefix("digits") == true }

    /// Bytes to inputs as the case's `pixel_scaling` says, each channel by its own numbers: (u8 / 255 or 16 − mean) / std in single precision.
    func normalised(_ bytes: StoredArray) throws -> Tensor {
        let channels: (JSON?) -> [Float] = { value in value?.number.map { [Float($0)] } ?? value?.numbers?.map(Float.init) ?? [] }
        let mean = channels(dataset["mean"]), deviation = channels(dataset["std"])
        guard !mean.isEmpty, mean.count == deviation.count, mean.count == 1 || (bytes.shape.count == 4 && bytes.shape[1] == mean.count)
        else {
            throw golden.notUnderstood("the normalisation of the data set")
        }
        let full: Float = isDigits ? 16 : 255
        let positions = bytes.shape.dropFirst(2).reduce(1, *)
        return try Tensor(
            bytes.floats().enumerated().map { index, value in
                let channel = mean.count == 1 ? 0 : index / positions % mean.count
                return (value / full - mean[channel]) / deviation[channel]
            }, shape: bytes.shape)
    }

    /// The test set, nil (with a printed line) where its files are not at hand.
    func testSet() throws -> GoldenTestSet? {
        if isDigits {
            let archive = try golden.archive(dataset["file"]?.string ?? "../digits.safetensors")
            let images = try normalised(archive.array("images")), labels = try archive.array("labels").integers()
            return GoldenTestSet(
                images: try images.narrowed(axis: 0, from: 1297, count: 500).reshaped([500, 1, 8, 8]), labels: Array(labels[1297...]))
        }
        guard isCIFAR else {
            guard isMNIST else { throw golden.notUnderstood("the data set \(dataset["name"]?.string ?? "(none)")") }
            return try Self.mnistTestSet(golden)
        }
        guard let folder = GoldenRoots.data("cifar-10-batches-bin") else {
            print("golden  \(golden.name): no CIFAR-10 files beside the golden cases, so accuracies were not compared")
            return nil
        }
        return try GoldenTestSet(DataSpec("cifar10:\(folder.path):test").load().normalised(colours()))
    }

    static func mnistTestSet(_ golden: GoldenCase) throws -> GoldenTestSet? {
        guard let folder = GoldenRoots.data("mnist") else {
            print("golden  \(golden.name): no MNIST files beside the golden cases, so accuracies were not compared")
            return nil
        }
        return try GoldenTestSet(DataSpec("mnist:\(folder.path):test").load())
    }

    /// The mean and deviation of each colour that the case gives, or "for every channel" in words.
    private func colours() throws -> Normalisation {
        if let mean = dataset["mean"]?.numbers, let deviation = dataset["std"]?.numbers, mean.count == 3, deviation.count == 3 {
            return Normalisation(scale: 255, mean: mean.map(Float.init), standardDeviation: deviation.map(Float.init))
        }
        guard dataset["normalise"]?.string == "(pixel/255-0.5)/0.5 for every channel" else {
            throw golden.notUnderstood("the normalisation of the data set")
        }
        return Normalisation(scale: 255, mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
    }
}

struct GoldenTestSet {
    let images: Tensor
    let labels: [Int]

    init(images: Tensor, labels: [Int]) {
        self.images = images
        self.labels = labels
    }

    init(_ dataset: Dataset) throws { self.init(images: try dataset.batch(0..<dataset.count), labels: dataset.labels) }

    func inputs(_ range: Range<Int>) throws -> Tensor { try images.narrowed(axis: 0, from: range.lowerBound, count: range.count) }

    func accuracyPercent(_ network: Network) throws -> Double {
        let predicted = try network(images).largestIndex(axis: 1).array(of: Int.self)
        return 100 * Double(zip(predicted, labels).count { $0 == $1 }) / Double(labels.count)
    }
}

struct GoldenInputs: InputSource {
    let values: Tensor
    var count: Int { values.shape[0] }
    func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
}

enum GoldenNetwork {
    static func open(_ golden: GoldenCase, file: String) throws -> Network {
        let archive = try golden.archive(file)
        // What the case says in words and the parameters do not: "conv2 3x3 pad1 stride1 -> ReLU -> maxpool 2x2 stride 2 -> flatten".
        let hints =
            golden.name.hasSuffix("otf-acts-cnn")
            ? RecognitionHints(pools: [0, 1], strides: [1, 1], paddings: [1, 1]) : RecognitionHints()
        let architecture = try Families.recognise(ParameterTable(archive.entries.map { ($0.name, $0.shape) }, hints: hints))
        var parameters: [String: Tensor] = [:]
        for entry in archive.entries { parameters[entry.name] = try Tensor(entry.floats(), shape: entry.shape) }
        return try Network(architecture, parameters: parameters)
    }
}
