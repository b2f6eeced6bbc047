import Datasets
import Foundation
import Hyperparameters
import Networks
import Synchronization
import Tensors
import Testing
@testable import Training

/// Settings in few words, without a validation split unless asked for.
func quick(_ changes: [String: HyperparameterValue], seed: UInt64 = 2) throws -> FineTuningSettings {
    try FineTuningSettings(["validation-share": .real(0), "batch": .integer(20)].merging(changes) { $1 }, seed: seed)
}

func smallNetwork(seed: UInt64 = 1, classes: Int = 2) throws -> Network {
    try MultilayerPerceptron.fresh(widths: [2, 8, classes], bias: true, seed: seed)
}

/// All parameters as one list of numbers.
func numbers(_ network: Network) throws -> [Float] {
    try network.parameterNames.flatMap { try network.parameter($0).array(of: Float.self) }
}

/// Events of a training, from whatever thread.
final class EventLog: Sendable {
    private let stored = Mutex<[TrainingEvent]>([])
    func add(_ event: TrainingEvent) { stored.withLock { $0.append(event) } }
    var events: [TrainingEvent] { stored.withLock { $0 } }
    var steps: [TrainingStep] { events.compactMap { if case .step(let step) = $0 { step } else { nil } } }
    var epochs: [TrainingEpoch] { events.compactMap { if case .epochFinished(let epoch) = $0 { epoch } else { nil } } }
}

@Suite("Fine-tuning") struct FineTunerTests {
    @Test(
        "a separable task is learnt by every optimiser, and the network given stays as it is",
        arguments: [
            ["optimizer": HyperparameterValue.choice("adam")], ["optimizer": .choice("adamw"), "weight-decay": .real(0.01)],
            ["momentum": .real(0)], ["nesterov": .flag(true)], ["schedule": .choice("cosine"), "warm-up": .real(1)],
            ["clip-norm": .real(1)],
        ])
    func learns(changes: [String: HyperparameterValue]) throws {
        let data = try twoClouds(200), fresh = try smallNetwork(), before = try numbers(fresh)
        let settings = try quick(["epochs": .integer(8), "learning-rate": .real(0.05)].merging(changes) { $1 })
        let outcome = try FineTuner(fresh, settings: settings, training: data).run()
        // The clouds' means are 8 deviations apart.
        #expect(try Evaluator(data).evaluate(outcome.network).accuracy > 0.98)
        #expect(outcome.summary.reason == .completed && outcome.epochs.count == 8)
        #expect(try numbers(fresh) == before)
    }

    @Test("one recipe gives one network, bit for bit; another seed another")
    func reproducible() throws {
        let data = try twoClouds(60), fresh = try smallNetwork()
        func weights(_ seed: UInt64) throws -> [Float] {
            try numbers(FineTuner(fresh, settings: quick(["epochs": .integer(2)], seed: seed), training: data).run().network)
        }
        #expect(try weights(1) == weights(1))
        #expect(try weights(1) != weights(2))
    }

    @Test("one step of SGD is the gradient by hand")
    func byHand() throws {
        let data = try Dataset(name: "one", images: [1, 2], sampleShape: [1, 1, 2], labels: [0], classCount: 2)
        let architecture = try smallNetwork().architecture
        let parameters: [String: Tensor] = try [
            "fc1.weight": Tensor.ones([8, 2]), "fc1.bias": Tensor.zeros([8]), "fc2.weight": Tensor.zeros([2, 8]),
            "fc2.bias": Tensor.zeros([2]),
        ]
        let network = try Network(architecture, parameters: parameters)
        let tuned = try FineTuner(
            network, settings: quick(["epochs": .integer(1), "learning-rate": .real(0.5), "momentum": .real(0)]), training: data
        ).run().network
        // Logits are 0, so p − y is (−0.5, 0.5); the hidden layer is 3 everywhere.
        #expect(try tuned.parameter("fc2.bias").array(of: Float.self) == [0.25, -0.25])
        #expect(
            try tuned.parameter("fc2.weight").array(of: Float.self) == [Float](repeating: 0.75, count: 8)
                + [Float](repeating: -0.75, count: 8))
        // The output weights were 0, so nothing came through to the first layer.
        #expect(try tuned.parameter("fc1.weight").array(of: Float.self) == [Float](repeating: 1, count: 16))
    }

    @Test(
        "a step through convolutions is minus the gradient, in whatever order the weights and their gradients lie in memory",
        arguments: ["sgd", "adam"])
    func throughConvolutions(optimizer: String) throws {
        let shapes = [
            ("features.0.weight", [4, 3, 3, 3]), ("features.0.bias", [4]), ("features.3.weight", [5, 4, 3, 3]), ("features.3.bias", [5]),
            ("classifier.weight", [2, 20]), ("classifier.bias", [2]),
        ]
        let architecture = try Families.recognise(ParameterTable(shapes, hints: RecognitionHints(inputShape: [3, 8, 8])))
        let network = try Network.fresh(architecture, shapes: Dictionary(uniqueKeysWithValues: shapes), seed: 1)
        // The same values, as a checkpoint of a network in PyTorch's channels-last order has them.
        let swapped = try network.parameters.mapValues { $0.rank == 4 ? try $0.transposed(1, 3).contiguous().transposed(1, 3) : $0 }
        let isRowMajor = try #require(swapped["features.3.weight"]).isRowMajor()
        #expect(!isRowMajor)
        var generator = SeededGenerator(seed: 3)
        let images = (0..<6 * 3 * 64).map { _ in Float(generator.normal()) }, labels = [0, 1, 1, 0, 1, 0]
        let data = try Dataset(name: "noise", images: images, sampleShape: [3, 8, 8], labels: labels, classCount: 2)
        let settings = try quick([
            "epochs": .integer(1), "optimizer": .choice(optimizer), "learning-rate": .real(0.01), "momentum": .real(0),
            "shuffle": .flag(false),
        ])
        let name = "features.3.weight", variable = try network.parameter(name).copied().asVariable()
        let logits = try network.with(parameters: network.parameters.merging([name: variable]) { $1 })(Tensor(images, shape: [6, 3, 8, 8]))
        let gradient = try logits.crossEntropy(Tensor(labels)).gradients(of: [variable])[0].array(of: Float.self)
        let before = try network.parameter(name).array(of: Float.self)
        for start in [network, try network.with(parameters: swapped)] {
            let after = try FineTuner(start, settings: settings, training: data).run().network.parameter(name).array(of: Float.self)
            for (index, slope) in gradient.enumerated() where abs(slope) > 1e-4 {
                // Adam's first step is the rate times the gradient's sign (its ε is 1e-8).
                let expected = before[index] - 0.01 * (optimizer == "sgd" ? slope : slope > 0 ? 1 : -1)
                // A step is made of a few roundings of numbers below 1.
                #expect(abs(after[index] - expected) < 1e-6)
            }
        }
    }

    @Test("events tell the run in order: rates of the schedule, epochs, validations, the end")
    func events() throws {
        let log = EventLog()
        let settings = try FineTuningSettings([
            "epochs": .integer(3), "batch": .integer(20), "validation-share": .real(0.2), "schedule": .choice("step"),
            "step-epochs": .integer(1), "step-factor": .real(0.5), "learning-rate": .real(0.04),
        ])
        _ = try FineTuner(smallNetwork(), settings: settings, training: twoClouds(100)).run(observer: log.add)
        guard case .started(let overview)? = log.events.first, case .finished(let summary)? = log.events.last else {
            Issue.record("no beginning or end"); return
        }
        #expect(
            overview.trainingSamples == 80 && overview.validationSamples == 20 && overview.stepsPerEpoch == 4
                && overview.trainedParameters == 2 * 8 + 8 + 8 * 2 + 2)
        #expect(summary.reason == .completed && summary.steps == 12 && summary.bestValidation != nil)
        #expect(log.steps.map(\.step) == [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])
        #expect(log.epochs.map(\.learningRate) == [0.04, 0.02, 0.01])
        #expect(log.steps.allSatisfy { $0.secondsLeft >= 0 && $0.accuracy != nil })
        #expect(log.epochs.allSatisfy { $0.validation != nil })
    }

    @Test("the best epoch on validation data is kept, the given network where no epoch is better")
    func keepsBest() throws {
        let data = try twoClouds(200)
        let good = try FineTuner(smallNetwork(), settings: quick(["epochs": .integer(8), "learning-rate": .real(0.05)]), training: data)
            .run().network
        // Steps so large that they can only do harm to a network that is right everywhere.
        let settings = try FineTuningSettings([
            "epochs": .integer(2), "batch": .integer(5), "learning-rate": .real(5), "validation-share": .real(0.3), "momentum": .real(0),
        ])
        let outcome = try FineTuner(good, settings: settings, training: data).run()
        let held = try #require(try FineTuner(good, settings: settings, training: data).validation)
        let kept = try Evaluator(held).evaluate(outcome.network).accuracy
        #expect(kept >= (try Evaluator(held).evaluate(good).accuracy))
        #expect(outcome.summary.bestValidation?.epoch == outcome.summary.keptEpoch)
    }

    @Test("patience stops a training that gets no better")
    func patience() throws {
        let settings = try FineTuningSettings([
            "epochs": .integer(50), "learning-rate": .real(1e-8), "patience": .integer(3), "best-by": .choice("accuracy"),
        ])
        let outcome = try FineTuner(smallNetwork(), settings: settings, training: twoClouds(60)).run()
        #expect(outcome.summary.reason == .stoppedEarly)
        #expect(outcome.summary.epochs < 50)
    }

    @Test("a training that diverges says so and keeps the last good network")
    func diverges() throws {
        let log = EventLog(), fresh = try smallNetwork()
        let outcome = try FineTuner(
            fresh,
            settings: quick(["epochs": .integer(50), "learning-rate": .real(10), "momentum": .real(0.9999), "weight-decay": .real(1)]),
            training: twoClouds(40)
        ).run(observer: log.add)
        #expect(outcome.summary.reason == .diverged)
        #expect(log.events.contains { if case .diverged = $0 { true } else { false } })
        #expect(try numbers(outcome.network).allSatisfy(\.isFinite))
    }

    @Test("stop keeps what there is, cancel throws, pause waits")
    func control() throws {
        let data = try twoClouds(100), fresh = try smallNetwork()
        let tuner = try FineTuner(fresh, settings: quick(["epochs": .integer(5)]), training: data)
        let control = TrainingControl(), log = EventLog()
        let outcome = try tuner.run(
            observer: { if case .step(let step) = $0, step.epoch == 2, step.step == 2 { control.stop() } }, control: control)
        #expect(outcome.summary.reason == .stopped && outcome.summary.steps == 7)
        #expect(try numbers(outcome.network) != numbers(fresh))

        let cancelling = TrainingControl()
        #expect(throws: TrainingError.cancelled) {
            try tuner.run(observer: { if case .step = $0 { cancelling.cancel() } }, control: cancelling)
        }

        let pausing = TrainingControl()
        _ = try tuner.run(
            observer: { event in
                log.add(event)
                if case .step(let step) = event, step.epoch == 1, step.step == 1 { pausing.pause() }
                if case .paused = event { pausing.resume() }
            }, control: pausing)
        #expect(log.events.contains(.paused) && log.events.contains(.resumed) && log.steps.count == 25)
    }

    @Test("frozen parameters keep their bits, the head alone trains the last layer, a rate of its own scales the step")
    func frozen() throws {
        let data = try twoClouds(60), fresh = try smallNetwork()
        func changed(_ changes: [String: HyperparameterValue]) throws -> [String] {
            let tuned = try FineTuner(fresh, settings: quick(["epochs": .integer(1)].merging(changes) { $1 }), training: data).run().network
            return try fresh.parameterNames.filter {
                try fresh.parameter($0).array(of: Float.self) != tuned.parameter($0).array(of: Float.self)
            }
        }
        #expect(try changed([:]) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])
        #expect(try changed(["freeze": .text("fc1")]) == ["fc2.weight", "fc2.bias"])
        #expect(try changed(["freeze": .text("*.bias")]) == ["fc1.weight", "fc2.weight"])
        #expect(try changed(["trains": .choice("head")]) == ["fc2.weight", "fc2.bias"])
        #expect(try changed(["rates": .text("fc1.*=0")]) == ["fc2.weight", "fc2.bias"])
        #expect(throws: TrainingError.self) { try changed(["freeze": .text("conv9")]) }
        #expect(throws: TrainingError.self) { try changed(["freeze": .text("*")]) }

        // One step: twice the rate moves twice as far.
        let one = try Dataset(name: "one", images: [1, 2], sampleShape: [1, 1, 2], labels: [0], classCount: 2)
        func move(_ rates: String) throws -> Float {
            let tuned = try FineTuner(fresh, settings: quick(["epochs": .integer(1), "rates": .text(rates)]), training: one).run().network
            return try tuned.parameter("fc2.bias").array(of: Float.self)[0] - fresh.parameter("fc2.bias").array(of: Float.self)[0]
        }
        // Differences of numbers below 1 in single precision.
        #expect(abs(try move("fc2.bias=2,*=1") - 2 * move("")) < 1e-6)
    }

    @Test("a network in double precision is trained and measured in it")
    func double() throws {
        let network = try smallNetwork().converted(to: .float64), data = try twoClouds(100)
        let tuned = try FineTuner(network, settings: quick(["epochs": .integer(4), "learning-rate": .real(0.05)]), training: data).run()
            .network
        #expect(try tuned.parameter("fc1.weight").dtype() == .float64 && Evaluator(data).evaluate(tuned).accuracy > 0.95)
    }

    @Test("where nothing can be computed on a GPU the reason is the one that holds, with what to do")
    func noGPU() throws {
        #expect(Device.noGPU(.notBuilt)?.contains("built without CUDA") == true && Device.noGPU(.notBuilt)?.contains("LIBTORCH") == true)
        #expect(Device.noGPU(.devices(0))?.contains("nvidia-smi") == true)
        #expect(Device.noGPU(.devices(2)) == nil)
        // The build for the processor alone, which most have, is known as such.
        let hasLibrary = FileManager.default.fileExists(
            atPath: (ProcessInfo.processInfo.environment["LIBTORCH"] ?? ".deps/libtorch") + "/lib/libtorch_cuda.so")
        if !hasLibrary { #expect(try Torch.cuda() == .notBuilt) }
    }

    @Test("refusals name the setting and what is allowed")
    func refusals() throws {
        let data = try twoClouds(40), network = try smallNetwork()
        func message(_ changes: [String: HyperparameterValue], _ network: Network, teachers: [Network] = []) -> String {
            do { _ = try FineTuner(network, settings: quick(changes), training: data, teachers: teachers); return "" } catch {
                return "\(error)"
            }
        }
        #expect(message([:], try smallNetwork(classes: 3)).isEmpty, "data may lack classes that the network knows")
        let three = try Dataset(name: "three", images: [0, 0, 1, 1, 2, 2], sampleShape: [1, 1, 2], labels: [0, 1, 2], classCount: 3)
        #expect { try FineTuner(network, settings: quick([:]), training: three) } throws: {
            "\($0)".contains("has label 2, but the network has 2 classes, 0 to 1")
        }
        #expect(message(["batch": .integer(0)], network).contains("batch"))
        #expect(message(["learning-rate": .real(-1)], network).contains("learning-rate"))
        #expect(message(["nesterov": .flag(true), "momentum": .real(0)], network).contains("momentum above 0"))
        #expect(message(["step-at": .text("3,x"), "schedule": .choice("step")], network).contains("step-at"))
        #expect(message(["augmentation": .text("spin")], network).contains("spin"))
        #expect(message(["rates": .text("fc1")], network).contains("NAME=FACTOR"))
        #expect(message(["distill": .choice("kl")], network).contains("teachers"))
        #expect(message([:], network, teachers: [network]).contains("distill"))
        #expect(message(["distill": .choice("kl"), "teacher-weights": .text("1,2")], network, teachers: [network]).contains("1 numbers"))
        if let reason = Device.noGPU(try Torch.cuda()) {
            #expect(
                message(["device": .choice("cuda")], network).contains(reason)
                    && message(["device": .choice("cuda")], network).contains("device cannot be cuda"))
        }
        if MixedPrecision.refusal(on: .cpu) != nil { #expect(message(["precision": .choice("bf16")], network).contains("bf16")) }
    }
}

@Suite("Learning rate schedules") struct ScheduleTests {
    private func rates(_ schedule: LearningRateSchedule) -> [Double] {
        (0..<schedule.epochs).map { schedule.rate(epoch: $0, step: 0, of: 4) }
    }

    @Test("each shape gives the rates of PyTorch's schedulers")
    func shapes() {
        #expect(rates(LearningRateSchedule(base: 0.1, epochs: 3)) == [0.1, 0.1, 0.1])
        #expect(rates(LearningRateSchedule(base: 8, shape: .step(at: [], every: 2, factor: 0.5), epochs: 6)) == [8, 8, 4, 4, 2, 2])
        #expect(rates(LearningRateSchedule(base: 8, shape: .step(at: [1, 4], every: 1, factor: 0.5), epochs: 6)) == [8, 4, 4, 4, 2, 2])
        // CosineAnnealingLR(T_max=4, eta_min=0.2) of a rate of 1: 0.2 + 0.8 (1 + cos(πt/4)) / 2.
        let cosine = rates(LearningRateSchedule(base: 1, shape: .cosine, minimum: 0.2, epochs: 4))
        for (found, wanted) in zip(cosine, [1, 0.8828427, 0.6, 0.3171573]) { #expect(abs(found - wanted) < 1e-6) }
        // CosineAnnealingWarmRestarts(T_0=1, T_mult=2): full rate at epochs 0, 1, 3.
        let restarts = rates(LearningRateSchedule(base: 1, shape: .restarts(first: 1, growth: 2), epochs: 5))
        for (found, wanted) in zip(restarts, [1, 1, 0.5, 1, 0.8535534]) { #expect(abs(found - wanted) < 1e-6) }
    }

    @Test("a warm-up rises evenly to the full rate and puts the schedule off")
    func warmUp() {
        #expect(rates(LearningRateSchedule(base: 1, warmUp: 2, epochs: 4)) == [0.5, 1, 1, 1])
        let byStep = LearningRateSchedule(base: 1, warmUp: 1, epochs: 2, isByStep: true)
        #expect((0..<4).map { byStep.rate(epoch: 0, step: $0, of: 4) } == [0.25, 0.5, 0.75, 1])
    }

    @Test("patterns match with stars, and only the whole name")
    func patterns() {
        #expect(NamePattern("layer1.*").matches("layer1.0.conv1.weight") && !NamePattern("layer1.*").matches("layer2.layer1.x"))
        #expect(NamePattern("*.bias").matches("fc1.bias") && NamePattern("*").matches("") && NamePattern("a*b*c").matches("axxbyybc"))
        #expect(!NamePattern("fc").matches("fc1") && !NamePattern("a*b").matches("ab1") && NamePattern("fc1").matches("fc1"))
    }
}
