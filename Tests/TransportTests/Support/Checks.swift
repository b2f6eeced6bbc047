import Testing

@testable import Transport

/// Largest absolute difference of two matrices of one shape.
func difference(_ one: Matrix, _ other: Matrix) -> Double {
    #expect(one.rows == other.rows && one.columns == other.columns)
    return zip(one.values, other.values).map { abs($0 - $1) }.max() ?? 0
}

/// What every exact result must satisfy, whatever the problem: marginals, dual feasibility, no gap.
///
/// Returns a sentence about the first violation.
func violation(of result: TransportResult, on problem: TransportProblem) -> String? {
    let size = max(problem.cost.values.map(abs).max() ?? 0, 1e-300)
    let mass = problem.source.reduce(0, +)
    // Masses are exact to 2⁻⁶⁰ of the total; sums of up to a thousand of them round at 1e-13.
    if result.certificate.rowError > 1e-12 * mass { return "row error \(result.certificate.rowError)" }
    if result.certificate.columnError > 1e-12 * mass { return "column error \(result.certificate.columnError)" }
    guard let gap = result.certificate.dualityGap else { return "no gap" }
    // Reduced costs are believed to 1e-14 of the numbers they are made of, which may be a path of costs long.
    if abs(gap) > 1e-10 * size * mass { return "gap \(gap)" }
    for i in 0..<problem.rows {
        for j in 0..<problem.columns where !problem.constraints.forbidden.contains(Pair(source: i, target: j)) {
            if problem.constraints.pinned.contains(where: { $0.source == i || $0.target == j }) { continue }
            let slack = problem.cost[i, j] - result.sourcePotential[i] - result.targetPotential[j]
            if slack < -1e-12 * size { return "pair (\(i), \(j)) has slack \(slack)" }
        }
    }
    return nil
}
