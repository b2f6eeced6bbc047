import Foundation

/// What a plan says about its rows and columns, as the screen and the reports show it.
///
/// All strengths are relative: an entry of a row is divided by the row's mass, so that layers of different width compare. O(entries).
package struct PlanAnalysis: Sendable, Hashable, Codable {
    /// The strongest entry of a row or column.
    package struct BestMatch: Sendable, Hashable, Codable {
        /// Column of a row, or row of a column.
        package let partner: Int
        /// Mass of the entry over the mass of the row or column in question.
        package let share: Double
        /// The second strongest over the strongest, 0 where there is no second.
        package let secondRatio: Double
    }

    package struct Line: Sendable, Hashable, Codable {
        /// What the plan sends from here, or brings here.
        package let mass: Double
        /// Entropy of the distribution over partners, in nats.
        package let entropy: Double
        /// nil where the plan has no mass here.
        package let best: BestMatch?
        /// How many lines of the other side this one takes up: Σ entry / mass of the partner.
        package let partnersTaken: Double

        /// exp of the entropy: 1 is one clean match.
        package var effectiveMatches: Double { best == nil ? 0 : exp(entropy) }
    }

    package let rows: [Line]
    package let columns: [Line]
    /// Rows with mass that found no home: best share below 0.2, or less than half their mass moved.
    package let orphans: [Int]
    /// Columns that take more than 1.5 rows.
    package let merges: [Int]
    /// Rows that take more than 1.5 columns.
    package let splits: [Int]

    /// A best match below this share of its row is none.
    package static let orphanShare = 0.2
    /// A row that moves less than this part of its mass is an orphan.
    package static let orphanMass = 0.5
    /// Lines taken beyond which one speaks of a merge or a split.
    package static let mergeThreshold = 1.5

    /// - Parameter source, target: the masses of the problem.
    /// - Throws: `TransportError.wrongCount` where the masses do not fit the plan.
    package init(_ plan: TransportPlan, source: [Double], target: [Double]) throws(TransportError) {
        guard source.count == plan.rows else { throw .wrongCount(of: "source masses", expected: plan.rows, found: source.count) }
        guard target.count == plan.columns else {
            throw .wrongCount(of: "target masses", expected: plan.columns, found: target.count)
        }
        var rowTallies = [Tally](repeating: Tally(), count: plan.rows)
        var columnTallies = [Tally](repeating: Tally(), count: plan.columns)
        plan.forEachEntry { i, j, mass in
            rowTallies[i].add(mass, partner: j, partnerMass: target[j])
            columnTallies[j].add(mass, partner: i, partnerMass: source[i])
        }
        let rows = zip(rowTallies, source).map { $0.line(of: $1) }
        let columns = zip(columnTallies, target).map { $0.line(of: $1) }
        self.rows = rows
        self.columns = columns
        orphans = rows.indices.filter {
            source[$0] > 0
                && ((rows[$0].best?.share ?? 0) < Self.orphanShare || rows[$0].mass < Self.orphanMass * source[$0])
        }
        merges = columns.indices.filter { columns[$0].partnersTaken > Self.mergeThreshold }
        splits = rows.indices.filter { rows[$0].partnersTaken > Self.mergeThreshold }
    }

    /// Mean effective matches over the rows that have mass: one number for a layer.
    package var meanEffectiveMatches: Double {
        let matched = rows.filter { $0.best != nil }
        return matched.isEmpty ? 0 : matched.map(\.effectiveMatches).reduce(0, +) / Double(matched.count)
    }

    /// What is gathered about one line while the entries go by.
    private struct Tally {
        private var mass = CompensatedSum()
        private var massLogMass = CompensatedSum()
        private var taken = 0.0
        private var partner = -1
        private var first = 0.0
        private var second = 0.0

        mutating func add(_ value: Double, partner index: Int, partnerMass: Double) {
            guard value > 0 else { return }
            mass.add(value)
            massLogMass.add(value * log(value))
            if partnerMass > 0 { taken += value / partnerMass }
            if value > first {
                second = first
                first = value
                partner = index
            } else if value > second {
                second = value
            }
        }

        func line(of own: Double) -> Line {
            let sum = mass.value
            guard sum > 0 else { return Line(mass: 0, entropy: 0, best: nil, partnersTaken: 0) }
            return Line(
                mass: sum, entropy: max(0, log(sum) - massLogMass.value / sum),
                best: BestMatch(partner: partner, share: first / (own > 0 ? own : sum), secondRatio: second / first),
                partnersTaken: taken)
        }
    }
}

extension TransportPlan {
    /// Half the sum of absolute differences: the mass that two plans place differently.
    ///
    /// - Throws: `TransportError.wrongCount` where the shapes differ.
    public func totalVariation(to other: TransportPlan) throws(TransportError) -> Double {
        guard rows == other.rows, columns == other.columns else {
            throw .wrongCount(of: "entries of the other plan", expected: rows * columns, found: other.rows * other.columns)
        }
        let one = dense(), two = other.dense()
        return zip(one.values, two.values).reduce(into: CompensatedSum()) { $0.add(abs($1.0 - $1.1)) }.value / 2
    }
}
