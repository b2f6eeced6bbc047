/// Optimal transport between any masses by the network simplex method.
///
/// A primal simplex whose basis is a spanning tree of rows and columns (Cunningham, Mathematical Programming 11, 1976,
/// doi:10.1007/BF01580379: strongly feasible trees, which cannot cycle on degenerate steps). Masses become whole numbers in units of
/// 2⁻⁶⁰ of the total, so that flows are exact and the method ends. Pricing takes the best pair of a block of rows with vector
/// instructions; the tree starts from a greedy plan along the least reduced costs. Worst case exponential, in practice about
/// O((n + m)²) to O((n + m)³); O(n + m) memory beside the cost.
///
/// There is no iteration limit to end early at. Zero masses are legal.
package struct NetworkSimplexSolver: TransportSolver {
    /// What the search starts from; any start gives the same objective.
    package enum Start: Sendable {
        case greedy
        /// Potentials of a similar problem, as ``TransportResult`` has them.
        case potentials(source: [Double], target: [Double])
        /// The plan of a similar problem: its pairs are filled first.
        case plan(TransportPlan)
    }

    package var start: Start
    package let name = "network simplex"

    package init(start: Start = .greedy) {
        self.start = start
    }

    package func solve(
        _ problem: TransportProblem, control: SolverControl = .standard
    ) throws(TransportError) -> TransportResult {
        try ExactProblem(problem).solve(name: name) { (part) throws(TransportError) in
            try part.simplex(start: start, control: control)
        }
    }

    package func outcome(of problem: TransportProblem, control: SolverControl) throws(TransportError) -> TransportOutcome {
        .converged(try solve(problem, control: control))
    }
}
