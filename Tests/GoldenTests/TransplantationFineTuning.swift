import Networks
import Tensors

/// The fine-tuning that a transplantation case states in words, compared with the figures it came to: one pass over the first training
/// records in file order, batches of 64, SGD 0.01 with momentum 0.9, batch norms in training mode.
struct TransplantationFineTuning {
    let golden: GoldenCase
    private let expectations: Expectations
    private let records: Int
    private let accuracyTolerance: Double

    init(_ golden: GoldenCase, _ expectations: Expectations) throws {
        self.golden = golden
        self.expectations = expectations
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
        guard let data = try GoldenData(golden).firstTraining(records) else {
            return expectations.cannot("the data set's files are not at hand")
        }
        let tuned = try GoldenFineTuning(network, on: data)
        let accuracy = figures.number == nil ? figures["test_accuracy"] : figures
        try expectations.number(
            accuracy, test.accuracy(test.logits(tuned.network)), within: accuracyTolerance, "\(what): accuracy after fine-tuning")
        // As the committed cases state it; the weights agree to 1e-6.
        try expectations.number(
            figures["first_batch_loss"], tuned.losses.first ?? .nan, within: 1e-4 * (figures["first_batch_loss"]?.number ?? 0),
            "\(what): first batch's loss")
        // A hundred steps widen the rounding differences of single precision; a batch norm's variance makes most of it.
        try expectations.number(
            figures["mean_loss_last_10_batches"], tuned.losses.suffix(10).reduce(0, +) / 10,
            within: 5e-3 * (figures["mean_loss_last_10_batches"]?.number ?? 0), "\(what): loss of the last ten batches")
    }
}
