import Networks
import Tensors
import Testing
@testable import Checkpoints

@Suite("Golden parents") struct GoldenParentsTests {
    @Test("every parent opens, passes the self-check and gives the stored logits", arguments: GoldenCase.all)
    func logits(golden: GoldenCase) throws {
        #expect(!golden.parents.isEmpty)
        for (index, path) in golden.parents.enumerated() {
            let network = try Checkpoint.open(path, golden.options).network()
            let expected = try golden.expectedLogits(of: index)
            let x: Tensor
            if expected?.onInputs == true {
                x = try golden.inputs()
            } else {
                guard let test = try golden.test(count: 16) else { continue }
                x = test.images
            }
            #expect(try network.selfCheck(seed: 1, inputs: x).passed)
            guard let expected else { continue }
            var logits = try network(x)
            if expected.areNormalised { logits = try logits.logSoftmax(axis: 1) }
            let values = try logits.array(of: Float.self)
            #expect(values.count == expected.values.count)
            // Sums of f32 in the order of another libtorch; logits are of the order of ten.
            #expect(zip(values, expected.values).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($1)) })
        }
    }

    @Test("every parent has the accuracy that its case states", arguments: GoldenCase.knownByAccuracy)
    func accuracy(golden: GoldenCase) throws {
        guard let test = try golden.test(), let expected = golden.accuracies else { return }
        #expect(golden.parents.count == expected.count)
        for (path, accuracy) in zip(golden.parents, expected) {
            let network = try Checkpoint.open(path, golden.options).network()
            var right = 0
            for start in stride(from: 0, to: test.labels.count, by: 500) {
                let count = min(500, test.labels.count - start)
                let classes = try network(test.images.narrowed(axis: 0, from: start, count: count)).largestIndex(axis: 1).array(
                    of: Int.self)
                right += zip(classes, test.labels[start..<(start + count)]).count { $0 == $1 }
            }
            // An image or two whose largest logits almost tie may fall the other way.
            #expect(abs(Double(right) / Double(test.labels.count) - accuracy) < 3e-4)
        }
    }
}
