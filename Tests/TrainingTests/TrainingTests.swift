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

    func placed(on device: Device) -> Constant { self }
    var largestOutput: Int { logits.count }
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

    @Test(
        "data may lack classes that a network knows, but a network with fewer outputs than the data have classes is refused with both numbers"
    )
    func otherClasses() throws {
        let found = try Evaluator(try twoClouds(4)).evaluate(Constant(logits: [1, 2, 3]))
        #expect(found.classes.count == 3 && found.classes[2].samples == 0 && found.correct == 0)
        #expect(throws: TrainingError.unfit(what: "classes", data: "2", network: "1")) {
            try Evaluator(try twoClouds(4)).evaluate(Constant(logits: [1]))
        }
    }

    @Test("an ensemble of one network is that network, whatever the rule", arguments: Ensemble.Rule.allCases)
    func ensembleOfOne(rule: Ensemble.Rule) throws {
        let network = try MultilayerPerceptron.fresh(widths: [2, 5, 2], bias: true, seed: 3)
        let data = try twoClouds(50)
        let (alone, together) = (
            try Evaluator(data).evaluate(network), try Evaluator(data).evaluate(Ensemble([network, network], rule: rule, weights: [3, 1]))
        )
        #expect(alone.correct == together.correct)
        // Logarithms and their inverses in single precision; the share of votes for a wrong answer is no loss of the network's.
        if rule != .vote { #expect(abs(alone.loss - together.loss) < 1e-4) }
    }

    @Test("members count by their weights, votes by the majority, and ties go to the likelier class")
    func jointAnswers() throws {
        // One sample; three members: two say class 0 barely, one says class 1 strongly.
        let answers = try [[0.1, 0], [0.2, 0], [0, 5]].map { try Tensor($0.map(Float.init), shape: [1, 2]) }
        func said(_ rule: Ensemble.Rule, _ weights: [Double], _ members: [Tensor]? = nil) throws -> Int {
            Int(try Ensemble.combined(members ?? answers, rule: rule, weights: weights.map { [$0] }).largestIndex(axis: 1).item())
        }
        let alike = [1.0 / 3, 1.0 / 3, 1.0 / 3]
        #expect(try said(.logits, alike) == 1 && said(.probabilities, alike) == 1 && said(.vote, alike) == 0)
        #expect(try said(.logits, [0.5, 0.5, 0]) == 0 && said(.vote, [0.2, 0.2, 0.6]) == 1)
        #expect(try said(.vote, [0.5, 0.5], [answers[0], answers[2]]) == 1)
        #expect(throws: TrainingError.self) { try Ensemble([], rule: .logits) }
        #expect(throws: TrainingError.self) { try Ensemble([smallNetwork()], rule: .logits, weights: [1, 2]) }
    }

    @Test("by class shares a member is asked only about the classes it knows")
    func classShares() throws {
        let data = try twoClouds(40), (a, b) = (try smallNetwork(seed: 1), try smallNetwork(seed: 2))
        // Who knows everything answers alone; what is alike is the plain mean; totals do not matter.
        let measured = { (predictor: any Predictor) in try Evaluator(data).evaluate(predictor) }
        #expect(try measured(Ensemble([a, b], classShares: [[0, 0], [3, 5]])).confusion == measured(b).confusion)
        #expect(try measured(Ensemble([a, b], classShares: [[2, 2], [2, 2]])) == measured(Ensemble([a, b], rule: .probabilities)))
        // a tells of class 0, b of class 1: the larger of those two probabilities decides.
        let x = try data.batch(0..<data.count)
        let (p, q) = (try a.logits(x).softmax(axis: 1).array(of: Float.self), try b.logits(x).softmax(axis: 1).array(of: Float.self))
        let said = try Evaluator(data).measure([Ensemble([a, b], classShares: [[1, 0], [0, 1]]) as any Predictor])[0].predicted
        #expect(said == (0..<data.count).map { p[2 * $0] >= q[2 * $0 + 1] ? 0 : 1 })
        for shares in [[[1.0, 0], [1, 0]], [[1, 1]], [[1, 1], [1]], [[-1, 1], [2, 1]], [[.infinity, 1], [1, 1]]] {
            #expect(throws: TrainingError.self) { try Ensemble([a, b], classShares: shares) }
        }
    }

    @Test("networks and their ensembles in one pass are what each is by itself")
    func onePass() throws {
        let (a, b) = (try smallNetwork(seed: 1), try smallNetwork(seed: 2)), data = try twoClouds(30)
        let all = try Evaluator(data, batch: 7).measure([a, b], ensembles: [([0, 1], .probabilities, [[0.5], [0.5]])])
        #expect(
            try all.map(\.evaluation) == [a, b].map { try Evaluator(data, batch: 7).evaluate($0) } + [
                Evaluator(data, batch: 7).evaluate(Ensemble([a, b], rule: .probabilities))
            ])
        #expect(all[0].agreement(with: all[0]) == 1)
        #expect(abs(all[0].agreement(with: all[1]) - Double(zip(all[0].predicted, all[1].predicted).count { $0 == $1 }) / 30) < 1e-12)
    }

    @Test("transfer counts each sample once: inherited, lost, gained, missed")
    func transfer() throws {
        let data = try twoClouds(6)
        func answer(_ predicted: [Int]) throws -> Measurement {
            Measurement(evaluation: try Evaluator(data).evaluate(Constant(logits: [1, 0])), predicted: predicted)
        }
        // True classes 0 1 0 1 0 1.
        let found = SkillTransfer(
            of: try answer([0, 1, 0, 0, 1, 1]), parents: [try answer([0, 1, 1, 1, 1, 0]), try answer([1, 1, 1, 0, 1, 0])],
            labels: data.labels)
        #expect(
            found.total.samples == 6 && found.total.inherited == 2 && found.total.lost == 1 && found.total.gained == 2
                && found.total.missed == 1)
        #expect(found.total.alone == [2, 0] && found.total.keptAlone == [1, 0])
        #expect(found.classes.map(\.samples) == [3, 3] && found.classes[0].gained == 1)
    }

    @Test("the barrier is the height over the chord; it vanishes between equal networks and its ends are the networks themselves")
    func barrier() throws {
        let points = [(0.0, 1.0, 0.9), (0.5, 3.0, 0.5), (1.0, 2.0, 0.7)].map { Barrier.Point(place: $0, loss: $1, accuracy: $2) }
        #expect(Barrier(points: points).lossBarrier == 1.5 && abs(Barrier(points: points).accuracyBarrier - 0.3) < 1e-12)
        let (a, b) = (try smallNetwork(seed: 1), try smallNetwork(seed: 2)), data = try twoClouds(20)
        let flat = try InterpolationPath(from: a, to: a).barrier(on: data, points: 3)
        // Halves of a weight add up to the weight but for rounding.
        #expect(flat.lossBarrier < 1e-6)
        let curve = try InterpolationPath(from: a, to: b).barrier(on: data)
        #expect(curve.points.count == 25)
        #expect(try curve.points[0].loss == Evaluator(data).evaluate(a).loss && curve.points[24].loss == Evaluator(data).evaluate(b).loss)
        #expect(throws: TrainingError.self) {
            try InterpolationPath(from: a, to: MultilayerPerceptron.fresh(widths: [2, 9, 2], bias: true, seed: 1))
        }
    }

    @Test("networks and ensembles are measured on the device that is named, which is refused with the reason where there is none")
    func device() throws {
        let (a, b) = (try smallNetwork(seed: 1), try smallNetwork(seed: 2)), data = try twoClouds(20)
        let both: [any Predictor] = [a, try Ensemble([a, b], rule: .vote)]
        let there = Result { try Evaluator(data, device: .cuda(0)).evaluate(both) }
        if let reason = Device.noGPU(try Torch.cuda()) {
            #expect(throws: TrainingError.setting(name: "device", value: "cuda", allowed: "cpu: \(reason)")) { try there.get() }
        } else {
            // Another order of sums.
            for (found, wanted) in zip(try there.get(), try Evaluator(data).evaluate(both)) {
                #expect(abs(found.loss - wanted.loss) < 1e-4)
            }
        }
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
