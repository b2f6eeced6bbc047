import Datasets
import Hyperparameters
import Networks
import Tensors
import Testing
@testable import Training

@Suite("Balanced starts and averaged weights") struct AveragingTests {
    /// Convolution, batch norm, convolution, pool, two linear layers; ReLU between.
    private func convolutional(seed: UInt64) throws -> Network {
        func node(
            _ kind: String, _ id: String, _ options: [String: OptionValue] = [:], named: Bool = false, from source: String
        ) throws
            -> Architecture.Node
        {
            Architecture.Node(
                id: id, layer: try LayerCatalogue.make(kind: kind, layer: id, options: options), prefix: named ? id : nil, sources: [source]
            )
        }
        let nodes = [
            try node("conv2d", "c1", ["padding": .int(1)], named: true, from: Architecture.input),
            try node("batch_norm", "b1", named: true, from: "c1"), try node("activation", "r1", from: "b1"),
            try node("conv2d", "c2", ["padding": .int(1)], named: true, from: "r1"), try node("activation", "r2", from: "c2"),
            try node("pool", "p2", ["kernel": .int(2)], from: "r2"), try node("flatten", "flat", from: "p2"),
            try node("linear", "fc1", named: true, from: "flat"),
            try node("activation", "r3", ["function": .string("leaky_relu")], from: "fc1"),
            try node("linear", "fc2", named: true, from: "r3"),
        ]
        return try Network.fresh(
            Architecture(family: "test", inputShape: [1, 8, 8], nodes: nodes),
            shapes: [
                "c1.weight": [4, 1, 3, 3], "b1.weight": [4], "b1.bias": [4], "b1.running_mean": [4], "b1.running_var": [4],
                "c2.weight": [5, 4, 3, 3], "c2.bias": [5], "fc1.weight": [7, 80], "fc1.bias": [7], "fc2.weight": [10, 7], "fc2.bias": [10],
            ], seed: seed)
    }

    private func lengths(_ network: Network) throws -> [(Double, Double)] {
        func rows(_ name: String) throws -> [Double] {
            let value = try network.parameter(name).converted(to: .float64)
            return try value.reshaped([value.shape[0], -1]).squared().sum(axes: [1]).array(of: Double.self)
        }
        func columns(_ name: String, _ neurons: Int) throws -> [Double] {
            let value = try network.parameter(name).converted(to: .float64)
            return try value.reshaped([value.shape[0], neurons, -1]).squared().sum(axes: [0, 2]).array(of: Double.self)
        }
        func biases(_ name: String) throws -> [Double] {
            try network.parameter(name).converted(to: .float64).squared().array(of: Double.self)
        }
        let second = try zip(zip(rows("c2.weight"), biases("c2.bias")).map(+), columns("fc1.weight", 5))
        let third = try zip(zip(rows("fc1.weight"), biases("fc1.bias")).map(+), columns("fc2.weight", 7))
        return Array(second) + Array(third)
    }

    @Test("balancing gives each neuron incoming and outgoing weights of one length and leaves the function as it is")
    func balanced() throws {
        let network = try convolutional(seed: 3)
        // One layer of another scale, as in a fusion of parents that are.
        var parameters = network.parameters
        parameters["fc1.weight"] = try network.parameter("fc1.weight") * 20
        let given = try network.with(parameters: parameters), x = try Dataset.digits(.test).batch(0..<50)
        let balancing = try Balancing(given)
        #expect(try lengths(given).contains { $0.0 > 2 * $0.1 })
        for (read, written) in try lengths(balancing.network) { #expect(abs(read / written - 1) < 1e-2) }
        let (before, after) = (try given(x), try balancing.network(x))
        #expect(try (before - after).magnitude().maximum().item() < 1e-6 * before.magnitude().maximum().item())
        // A normalisation decides the scale of what comes into it.
        #expect(balancing.groups == ["c2", "fc1"] && balancing.largest > 1.5)
        for name in ["c1.weight", "b1.weight", "b1.bias"] {
            #expect(try balancing.network.parameter(name).array(of: Float.self) == given.parameter(name).array(of: Float.self))
        }
        let again = try Balancing(balancing.network)
        #expect(again.largest < 1.01)
    }

    @Test("a network with nothing to balance comes back bit for bit", arguments: ["gelu", "tanh"])
    func nothingToBalance(function: String) throws {
        let nodes = [
            Architecture.Node(id: "fc1", layer: Linear(), prefix: "fc1", sources: [Architecture.input]),
            Architecture.Node(
                id: "act", layer: try LayerCatalogue.make(kind: "activation", layer: "act", options: ["function": .string(function)]),
                prefix: nil,
                sources: ["fc1"]),
            Architecture.Node(id: "fc2", layer: Linear(), prefix: "fc2", sources: ["act"]),
        ]
        let network = try Network.fresh(
            Architecture(family: "test", inputShape: [6], nodes: nodes),
            shapes: ["fc1.weight": [8, 6], "fc1.bias": [8], "fc2.weight": [3, 8], "fc2.bias": [3]], seed: 1)
        let balancing = try Balancing(network)
        #expect(balancing.groups.isEmpty && balancing.note.contains("changed nothing"))
        for name in network.parameterNames {
            #expect(try balancing.network.parameter(name).array(of: Float.self) == network.parameter(name).array(of: Float.self))
        }
    }

    /// Trains on one batch an epoch, so that every epoch is one step.
    private func trained(_ changes: [String: HyperparameterValue], steps: Int, validation: Dataset? = nil) throws -> FineTuner.Outcome {
        let data = try Dataset.digits(.train).subset(samples: 60, seed: 1)
        let settings = try FineTuningSettings(
            [
                "epochs": .integer(steps), "batch": .integer(60), "validation-share": .real(0), "learning-rate": .real(0.05),
                "keep": .choice(validation == nil ? "last" : "best"), "threads": .integer(1),
            ].merging(changes) { $1 }, seed: 2)
        return try FineTuner(convolutional(seed: 3), settings: settings, training: data, validation: validation).run()
    }

    @Test("what is kept is the moving average of the weights after every step", arguments: [0.3, 0.999])
    func movingAverage(decay: Double) throws {
        let start = try convolutional(seed: 3), steps = 4
        let after = try (1...steps).map { try trained([:], steps: $0).network }
        let averaged = try trained(["ema": .real(decay)], steps: steps).network
        for name in start.parameterNames where name != "b1.num_batches_tracked" {
            var average = try start.parameter(name)
            for (index, network) in after.enumerated() {
                let share = min(decay, Double(2 + index) / Double(11 + index))
                average = try average * share + network.parameter(name) * (1 - share)
            }
            #expect(try (average - averaged.parameter(name)).magnitude().maximum().item() < 1e-6, "\(name)")
        }
    }

    @Test("the mean with the start is the result, and with validation data only where it is not worse")
    func startMean() throws {
        let start = try convolutional(seed: 3), tuned = try trained([:], steps: 5).network
        let mean = try trained(["start-share": .real(0.25)], steps: 5).network
        for name in ["c1.weight", "b1.bias", "fc2.bias"] {
            let expected = try start.parameter(name) * 0.25 + tuned.parameter(name) * 0.75
            #expect(try (expected - mean.parameter(name)).magnitude().maximum().item() < 1e-6)
        }
        // Statistics of the data, not a mean of two networks' statistics.
        let estimator = StatisticsEstimator(mean)
        try estimator.observe(Dataset.digits(.train).subset(samples: 60, seed: 1).batch(0..<60))
        let estimated = try estimator.network()
        for name in ["b1.running_mean", "b1.running_var"] {
            #expect(try (estimated.parameter(name) - mean.parameter(name)).magnitude().maximum().item() < 1e-5)
        }
        // Five steps from random weights are better than a mean with these, which has a higher loss.
        let held = try Dataset.digits(.test).subset(samples: 100, seed: 4)
        var notes: [String] = []
        let settings = try FineTuningSettings(
            [
                "epochs": .integer(8), "batch": .integer(60), "learning-rate": .real(0.1), "threads": .integer(1),
                "start-share": .real(0.9),
                "best-by": .choice("loss"),
            ], seed: 2)
        let data = try Dataset.digits(.train).subset(samples: 600, seed: 1)
        _ = try FineTuner(start, settings: settings, training: data, validation: held).run(observer: {
            if case .note(let note) = $0 { notes.append(note) }
        })
        #expect(notes.contains { $0.contains("the trained network is the result") })
        #expect(throws: TrainingError.self) {
            try FineTuner(start, settings: settings, training: data, mayKeepGiven: false)
        }
    }

    @Test("a training with moving averages that is taken up again ends in the same bits")
    func resumed() throws {
        let scratch = try Scratch(), path = scratch.file("run.training")
        let data = try Dataset.digits(.train).subset(samples: 60, seed: 1), network = try convolutional(seed: 3)
        let settings = try FineTuningSettings(
            [
                "epochs": .integer(3), "batch": .integer(20), "checkpoint-every": .integer(2), "validation-share": .real(0.2),
                "threads": .integer(1), "ema": .real(0.9), "balance": .flag(true), "start-share": .real(0.5),
            ], seed: 3)
        let whole = try FineTuner(network, settings: settings, training: data).run().network
        let control = TrainingControl()
        var steps = 0
        #expect(throws: TrainingError.self) {
            try FineTuner(network, settings: settings, training: data).run(
                observer: { event in
                    if case .step = event {
                        steps += 1
                        if steps == 5 { control.cancel() }
                    }
                }, control: control, checkpoints: CheckpointPlace(path: path))
        }
        let checkpoint = try TrainingCheckpoint(path)
        let resumed = try FineTuner(checkpoint.network, settings: checkpoint.settings, training: data, isResumed: true).run(
            resuming: checkpoint
        ).network
        for name in whole.parameterNames where name != "b1.num_batches_tracked" {
            #expect(try whole.parameter(name).array(of: Float.self) == resumed.parameter(name).array(of: Float.self), "\(name)")
        }
    }

    @Test("the preset distils from the parents, balances, and averages over steps and with the start")
    func preset() throws {
        let settings = try FineTuningSettings(FineTuning.table.settings(preset: "distilled"))
        #expect(settings.distillation == DistillationLoss(loss: .divergence(temperature: 2), share: 0.5))
        #expect(settings[FineTuning.ema] == 0.999 && settings[FineTuning.startShare] == 0.5 && settings[FineTuning.balance])
    }
}
