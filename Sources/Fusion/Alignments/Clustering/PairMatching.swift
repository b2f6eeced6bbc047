import Transport

/// Hungarian Fusion's clustering: each parent's neurons are matched one to one with the reference's at the least total cost
///
///     s_i ‖ȳ − a_i‖ + s_j ‖ȳ − a_j‖,   ȳ = (s_i P a_i + s_j P a_j) / (s_i + s_j),
///
/// in its closed form ‖ȳ − a_i‖² = ‖a_i − P a_i‖² + (s_j / (s_i + s_j))² ‖P a_i − P a_j‖² (Luenam et al. 2025, section 3.2).
///
/// Where a parent has more neurons than the reference, those left out cost their own weighted length, so that unimportant ones go first;
/// where it has fewer, reference neurons stay alone.
struct PairMatching: NeuronClustering {
    /// Whether distances are squared, as in the theory; the published program does not.
    let isSquared: Bool

    func clustering(of neurons: StackedNeurons, control: FusionControl) throws -> Clustering {
        guard neurons.fused == neurons.widths[neurons.reference] else {
            throw FusionError.unsuitable(
                reason:
                    "one-to-one matching gives neuron group \(neurons.group.name) the reference's \(neurons.widths[neurons.reference]) neurons, not \(neurons.fused); set width=1, or use k-means fusion"
            )
        }
        var masses = Matrix(rows: neurons.count, columns: neurons.fused)
        let own = neurons.range(of: neurons.reference)
        for neuron in own { masses[neuron, neuron - own.lowerBound] = neurons.scores[neuron] }
        var results: [Int: Clustering.Result] = [:]
        for parent in neurons.widths.indices where parent != neurons.reference {
            let others = neurons.range(of: parent)
            let cost = cost(neurons, own, others)
            var saved = cost
            if own.count != others.count {
                for (column, neuron) in others.enumerated() {
                    let length = neurons.geometry.squaredLength(neuron)
                    let alone = neurons.scores[neuron] * (isSquared ? length : length.squareRoot())
                    for row in 0..<saved.rows { saved[row, column] -= alone }
                }
            }
            let assignment = try transport(neurons.group.name, parent: parent) {
                try AssignmentSolver().solve(
                    cost: saved, constraints: neurons.constraints.isEmpty ? .none : neurons.constraints[parent].transposed,
                    control: SolverControl(isCancelled: control.isCancelled))
            }
            var total = 0.0
            for (row, column) in assignment.columns.enumerated() {
                guard let column else { continue }
                let neuron = others.lowerBound + column
                masses[neuron, row] = neurons.scores[neuron]
                total += cost[row, column]
            }
            results[parent] = (assignment.certificate, cost.transposed, total)
        }
        return Clustering(masses: masses, widths: neurons.widths, results: results)
    }

    private func cost(_ neurons: StackedNeurons, _ own: Range<Int>, _ others: Range<Int>) -> Matrix {
        let geometry = neurons.geometry
        return Matrix(rows: own.count, columns: others.count) { row, column in
            let (i, j) = (own.lowerBound + row, others.lowerBound + column)
            let (s, t) = (neurons.scores[i], neurons.scores[j])
            let distance = geometry.squaredDistance(i, j)
            let (toOwn, toOther) = (t / (s + t), s / (s + t))
            let first = geometry.residuals[i] + toOwn * toOwn * distance, second = geometry.residuals[j] + toOther * toOther * distance
            return isSquared ? s * first + t * second : s * first.squareRoot() + t * second.squareRoot()
        }
    }
}
