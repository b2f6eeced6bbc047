import Foundation
import Hyperparameters
import Networks
import Tensors
import Testing

@testable import Datasets
@testable import Training

@Suite("Training and measuring on images that are left in their files") struct StreamedTrainingTests {
    /// An image of 4×2 and 24 bits as BMP, whose bytes follow from a number.
    private static func bitmap(_ number: Int) -> Data {
        func word(_ value: Int, _ bytes: Int = 4) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let pixels = (0..<24).map { UInt8(truncatingIfNeeded: 37 * number + 11 * $0) }
        return Data(
            Array("BM".utf8) + word(54 + 24) + word(0) + word(54) + word(40) + word(4) + word(2) + word(1, 2) + word(24, 2) + word(0)
                + word(24) + word(0) + word(0) + word(0) + word(0) + pixels)
    }

    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        for number in 0..<60 {
            let folder = scratch.file("images/class\(number % 2)")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Self.bitmap(number).write(to: URL(fileURLWithPath: "\(folder)/\(1000 + number).bmp"))
        }
    }

    private func data(_ memory: PixelMemory) throws -> Dataset {
        let set = try DataSpec("images:\(scratch.file("images"))?memory=\(memory.rawValue)").load()
        #expect(set.pixels.isKept == (memory == .keep))
        return set
    }

    private func network() throws -> Network { try MultilayerPerceptron.fresh(widths: [24, 8, 2], bias: true, seed: 4) }

    @Test("a measurement has the same numbers as in memory")
    func evaluation() throws {
        let network = try network()
        let kept = try Evaluator(data(.keep), batch: 7).measure([network])[0]
        let streamed = try Evaluator(data(.stream), batch: 7).measure([network])[0]
        #expect(kept.evaluation.loss == streamed.evaluation.loss && kept.evaluation.value == streamed.evaluation.value)
        #expect(kept.predicted == streamed.predicted)
    }

    @Test("two shuffled and augmented epochs end in the same bits, also where they were resumed")
    func training() throws {
        let settings = try quick(
            ["epochs": .integer(2), "batch": .integer(7), "checkpoint-every": .integer(3), "augmentation": .text("flip,crop=1")])
        let path = scratch.file("run.training")
        let kept = try FineTuner(network(), settings: settings, training: data(.keep)).run().network
        var copies: [String] = []
        let tuner = try FineTuner(network(), settings: settings, training: data(.stream))
        let streamed = try tuner.run(
            observer: { event in
                guard case .checkpointSaved(let path, let epoch, let step) = event else { return }
                copies.append(scratch.file("at-\(epoch)-\(step)"))
                try? FileManager.default.copyItem(atPath: path, toPath: copies[copies.count - 1])
            }, checkpoints: CheckpointPlace(path: path, identity: ["who": "test"])
        ).network
        #expect(try numbers(kept) == numbers(streamed))
        #expect(copies.count >= 4)
        for copy in copies {
            let again = try FineTuner(network(), settings: settings, training: data(.stream))
            let resumed = try again.run(resuming: TrainingCheckpoint(copy)).network
            #expect(try numbers(resumed) == numbers(kept), "from \(copy)")
        }
    }

    @Test("an image that is damaged in the second epoch names itself, and what was trained until then is not lost")
    func damaged() throws {
        let settings = try quick(["epochs": .integer(2), "batch": .integer(6)])
        let whole = try numbers(FineTuner(network(), settings: settings, training: data(.keep)).run().network)
        let path = scratch.file("run.training"), bad = scratch.file("images/class0/1030.bmp")
        let tuner = try FineTuner(network(), settings: settings, training: data(.stream))
        let error = #expect(throws: (any Error).self) {
            _ = try tuner.run(
                observer: { event in
                    guard case .epochFinished = event else { return }
                    try? Self.bitmap(30).prefix(60).write(to: URL(fileURLWithPath: bad))
                }, checkpoints: CheckpointPlace(path: path, identity: ["who": "test"]))
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains(bad))
        try Self.bitmap(30).write(to: URL(fileURLWithPath: bad))
        let again = try FineTuner(network(), settings: settings, training: data(.stream))
        let checkpoint = try TrainingCheckpoint(path)
        var steps = 0
        let resumed = try again.run(
            observer: { event in if case .step = event { steps += 1 } }, resuming: checkpoint)
        #expect(try numbers(resumed.network) == whole)
        // Ten steps an epoch: at most those of the second.
        #expect(steps <= 10)
    }
}
