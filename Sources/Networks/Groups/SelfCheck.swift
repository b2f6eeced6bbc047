import Tensors

/// The proof that the neuron groups are right for a network: permuting every hidden group at random leaves its logits unchanged.
public struct SelfCheck: Sendable {
    /// The largest difference between logits, and the largest logit, over the inputs tried.
    public let difference: Double
    public let scale: Double
    /// What rounding may cost: sums in another order differ by a few hundred units in the last place of the largest logit.
    public let tolerance: Double

    public var passed: Bool { difference <= tolerance }
}

extension Network {
    /// Permutes every hidden group at random and compares logits on `inputs`, or on 16 random samples.
    public func selfCheck(seed: UInt64 = 0, inputs: Tensor? = nil) throws(NetworkError) -> SelfCheck {
        try lifting {
            let type = dtype
            let generator = try Generator(seed: seed)
            let x = try inputs ?? Tensor.normal([16] + architecture.inputShape, generator: generator, dtype: type)
            var maps: [Int: NeuronMap] = [:]
            for group in groups.hidden {
                maps[group.id] = .selection(try Tensor.permutation(group.neurons, generator: generator).array(of: Int.self))
            }
            let before = try self(x), after = try carried(along: maps)(x)
            let difference = try (before - after).magnitude().maximum().item()
            let scale = try before.magnitude().maximum().item()
            let unit = type == .float64 ? 1e-10 : type == .float32 ? 1e-4 : 3e-2
            return SelfCheck(difference: difference, scale: scale, tolerance: unit * max(1, scale))
        }
    }
}
