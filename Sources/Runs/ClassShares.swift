import Datasets
import Foundation
import Fusion

/// Each parent's share of the samples of every class that the parents were trained on, as far as the checkpoints tell.
///
/// A checkpoint tells it by a list `train_indices` of the samples' numbers, or, as Amalgam saves it, by the counts themselves.
enum ClassShares {
    /// The metadata key of the counts, numbers separated by commas.
    static let key = "amalgam.class-counts"

    /// [parents][classes], the parents' shares of each class summing to one; nil unless every parent tells. A class that none saw is all's alike.
    static func known(of parents: [Parent], data spec: String?) throws(RunError) -> [[Double]]? {
        let classes = parents.first?.network.trace.outputWidth ?? 0
        let told = parents.map { parent in parent.checkpoint.metadata[key].map { $0.split(separator: ",").compactMap { Double($0) } } }
        let lists = parents.map { $0.checkpoint.integerLists[Dataset.trainedRecords] }
        guard zip(told, lists).allSatisfy({ $0 != nil || $1 != nil }) else { return nil }
        var whole: Dataset?
        if told.contains(where: { $0 == nil }) {
            guard let spec else { return nil }
            whole = try runs {
                var all = try DataSpec(spec)
                (all.split, all.samples, all.isBalanced, all.trainedBy) = (all.kind == .arrays ? nil : .train, nil, false, nil)
                (all.part, all.validation, all.isHeldOut) = (nil, nil, false)
                return try all.load()
            }
        }
        var counts: [[Double]] = []
        for (own, list) in zip(told, lists) {
            if let own {
                counts.append(own)
            } else if let list, let whole, whole.isLabelled, whole.classCount == classes {
                let wanted = Set(list)
                var sums = [Double](repeating: 0, count: classes)
                for (record, label) in zip(whole.records, whole.labels) where wanted.contains(record) { sums[label] += 1 }
                counts.append(sums)
            } else {
                return nil
            }
        }
        guard counts.allSatisfy({ $0.count == classes && $0.allSatisfy { $0 >= 0 && $0.isFinite } }) else { return nil }
        let totals = (0..<classes).map { label in counts.reduce(0) { $0 + $1[label] } }
        return counts.map { own in zip(own, totals).map { $1 > 0 ? $0 / $1 : 1 / Double(counts.count) } }
    }
}
