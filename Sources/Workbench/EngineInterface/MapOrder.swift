import Screen
import Transport

/// The order in which rows and columns of a coupling are shown. Names shown to people stay the original ones.
enum MapOrder: String, CaseIterable, Sendable {
    /// Columns by the row that gives them most: a permutation becomes a line.
    case matched
    /// Rows and columns by importance: what fusion can ignore gathers at the lower right.
    case importance
    /// Neurons that exchange mass stand together.
    case spectral
    case raw

    /// The order of a plan.
    ///
    /// - Parameter scores: how much each row counts; a column counts as the rows that give to it do.
    func order(_ plan: TransportPlan, scores: [Double]) throws(TransportError) -> PlanOrder {
        switch self {
        case .matched: return .matched(plan)
        case .importance: return try .importance(plan, source: scores, target: Self.carried(scores, along: plan))
        case .spectral: return .spectral(plan)
        case .raw: return .raw(plan)
        }
    }

    /// The mean score of what each column receives.
    private static func carried(_ scores: [Double], along plan: TransportPlan) -> [Double] {
        var sums = [Double](repeating: 0, count: plan.columns), masses = sums
        plan.forEachEntry { row, column, mass in
            guard mass > 0, scores.indices.contains(row) else { return }
            sums[column] += mass * scores[row]
            masses[column] += mass
        }
        return zip(sums, masses).map { $1 > 0 ? $0 / $1 : 0 }
    }
}

extension TransportPlan {
    /// The plan that a picture shows.
    init(_ matrix: ValueGrid) {
        self.init(
            dense: Matrix(rows: matrix.rows, columns: matrix.columns) { row, column in
                let mass = Double(matrix[row, column])
                return mass.isFinite ? mass : 0
            })
    }
}
