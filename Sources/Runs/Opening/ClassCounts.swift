import Checkpoints
import Datasets
import Fusion
import Provenance

/// How many samples of every class a network was trained on, as far as its checkpoint says.
///
/// Amalgam saves the counts beside the parameters; other programs leave a list `train_indices` of the samples' numbers. What was trained
/// further has seen the samples of its beginning and the new ones, and a fused network those of all its parents; the same data are counted once.
struct ClassCounts: Sendable, Equatable {
    /// By class.
    var samples: [Int]
    /// The SHA-256 of the data that were counted, so that none are counted twice; not all are known where other programs trained.
    var data: Set<String>

    /// The metadata key of the counts, numbers separated by commas.
    static let key = "amalgam.class-counts"

    init(samples: [Int], data: Set<String>) {
        self.samples = samples
        self.data = data
    }

    /// What is seen by training on data of this checksum; nil without labels.
    init?(trainingOn data: Dataset, sha256: String) {
        guard data.isLabelled else { return nil }
        self.init(samples: data.classCounts, data: [sha256])
    }

    /// Numbers separated by commas; nil for anything else.
    init?(text: String, data: Set<String>) {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }, samples = numbers.compactMap { $0 }
        guard samples.count == numbers.count, samples.allSatisfy({ (0...1_000_000_000_000).contains($0) }) else { return nil }
        self.init(samples: samples, data: data)
    }

    /// What a checkpoint says in its metadata; nil where it says nothing, or nothing that can be meant for so many classes.
    init?(saidBy checkpoint: Checkpoint, classes: Int) {
        guard let text = checkpoint.metadata[Self.key] else { return nil }
        self.init(text: text, data: Manifest(of: checkpoint)?.trainingData ?? [])
        guard samples.count == classes else { return nil }
    }

    /// What each network was trained on; nil unless all are known.
    ///
    /// - Parameter spec: the data that a list of sample numbers refers to.
    static func known(of parents: [Parent], data spec: String?) throws -> [ClassCounts]? {
        let classes = parents.first?.network.trace.outputWidth ?? 0
        var found: [ClassCounts] = [], whole: Dataset?
        for parent in parents {
            if let said = ClassCounts(saidBy: parent.checkpoint, classes: classes) {
                found.append(said)
                continue
            }
            guard let list = parent.checkpoint.integerLists[Dataset.trainedRecords], let spec else { return nil }
            if whole == nil { whole = try DataSpec(spec).everything() }
            guard let whole, whole.isLabelled, whole.labels.allSatisfy({ $0 < classes }) else { return nil }
            let wanted = Set(list)
            var samples = [Int](repeating: 0, count: classes)
            for (record, label) in zip(whole.records, whole.labels) where wanted.contains(record) { samples[label] += 1 }
            found.append(ClassCounts(samples: samples, data: []))
        }
        return found
    }

    /// What networks have seen together.
    static func joined(_ counts: [ClassCounts]) -> ClassCounts? {
        guard var sum = counts.first else { return nil }
        for next in counts.dropFirst() where next.samples.count == sum.samples.count {
            // The same samples again are no more samples.
            if !next.data.isEmpty, next.data.isSubset(of: sum.data) { continue }
            sum.samples = zip(sum.samples, next.samples).map { $0 + $1 }
            sum.data.formUnion(next.data)
        }
        return sum
    }

    /// Each network's share of every class, the shares of a class summing to one; a class that none saw is all's alike.
    static func shares(_ counts: [ClassCounts]) -> [[Double]] {
        let classes = counts.first?.samples.count ?? 0
        let totals = (0..<classes).map { label in counts.reduce(0) { $0 + $1.samples[label] } }
        return counts.map { own in zip(own.samples, totals).map { $1 > 0 ? Double($0) / Double($1) : 1 / Double(counts.count) } }
    }

    var text: String { samples.map(String.init).joined(separator: ",") }
    /// For the file of the network.
    var metadata: [String: String] { [Self.key: text] }
}

extension DataSpec {
    /// The whole training part that this is some of, in the numbers of which checkpoints list their samples.
    fileprivate func everything() throws(DatasetError) -> Dataset {
        var all = self
        (all.split, all.samples, all.isBalanced, all.trainedBy) = (kind == .arrays ? nil : .train, nil, false, nil)
        (all.part, all.validation, all.isHeldOut) = (nil, nil, false)
        return try all.load(default: .train)
    }
}
