/// What a solver can prove about its plan.
public struct Certificate: Sendable, Hashable, Codable {
    /// Whether another plan has the same objective.
    package enum Uniqueness: String, Sendable, Hashable, Codable {
        /// Proven: every other plan is worse (a strictly convex objective, or no alternating cycle of tight pairs).
        case unique
        /// Proven: there is another plan of the same objective, up to rounding.
        case multiple
        /// Neither could be decided numerically.
        case unknown
    }

    /// The method that found the plan, as shown.
    package var solver: String
    /// Sum over rows of |row sum − source mass|, in the unit of the masses.
    package var rowError: Double
    /// Sum over columns of |column sum − target mass|.
    package var columnError: Double
    /// Primal minus dual objective, at least 0 up to rounding; nil where the solver has no dual (Gromov–Wasserstein).
    ///
    /// Of exact solvers: the dual potentials are feasible, so that no plan is cheaper than `objective − dualityGap`.
    package var dualityGap: Double?
    /// How far the solver's own condition of optimality is from met, as a fraction of the total mass. For balanced problems that is the
    /// marginal error; for unbalanced ones the distance of the sums from those the potentials ask for; 0 for exact solvers.
    package var residual: Double
    /// Pivots, augmentations or sweeps, whatever the solver counts.
    package var iterations: Int
    /// Whether the solver's own criterion was met.
    package var converged: Bool
    package var uniqueness: Uniqueness

    package init(
        solver: String, rowError: Double, columnError: Double, dualityGap: Double?, residual: Double = 0,
        iterations: Int, converged: Bool, uniqueness: Uniqueness
    ) {
        self.solver = solver
        self.rowError = rowError
        self.columnError = columnError
        self.dualityGap = dualityGap
        self.residual = residual
        self.iterations = iterations
        self.converged = converged
        self.uniqueness = uniqueness
    }

    /// Sum of absolute differences: how far the sums of a plan are from its masses.
    static func marginalError(_ sums: [Double], _ masses: [Double]) -> Double {
        zip(sums, masses).reduce(into: CompensatedSum()) { $0.add(abs($1.0 - $1.1)) }.value
    }
}
