import Networks
import Tensors
import Transport

/// Couplings of all parents with a barycenter of their neurons, which has no preferred parent (Singh & Jaggi 2020, section 4; Cuturi &
/// Doucet 2014).
///
/// The neurons of a group, of all parents, are points; the fused neurons are the free support of their Wasserstein barycenter under
/// squared distances. Only distances between neurons are needed, which stream as for a pair: a barycenter's points are mixtures of the
/// given ones, so coordinates that have these distances serve as well as the features themselves. Heads are matched with the reference's.
struct BarycenterAlignment: GroupwiseAlignment {
    /// For what has no barycenter: classes, attention heads and their neurons.
    let pairwise: TransportAlignment
    /// One for each parent; they sum to 1.
    let weights: [Double]
    /// The number of fused neurons, by group id; the reference's where there is none.
    let widths: [Int: Int]
    let seed: UInt64

    var parents: ParentSet { pairwise.parents }
    var needsEarlierGroups: Bool { pairwise.needsEarlierGroups }
    var passes: Int { pairwise.passes }
    var dependsOnWeights: Bool { true }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        try pairwise.couplings(of: group, from: stored)
    }

    func prepare(_ groups: [NeuronGroup], control: FusionControl) throws {
        try pairwise.prepare(groups.filter { !hasBarycenter($0) }, control: control)
        guard let activations = pairwise.activations else { return }
        try activations.compute(
            groups.filter { hasBarycenter($0) && pairwise.choices[$0][OTFusion.source] == .activations }.flatMap { pairings($0.id) },
            control: control
        )
    }

    private func hasBarycenter(_ group: NeuronGroup) -> Bool {
        !(group.role == .classes || group.isHeadGroup || group.incoming.isEmpty || parents.groups.holder(of: group.id) != nil)
    }

    private func pairings(_ group: Int) -> [NeuronPairing] {
        parents.networks.indices.flatMap { one in
            (one..<parents.count).map { other in
                NeuronPairing(source: GroupNeurons(parent: one, group: group), target: GroupNeurons(parent: other, group: group))
            }
        }
    }

    func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws -> [Coupling] {
        guard hasBarycenter(group) else { return try pairwise.couplings(of: group, given: plan, control: control) }
        let settings = pairwise.choices[group]
        let solver: any TransportSolver
        switch (settings.transportSolver, settings[OTFusion.solver]) {
        case (let found?, .exact), (let found?, .sinkhorn): solver = found
        default:
            throw FusionError.unsuitable(
                reason:
                    "neuron group \(group.name): a barycenter needs solver=exact or sinkhorn, not \(settings[OTFusion.solver].rawValue)"
            )
        }
        guard parents.networks.indices.allSatisfy({ pairwise.choices.constraints(of: group, parent: $0).isEmpty }) else {
            throw FusionError.unsuitable(
                reason:
                    "neuron group \(group.name): scheme=barycenter does not support pins and forbidden pairs; use scheme=reference"
            )
        }
        let own = parents.networks.map { $0.groups[group.id]?.neurons ?? 0 }
        let points = try coordinates(of: group, own, given: plan, control: control)
        let count = widths[group.id] ?? group.neurons
        guard count <= own.reduce(0, +) else {
            throw FusionError.tooWide(group: group.name, neurons: count, limit: own.reduce(0, +), by: "the sum of all parents")
        }
        var masses: [[Double]] = []
        for parent in parents.networks.indices {
            masses.append(try pairwise.masses(of: GroupNeurons(parent: parent, group: group.id), control: control))
        }
        let barycenter = try transport(group.name, parent: parents.reference) {
            var sets: [WeightedPoints] = []
            for parent in parents.networks.indices { sets.append(try WeightedPoints(points: points[parent], masses: masses[parent])) }
            return try FreeSupportBarycenterSolver(
                supportCount: count, start: count == own[parents.reference] ? .points(points[parents.reference]) : .sampled(seed: seed),
                inner: solver,
                maximumIterations: 1000
            ).solve(sets, weights: weights, control: SolverControl(isCancelled: control.isCancelled)).requireConverged()
        }
        var couplings: [Coupling] = []
        for (parent, result) in barycenter.couplings.enumerated() {
            let (giving, reading) = try settings[OTFusion.mapScaling].maps(of: result.plan)
            couplings.append(
                Coupling(
                    parent: parent, plan: result.plan, source: masses[parent], target: barycenter.masses, transport: result, map: giving,
                    readingMap: reading))
        }
        return couplings
    }

    /// Coordinates of every parent's neurons that have the distances between them: eigenvectors of the doubly centred matrix of squared
    /// distances (classical scaling).
    private func coordinates(
        of group: NeuronGroup, _ own: [Int], given plan: FusionPlan, control: FusionControl
    ) throws -> [Matrix] {
        let starts = own.indices.map { own[..<$0].reduce(0, +) }
        let total = own.reduce(0, +)
        var squared = Matrix(rows: total, columns: total)
        for pairing in pairings(group.id) {
            let block = try pairwise.squaredDistances(pairing, given: plan, control: control)
            let (top, left) = (starts[pairing.source.parent], starts[pairing.target.parent])
            for i in 0..<block.rows {
                for j in 0..<block.columns {
                    squared[top + i, left + j] = block[i, j]
                    squared[left + j, top + i] = block[i, j]
                }
            }
        }
        let rows = squared.rowSums.map { $0 / Double(total) }
        let mean = rows.reduce(0, +) / Double(total)
        for i in 0..<total { for j in 0..<total { squared[i, j] = -0.5 * (squared[i, j] - rows[i] - rows[j] + mean) } }
        let centred = squared
        let eigen = try Tensor(centred.values, shape: [total, total]).symmetricEigen()
        let (values, vectors) = (try eigen.values.array(of: Double.self), try eigen.vectors.array(of: Double.self))
        // Eigenvalues of rounding size are those of distances that need fewer dimensions.
        let largest = values.max() ?? 0
        let kept = values.indices.filter { values[$0] > 1e-12 * largest && values[$0] > 0 }
        let axes = kept.isEmpty ? [total - 1] : kept
        return own.indices.map { parent in
            Matrix(rows: own[parent], columns: axes.count) { i, k in
                vectors[(starts[parent] + i) * total + axes[k]] * max(0, values[axes[k]]).squareRoot()
            }
        }
    }
}
