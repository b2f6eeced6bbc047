import Fusion
import Networks
import Tensors
import Testing

/// Samples held in one tensor.
struct TensorInputs: InputSource {
    let values: Tensor
    var count: Int { values.shape[0] }
    func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
}

/// Token ids; several inputs where lengths are named.
struct TokenInputs: InputSource {
    let values: Tensor
    let inputLengths: [Int]
    var count: Int { values.shape[0] }
    var isOfTokens: Bool { true }
    func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
}

func randomInputs(_ count: Int, width: Int, seed: UInt64) throws -> TensorInputs {
    TensorInputs(values: try Tensor.normal([count, width], generator: Generator(seed: seed)))
}

/// The network with every hidden group in a random order.
func shuffled(_ network: Network, seed: UInt64) throws -> Network {
    let generator = try Generator(seed: seed)
    var maps: [Int: NeuronMap] = [:]
    for group in network.groups.hidden {
        maps[group.id] = .selection(try Tensor.permutation(group.neurons, generator: generator).array(of: Int.self))
    }
    return try network.carried(along: maps)
}

/// The largest difference between two networks' parameters.
func distance(_ first: Network, _ second: Network) throws -> Double {
    var largest = 0.0
    for name in first.parameterNames {
        largest = max(largest, try (first.parameter(name) - second.parameter(name)).magnitude().maximum().item())
    }
    return largest
}

func recipe(_ assignments: String..., method: Method = OTFusion.method) throws -> Recipe {
    var recipe = Recipe(method: method)
    for text in assignments { try recipe.apply(assignment: text) }
    return recipe
}
