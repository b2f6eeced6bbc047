import Networks

/// How many inputs are made of the samples where a pass of the networks is long.
///
/// Small networks see as many as are asked for. Of larger ones every layer still sees many rows, for an image has many positions, while each input costs a pass of
/// each network: they see eight inputs for each column of the last layer, as far as passes allow, and never fewer than the samples. More can be asked for:
/// all limits grow with `inputs` beyond its default.
struct InputLimit: Sendable {
    /// Inputs that are asked for: by the recipe, or by layers that need as many rows.
    let asked: Int
    /// Inputs that are made.
    let count: Int
    /// Multiply-adds of one network for one input.
    let multiplyAdds: Int

    /// Multiply-adds of one network over all inputs: up to the first no input is left out, and there are never more than the second allows.
    private static let free = 12_000_000_000.0, most = 120_000_000_000.0
    private static let inputsOfColumn = 8.0

    /// - Parameters:
    ///   - inputs: how many the recipe asks for.
    ///   - samples: how many samples there are.
    init(inputs: Int, samples: Int, parents: ParentSet) {
        asked = max(inputs, parents.rowsNeeded, samples)
        multiplyAdds = parents.networks.map(\.trace.multiplyAdds).max() ?? 0
        let each = Double(max(1, multiplyAdds)), scale = max(1, Double(inputs) / Double(ExpandedInputs.mixup.fallback))
        let network = parents.referenceNetwork
        let columns = network.logitNode.parameterName("weight").flatMap { network.parameters[$0]?.shape.last } ?? 0
        let affordable = max(Self.free / each, min(Self.inputsOfColumn * Double(columns), Self.most / each)) * scale
        count = Double(asked) <= affordable ? asked : max(samples, 1, Int(affordable))
    }

    /// What was left out, in a sentence; nil where nothing was.
    var note: String? {
        guard count < asked else { return nil }
        return
            "\(asked) inputs were asked for, but each takes \(Self.rounded(multiplyAdds)) multiply-adds in each network: \(count) were made; set inputs above \(ExpandedInputs.mixup.fallback) for more in proportion"
    }

    private static func rounded(_ count: Int) -> String {
        count >= 1_000_000_000
            ? "\((Double(count) / 1e8).rounded() / 10) billion" : "\((Double(count) / 1e5).rounded() / 10) million"
    }
}
