import Networks
import Tensors
import Testing
@testable import Fusion

@Suite("Warnings of samples") struct SampleWarningTests {
    private func statistics(_ confidence: Double, _ entropy: Double, _ shares: [Double]) throws -> AnswerStatistics {
        try #require(AnswerStatistics(confidence: confidence, entropy: entropy, shares: shares))
    }

    private let even = [Double](repeating: 0.1, count: 10)
    private let known = { try #require(AnswerStatistics(confidence: 0.97, entropy: 0.05, shares: [Double](repeating: 0.1, count: 10))) }

    /// Shares of which one class has so much.
    private func one(_ share: Double) -> [Double] { [share] + [Double](repeating: (1 - share) / 9, count: 9) }

    @Test("without statistics in the checkpoints fixed thresholds hold: one class with four fifths, an entropy of 0.7 log C")
    func fixedThresholds() throws {
        func warnings(_ entropy: Double, _ shares: [Double]) throws -> [String] {
            try Teacher.warnings(statistics(0.8, entropy, shares), surest: 0.8, samples: 400, known: nil)
        }
        #expect(try warnings(0.4, even).isEmpty && warnings(0.69, one(0.79)).isEmpty)
        #expect(try warnings(0.4, one(0.81)).contains { $0.contains("class 0 for 81.0 %") })
        #expect(try warnings(0.71, even).contains { $0.contains("unsure") && $0.contains("71.0 %") })
        #expect(try warnings(0.4, one(1)).count == 1 && warnings(0.4, one(1))[0].contains("every sample"))
    }

    @Test("statistics of the checkpoints take their place: confidence, entropy, and the shares of the classes beside chance")
    func knownStatistics() throws {
        let known = try self.known()
        func warnings(_ surest: Double, _ entropy: Double, _ shares: [Double], samples: Int = 400) throws -> [String] {
            try Teacher.warnings(statistics(0.8, entropy, shares), surest: surest, samples: samples, known: known)
        }
        #expect(try warnings(0.9, 0.3, even).isEmpty && warnings(0.78, 0.44, one(0.5)).isEmpty)
        #expect(try warnings(0.76, 0.3, even).contains { $0.contains("97.0 %") && $0.contains("76.0 %") })
        #expect(try warnings(0.9, 0.46, even).contains { $0.contains("mean entropy is 46.0 %") })
        #expect(try warnings(0.9, 0.3, one(0.8)).contains { $0.contains("differ from those of the parents' own data by 70.0 %") })
        // As few samples differ by chance.
        #expect(try warnings(0.9, 0.3, one(0.8), samples: 20).isEmpty)
    }

    @Test("statistics are read as they were written, and nothing else is")
    func text() throws {
        let own = try statistics(0.912345, 0.25, [0.5, 0.3, 0.2])
        #expect(AnswerStatistics(text: own.text, classes: 3) == own)
        #expect(own.reordered([2, 0, 1])?.shares == [0.2, 0.5, 0.3] && own.reordered([0, 0, 1]) == nil)
        for text in ["", "0.9,0.1", "0.9,0.1,a,0.5,0.5", "nan,0.1,0.5,0.3,0.2", "0.9,0.1,0.5,0.3,0.9", "1.2,0.1,0.5,0.3,0.2", "-1,0,1,0,0"]
        {
            #expect(AnswerStatistics(text: text, classes: 3) == nil, "\(text)")
        }
        #expect(AnswerStatistics(text: own.text, classes: 4) == nil)
        #expect(AnswerStatistics.mean([own, nil]) == nil && AnswerStatistics.mean([own, own]) == own && AnswerStatistics.mean([]) == nil)
    }

    /// The identity on three inputs, so that probabilities are known by hand.
    private func softmax(scale: Float) throws -> Network {
        let network = try MultilayerPerceptron.fresh(widths: [3, 3], bias: false, seed: 1)
        return try network.with(parameters: [network.parameterNames[0]: Tensor.identity(3) * Double(scale)])
    }

    @Test("statistics of a network's answers are those of its probabilities")
    func measured() throws {
        let x = try Tensor([2, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0, 1] as [Float], shape: [4, 3])
        let measured = try #require(try AnswerStatistics(of: softmax(scale: 1), on: TensorInputs(values: x)))
        let p = try x.converted(to: .float64).softmax(axis: 1).array(of: Double.self)
        let rows = stride(from: 0, to: 12, by: 3).map { Array(p[$0..<$0 + 3]) }
        let confidence = rows.reduce(0) { $0 + ($1.max() ?? 0) } / 4
        let logs = try (x.converted(to: .float64).softmax(axis: 1).logarithm()).array(of: Double.self)
        let entropy = -zip(p, logs).reduce(0) { $0 + $1.0 * $1.1 } / 4 / 1.0986122886681098
        #expect(abs(measured.confidence - confidence) < 1e-6 && abs(measured.entropy - entropy) < 1e-6)
        #expect(measured.shares == [0.25, 0.5, 0.25])
    }

    @Test(
        "a fusion warns of fewer than twenty samples and of samples on which the teacher names one class alone, by reconstruct, refine and regression"
    )
    func fusion() throws {
        // Sure of their answers.
        let parents = try (1...2).map { seed in
            let network = try MultilayerPerceptron.fresh(widths: [12, 16, 9, 4], bias: true, seed: UInt64(seed))
            return try network.with(parameters: network.parameters.merging(["fc3.weight": network.parameter("fc3.weight") * 20]) { $1 })
        }
        let few = try randomInputs(19, width: 12, seed: 2), many = try randomInputs(100, width: 12, seed: 2)
        let recipes = [
            try recipe("inputs=100", method: Reconstruction.method), try recipe("source=weights", "refine=head", "inputs=100"),
            try recipe("source=weights", "combine=regression", "combine-inputs=100"),
        ]
        for made in recipes {
            func notes(_ inputs: TensorInputs) throws -> [String] { try Fuser(parents: parents, recipe: made, inputs: inputs).fuse().notes }
            #expect(try notes(few).count { $0.contains("only 19 samples") } == 1)
            // Parents of random weights may prefer one class, which is another warning.
            #expect(try !notes(many).contains { $0.contains("every sample") || $0.contains("only 100") })
            // All inputs alike but for a trace: one class.
            let alike = TensorInputs(values: try many.values * 1e-3 + 5)
            #expect(try notes(alike).contains { $0.contains("for every sample") }, "\(made.method.id)")
        }
    }
}
