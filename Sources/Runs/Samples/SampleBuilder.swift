import Checkpoints
import Datasets
import Foundation
import Networks
import Provenance
import Tensors
import Training

/// Trains the parents of a sample set as its `set.toml` says, and records what their fusion gives.
package struct SampleBuilder: Sendable {
    package let set: SampleSet

    package init(_ set: SampleSet) { self.set = set }

    /// Progress of a build.
    package struct Progress: Sendable {
        package let file: String
        package let step: TrainingStep
    }

    /// Trains and saves every parent, fuses them by the set's recipe, and writes `expected.json`.
    package func build(
        replacing: Output.Replacing = .own, isCancelled: @escaping @Sendable () -> Bool = { false }, progress: ((Progress) -> Void)? = nil
    ) throws -> SampleExpectation {
        var files = Outputs(replacing: replacing)
        files.read(data: set.data, as: "the data")
        for path in set.parents { files.write(path, "a parent of \(set.id)", .network) }
        files.write(SampleExpectation.path(in: set.folder), "what is expected of \(set.id)", .expectation)
        try files.check()
        let whole = try DataSpec(set.data).load(default: .train)
        let parts = try whole.partitioned(set.split.partition(set.folder + "/set.toml"), seed: set.split.seed)
        for (member, path) in zip(set.members, set.parents) {
            guard parts.indices.contains(member.part - 1) else {
                throw RunError.file(
                    path: set.folder + "/set.toml", line: nil, reason: "\(member.file) asks for part \(member.part) of \(parts.count)")
            }
            let part = parts[member.part - 1]
            let trained = try train(member, on: part, isCancelled: isCancelled, progress: progress)
            let description = [
                "title": set.title, "trained on": part.provenance,
                "data":
                    "UCI Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, 1998, doi 10.24432/C50P49, CC BY 4.0",
            ]
            let seen = ClassCounts(trainingOn: part, sha256: try part.fingerprint())
            try Checkpoint.save(trained, to: path, metadata: description.merging(seen?.metadata ?? [:]) { own, _ in own })
        }
        let run = try FusionRun(set.recipe)
        var expectation = try SampleExpectation(of: run.run(isCancelled: isCancelled))
        expectation.checksums = try run.parents.map { try $0.checkpoint.checksum() }
        try expectation.write(to: set.folder)
        return expectation
    }

    /// One parent, from its seed.
    private func train(
        _ member: SampleSet.Member, on part: Dataset, isCancelled: @escaping @Sendable () -> Bool, progress: ((Progress) -> Void)?
    ) throws -> Network {
        let schedule = set.training, images = try augmented(part, seed: member.seed)
        var network = try member.network.fresh(input: part.sampleShape, classes: part.classCount, seed: member.seed)
        for (epochs, rate) in [(schedule.epochs, schedule.learningRate), (schedule.coolDown ?? 0, schedule.learningRate / 10)] {
            guard epochs > 0 else { continue }
            let settings = try FineTuningSettings(
                [
                    "epochs": .integer(epochs), "batch": .integer(schedule.batch), "optimizer": .choice("adam"),
                    "learning-rate": .real(rate),
                    "weight-decay": .real(schedule.weightDecay ?? 0), "validation-share": .real(0),
                ], seed: member.seed)
            let trained = try FineTuner(network, settings: settings, training: images)
                .run(
                    observer: { if case .step(let step) = $0 { progress?(Progress(file: member.file, step: step)) } },
                    control: TrainingControl(isCancelled: isCancelled))
            guard trained.summary.reason == .completed else {
                throw RunError.unsuitable(
                    reason: "the training of \(member.file) diverged: lower the learning rate in \(set.folder)/set.toml")
            }
            network = trained.network
        }
        return network
    }

    /// As many copies of the part as the set asks for, each changed anew: a few thousand small images, written out.
    private func augmented(_ part: Dataset, seed: UInt64) throws -> Dataset {
        guard let augmentation = set.training.augmentation, !augmentation.isEmpty else { return part }
        guard !augmentation.mixesImages else {
            throw RunError.unsuitable(
                reason:
                    "\(set.folder)/set.toml asks for augmentation = \(augmentation): cutmix is not supported here"
            )
        }
        let copies = max(1, set.training.copies ?? 1)
        var generator = SeededGenerator(seed: seed, purpose: "augmentation")
        var images: [Float] = []
        images.reserveCapacity(copies * part.count * part.sampleSize)
        for _ in 0..<copies {
            images += try part.batch(0..<part.count, augmented: augmentation, using: &generator).images.array(of: Float.self)
        }
        return try Dataset(
            name: part.name, images: images, sampleShape: part.sampleShape,
            labels: Array(repeatElement(part.labels, count: copies).joined()), classCount: part.classCount,
            provenance: part.provenance)
    }
}
