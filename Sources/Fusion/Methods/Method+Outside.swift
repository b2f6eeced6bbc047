import Hyperparameters
import Networks
import Tensors
import Transport

// What a method that another package declares is made of; docs/library.md shows one.

extension Method {
    /// A method of an alignment and a combination. A recipe with it runs in ``Fuser``; the program knows only ``Methods/all``.
    ///
    /// - Parameters:
    ///   - id: as written in recipes, such as "rank-matching".
    ///   - summary: one sentence.
    ///   - paper: authors, venue, year.
    ///   - hyperparameters: beside ``Blending/reference``, which names the parent whose neuron order the fused network keeps.
    ///   - align: makes the alignment of the parents; the context has settings, seed and samples.
    ///   - combine: makes the combination; the parents' plain average along the couplings where it is left out.
    public init(
        id: String, title: String, summary: String, paper: String, hyperparameters: [any HyperparameterDeclarations] = [],
        presets: [Preset] = [], align: @escaping @Sendable (ParentSet, FusionContext) throws -> any Alignment,
        combine: @escaping @Sendable (ParentSet, FusionContext) throws -> any Combination = { parents, _ in
            WeightedAverage(weights: Array(repeating: 1 / Double(parents.count), count: parents.count))
        }
    ) {
        self.init(
            id: id, title: title, summary: summary, paper: paper, hyperparameters: [Blending.reference] + hyperparameters, presets: presets
        ) { context in
            let parents = try context.parentSet()
            return FusionPipeline(alignment: try align(parents, context), combination: try combine(parents, context))
        }
    }
}

extension Coupling {
    /// Fused neuron j is the parent's neuron `sources[j]`; each neuron of the parent occurs once.
    public static func permutation(parent: Int, sources: [Int]) -> Coupling {
        var columns = Array(repeating: 0, count: sources.count)
        for (fused, own) in sources.enumerated() { columns[own] = fused }
        let masses = Masses.uniform(sources.count)
        let plan = TransportPlan(
            rows: sources.count, columns: sources.count, storage: .permutation(columns: columns, mass: masses.first ?? 0))
        return Coupling(parent: parent, plan: plan, source: masses, target: masses, map: .selection(sources))
    }
}

extension FusionPlan {
    /// A parent's value of one parameter, every axis carried to the fused neurons.
    ///
    /// - Parameter name: the reference's name of the parameter.
    public func carried(_ name: String, of parent: Int, in parents: ParentSet) throws -> Tensor {
        let network = parents.networks[parent], own = parents.name(of: name, in: parent)
        return try network.groups.carried(
            network.parameter(own), parameter: own, along: maps(of: parent), reading: readingMaps(of: parent))
    }
}
