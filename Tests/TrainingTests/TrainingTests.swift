import Datasets
import Networks
import Tensors
import Testing
@testable import Training

/// Two classes a line apart, easily learnt.
func twoClouds(_ count: Int) throws -> Dataset {
    var generator = SeededGenerator(seed: 4)
    var images: [Float] = [], labels: [Int] = []
    for index in 0..<count {
        let label = index % 2
        images += [Float(label) * 4 - 2 + Float(generator.normal()) * 0.5, Float(generator.normal())]
        labels.append(label)
    }
    return try Dataset(name: "two clouds", images: images, sampleShape: [1, 1, 2], labels: labels, classCount: 2)
}

/// Always gives the same logits.
struct Constant: Predictor {
    let logits: [Float]
    func logits(_ x: Tensor) throws(TrainingError) -> Tensor {
        let values = Array((0..<x.shape[0]).map { _ in logits }.joined())
        do { return try Tensor(values, shape: [x.shape[0], logits.count]) } catch { throw .tensor(error) }
    }
}

@Suite("Evaluation") struct EvaluationTests {
    @Test("counts, loss and calibration of a constant answer are those computed by hand")
    func byHand() throws {
        let found = try Evaluator(try twoClouds(10), batch: 3).evaluate(Constant(logits: [1, 0]))
        #expect(found.samples == 10 && found.correct == 5)
        #expect(found.classes.map(\.correct) == [5, 0])
        #expect(found.confusion == [[5, 0], [5, 0]])
        // Softmax of (1, 0) gives 0.7311 and 0.2689: −ln of each, half and half; confidence 0.7311 against accuracy 0.5.
        #expect(abs(found.loss - (0.313262 + 1.313262) / 2) < 1e-5)
        #expect(abs(found.calibrationError - 0.231059) < 1e-5)
    }

    @Test("answers that are not numbers count as wrong and are counted")
    func nonFinite() throws {
        let found = try Evaluator(try twoClouds(4)).evaluate(Constant(logits: [.nan, .nan]))
        #expect(found.nonFinite == 4 && found.correct == 0 && found.samples == 4)
        #expect(found.loss.isFinite)
    }

    @Test("a network with another number of classes is refused with both numbers")
    func wrongClasses() throws {
        #expect(throws: TrainingError.unfit(what: "classes", data: "2", network: "3")) { try Evaluator(try twoClouds(4)).evaluate(Constant(logits: [1, 2, 3])) }
    }

    @Test("an ensemble of one network is that network, whatever the rule", arguments: Ensemble.Rule.allCases)
    func ensembleOfOne(rule: Ensemble.Rule) throws {
        let network = try MultilayerPerceptron.fresh(widths: [2, 5, 2], bias: true, seed: 3)
        let data = try twoClouds(50)
        let (alone, together) = (try Evaluator(data).evaluate(network), try Evaluator(data).evaluate(Ensemble([network, network], rule: rule)))
        #expect(alone.correct == together.correct)
        // Logarithms and their inverses in single precision.
        #expect(abs(alone.loss - together.loss) < 1e-4)
    }

    @Test("the size of batches changes nothing")
    func batches() throws {
        let network = try MultilayerPerceptron.fresh(widths: [2, 5, 2], bias: true, seed: 3)
        let data = try twoClouds(50)
        let results = try [1, 7, 50].map { try Evaluator(data, batch: $0).evaluate(network) }
        #expect(Set(results.map(\.correct)).count == 1)
        #expect(abs(results[0].loss - results[2].loss) < 1e-6)
    }
}
