import Networks
import Tensors
import Transport

/// The fused network while its layers are made one after another: parameters of the final widths from the start, and the plan so far.
struct FusedNetworkBuilder {
    let parents: ParentSet
    private(set) var plan = FusionPlan()
    var notes: [String] = []
    private var parameters: [String: Tensor]
    private let widths: [Int: Int]
    /// Parameters that a fit has written.
    private var written: Set<String> = []

    /// - Parameter width: the number of fused neurons of a hidden group.
    init(parents: ParentSet, width: (NeuronGroup) -> Int) throws {
        self.parents = parents
        var widths: [Int: Int] = [:], maps: [Int: NeuronMap] = [:]
        for group in parents.groups.all {
            let fused = group.role == .hidden ? max(1, width(group)) : group.neurons
            widths[group.id] = fused
            if fused != group.neurons { maps[group.id] = .selection((0..<fused).map { $0 % group.neurons }) }
        }
        self.widths = widths
        parameters = try parents.referenceNetwork.carried(along: maps).parameters
    }

    func network() throws -> Network {
        try parents.referenceNetwork.with(parameters: parameters)
    }

    func fusedWidth(of group: NeuronGroup) -> Int { widths[group.id] ?? group.neurons }

    /// Groups before `id` that no fit decides: equal positions, so that what depends on them can be averaged; inside attention the reference's
    /// alone, for neither queries nor keys of different heads have a mean that attends to anything.
    mutating func planByPosition(before id: Int, given stored: FusionPlan?) throws {
        for group in parents.groups.withoutHeadGroups where group.id < id && plan[group: group.id] == nil {
            let couplings = try stored?[group: group.id]?.couplings ?? parents.couplings(byPositionOf: group, fused: fusedWidth(of: group))
            add(GroupPlan(group: group, couplings: couplings, seconds: 0))
        }
        try averageRest()
    }

    /// Takes a group's couplings into the plan.
    mutating func add(_ planned: GroupPlan) {
        plan.groups.append(planned)
        plan.groups.sort { $0.group.id < $1.group.id }
    }

    /// The mixtures that a group's fused neurons are, all parents stacked: [neurons of all, fused], f64.
    private func mixing(_ group: Int) throws -> Tensor {
        guard let planned = plan[group: group] else { throw FusionError.network(.graph(reason: "neuron group \(group) has no plan")) }
        var rows: [Tensor] = []
        for coupling in planned.couplings { if case .mixture(let map) = coupling.map { rows.append(map) } }
        return try Tensor.concatenated(rows)
    }

    /// Writes a unit's fitted weights.
    mutating func write(
        _ unit: RegressionUnit, system: NormalEquations, regression: Regression, batchNormalisation: Interpolation.BatchNormalisation
    ) throws {
        let mixing = try mixing(unit.group.id)
        let all = try regression.weights(of: mixing)
        let inputs = regression.inputs - (unit.hasIntercept ? 1 : 0)
        let weights = try all.narrowed(axis: 0, from: 0, count: inputs).transposed(0, 1)
        try set(unit.weight, weights)
        guard unit.hasIntercept else { return }
        let intercept = try all.selected(axis: 0, at: inputs)
        guard let normalisation = unit.normalisation, let prefix = normalisation.prefix,
            let layer = normalisation.layer as? BatchNormalization
        else {
            return try set(unit.bias, intercept)
        }
        // The fit is of what leaves the normalisation, which therefore has to do nothing but add the constant: either its statistics are
        // those of a layer that needs no scaling, or they are measured and undone.
        let kept = try all.narrowed(axis: 0, from: 0, count: inputs)
        let withoutConstant = try Tensor.concatenated([kept, Tensor.zeros([1, all.shape[1]], dtype: .float64)])
        let isAffine = parameters["\(prefix).weight"] != nil && parameters["\(prefix).bias"] != nil
        if parameters[unit.bias] != nil { try set(unit.bias, try intercept * 0) }
        if isAffine, batchNormalisation == .refitted {
            let (mean, variance) = try system.moments(of: withoutConstant)
            try set("\(prefix).running_mean", mean)
            try set("\(prefix).running_var", variance)
            try set("\(prefix).weight", try (variance + layer.epsilon).squareRoot())
            try set("\(prefix).bias", try intercept + mean)
        } else {
            let unitVariance = try intercept * 0 + (1 - layer.epsilon)
            try set("\(prefix).running_var", unitVariance)
            try set("\(prefix).running_mean", try isAffine ? intercept * 0 : -intercept)
            if isAffine {
                try set("\(prefix).weight", try intercept * 0 + 1)
                try set("\(prefix).bias", intercept)
            }
        }
    }

    /// Writes the parameters of a tied unit, which no fit of one layer may decide: the mean of the parents' along the plan.
    mutating func carry(_ unit: RegressionUnit) throws {
        for name in unit.fitted where parameters[name] != nil && !written.contains(name) {
            let groups = (parents.groups.layouts[name] ?? [:]).values.flatMap { $0.parts.map(\.group) }
            guard groups.allSatisfy({ parents.groups[$0]?.keepsOrder == true || plan[group: $0] != nil }) else { continue }
            try set(name, ShareAverage().fused(name, of: parents, along: plan))
        }
        notes.append(
            "\(unit.node.id): tied to another layer, so not fitted separately: it is the mean of the parents' weights aligned by the plan")
    }

    private mutating func set(_ name: String, _ value: Tensor) throws {
        guard let before = parameters[name] else { return }
        parameters[name] = try value.reshaped(before.shape).converted(to: before.dtype()).contiguous()
        written.insert(name)
    }

    /// Parameters that no fit gives: normalisations that stand alone, attention.
    private mutating func averageRest() throws {
        let units = RegressionUnit.all(of: parents.referenceNetwork)
        let fitted = Set(units.filter { !$0.isTied }.flatMap(\.fitted))
        for (name, layouts) in parents.groups.layouts where !fitted.contains(name) && !written.contains(name) {
            let groups = layouts.values.flatMap { $0.parts.map(\.group) }
            let hidden = groups.filter { id in parents.groups[id]?.keepsOrder != true }
            guard !hidden.isEmpty, hidden.allSatisfy({ plan[group: $0] != nil }) else { continue }
            try set(name, ShareAverage().fused(name, of: parents, along: plan))
        }
    }
}
