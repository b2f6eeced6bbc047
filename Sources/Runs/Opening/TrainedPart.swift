import Checkpoints
import Datasets
import Foundation
import Fusion
import Provenance
import Training

/// Samples that a network was trained on: their numbers in the source.
struct TrainedPart {
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

    /// The records of the data that a network, or one that it came from, was trained on, as far as is known.
    ///
    /// - Parameter fallback: the part that the spec means where it names none.
    static func records(of parent: Parent, data: String, default fallback: Split) -> Set<Int> {
        guard let spec = try? DataSpec(data) else { return [] }
        return records(known(of: parent, data: data), in: Source(spec, default: fallback))
    }

    private static func records(_ parts: [TrainedPart], in source: Source) -> Set<Int> {
        parts.reduce(into: []) { if $1.source == source { $0.formUnion($1.records) } }
    }

    /// - Parameter data: the spec that a list of sample numbers refers to.
    private static func known(of parent: Parent, data: String) -> [TrainedPart] {
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
        var found: [TrainedPart] = [], before: [TrainedPart] = []
        for source in manifest.parents {
            var own: [TrainedPart] = []
            if let manifest = source.manifest {
                own = recorded(manifest, data: data, generations: generations - 1)
            } else if FileManager.default.fileExists(atPath: source.path) {
                own = dealt(source.path)
                if let checkpoint = try? Checkpoint.open(source.path) { own += listed(checkpoint, data: data) }
            }
            found += own
            if source.letter == TrainingIdentity.startLetter { before += own }
        }
        if manifest.kind == .finetune || manifest.kind == .train, let recipe = try? FineTuningRecipe(toml: manifest.recipe, path: ""),
            let spec = try? DataSpec(recipe.data), let samples = try? spec.load(default: .train)
        {
            let source = Source(spec, default: .train)
            let trained = trained(of: samples, recipe, sha256: manifest.data, seen: records(before, in: source))
            found.append(TrainedPart(source: source, records: Set(trained.records)))
        }
        return found
    }

    /// The samples that a training took: what was held out was not trained on.
    ///
    /// - Parameters:
    ///   - sha256: of the samples, where it is known: it tells how they were chosen where that is open.
    ///   - seen: what the network that it began with was trained on.
    private static func trained(of samples: Dataset, _ recipe: FineTuningRecipe, sha256: String?, seen: Set<Int>) -> Dataset {
        let share = recipe.settings[FineTuning.validationShare]
        guard recipe.validation == nil, share > 0,
            let plain = try? samples.split(validation: share, seed: recipe.seed),
            let chosen = try? samples.split(validation: share, seed: recipe.seed, unseenBy: seen)
        else { return samples }
        guard recipe.settings[FineTuning.validationFrom] == .unseen, chosen.train.records != plain.train.records else { return plain.train }
        // Older versions did not ask what had been seen. Where neither fits, or cannot be read, as much was trained on as can have been.
        return [chosen.train, plain.train].first { (try? $0.fingerprint()).map { $0 == sha256 } ?? false } ?? samples
    }
}
