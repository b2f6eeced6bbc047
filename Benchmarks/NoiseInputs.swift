import Fusion
import Networks
import Tensors

/// Samples of noise and labels by turns: what they show does not matter to the time that a method takes.
struct NoiseInputs: InputSource {
    let name = "noise"
    private let values: Tensor
    private let classes: Int
    var count: Int { values.shape[0] }

    init(_ count: Int, sample: [Int], classes: Int) throws {
        values = try Tensor.normal([count] + sample, generator: Generator(seed: 1))
        self.classes = classes
    }

    func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
    func labels(_ range: Range<Int>) throws -> [Int]? { range.map { $0 % classes } }
}
