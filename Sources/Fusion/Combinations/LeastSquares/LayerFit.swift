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

    /// A network with the layers of some steps fitted in order, each on what the network computes with those before it.
    ///
    /// - Parameters:
    ///   - walk: the way through the network, which goes on behind its last step.
    ///   - chosen: the rows of each step, by its target; where nil, those that the network asks for.
    ///   - targets: what the parents give, where it was gathered; the rest is computed.
    func refitted(
        _ walk: FusedWalk, steps: [FitStep], chosen: [String: StepRows] = [:], targets: inout TargetRows?,
        diagnostics: inout ReconstructionDiagnostics, control: FusionControl
    ) throws {
        let kept = FusedWalk.inputsKept(at: steps, of: walk.network, growth: 1)
        for (index, step) in steps.enumerated() {
            try control.check()
            control.progress?(.combining(parameter: step.units.first?.weight ?? step.target, index: index, of: steps.count))
            let rows =
                chosen[step.target]
                ?? StepRows(step, of: walk.network, inputs: inputs, rows: self.rows, kept: kept[step.target] ?? .max)
            let (parameters, layer) = try fitted(step, on: walk, rows, &targets, control: control)
            let before = walk.network, nodes = step.units.flatMap { [$0.node.id, $0.output] }
            walk.go(on: try before.with(parameters: before.parameters.merging(parameters) { $1 }), changed: Set(nodes))
            diagnostics.layers.append(layer)
        }
    }

    /// The parameters of a step's layers, fitted on what the network computes so far.
    private func fitted(
        _ step: FitStep, on walk: FusedWalk, _ rows: StepRows, _ targets: inout TargetRows?, control: FusionControl
    ) throws -> (parameters: [String: Tensor], diagnostics: ReconstructionDiagnostics.Layer) {
        let network = walk.network, weights = step.units.compactMap { network.parameters[$0.weight] }
        guard weights.count == step.units.count, let first = weights.first else {
            throw FusionError.network(.graph(reason: "a layer to fit has no weight"))
        }
        let widths = weights.map { $0.shape.dropFirst().reduce(1, *) }
        var system = try LeastSquaresChoice.system(
            inputs: widths.reduce(0, +), targets: first.shape[0], rows: rows.count(of: inputs),
            hasConstant: step.units.contains(where: \.hasConstant)
        ) { try startingWeights(of: step, network) }
        let wanted = Set(step.units.map(\.source) + step.skips)
        func equations(_ batch: Int, _ known: [Tensor]?) throws -> (design: Tensor, target: Tensor) {
            let values = try walk.values(of: wanted, batch: batch), chosen = rows.chosen(batch)
            func value(_ node: String) throws -> Tensor {
                guard let value = values[node] else { throw FusionError.network(.graph(reason: "nothing has computed “\(node)”")) }
                return value
            }
            var target = try mixed(known ?? asked(step, inputs.inputs(ofBatch: batch), at: chosen), step)
            for skip in step.skips { target = try target - PositionRows.of(value(skip), at: chosen) }
            let designs = try zip(step.units, weights).map { try $0.rows(value($0.source), weight: $1, at: chosen) }
            return (designs.count == 1 ? designs[0] : try Tensor.concatenated(designs, axis: 1), target)
        }
        let parts = rows.parts(of: inputs)
        var known = parts.map { part in part.map { targets?.taken(step.target, batch: $0) } }
        try control.divided(parts.count) { (part) in
            var designs: [Tensor] = [], answers: [Tensor] = []
            for (batch, given) in zip(parts[part], known[part]) {
                try control.check()
                let (design, target) = try equations(batch, given)
                designs.append(design)
                answers.append(target)
            }
            let whole = designs.count == 1 ? (designs[0], answers[0]) : try (Tensor.concatenated(designs), Tensor.concatenated(answers))
            return try [Tensor([whole.0.shape[0]])] + system.summed(whole.0, whole.1)
        } use: { (part, sums) in
            known[part] = []
            try system.add(summed: Array(sums.dropFirst()), rows: Int(sums[0].item()))
        }
        let solution = try system.solved(ridge: ridge)
        guard try solution.weights.allFinite() else {
            throw FusionError.nonFiniteActivations(group: step.target, parent: 0)
        }
        var made: [String: Tensor] = [:], start = 0, constants = solution.constants
        for (unit, width) in zip(step.units, widths) {
            let own = try solution.weights.narrowed(axis: 0, from: start, count: width)
            let moments = try system.moments(of: solution, from: start, count: width)
            made.merge(try unit.parameters(of: network, weights: own, constants: constants, moments: moments)) { $1 }
            // The constant is added once, by the first layer that can.
            if unit.hasConstant { constants = try constants * 0 }
            start += width
        }
        return (
            made,
            ReconstructionDiagnostics.Layer(
                names: step.units.map(\.node.id), rows: system.rows, inputs: widths.reduce(0, +), residual: solution.residual,
                available: rows.available)
        )
    }

    /// The step's weights as they are, [inputs, neurons], f64: with what a batch normalisation multiplies them by. Nil where they are no linear map of what
    /// the layers read.
    private func startingWeights(of step: FitStep, _ network: Network) throws -> Tensor? {
        guard !step.givesClasses else { return nil }
        var parts: [Tensor] = []
        for unit in step.units {
            guard let weight = network.parameters[unit.weight] else { return nil }
            var own = try weight.reshaped([weight.shape[0], -1]).transposed(0, 1).converted(to: .float64)
            if let node = unit.normalisation {
                func value(_ name: String) throws -> Tensor? {
                    try node.parameterName(name).flatMap { network.parameters[$0] }?.converted(to: .float64)
                }
                guard let layer = node.layer as? BatchNormalization, let variance = try value("running_var") else { return nil }
                own = try own / (variance + layer.epsilon).squareRoot()
                if let scale = try value("weight") { own = try own * scale }
            }
            parts.append(own)
        }
        return try Tensor.concatenated(parts)
    }

    /// Which layers are not fitted because they are tied.
    static func tieNotes(_ network: Network) -> [String] {
        let tied = network.tiedLayers
        return tied.isEmpty
            ? []
            : ["\(tied.joined(separator: ", ")): tied layers are mapped by the plan, not fitted: fitting one would change the other"]
    }

    // MARK: Targets

    /// What the parents give at the step's end, [rows, neurons] each.
    private func asked(_ step: FitStep, _ x: Tensor, at chosen: [Int]?) throws -> [Tensor] {
        try parents.networks.indices.map { parent in
            let found = try parents.values(of: [step.target], in: parent, x)
            return try PositionRows.finite(found[step.target], at: chosen, of: step.target, parent: parent)
        }
    }

    /// What the step is to give: the fused neurons' values out of the parents', [rows, neurons] each.
    private func mixed(_ values: [Tensor], _ step: FitStep) throws -> Tensor {
        if !step.givesClasses, let unit = step.units.first { return try mixtures.mixed(values, at: step.target, weight: unit.weight) }
        var sum: Tensor?
        for (value, own) in zip(values, teacher.shares) {
            // The numbers of outputs that are maps all count alike.
            let shares = own.count == value.shape[1] ? own : Array(own.prefix(1))
            let weighted = try value * Tensor(shares, shape: [1, shares.count]).converted(to: value.dtype())
            sum = if let before = sum { try before + weighted } else { weighted }
        }
        return sum ?? values[0]
    }
}
