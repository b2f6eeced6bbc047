import Archives
import Foundation
import Networks
import Tensors

/// A case of the golden folders that has networks: where its parents are, and what their data look like.
struct GoldenCase: CustomStringConvertible, @unchecked Sendable {
    let folder: String
    /// The case's own description.
    let json: [String: Any]

    var description: String { folder.split(separator: "/").suffix(2).joined(separator: "/") }

    /// The committed cases, and the others where the checkout has them beside it or `AMALGAM_GOLDEN` names them.
    static let all: [GoldenCase] = {
        let beside = URL(fileURLWithPath: Repository.tests).deletingLastPathComponent().deletingLastPathComponent().path + "/shared/golden"
        let roots = ProcessInfo.processInfo.environment["AMALGAM_GOLDEN"].map { [$0] } ?? [Repository.golden, beside]
        var found: [String: GoldenCase] = [:]
        for root in roots {
            // The small cases state architectures that need hints; GoldenTests opens them with these.
            for suite in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] where suite != "small" {
                for name in (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(suite)")) ?? [] where name != "pure_ot" {
                    let folder = "\(root)/\(suite)/\(name)"
                    guard let data = FileManager.default.contents(atPath: "\(folder)/case.json"),
                        let json = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any], found["\(suite)/\(name)"] == nil
                    else { continue }
                    found["\(suite)/\(name)"] = GoldenCase(folder: folder, json: json)
                }
            }
        }
        return found.keys.sorted().compactMap { found[$0] }
    }()

    /// The cases whose parents are known by their accuracies: all on the digits, elsewhere those without stored logits, which say more
    /// and take less time. One of each set that share their parents, and so the accuracies.
    static let knownByAccuracy: [GoldenCase] = {
        var seen: Set<[Double]> = []
        return all.filter { golden in
            guard let accuracies = golden.accuracies, golden.isDigits || golden.json["baselines"] != nil else { return false }
            return seen.insert(accuracies).inserted
        }
    }()

    /// What the case's own words say of its parents, and their parameters do not: "conv2 3x3 pad1 stride1 -> ReLU -> maxpool 2x2 stride 2".
    var options: LoadOptions {
        var options = LoadOptions()
        if folder.hasSuffix("otf-acts-cnn") { options.hints = RecognitionHints(pools: [0, 1], strides: [1, 1], paddings: [1, 1]) }
        return options
    }

    /// Each parent's file.
    var parents: [String] {
        if let list = json["parents"] as? [Any] {
            return list.compactMap { ($0 as? String) ?? ($0 as? [String: Any])?["file"] as? String }.map { "\(folder)/\($0)" }
        }
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasPrefix("parent_") }.sorted().map {
            "\(folder)/\($0)"
        }
    }

    /// The logits stored for a parent on known inputs, and whether they are logarithms of probabilities.
    func expectedLogits(of parent: Int) throws -> (values: [Float], onInputs: Bool, areNormalised: Bool)? {
        guard FileManager.default.fileExists(atPath: "\(folder)/expected.safetensors") else { return nil }
        let archive = try Archive.open("\(folder)/expected.safetensors")
        let note = (json["network"] as? [String: Any])?["note"] as? String ?? ""
        if let array = archive["probe_logits.parent_\(["a", "b", "c", "d"][parent])"] {
            return (try array.floats(), false, note.contains("log-softmax") && !isColour)
        }
        if let array = archive["logits.parent\(parent)"] { return (try array.floats(), true, false) }
        return nil
    }

    /// The parents' accuracies on the whole test set.
    var accuracies: [Double]? {
        if let values = (json["baselines"] as? [String: Any])?["parents_test_accuracy"] as? [Double] { return values }
        if let values = (json["expected_scalars"] as? [String: Any])?["parents_full"] as? [[String: Any]] {
            return values.compactMap { $0["accuracy"] as? Double }
        }
        let percent = ((json["expected"] as? [String: Any])?["test_accuracy_percent"] as? [String: Any])?["parents"] as? [Double]
        return percent?.map { $0 / 100 }
    }

    var isDigits: Bool { folder.contains("/digits/") }

    var isColour: Bool {
        let name = (json["dataset"] as? [String: Any])?["name"] ?? (json["inputs"] as? [String: Any])?["dataset"] ?? ""
        return "\(name)".lowercased().contains("cifar")
    }

    /// Mean and deviation of each channel.
    private var normalisation: (mean: [Double], deviation: [Double]) {
        if isDigits { return ([0.3059], [0.3755]) }
        if !isColour { return ([0.1307], [0.3081]) }
        if let set = json["dataset"] as? [String: Any] {
            if let mean = set["mean"] as? [Double], let deviation = set["std"] as? [Double] { return (mean, deviation) }
            return ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
        }
        return ([0.4914, 0.4822, 0.4465], [0.247, 0.243, 0.261])
    }

    /// The samples that the method of the case may look at.
    func inputs() throws -> Tensor {
        let images = try Archive.open("\(folder)/inputs.safetensors").array("images")
        return try scaled(images.bytes(), count: images.shape[0])
    }

    /// The first test images and their labels; nil where the checkout has no copy of the data set.
    func test(count: Int? = nil) throws -> (images: Tensor, labels: [Int])? {
        if isDigits {
            let archive = try Archive.open("\(URL(fileURLWithPath: folder).deletingLastPathComponent().path)/digits.safetensors")
            let wanted = count ?? 500
            let images = try archive.array("images").bytes(), labels = try archive.array("labels").integers()
            return (try scaled(Array(images[(1297 * 64)..<((1297 + wanted) * 64)]), count: wanted), Array(labels[1297..<(1297 + wanted)]))
        }
        let data =
            URL(fileURLWithPath: folder).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/data"
        let wanted = count ?? 10_000
        if isColour {
            guard let bytes = FileManager.default.contents(atPath: "\(data)/cifar-10-batches-bin/test_batch.bin") else { return nil }
            let records = try Tensor(Array(bytes.prefix(wanted * 3073)), shape: [wanted, 3073])
            let pixels = try records.narrowed(axis: 1, from: 1, count: 3072).array(of: UInt8.self)
            return (try scaled(pixels, count: wanted), try records.selected(axis: 1, at: 0).array(of: Int.self))
        }
        guard let images = try unpacked("\(data)/mnist/t10k-images-idx3-ubyte.gz"),
            let labels = try unpacked("\(data)/mnist/t10k-labels-idx1-ubyte.gz")
        else { return nil }
        return (try scaled(Array(images[16..<(16 + wanted * 784)]), count: wanted), labels[8..<(8 + wanted)].map(Int.init))
    }

    private func scaled(_ pixels: [UInt8], count: Int) throws -> Tensor {
        let (mean, deviation) = normalisation, range = isDigits ? 16.0 : 255.0, channels = mean.count
        let side = Int(Double(pixels.count / count / channels).squareRoot())
        let images = try Tensor(pixels, shape: [count, channels, side, side]).converted(to: .float64) / range
        let shape = [1, channels, 1, 1]
        return try ((images - Tensor(mean, shape: shape)) / Tensor(deviation, shape: shape)).converted(to: .float32)
    }

    private func unpacked(_ path: String) throws -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? Array(data) : nil
    }
}
