import Datasets
import Foundation
import Networks
import Tensors
import Testing
@testable import Training

/// Outputs that are no class logits: figures against values worked out by hand or by scikit-learn, losses, ensembles, training.
@Suite("Tasks") struct TaskTests {
    /// A network of one linear layer over two inputs, whose outputs are for a task.
    private func linear(_ weights: [[Double]], bias: [Double]? = nil, _ task: PredictionTask) throws -> Network {
        let node = Architecture.Node(id: "fc", layer: Linear(), prefix: "fc", sources: [Architecture.input])
        let architecture = try Architecture(family: "test", inputShape: [2], nodes: [node], task: task)
        var parameters = ["fc.weight": try Tensor(weights.flatMap { $0 }, shape: [weights.count, 2]).converted(to: .float32)]
        if let bias { parameters["fc.bias"] = try Tensor(bias, shape: [bias.count]).converted(to: .float32) }
        return try Network(architecture, parameters: parameters)
    }

    private func data(_ inputs: [[Float]], _ targets: Targets) throws -> Dataset {
        try Dataset(name: "rows", images: inputs.flatMap { $0 }, sampleShape: [1, 1, 2], targets: targets)
    }

    @Test("average precision is scikit-learn's, ties counted together")
    func averagePrecision() {
        // average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) = 0.8333…, from its documentation.
        #expect(abs((LabelTally.averagePrecision([0.1, 0.4, 0.35, 0.8], [false, false, true, true]) ?? 0) - 5.0 / 6) < 1e-12)
        // One threshold for all: the share of positives.
        #expect(LabelTally.averagePrecision([1, 1, 1, 1], [true, false, false, false]) == 0.25)
        #expect(LabelTally.averagePrecision([1, 2], [false, false]) == nil)
    }

    @Test("a regression is measured by MSE and R², and lower is better")
    func regression() throws {
        let dataset = try data([[1, 0], [0, 1], [1, 1], [2, 0]], Targets(.real, shape: [1], values: [1, 2, 4, 2]))
        let found = try Evaluator(dataset).evaluate([linear([[1, 2]], .regression), linear([[0, 0]], .regression)])
        // Answers 1, 2, 3, 2: one error of 1. Targets 1, 2, 4, 2: mean 2.25, variance 1.1875.
        #expect(found[0].value == 0.25 && abs((found[0].second ?? 0) - (1 - 0.25 / 1.1875)) < 1e-12)
        #expect(found[0].figure.name == "MSE" && found[0].isBetter(than: found[1]) && !found[1].isBetter(than: found[0]))
        let nan = try Evaluator(dataset).evaluate(linear([[.nan, 0]], .regression))
        #expect(nan.nonFinite == 4 && nan.value == .infinity && found[1].isBetter(than: nan))
    }

    @Test("one logit is measured by its sign, also behind a sigmoid")
    func binary() throws {
        let dataset = try Dataset(
            name: "rows", images: [1, 0, -1, 0, 2, 0, -3, 0], sampleShape: [1, 1, 2], labels: [1, 0, 0, 0], classCount: 2)
        let network = try linear([[1, 0]], .binary), found = try Evaluator(dataset).evaluate(network)
        #expect(found.accuracy == 0.75 && found.confusion == [[2, 1], [0, 1]])
        let logits = [1.0, -1, 2, -3], labels = [1.0, 0, 0, 0]
        let loss =
            zip(logits, labels).reduce(0) { $0 - ($1.1 * log(1 / (1 + exp(-$1.0))) + (1 - $1.1) * log(1 - 1 / (1 + exp(-$1.0)))) } / 4
        #expect(abs(found.loss - loss) < 1e-9)
        let nodes = network.architecture.nodes + [Architecture.Node(id: "p", layer: Activation(.sigmoid), prefix: nil, sources: ["fc"])]
        let behind = try Network(Architecture(family: "test", inputShape: [2], nodes: nodes, task: .binary), parameters: network.parameters)
        #expect(try Evaluator(dataset).evaluate(behind) == found)
    }

    @Test("maps are measured by mean IoU and pixel accuracy; a pixel that does not count is left out")
    func segmentation() throws {
        // Two classes, one sample of 1 × 2 pixels: the logits of a pixel are −x and x.
        let node = Architecture.Node(id: "conv", layer: Convolution(), prefix: "conv", sources: [Architecture.input])
        let architecture = try Architecture(family: "test", inputShape: [1, 1, 4], nodes: [node], task: .segmentation)
        let network = try Network(
            architecture, parameters: ["conv.weight": Tensor([-1.0, 1], shape: [2, 1, 1, 1]).converted(to: .float32)])
        let dataset = try Dataset(
            name: "maps", images: [1, -1, 1, 5], sampleShape: [1, 1, 4], targets: Targets(.maps, shape: [1, 4], values: [1, 0, 0, -1]))
        let found = try Evaluator(dataset).evaluate(network)
        // Class 0: said once, rightly, of two; class 1: said twice, rightly once: IoU 1/2 and 1/2; two of three pixels.
        #expect(found.value == 0.5 && abs((found.second ?? 0) - 2.0 / 3) < 1e-12 && found.task == .segmentation)
    }

    @Test("what a network is for follows from outputs and data")
    func recognition() throws {
        func task(_ outputs: [Int], _ dataset: Dataset?) throws -> PredictionTask {
            try PredictionTask.recognised(outputs: outputs, data: dataset)
        }
        func labels(_ labels: [Int]) throws -> Dataset {
            try Dataset(
                name: "d", images: [Float](repeating: 0, count: 2 * labels.count), sampleShape: [1, 1, 2], labels: labels, classCount: nil)
        }
        #expect(try task([10], labels([0, 3])) == .classification)
        #expect(try task([1], labels([0, 1])) == .binary)
        #expect { _ = try task([1], labels([0, 7])) } throws: { "\($0)".contains("--task regression") }
        #expect(try task([2], data([[0, 0]], Targets(.multiLabel, shape: [2], values: [1, 1]))) == .multilabel)
        #expect(try task([1], data([[0, 0]], Targets(.real, shape: [1], values: [0.5]))) == .regression)
        #expect(try task([1], data([[0, 0], [0, 0]], Targets(.real, shape: [1], values: [0, 1]))) == .binary)
        #expect(try task([3, 4, 4], nil) == .segmentation)
        #expect(try task([7, 5], nil) == .nextToken)
        #expect(try task([7, 5], data([[0, 0]], Targets(.tokens, shape: [7], values: [0, 1, 2, 3, 4, -1, -1]))) == .nextToken)
        #expect {
            try PredictionTask.nextToken.check(data([[0, 0]], Targets(.tokens, shape: [2], values: [0, 5])), outputs: [2, 5])
        } throws: { "\($0)".contains("up to 5") }
        #expect { try PredictionTask.multilabel.check(labels([0, 3]), outputs: [2]) } throws: { "\($0)".contains("label 3") }
        #expect { try PredictionTask.regression.check(data([[0, 0]], Targets(.real, shape: [1], values: [0.5])), outputs: [2]) } throws: {
            "\($0)".contains("numbers to predict")
        }
    }

    @Test("an ensemble without a softmax is the mean of outputs, and nothing else")
    func ensembles() throws {
        let members = [try linear([[1, 0]], .regression), try linear([[3, 0]], .regression)]
        let x = try Tensor([1.0, 0], shape: [1, 2]).converted(to: .float32)
        #expect(try Ensemble(members, rule: .logits).logits(x).item() == 2)
        #expect { _ = try Ensemble(members, rule: .vote) } throws: { "\($0)".contains("mean of outputs") }
    }

    @Test(
        "training lowers the task's own loss, and the best epoch is the one of the better figure",
        arguments: [PredictionTask.binary, .multilabel, .regression])
    func training(task: PredictionTask) throws {
        // Targets that a linear layer can give: of x + y, and of x − y.
        var inputs: [[Float]] = [], values: [Float] = []
        for index in 0..<40 {
            let (x, y) = (Float(index % 7) / 3 - 1, Float(index % 5) / 2 - 1)
            inputs.append([x, y])
            switch task {
            case .regression: values += [x + y]
            case .binary: values += [x + y > 0.1 ? 1 : 0]
            default: values += [x + y > 0.1 ? 1 : 0, x - y > 0.1 ? 1 : 0]
            }
        }
        let width = task == .multilabel ? 2 : 1
        let dataset = try data(inputs, Targets(task == .regression ? .real : .multiLabel, shape: [width], values: values))
        let network = try linear([[Double]](repeating: [0, 0], count: width), bias: [Double](repeating: 0, count: width), task)
        let settings = try FineTuningSettings(
            [
                "epochs": .integer(30), "batch": .integer(8), "learning-rate": .real(0.1), "optimizer": .choice("adam"),
                "validation-share": .real(0.2),
            ], seed: 1)
        let outcome = try FineTuner(network, settings: settings, training: dataset).run()
        let found = try Evaluator(dataset).evaluate([network, outcome.network])
        #expect(found[1].isBetter(than: found[0]) && found[1].loss < 0.5 * found[0].loss, "\(found[0].loss) → \(found[1].loss)")
        let best = try #require(outcome.summary.bestValidation), figure = task.figure
        #expect(outcome.epochs.compactMap(\.validation).allSatisfy { !figure.isBetter($0.accuracy, than: best.accuracy) })
    }

    @Test("distillation by KL falls to the squared difference of outputs where there is no softmax, and says so")
    func distillation() throws {
        let dataset = try data([[1, 0], [0, 1], [1, 1], [2, 0]], Targets(.real, shape: [1], values: [1, 2, 3, 2]))
        let teacher = try linear([[1, 2]], .regression), student = try linear([[0, 0]], .regression)
        let settings = try FineTuningSettings(
            [
                "epochs": .integer(200), "learning-rate": .real(0.05), "optimizer": .choice("adam"), "validation-share": .real(0),
                "distill": .choice("kl"), "distill-share": .real(1),
            ], seed: 1)
        var notes: [String] = []
        let tuned = try FineTuner(student, settings: settings, training: dataset, teachers: [teacher]).run(observer: {
            if case .note(let text) = $0 { notes.append(text) }
        }).network
        #expect(try Evaluator(dataset).evaluate(tuned).value < 0.01)
        #expect(notes.contains { $0.contains("squared error") })
    }
}
