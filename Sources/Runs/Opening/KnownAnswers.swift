import Checkpoints
import Datasets
import Fusion
import Networks
import Provenance
import Training

// What networks answer on data that they know, from a training to the checkpoint and from there to a fusion.

extension AnswerStatistics {
    /// What a trained network answers: on the data set aside for validation, else on those that it was trained on.
    static func metadata(of network: Network, _ tuner: FineTuner) throws -> [String: String] {
        let data = DatasetInputs(tuner.validation ?? tuner.training, seed: 0)
        return try AnswerStatistics(of: network, on: data).map { [key: $0.text] } ?? [:]
    }
}

extension Parent {
    /// What its checkpoint says of its answers on data that it knows, the classes in the order of the network's outputs; nil where it says nothing.
    var knownAnswers: AnswerStatistics? {
        guard let text = checkpoint.metadata[AnswerStatistics.key],
            let said = AnswerStatistics(text: text, classes: network.trace.outputWidth)
        else { return nil }
        guard let own = checkpoint.description.classNames, let names = classNames, own != names else { return said }
        let places = Dictionary(zip(own, own.indices), uniquingKeysWith: { first, _ in first })
        return said.reordered(names.compactMap { places[$0] })
    }
}

extension [String] {
    /// The texts in order, each once.
    var withoutRepeats: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
