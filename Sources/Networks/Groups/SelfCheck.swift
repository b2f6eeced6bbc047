import Tensors

/// The proof that the neuron groups are right for a network: permuting every hidden group at random leaves its outputs unchanged.
package struct SelfCheck: Sendable {
    /// The largest difference between outputs, and the largest output, over the inputs tried.
    package let difference: Double
    package let scale: Double
    /// How far outputs of different inputs lie apart; a network that always answers the same proves nothing.
    package let spread: Double
    /// What rounding may cost at most: sums in another order differ by a few hundred units in the last place of the largest output.
    package let rounding: Double
    /// The hidden groups that were permuted.
    package let groups: Int

    /// Whether the outputs tell inputs apart, by more than rounding.
    package var isTelling: Bool { spread > rounding / 10 }

    /// The largest difference that passes: what rounding may cost, less where outputs of different inputs lie close together.
    package var tolerance: Double { max(rounding / 50, min(rounding, spread / 20)) }

    package var passed: Bool { difference <= tolerance && isTelling }
}

extension Network {
    /// Permutes every hidden group at random and compares outputs on `inputs`, or on random samples. The seed decides permutations, samples and their
    /// number.
    ///
    /// Parameters are shaken first, so that a head of zeros or scales that are all alike hide nothing.
    package func selfCheck(seed: UInt64 = 0, inputs: Tensor? = nil) throws(NetworkError) -> SelfCheck {
        try selfCheck(of: groups.hidden, seed: seed, inputs: inputs)
    }

    /// Permutes some groups at random. Where the outputs of different inputs lie so close together that single precision tells them hardly apart, it is
    /// done in double precision.
    package func selfCheck(of groups: [NeuronGroup], seed: UInt64 = 0, inputs: Tensor? = nil) throws(NetworkError) -> SelfCheck {
        let check = try selfCheckOnce(of: groups, seed: seed, inputs: inputs)
        return check.isTelling || dtype != .float32
            ? check : try converted(to: .float64).selfCheckOnce(of: groups, seed: seed, inputs: inputs)
    }

    private func selfCheckOnce(of groups: [NeuronGroup], seed: UInt64, inputs: Tensor?) throws(NetworkError) -> SelfCheck {
        try lifting {
            let type = dtype
            let generator = try Generator(seed: seed)
            let x = try inputs ?? randomInputs(2 + Int(seed % 2), generator)
            var maps: [Int: NeuronMap] = [:]
            for group in groups {
                maps[group.id] = .selection(try Tensor.permutation(group.neurons, generator: generator).array(of: Int.self))
            }
            var values = try shaken(generator)
            let before = try with(parameters: values)(x)
            // One by one: two copies of a large network are not held at once.
            for name in parameterNames {
                if let value = values.removeValue(forKey: name) {
                    values[name] = try self.groups.carried(value, parameter: name, along: maps)
                }
            }
            let after = try with(parameters: values)(x)
            let difference = try (before - after).magnitude().maximum().item()
            let scale = try before.magnitude().maximum().item()
            let spread = try (before - before.narrowed(axis: 0, from: 0, count: 1)).magnitude().maximum().item()
            let unit = type == .float64 ? 1e-12 : type == .float32 ? 1e-4 : 3e-2
            return SelfCheck(
                difference: difference.isNaN ? .infinity : difference, scale: scale, spread: spread, rounding: unit * max(0.1, scale),
                groups: groups.count)
        }
    }

    /// The same network with those hidden groups kept in place whose permutation changes the outputs, and their names.
    ///
    /// - Throws: ``NetworkError/graph(reason:)`` where the outputs are the same for all inputs, so that nothing is proven.
    package func proven(seed: UInt64 = 0) throws(NetworkError) -> (network: Network, kept: [String]) {
        var network = self, kept: [String] = []
        while true {
            let check = try network.selfCheck(seed: seed)
            guard check.isTelling || network.groups.hidden.isEmpty else {
                throw .graph(
                    reason:
                        "its outputs are the same for all of \(2 + seed % 2) random inputs, so that nothing can be proven of its neurons")
            }
            if check.passed || network.groups.hidden.isEmpty { return (network, kept) }
            let wrong = try network.wrongGroup(among: network.groups.hidden, seed: seed)
            kept.append(wrong.name)
            network = try network.keeping([wrong.name])
        }
    }

    /// One group whose permutation changes the outputs, found by halving; all of the groups together do.
    private func wrongGroup(among groups: [NeuronGroup], seed: UInt64) throws(NetworkError) -> NeuronGroup {
        var groups = groups
        while groups.count > 1 {
            let half = Array(groups[..<(groups.count / 2)])
            // Where both halves pass by themselves, a group of the second is as good as any.
            groups = try selfCheck(of: half, seed: seed).passed ? Array(groups[half.count...]) : half
        }
        return groups[0]
    }

    /// The parameters, every floating-point one a little changed; what is statistics stays positive where it was.
    private func shaken(_ generator: Generator) throws -> [String: Tensor] {
        let roles = Dictionary(trace.parameters.map { ($0.fullName, $0.role) }, uniquingKeysWith: { first, _ in first })
        var changed = parameters
        for name in parameterNames {
            guard let value = parameters[name], try value.dtype().isFloatingPoint else { continue }
            let noise = try Tensor.normal(value.shape, generator: generator, dtype: value.dtype()).clamped(from: -2, to: 2)
            if roles[name] == .trained {
                let largest = try value.magnitude().maximum().item()
                changed[name] = try value + noise * (largest > 0 ? 0.1 * largest : 0.05)
            } else {
                changed[name] = try value * (noise * 0.1 + 1)
            }
        }
        return changed
    }
}
