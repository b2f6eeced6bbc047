import Archives
import Datasets
import Foundation
import Fusion
import Networks
import Tensors

/// The data of a case: how its bytes become inputs, and the records that accuracies are measured on.
struct GoldenData {
    let golden: GoldenCase
    private let kind: Kind
    private let mean: [Float]
    private let deviation: [Float]

    enum Kind { case digits, mnist, cifar }

    /// Reads `dataset`, or the words of `inputs` where the case has no `dataset`.
    init(_ golden: GoldenCase) throws {
        self.golden = golden
        let dataset = golden.json["dataset"], inputs = golden.json["inputs"]
        let name = dataset?["name"]?.string ?? inputs?["dataset"]?.string ?? ""
        switch name.lowercased() {
        case let name where name.hasPrefix("digits"): kind = .digits
        case let name where name.hasPrefix("mnist"): kind = .mnist
        case let name where name.hasPrefix("cifar10") || name.hasPrefix("cifar-10 ") || name == "cifar-10": kind = .cifar
        default: throw golden.notUnderstood("the data set “\(name)”")
        }
        func list(_ value: JSON?) -> [Float]? { value?.number.map { [Float($0)] } ?? value?.numbers?.map(Float.init) }
        if let mean = list(dataset?["mean"]), let deviation = list(dataset?["std"]) {
            (self.mean, self.deviation) = (mean, deviation)
        } else {
            (mean, deviation) = try Self.statistics(dataset?["normalise"]?.string ?? inputs?["images"]?.string ?? "", golden)
        }
        guard mean.count == deviation.count, mean.count == 1 || mean.count == shape[0] else {
            throw golden.notUnderstood("a normalisation of \(mean.count) channels")
        }
    }

    /// Mean and deviation from "x=(u/255-0.1307)/0.3081", "(pixel/255-0.5)/0.5 for every channel" or "mean [0.49,…], std [0.24,…]".
    private static func statistics(_ text: String, _ golden: GoldenCase) throws -> (mean: [Float], deviation: [Float]) {
        if let found = text.firstMatch(of: /\((?:u|u8|pixel)\/255 ?- ?([0-9.]+)\) ?\/ ?([0-9.]+)/), let mean = Float(found.1),
            let deviation = Float(found.2)
        {
            return ([mean], [deviation])
        }
        func list(_ text: Substring) -> [Float] { text.split(separator: ",").compactMap { Float($0.trimmingCharacters(in: .whitespaces)) } }
        guard let found = text.firstMatch(of: /mean \[([^\]]*)\], std \[([^\]]*)\]/) else {
            throw golden.notUnderstood("the normalisation “\(text)”")
        }
        return (list(found.1), list(found.2))
    }

    var isMNIST: Bool { kind == .mnist }

    /// The shape of one input.
    var shape: [Int] {
        switch kind {
        case .digits: [1, 8, 8]
        case .mnist: [1, 28, 28]
        case .cifar: [3, 32, 32]
        }
    }

    /// Bytes to inputs, each channel by its own numbers: (u8 / 255 or 16 − mean) / deviation in single precision.
    func normalised(_ bytes: StoredArray) throws -> Tensor {
        var sizes = bytes.shape
        if sizes.count == 3 { sizes.insert(1, at: 1) }
        guard sizes.count == 4 || (sizes.count == 2 && mean.count == 1), mean.count == 1 || sizes[1] == mean.count else {
            throw golden.notUnderstood("inputs of shape \(bytes.shape)")
        }
        let full: Float = kind == .digits ? 16 : 255, positions = sizes.dropFirst(2).reduce(1, *)
        return try Tensor(
            bytes.floats().enumerated().map { index, value in
                let channel = mean.count == 1 ? 0 : index / positions % mean.count
                return (value / full - mean[channel]) / deviation[channel]
            }, shape: sizes)
    }

    // MARK: Records

    /// The records that accuracies are measured on; nil where the data set's files are not at hand.
    func testSet() throws -> GoldenTestSet? {
        let whole: GoldenTestSet
        switch kind {
        case .digits:
            let (images, labels) = try digits()
            guard labels.count > Self.trainingDigits else { throw golden.notUnderstood("a data file of \(labels.count) records") }
            whole = GoldenTestSet(
                images: try images.narrowed(axis: 0, from: Self.trainingDigits, count: labels.count - Self.trainingDigits),
                labels: Array(labels[Self.trainingDigits...]))
        default:
            guard let dataset = try published("test") else { return nil }
            whole = GoldenTestSet(images: try dataset.batch(0..<dataset.count), labels: dataset.labels)
        }
        let count = try evaluated ?? whole.labels.count
        guard (1...whole.labels.count).contains(count) else {
            throw golden.notUnderstood("an evaluation on \(count) of \(whole.labels.count) records")
        }
        return try GoldenTestSet(
            images: whole.images.narrowed(axis: 0, from: 0, count: count), labels: Array(whole.labels.prefix(count)))
    }

    /// How many of the test records count, from the front; nil for all.
    private var evaluated: Int? {
        get throws {
            let dataset = golden.json["dataset"]
            if let stated = dataset?["evaluation_records"], !stated.isNull {
                guard let count = stated.whole else { throw golden.notUnderstood("\(stated.path), which is no whole number,") }
                return count
            }
            let words = dataset?["evaluation"]?.string ?? dataset?["accuracy_on"]?.string ?? ""
            return words.firstMatch(of: /first ([0-9,]+)/).flatMap { Int($0.1.filter { $0 != "," }) }
        }
    }

    /// The first training records in file order; nil where the data set's files are not at hand.
    func firstTraining(_ count: Int) throws -> Dataset? {
        guard kind == .digits else {
            guard let dataset = try published("train") else { return nil }
            guard count <= dataset.count else { throw golden.notUnderstood("fine-tuning on \(count) of \(dataset.count) records") }
            return try dataset.selecting(Array(0..<count), as: "the first \(count)")
        }
        let (images, labels) = try digits()
        guard count <= Self.trainingDigits else { throw golden.notUnderstood("fine-tuning on \(count) records") }
        return try Dataset(
            name: "digits", images: images.narrowed(axis: 0, from: 0, count: count).array(of: Float.self), sampleShape: shape,
            labels: Array(labels.prefix(count)), classCount: 10)
    }

    private static let trainingDigits = 1297

    private func digits() throws -> (images: Tensor, labels: [Int]) {
        let archive = try golden.archive(golden.json["dataset"]?["file"]?.string ?? "../digits.safetensors")
        let labels = try archive.array("labels").integers()
        return (try normalised(archive.array("images")).reshaped([labels.count] + shape), labels)
    }

    private func published(_ part: String) throws -> Dataset? {
        let folder = kind == .mnist ? "mnist" : "cifar-10-batches-bin"
        guard let files = GoldenRoots.data(folder) else { return nil }
        return try DataSpec("\(kind == .mnist ? "mnist" : "cifar10"):\(files.path):\(part)").load()
            .normalised(
                Normalisation(
                    scale: 255, mean: shape[0] == mean.count ? mean : Array(repeating: mean[0], count: shape[0]),
                    standardDeviation: shape[0] == mean.count ? deviation : Array(repeating: deviation[0], count: shape[0])))
    }
}

struct GoldenTestSet {
    let images: Tensor
    let labels: [Int]

    struct Figures {
        let accuracy: Double
        let crossEntropy: Double
    }

    func inputs(_ range: Range<Int>) throws -> Tensor { try images.narrowed(axis: 0, from: range.lowerBound, count: range.count) }

    /// Logits of the whole set, a batch at a time.
    func logits(_ network: Network) throws -> Tensor {
        try Tensor.concatenated(stride(from: 0, to: labels.count, by: 500).map { try network(inputs($0..<min($0 + 500, labels.count))) })
    }

    /// The share of samples whose largest logit is the true class's.
    func accuracy(_ logits: Tensor) throws -> Double {
        let predicted = try logits.largestIndex(axis: 1).array(of: Int.self)
        return Double(zip(predicted, labels).count { $0 == $1 }) / Double(labels.count)
    }

    func figures(_ network: Network) throws -> Figures { try figures(logits(network)) }

    func figures(_ logits: Tensor) throws -> Figures {
        Figures(accuracy: try accuracy(logits), crossEntropy: try logits.crossEntropy(Tensor(labels)).item())
    }
}

/// Inputs of a case, with labels where it has some.
struct GoldenInputs: InputSource {
    let values: Tensor
    var labels: [Int]?
    var count: Int { values.shape[0] }
    func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
    func labels(_ range: Range<Int>) throws -> [Int]? { labels.map { Array($0[range]) } }
}
