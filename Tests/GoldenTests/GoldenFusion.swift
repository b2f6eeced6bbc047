import Datasets
import Fusion
import Networks
import Tensors
import Training

/// The engine as the cases use it: hyperparameters stand here and in the cases' `recipe()` as keys and texts, and nowhere else.
struct GoldenRecipe {
    private(set) var recipe: Recipe

    init(_ method: Method) throws {
        recipe = Recipe(method: method)
        // The published programs repair nothing afterwards.
        if method != Averaging.method { try set("repair", "none") }
    }

    mutating func set(_ key: String, _ value: String) throws { try recipe.apply(assignment: "\(key)=\(value)") }
    mutating func set(_ key: String, _ value: Double) throws { try set(key, "\(value)") }
    mutating func set(_ key: String, _ value: Bool) throws { try set(key, "\(value)") }

    func fuse(_ parents: [Network], inputs: (any InputSource)? = nil) throws -> FusionOutcome {
        try Fuser(parents: parents, recipe: recipe, inputs: inputs).fuse(control: FusionControl(keepsCosts: true))
    }

    /// The plain average, `blend` of it the last of two parents.
    static func average(_ parents: [Network], blend: Double? = nil) throws -> Network {
        var average = try GoldenRecipe(Averaging.method)
        if let blend { try average.set("blend", blend) }
        return try average.fuse(parents).network
    }
}

extension FusionPlan {
    /// The planned group of which a layer is a producer.
    func group(producedBy layer: String) -> GroupPlan? {
        groups.first { $0.group.name == layer } ?? groups.first { $0.group.producers.contains(layer) }
    }

    /// The planned group whose values a node gives: through activations, poolings and the like back to the layer that produces it.
    func group(at node: String, of network: Network) -> GroupPlan? {
        var current = node
        while let found = network.architecture.nodes.first(where: { $0.id == current }) {
            if let group = group(producedBy: current) { return group }
            guard let source = found.sources.first else { return nil }
            current = source
        }
        return nil
    }
}

extension GroupPlan {
    func coupling(of parent: Int) -> Coupling? { couplings.first { $0.parent == parent } }

    /// The fused neuron of every parent neuron, all parents one after another.
    var assignment: [Int] { couplings.flatMap { $0.plan.entries.map(\.column) } }
}

extension Coupling {
    /// Whether parent neuron `match[j]` goes to fused neuron j, for all j.
    func sends(_ match: [Int]) -> Bool {
        guard let rows = plan.permutation, rows.count == match.count else { return false }
        return match.indices.allSatisfy { rows.indices.contains(match[$0]) && rows[match[$0]] == $0 }
    }
}

/// One pass of plain SGD in file order, as the cases' fine-tuning states it.
struct GoldenFineTuning {
    let network: Network
    /// The mean loss of every batch.
    let losses: [Double]

    init(_ network: Network, on data: Dataset) throws {
        let settings = try FineTuningSettings([
            "epochs": .integer(1), "batch": .integer(64), "shuffle": .flag(false), "learning-rate": .real(0.01), "momentum": .real(0.9),
            "validation-share": .real(0),
        ])
        var losses: [Double] = []
        self.network = try FineTuner(network, settings: settings, training: data).run(observer: {
            if case .step(let step) = $0 { losses.append(step.loss) }
        }).network
        self.losses = losses
    }
}
