/// An error of a transport problem or solver.
public enum TransportError: Error, Sendable, Hashable {
    /// A buffer does not hold as many numbers as its shape says.
    case wrongCount(of: String, expected: Int, found: Int)
    /// A side has no points at all.
    case empty(side: Side)
    /// A mass is negative, NaN or infinite.
    case invalidMass(side: Side, index: Int, value: Double)
    /// All masses of a side are zero.
    case noMass(side: Side)
    /// The sum of the masses is beyond the number range.
    case massOverflow
    /// The two sides of a balanced problem differ in total mass.
    case unequalMasses(source: Double, target: Double)
    /// A cost is NaN, infinite or beyond ±1e150.
    case invalidCost(row: Int, column: Int, value: Double)
    /// A feature of a point is NaN or infinite.
    case invalidFeature(side: Side, point: Int, feature: Int, value: Float)
    /// A pinned or forbidden pair lies outside the plan.
    case pairOutside(Pair, rows: Int, columns: Int)
    /// A pair is pinned and forbidden at once.
    case pinnedAndForbidden(Pair)
    /// The pins of one row or column demand more mass than it has.
    case contradictoryPins(side: Side, index: Int)
    /// No plan has these marginals without the forbidden pairs.
    case infeasible(side: Side, index: Int)
    /// A setting of a solver is outside its range.
    case invalidSetting(name: String, value: Double, allowed: String)
    /// The iteration left the number range; nothing is returned.
    case brokeDown(solver: String, iteration: Int, advice: String)
    /// An iterative solver ended before its tolerance, and the caller demanded convergence.
    case notConverged(solver: String, iterations: Int, residual: Double, tolerance: Double)
    /// A finite method used more steps than it can need: a defect of the solver or of the processor.
    case stepLimit(solver: String, steps: Int)
    /// The caller cancelled.
    case cancelled
}

extension TransportError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wrongCount(let what, let expected, let found):
            "expected \(expected) \(what), found \(found): the buffer does not fit its shape"
        case .empty(let side):
            "the \(side.rawValue) side has no points: a plan needs at least one row and one column"
        case .invalidMass(let side, let index, let value):
            "\(side.rawValue) mass \(index) is \(value): masses must be finite and not negative"
        case .noMass(let side):
            "all \(side.rawValue) masses are zero: there is no mass to transport; use uniform masses or other scores"
        case .massOverflow:
            "the masses overflow when summed: scale them to sum to one"
        case .unequalMasses(let source, let target):
            "source masses sum to \(source), target masses to \(target): scale both to one, or use the unbalanced solver"
        case .invalidCost(let row, let column, let value):
            "cost of row \(row), column \(column) is \(value): costs must be within ±1e150; check for NaN in weights or activations"
        case .invalidFeature(let side, let point, let feature, let value):
            "feature \(feature) of \(side.rawValue) point \(point) is \(value): check for NaN or overflow in weights or activations"
        case .pairOutside(let pair, let rows, let columns):
            "pair (\(pair.source), \(pair.target)) is outside the plan of \(rows) rows and \(columns) columns; indices start at 0"
        case .pinnedAndForbidden(let pair):
            "pair (\(pair.source), \(pair.target)) is both pinned and forbidden: remove one of the two"
        case .contradictoryPins(let side, let index):
            "the pins of \(side.rawValue) \(index) need more mass than it has: use fewer pins"
        case .infeasible(let side, let index):
            "no plan avoids the forbidden pairs: the mass of \(side.rawValue) \(index) has no allowed target; allow more pairs"
        case .invalidSetting(let name, let value, let allowed):
            "\(name) is \(value); allowed: \(allowed)"
        case .brokeDown(let solver, let iteration, let advice):
            "\(solver) produced non-finite values at iteration \(iteration): \(advice)"
        case .notConverged(let solver, let iterations, let residual, let tolerance):
            "\(solver) stopped after \(iterations) iterations with residual \(residual), tolerance \(tolerance): "
                + "allow more iterations, a larger tolerance or a larger epsilon"
        case .stepLimit(let solver, let steps):
            "\(solver) did not finish within \(steps) steps; this is a bug, please report it"
        case .cancelled:
            "cancelled"
        }
    }
}
