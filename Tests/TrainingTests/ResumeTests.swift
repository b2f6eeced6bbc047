import Datasets
import Foundation
import Hyperparameters
import Networks
import Tensors
import Testing
@testable import Training

/// A convolutional network with batch norm and dropout: everything that has a state of its own.
private func statefulNetwork() throws -> Network {
    let nodes: [Architecture.Node] = [
        .init(id: "conv", layer: Convolution(padding: 1), prefix: "conv", sources: [Architecture.input]),
        .init(id: "norm", layer: BatchNormalization(), prefix: "norm", sources: ["conv"]),
        .init(id: "relu", layer: Activation(.relu), prefix: nil, sources: ["norm"]),
        .init(
            id: "drop", layer: try LayerCatalogue.make(kind: "dropout", layer: "drop", options: ["rate": .real(0.3)]), prefix: nil,
            sources: ["relu"]),
        .init(id: "flat", layer: Flatten(), prefix: nil, sources: ["drop"]),
        .init(id: "head", layer: Linear(), prefix: "head", sources: ["flat"]),
    ]
    let architecture = try Architecture(family: "test", inputShape: [1, 8, 8], nodes: nodes)
    return try Network.fresh(
        architecture,
        shapes: [
            "conv.weight": [3, 1, 3, 3], "conv.bias": [3], "norm.weight": [3], "norm.bias": [3], "norm.running_mean": [3],
            "norm.running_var": [3], "norm.num_batches_tracked": [],
            "head.weight": [10, 192], "head.bias": [10],
        ], seed: 5)
}

/// A folder of its own, removed at the end.
final class Scratch {
    let path: String
    init() throws {
        path = NSTemporaryDirectory() + "amalgam-training-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    func file(_ name: String) -> String { path + "/" + name }
}

@Suite("Resuming") struct ResumeTests {
    @Test(
        "from every checkpoint the training ends in the bits of one that was not interrupted",
        arguments: [
            ["optimizer": HyperparameterValue.choice("adam"), "schedule": .choice("cosine"), "schedule-by": .choice("step")],
            [
                "augmentation": .text("flip,crop=1,autoaugment,cutmix=50"), "nesterov": .flag(true), "clip-norm": .real(0.5),
                "rates": .text("head.*=2"),
            ],
        ])
    func sameBits(changes: [String: HyperparameterValue]) throws {
        let scratch = try Scratch(), path = scratch.file("run.training")
        let digits = try Dataset.digits(.train).subset(samples: 120, seed: 1), network = try statefulNetwork()
        // As bytes of the whole range, which AutoAugment asks for.
        let bytes = try digits.normalised(Normalisation(scale: 16)).batch(0..<120).array(of: Float.self).map { UInt8(255 * $0) }
        let data = try Dataset(name: "digits", bytes: bytes, sampleShape: digits.sampleShape, labels: digits.labels, classCount: 10)
        let settings = try FineTuningSettings(
            ["epochs": .integer(2), "batch": .integer(20), "checkpoint-every": .integer(2), "validation-share": .real(0.2)].merging(changes)
            { $1 }, seed: 3)
        let tuner = try FineTuner(network, settings: settings, training: data)
        var copies: [String] = []
        let whole = try tuner.run(
            observer: { event in
                guard case .checkpointSaved(let path, let epoch, let step) = event else { return }
                copies.append(scratch.file("at-\(epoch)-\(step)"))
                try? FileManager.default.copyItem(atPath: path, toPath: copies[copies.count - 1])
            }, checkpoints: CheckpointPlace(path: path, identity: ["who": "test"]))
        // Five steps an epoch: after the second and fourth of each, and at each end.
        #expect(copies.count >= 6)
        for copy in copies {
            let checkpoint = try TrainingCheckpoint(copy)
            #expect(checkpoint.settings == settings && checkpoint.identity == ["who": "test"])
            let again = try FineTuner(checkpoint.network, settings: checkpoint.settings, training: data).run(resuming: checkpoint)
            #expect(try numbers(again.network) == numbers(whole.network), "\(copy)")
            #expect(
                again.summary.keptEpoch == whole.summary.keptEpoch && again.epochs.map(\.loss) == whole.epochs.map(\.loss)
                    && again.epochs.map(\.validation) == whole.epochs.map(\.validation))
        }
    }

    @Test("where no checkpoint can be written the training goes on and says so")
    func unwritable() throws {
        let log = EventLog()
        let outcome = try FineTuner(smallNetwork(), settings: quick(["epochs": .integer(2)]), training: twoClouds(40))
            .run(observer: log.add, checkpoints: CheckpointPlace(path: "/no/such/folder/run.training"))
        #expect(outcome.summary.reason == .completed)
        #expect(
            log.events.count {
                if case .checkpointFailed(let path, let reason) = $0 { path.contains("/no/such") && !reason.isEmpty } else { false }
            } == 2)
    }

    @Test("a file that is no checkpoint, damaged, or of another network is refused with its name")
    func hostile() throws {
        let scratch = try Scratch(), path = scratch.file("run.training"), data = try twoClouds(40)
        _ = try FineTuner(smallNetwork(), settings: quick(["epochs": .integer(1)]), training: data).run(
            checkpoints: CheckpointPlace(path: path))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in [0, 8, 100, bytes.count / 2, bytes.count - 1] {
            let cut = scratch.file("cut-\(length)")
            try bytes.prefix(length).write(to: URL(fileURLWithPath: cut))
            #expect { try TrainingCheckpoint(cut) } throws: { "\($0)".contains(cut) }
        }
        let checkpoint = try TrainingCheckpoint(path)
        let other = try FineTuner(
            MultilayerPerceptron.fresh(widths: [2, 9, 2], bias: true, seed: 1), settings: quick(["epochs": .integer(1)]), training: data)
        #expect(throws: TrainingError.self) { try other.run(resuming: checkpoint) }
        let partly = try FineTuner(smallNetwork(), settings: quick(["epochs": .integer(1), "freeze": .text("fc1")]), training: data)
        // Fewer parameters are trained than were: the rest stays, nothing traps.
        _ = try? partly.run(resuming: checkpoint)
    }
}

@Suite("Mixed images") struct MixedImageTests {
    @Test("the loss of a mixed batch is that of both labels by their shares, and equals the plain one where nothing was mixed")
    func shares() throws {
        let logits = try Tensor([2, 0, 1, 0, 3, 1] as [Float], shape: [2, 3])
        let own = try Tensor([0, 1]), other = try Tensor([2, 0])
        let x = try Tensor.zeros([2, 1]), network = try smallNetwork()
        func loss(_ mixed: (labels: Tensor, ownShare: Double)?) throws -> Double {
            try TrainingBatch(indices: [0, 1], x: x, labels: own, mixed: mixed).loss(logits, of: network, smoothing: 0).item()
        }
        let (one, two) = try (loss(nil), logits.crossEntropy(other).item())
        // Softmax of (2, 0, 1): 0.665241, 0.090031, 0.244728; of (0, 3, 1): 0.042010, 0.843795, 0.114195.
        #expect(abs(one - (0.407606 + 0.169846) / 2) < 1e-5)
        #expect(abs(try loss((other, 0.7)) - (0.7 * one + 0.3 * two)) < 1e-6)
        #expect(try loss((other, 1)) == one)
        #expect(try TrainingBatch(indices: [0, 1], x: x, labels: own, mixed: (other, 0.3)).chiefLabels.array(of: Int.self) == [2, 0])
        #expect(try TrainingBatch(indices: [0, 1], x: x, labels: own, mixed: (other, 0.7)).chiefLabels.array(of: Int.self) == [0, 1])
    }

    @Test("a training on mixed images learns, also from teachers that are asked about the mixed images")
    func learns() throws {
        let data = try Dataset.digits(.train).subset(samples: 300, seed: 1),
            network = try MultilayerPerceptron.fresh(widths: [64, 24, 10], bias: true, seed: 1)
        let common: [String: HyperparameterValue] = [
            "optimizer": .choice("adam"), "learning-rate": .real(0.01), "augmentation": .text("cutmix"),
        ]
        let tuned = try FineTuner(network, settings: quick(common.merging(["epochs": .integer(12)]) { $1 }), training: data).run().network
        #expect(try Evaluator(data).evaluate(tuned).accuracy > 0.9)
        let distilling = try quick(common.merging(["epochs": .integer(12), "distill": .choice("kl"), "distill-share": .real(1)]) { $1 })
        let student = try FineTuner(network, settings: distilling, training: data, teachers: [tuned]).run().network
        let found = try Evaluator(data).measure([student, tuned])
        #expect(found[0].agreement(with: found[1]) > 0.9)
    }

    @Test("AutoAugment on data that are no bytes is refused before anything is trained")
    func refused() throws {
        #expect {
            try FineTuner(smallNetwork(), settings: quick(["augmentation": .text("autoaugment")]), training: twoClouds(20))
        } throws: { "\($0)".contains("8-bit greyscale") }
    }
}

@Suite("Distillation") struct DistillationTests {
    @Test("without labels a network learns its teacher's answers")
    func unlabelled() throws {
        let data = try twoClouds(200)
        let teacher = try FineTuner(
            smallNetwork(seed: 9), settings: quick(["epochs": .integer(8), "learning-rate": .real(0.05)]), training: data
        ).run().network
        for loss in ["kl", "mse"] {
            let settings = try quick([
                "epochs": .integer(10), "learning-rate": .real(0.05), "distill": .choice(loss), "distill-share": .real(1),
            ])
            let student = try FineTuner(smallNetwork(), settings: settings, training: data, teachers: [teacher]).run().network
            let found = try Evaluator(data).measure([student, teacher])
            #expect(found[0].agreement(with: found[1]) > 0.97, "\(loss)")
        }
    }

    @Test("a network that is its own teacher stays where it is")
    func fixedPoint() throws {
        let network = try smallNetwork()
        for loss in ["kl", "mse"] {
            let tuned = try FineTuner(
                network, settings: quick(["epochs": .integer(1), "distill": .choice(loss), "distill-share": .real(1)]),
                training: twoClouds(40), teachers: [network]
            ).run().network
            // The gradient of either loss is 0 there; what is left is rounding.
            for (before, after) in zip(try numbers(network), try numbers(tuned)) { #expect(abs(before - after) < 1e-5) }
        }
    }

    @Test("the loss is that of Hinton et al. by hand: T² times the divergence of softened probabilities")
    func byHand() throws {
        let distillation = DistillationLoss(loss: .divergence(temperature: 2), share: 1)
        let teachers = try Teachers([smallNetwork()], distillation, worth: nil, classes: 2)
        #expect(teachers.weights == [[1, 1]])
        let target = try Tensor([0.75, 0.25] as [Float], shape: [1, 2]), logits = try Tensor([2, 0] as [Float], shape: [1, 2])
        // Softmax of (1, 0) is 0.731059, 0.268941: 4 (0.75 ln(0.75 / 0.731059) + 0.25 ln(0.25 / 0.268941)).
        #expect(abs(try distillation.penalty(of: logits, towards: target, task: .classification).item() - 0.0037062) < 1e-6)
        let squared = DistillationLoss(loss: .meanSquaredError, share: 1)
        #expect(
            abs(try squared.penalty(of: logits, towards: target, task: .classification).item() - (1.25 * 1.25 + 0.25 * 0.25) / 2) < 1e-6)
    }

    @Test("weights make columns that sum to one; a class that no teacher knows is asked of all")
    func weights() throws {
        let networks = [try smallNetwork(seed: 1), try smallNetwork(seed: 2)]
        let teachers = try Teachers(
            networks, DistillationLoss(loss: .meanSquaredError, share: 1, weights: [3, 1]), worth: [[1, 0], [1, 0]], classes: 2)
        #expect(teachers.weights == [[0.75, 0.75], [0.25, 0.25]])
        let apart = try Teachers(networks, DistillationLoss(loss: .meanSquaredError, share: 1), worth: [[1, 0], [0, 0.5]], classes: 2)
        #expect(apart.weights == [[1, 0], [0, 1]])
    }
}

@Suite("Batch norms while training") struct BatchNormTests {
    @Test("statistics follow the batches, or stay where they are frozen, by setting or with their layer")
    func modes() throws {
        let network = try statefulNetwork(), data = try Dataset.digits(.train).subset(samples: 60, seed: 1)
        func moved(_ changes: [String: HyperparameterValue]) throws -> (statistics: Bool, weight: Bool) {
            let tuned = try FineTuner(network, settings: quick(["epochs": .integer(1)].merging(changes) { $1 }), training: data).run()
                .network
            func differs(_ name: String) throws -> Bool {
                try network.parameter(name).array(of: Float.self) != tuned.parameter(name).array(of: Float.self)
            }
            return (try differs("norm.running_mean"), try differs("norm.weight"))
        }
        #expect(try moved([:]) == (true, true))
        #expect(try moved(["batch-norm": .choice("frozen")]) == (false, true))
        #expect(try moved(["freeze": .text("norm")]) == (false, false))
        #expect(try moved(["trains": .choice("head")]) == (false, false))
    }
}
