import Datasets
import Provenance

/// How many samples of a data set networks were trained on, as far as their files say: a figure on such samples flatters them.
///
/// Known are the lists `train_indices` of other programs, the recipes in the manifests of networks that Amalgam trained, also of those that a
/// fused network came from, and the parts that sample sets were trained on. What is not known is not counted.
package struct TrainingOverlap: Sendable, Equatable {
    /// What one network was trained on of the data.
    package struct Seen: Sendable, Equatable {
        package let letter: String
        package let samples: Int
    }

    /// The networks that have seen some of the data.
    package let seen: [Seen]
    /// Samples of the data, and those that any of the networks has seen.
    package let count: Int
    package let seenByAny: Int

    /// Whether most of the data have been seen: a network's figure there says little about other data.
    package var isMost: Bool { seenByAny * 2 > count }

    /// - Parameters:
    ///   - spec: what the data, or the data that they were held out of, are named.
    ///   - fallback: the part that the spec means where it names none.
    init?(of data: Dataset?, spec: String?, default fallback: Split, parents: [Parent]) {
        guard let data, let spec else { return nil }
        self.init(of: data, trained: parents.map { ($0.letter, TrainedPart.records(of: $0, data: spec, default: fallback)) })
    }

    /// - Parameter trained: networks and the records that they were trained on.
    init?(of data: Dataset?, trained: [(letter: String, records: Set<Int>)]) {
        guard let data else { return nil }
        var seen: [Seen] = [], all: Set<Int> = []
        for network in trained {
            let own = data.records.filter(network.records.contains)
            guard !own.isEmpty else { continue }
            seen.append(Seen(letter: network.letter, samples: own.count))
            all.formUnion(own)
        }
        guard !seen.isEmpty else { return nil }
        (self.seen, count) = (seen, data.count)
        seenByAny = data.records.count(where: all.contains)
    }

    /// "A was trained on 72 of its 144 samples, B on 68".
    ///
    /// - Parameter name: what a network is called; its letter where nil.
    package func words(_ name: (String) -> String = { $0 }) -> String {
        seen.enumerated().map { index, one in
            index == 0
                ? "\(name(one.letter)) was trained on \(one.samples) of its \(count) samples" : "\(name(one.letter)) on \(one.samples)"
        }.joined(separator: ", ")
    }
}
