import Formatting
import Checkpoints
import Datasets
import Foundation
import Fusion
import Provenance
import Training

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
        guard let data, let spec, let source = (try? DataSpec(spec)).map({ TrainedPart.Source($0, default: fallback) }) else { return nil }
        var seen: [Seen] = [], all: Set<Int> = []
        for parent in parents {
            let records = TrainedPart.known(of: parent, data: spec).filter { $0.source == source }.reduce(into: Set<Int>()) {
                $0.formUnion($1.records)
            }
            let own = data.records.filter(records.contains)
            guard !own.isEmpty else { continue }
            seen.append(Seen(letter: parent.letter, samples: own.count))
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

/// Samples that a network was trained on: their numbers in the source.
private struct TrainedPart {
    /// Where numbers of samples mean the same.
    struct Source: Hashable {
        var kind: DataSpec.Kind
        var path: String
        var split: Split?

        init(_ spec: DataSpec, default fallback: Split) {
            kind = spec.kind
            path = spec.path.isEmpty ? "" : Paths.absolute(spec.path)
            split = spec.split ?? (spec.kind == .arrays ? nil : fallback)
        }
    }

    var source: Source
    var records: Set<Int>

    /// - Parameter data: the spec that a list of sample numbers refers to.
    static func known(of parent: Parent, data: String) -> [TrainedPart] {
        var found = listed(parent.checkpoint, data: data) + dealt(parent.path)
        if let manifest = Manifest(of: parent.checkpoint) { found += recorded(manifest, data: data, generations: 4) }
        return found
    }

    /// What another program lists beside the parameters: numbers in the training part of the data.
    private static func listed(_ checkpoint: Checkpoint, data: String) -> [TrainedPart] {
        guard let numbers = checkpoint.integerLists[Dataset.trainedRecords], var spec = try? DataSpec(data) else { return [] }
        if spec.kind != .arrays { spec.split = .train }
        return [TrainedPart(source: Source(spec, default: .train), records: Set(numbers))]
    }

    /// The part that a parent of a sample set was trained on.
    private static func dealt(_ path: String) -> [TrainedPart] {
        let folder = path.folderOfPath, name = (path as NSString).lastPathComponent
        guard FileManager.default.fileExists(atPath: (folder as NSString).appendingPathComponent("set.toml")),
            let set = try? SampleSet(folder: folder), let member = set.members.first(where: { $0.file == name }),
            let spec = try? DataSpec(set.data), let whole = try? spec.load(default: .train),
            let partition = try? set.split.partition(folder + "/set.toml"),
            let parts = try? whole.partitioned(partition, seed: set.split.seed), parts.indices.contains(member.part - 1)
        else { return [] }
        return [TrainedPart(source: Source(spec, default: .train), records: Set(parts[member.part - 1].records))]
    }

    /// What a manifest says: the data of a training, and those of the networks that it or a fusion began with.
    private static func recorded(_ manifest: Manifest, data: String, generations: Int) -> [TrainedPart] {
        guard generations > 0 else { return [] }
        var found: [TrainedPart] = []
        if manifest.kind == .finetune || manifest.kind == .train, let recipe = try? FineTuningRecipe(toml: manifest.recipe, path: ""),
            let spec = try? DataSpec(recipe.data), var samples = try? spec.load(default: .train)
        {
            // What was held out was not trained on.
            let share = recipe.settings[FineTuning.validationShare]
            if recipe.validation == nil, share > 0, let parts = try? samples.split(validation: share, seed: recipe.seed) {
                samples = parts.train
            }
            found.append(TrainedPart(source: Source(spec, default: .train), records: Set(samples.records)))
        }
        for source in manifest.parents {
            if let own = source.manifest { found += recorded(own, data: data, generations: generations - 1) }
            guard source.manifest == nil, FileManager.default.fileExists(atPath: source.path) else { continue }
            found += dealt(source.path)
            if let checkpoint = try? Checkpoint.open(source.path) { found += listed(checkpoint, data: data) }
        }
        return found
    }
}
