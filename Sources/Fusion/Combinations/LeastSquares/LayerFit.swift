import Datasets
import Networks
import Tensors

/// Fits the layers of one step so that the fused network, fed with its own inputs, gives its neurons the values that those they stand for have in
/// their parents.
struct LayerFit {
    let parents: ParentSet
    let teacher: Teacher
    let inputs: ExpandedInputs
    /// What each fused neuron is of the parents'.
    let mixtures: NeuronMixtures
    /// Rows, that is samples times positions, that a layer is fitted on at most.
    let rows: Int
    /// Relative to the mean energy of the inputs.
    let ridge: Double

    /// Images that are looked at, where there are as many, however few of their positions are needed.
    private static let images = 500

    /// A network with the layers of some steps fitted in order, each on what the network computes with those before it.
    func refitted(
        _ network: Network, steps: [FitStep], diagnostics: inout ReconstructionDiagnostics, control: FusionControl
    ) throws -> Network {
        var network = network
        for (index, step) in steps.enumerated() {
            try control.check()
            control.progress?(.combining(parameter: step.units.first?.weight ?? step.target, index: index, of: steps.count))
            let (parameters, layer) = try fitted(step, of: network, control: control)
            let before = network
            network = try before.with(parameters: before.parameters.merging(parameters) { $1 })
            diagnostics.layers.append(layer)
        }
        return network
    }

    /// The parameters of a step's layers, fitted on what `network` computes so far.
    private func fitted(
        _ step: FitStep, of network: Network, control: FusionControl
    ) throws -> (parameters: [String: Tensor], diagnostics: ReconstructionDiagnostics.Layer) {
        let weights = step.units.compactMap { network.parameters[$0.weight] }
        guard weights.count == step.units.count, let first = weights.first, let unit = step.units.first else {
            throw FusionError.network(.graph(reason: "a layer to fit has no weight"))
        }
        let widths = weights.map { $0.shape.dropFirst().reduce(1, *) }, outputs = first.shape[0]
        let shape = network.trace.layers.first { $0.id == unit.node.id }?.outputShape ?? []
        let positions = max(1, shape.reduce(1, *) / max(1, outputs))
        let images = min(inputs.count, max(Self.images, (rows + positions - 1) / positions))
        let each = min(positions, max(1, (rows + images - 1) / images))
        var system = try CentredSystem(inputs: widths.reduce(0, +), targets: outputs)
        var batch = 0
        try inputs.forEach(first: images, control) { (x, _) in
            let wanted = Set(step.units.map(\.source) + step.skips)
            let values = try network.values(of: wanted, given: [Architecture.input: x])
            var random = SeededGenerator(seed: inputs.seed, purpose: "rows \(step.target) \(batch)")
            let chosen = each < positions ? Array(random.permutation(positions).prefix(each)).sorted() : nil
            var target = try self.target(step, x)
            let skips = try step.skips.map { skip in
                guard let value = values[skip] else { throw FusionError.network(.graph(reason: "nothing has computed “\(skip)”")) }
                return value
            }
            for skip in skips { target = try target - skip.reshaped(target.shape) }
            var designs: [Tensor] = []
            for (unit, weight) in zip(step.units, weights) {
                guard let value = values[unit.source] else { continue }
                designs.append(try Self.rows(unit.seen(value, weight: weight), chosen))
            }
            try system.add(designs.count == 1 ? designs[0] : Tensor.concatenated(designs, axis: 1), Self.rows(target, chosen))
            batch += 1
        }
        let gathered = system, hasConstant = step.units.contains(where: \.hasConstant)
        let solution = try gathered.solved(ridge: ridge, hasConstant: hasConstant)
        guard try solution.weights.allFinite() else {
            throw FusionError.nonFiniteActivations(group: step.target, parent: 0)
        }
        var made: [String: Tensor] = [:], start = 0, constants = solution.constants
        for (unit, width) in zip(step.units, widths) {
            let (from, constant) = (start, constants)
            let own = try solution.weights.narrowed(axis: 0, from: from, count: width)
            let moments = try gathered.moments(of: own, from: from)
            made.merge(try unit.parameters(of: network, weights: own, constants: constant, moments: moments)) { $1 }
            // The constant is added once, by the first layer that can.
            if unit.hasConstant { constants = try constant * 0 }
            start += width
        }
        return (
            made,
            ReconstructionDiagnostics.Layer(
                names: step.units.map(\.node.id), rows: gathered.rows, inputs: widths.reduce(0, +), residual: solution.residual)
        )
    }

    /// [batch, inputs, positions] → [rows, inputs], at some positions.
    private static func rows(_ values: Tensor, _ chosen: [Int]?) throws -> Tensor {
        let flat = try values.reshaped([values.shape[0], values.shape[1], -1])
        let picked = if let chosen { try flat.gathered(axis: 2, Tensor(chosen)) } else { flat }
        return try picked.transposed(1, 2).reshaped([-1, flat.shape[1]])
    }

    /// Which layers are not fitted because they are tied.
    static func tieNotes(_ network: Network) -> [String] {
        let tied = network.tiedLayers
        return tied.isEmpty
            ? []
            : ["\(tied.joined(separator: ", ")): tied layers are mapped by the plan, not fitted: fitting one would change the other"]
    }

    // MARK: Targets

    /// What the step is to give, [batch, neurons, positions…].
    private func target(_ step: FitStep, _ x: Tensor) throws -> Tensor {
        var all: [Tensor] = []
        for parent in parents.networks.indices {
            guard let value = try parents.values(of: [step.target], in: parent, x)[step.target] else {
                throw FusionError.network(.graph(reason: "nothing has computed “\(step.target)”"))
            }
            guard try value.allFinite() else {
                throw FusionError.nonFiniteActivations(group: step.target, parent: parent)
            }
            all.append(value)
        }
        let values = all
        if !step.givesClasses, let unit = step.units.first { return try mixtures.mixed(values, at: step.target, weight: unit.weight) }
        var sum: Tensor?
        for (value, own) in zip(values, teacher.shares) {
            // The numbers of outputs that are maps all count alike.
            let shares = own.count == value.shape[1] ? own : Array(own.prefix(1))
            let weights = try Tensor(shares, shape: [1, shares.count] + [Int](repeating: 1, count: value.rank - 2)).converted(
                to: value.dtype())
            let weighted = try value * weights
            sum = if let before = sum { try before + weighted } else { weighted }
        }
        return sum ?? values[0]
    }
}
