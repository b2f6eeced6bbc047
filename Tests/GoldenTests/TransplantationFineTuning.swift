import Datasets
import Foundation
import Networks
import Tensors
import Testing
import Training

/// The fine-tuning that a transplantation case states in words, compared with the figures it came to: one pass over the first training
/// records in file order, batches of 64, SGD 0.01 with momentum 0.9, batch norms in training mode.
struct TransplantationFineTuning {
    let golden: GoldenCase
    private let records: Int
    private let accuracyTolerance: Double

    init(_ golden: GoldenCase) throws {
        self.golden = golden
        let words = golden.json["finetune_recipe"]?.string ?? ""
        let known =
            "no shuffling, no augmentation, batch 64, 1 pass, cross-entropy mean, SGD lr 0.01 momentum 0.9 (no dampening, no Nesterov, no weight decay)"
        guard words.contains(known), let count = words.firstMatch(of: /first (\d+) train/)?.output.1, let records = Int(count),
            let stated = words.firstMatch(of: /tolerance ([0-9.]+) on accuracy/)?.output.1, let tolerance = Double(stated)
        else { throw golden.notUnderstood("the fine-tuning “\(words)”") }
        self.records = records
        accuracyTolerance = tolerance
    }

    /// - Parameter figures: the record of a run, or the accuracy alone.
    func compare(_ network: Network, _ figures: JSON, _ what: String, _ test: GoldenTestSet) throws {
        guard let data = try TrainingRecords.first(records, of: golden) else { return }
        let settings = try FineTuningSettings([
            "epochs": .integer(1), "batch": .integer(64), "shuffle": .flag(false), "learning-rate": .real(0.01), "momentum": .real(0.9),
            "validation-share": .real(0),
        ])
        var losses: [Double] = []
        let tuned = try FineTuner(network, settings: settings, training: data).run(observer: {
            if case .step(let step) = $0 { losses.append(step.loss) }
        }).network
        if let stated = figures.number ?? figures["test_accuracy"]?.number {
            let ours = try test.accuracy(test.logits(tuned))
            #expect(abs(ours - stated) <= accuracyTolerance, "\(what): accuracy after fine-tuning \(ours), stated \(stated)")
        }
        if let stated = figures["first_batch_loss"]?.number, let ours = losses.first {
            // As the committed cases state it; the weights agree to 1e-6.
            #expect(abs(ours - stated) <= 1e-4 * stated, "\(what): first batch's loss \(ours), stated \(stated)")
        }
        if let stated = figures["mean_loss_last_10_batches"]?.number {
            let ours = losses.suffix(10).reduce(0, +) / 10
            // A hundred steps widen the rounding differences of single precision; a batch norm's variance makes most of it.
            #expect(abs(ours - stated) <= 5e-3 * stated, "\(what): loss of the last ten batches \(ours), stated \(stated)")
        }
    }
}

/// The training records of a case's data, in file order.
private enum TrainingRecords {
    static func first(_ count: Int, of golden: GoldenCase) throws -> Dataset? {
        let name = golden.json["dataset"]?["name"]?.string ?? ""
        if name.hasPrefix("digits") {
            let archive = try golden.archive(golden.json["dataset"]?["file"]?.string ?? "../digits.safetensors")
            let images = try GoldenData(golden).normalised(archive.array("images")).array(of: Float.self),
                labels = try archive.array("labels").integers()
            return try Dataset(
                name: "digits", images: Array(images.prefix(count * 64)), sampleShape: [1, 8, 8], labels: Array(labels.prefix(count)),
                classCount: 10)
        }
        let whole = name.hasPrefix("mnist") ? mnist : cifar
        return try whole?.selecting(Array(0..<count), as: "the first \(count)")
    }

    // Read once for all cases.
    private static let mnist = GoldenRoots.data("mnist").flatMap { try? DataSpec("mnist:\($0.path):train").load() }
    private static let cifar = GoldenRoots.data("cifar-10-batches-bin").flatMap { folder in
        try? DataSpec("cifar10:\(folder.path):train").load().normalised(
            Normalisation(scale: 255, mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5]))
    }
}
