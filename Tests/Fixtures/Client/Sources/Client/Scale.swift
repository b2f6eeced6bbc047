import Amalgam

/// A layer that Amalgam does not have: y = γ · x, one factor for each neuron (as in CaiT).
struct Scale: Layer {
    static let kind = "scale"
    let parameters = [ParameterDeclaration("gamma", initial: .ones)]

    init() {}
    init(options: inout LayerOptions) {}

    func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneInput(inputs)
        _ = try scope.shape(of: "gamma", rank: 1, as: "\(input.channels)")
        try scope.attachVector("gamma", input.layout)
        return input
    }

    func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0] * parameters("gamma")
    }
}

/// Two networks with that layer are fused, saved and opened again.
func fuseNetworksWithScale(output: String) throws {
    try LayerCatalogue.register(Scale.self)
    let architecture = try Architecture(
        family: "scaled MLP", inputShape: [64],
        nodes: [
            .init(id: "fc1", layer: Linear(), prefix: "fc1", sources: [Architecture.input]),
            .init(id: "scale", layer: Scale(), prefix: "scale", sources: ["fc1"]),
            .init(id: "relu", layer: Activation.relu, prefix: nil, sources: ["scale"]),
            .init(id: "fc2", layer: Linear(), prefix: "fc2", sources: ["relu"]),
        ])
    let fresh = try Network.fresh(
        architecture,
        shapes: ["fc1.weight": [24, 64], "fc1.bias": [24], "scale.gamma": [24], "fc2.weight": [10, 24], "fc2.bias": [10]], seed: 1)
    var parameters = fresh.parameters
    parameters["scale.gamma"] = try Tensor.uniform([24], from: 0.5, to: 2, generator: Generator(seed: 2))
    let network = try Network(architecture, parameters: parameters)
    try require(try network.selfCheck().passed, "the layer attaches a parameter to the wrong neurons")

    var recipe = Recipe(method: OTFusion.method)
    try recipe.apply(assignment: "source=weights")
    let fused = try Fuser(parents: [network, reversed(network)], recipe: recipe).fuse().network
    let change = try difference(of: fused, from: network)
    try require(change < 1e-5, "a network fused with itself in another order is another function: \(change)")

    try Checkpoint.save(fused, to: output)
    try require(try difference(of: Checkpoint.open(output).network(), from: fused) == 0, "the saved network is another one")
    print("layer: a network fused with itself differs by \(change)")
}
