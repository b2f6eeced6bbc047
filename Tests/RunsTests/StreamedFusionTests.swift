import Checkpoints
import Foundation
import Fusion
import Networks
import Tensors
import Testing
@testable import Reports
@testable import Runs

@Suite("Fusing on samples that are left in their files") struct StreamedFusionTests {
    /// An image of 4×2 and 24 bits as BMP, whose bytes follow from a number.
    private static func bitmap(_ number: Int) -> Data {
        func word(_ value: Int, _ bytes: Int = 4) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let pixels = (0..<24).map { UInt8(truncatingIfNeeded: 37 * number + 11 * $0 * (number % 5)) }
        return Data(
            Array("BM".utf8) + word(54 + 24) + word(0) + word(54) + word(40) + word(4) + word(2) + word(1, 2) + word(24, 2) + word(0)
                + word(24) + word(0) + word(0) + word(0) + word(0) + pixels)
    }

    @Test(
        "reconstruct, and transport by activations, give the same weights and the same report as in memory",
        arguments: ["reconstruct", "otfusion"])
    func sameBits(method: String) throws {
        let scratch = try Scratch()
        for number in 0..<80 {
            let folder = scratch("images/class\(number % 2)")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Self.bitmap(number).write(to: URL(fileURLWithPath: "\(folder)/\(1000 + number).bmp"))
        }
        for seed in 1...2 {
            try Checkpoint.save(
                MultilayerPerceptron.fresh(widths: [24, 12, 2], bias: true, seed: UInt64(seed)), to: scratch("\(seed).safetensors"))
        }
        func fused(_ memory: String) throws -> (weights: [[Float]], accuracies: [Double?], notes: [String]) {
            let data = "images:\(scratch("images"))?memory=\(memory)"
            var recipe = Recipe(
                parents: [scratch("1.safetensors"), scratch("2.safetensors")], method: try Methods.named(method), data: data,
                evaluation: data)
            try recipe.apply(assignment: "samples=40")
            if method == "otfusion" { try recipe.apply(assignment: "source=activations") }
            let result = try FusionRun(recipe).run(), network = result.outcome.network
            return (
                try network.parameterNames.map { try network.parameter($0).array(of: Float.self) },
                result.report.rows.map { $0.evaluation?.value }, result.report.notes
            )
        }
        let kept = try fused("keep"), streamed = try fused("stream")
        #expect(kept.weights == streamed.weights && kept.accuracies == streamed.accuracies)
        #expect(
            streamed.notes.contains { $0.contains("are read from the images of") } && !kept.notes.contains { $0.contains("are read from") })
    }
}
