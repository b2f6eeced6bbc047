import Foundation
import Screen
import Transport

/// A best partner of a neuron.
struct Match: Equatable, Sendable {
    var row: Int
    var column: Int
    var mass: Double
    /// The mass as a part of its row's.
    var share: Double
}

/// What the analysis of a plan comes to on the screen: lists to walk through and numbers to compare.
struct CouplingAnalysis: Equatable, Sendable {
    /// Row by row and column by column, as Transport found it.
    let lines: PlanAnalysis
    /// The row marginals.
    let rowMass: [Double]
    /// The strongest match of each row; nil for a row without mass.
    let best: [Match?]
    /// The surest matches first.
    let matches: [Match]
    /// Columns that take less than a fifth of their mass from any one row.
    let orphanColumns: [Int]
    let total: Double
    let notFinite: Int

    /// - Throws: `TransportError.wrongCount` where the masses do not fit the plan.
    init(_ plan: TransportPlan, source: [Double], target: [Double], notFinite: Int) throws(TransportError) {
        let lines = try PlanAnalysis(plan, source: source, target: target)
        self.lines = lines
        rowMass = source
        let best = lines.rows.enumerated().map { row, line in
            line.best.map { Match(row: row, column: $0.partner, mass: $0.share * Self.weight(row, source, line), share: $0.share) }
        }
        self.best = best
        matches = best.compactMap(\.self).sorted { ($0.mass, $1.row) > ($1.mass, $0.row) }
        orphanColumns = lines.columns.indices.filter { (lines.columns[$0].best?.share ?? 0) < PlanAnalysis.orphanShare }
        total = lines.rows.reduce(0) { $0 + $1.mass }
        self.notFinite = notFinite
    }

    /// The mass that shares of a row refer to: its marginal, or the transported mass where the marginal is 0.
    private static func weight(_ row: Int, _ source: [Double], _ line: PlanAnalysis.Line) -> Double {
        source[row] > 0 ? source[row] : line.mass
    }

    /// A mass of a row as a part of the row's own.
    func share(_ mass: Double, row: Int) -> Double {
        guard lines.rows.indices.contains(row) else { return 0 }
        let whole = Self.weight(row, rowMass, lines.rows[row])
        return whole > 0 ? mass / whole : 0
    }

    var orphanRows: [Int] { lines.orphans }
    var merges: Int { lines.merges.count }
    var splits: Int { lines.splits.count }
    var rowShares: [Double] { lines.rows.map { $0.best?.share ?? 0 } }
    var columnShares: [Double] { lines.columns.map { $0.best?.share ?? 0 } }
    var meanEntropy: Double { Self.mean(lines.rows.map(\.entropy)) }
    /// Columns over which a row spreads: exp of its entropy, 1 where the match is clean; the mean over rows with mass.
    var effectiveMatches: Double { lines.meanEffectiveMatches }
    /// The part of the rows that give one column more than half.
    var clearShare: Double { Self.mean(rowShares.map { $0 > 0.5 ? 1 : 0 }) }
    var meanBestShare: Double { Self.mean(rowShares) }

    private static func mean(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

    /// How many rows have their strongest share in each tenth, from 0…0.1 to 0.9…1.
    var strengthHistogram: [Int] {
        var counts = [Int](repeating: 0, count: 10)
        for share in rowShares { counts[max(0, min(9, Int(share * 10)))] += 1 }
        return counts
    }

    /// Strongest partners of one row.
    func partners(of row: Int, in plan: ValueGrid, count: Int) -> [Match] {
        Self.strongest(
            plan.row(row).enumerated().map {
                Match(row: row, column: $0.offset, mass: Double($0.element), share: share(Double($0.element), row: row))
            }, count)
    }

    /// Strongest givers of one column.
    func givers(of column: Int, in plan: ValueGrid, count: Int) -> [Match] {
        Self.strongest(
            (0..<plan.rows).map { row in
                let mass = Double(plan[row, column])
                return Match(row: row, column: column, mass: mass, share: share(mass, row: row))
            }, count)
    }

    static func strongest(_ matches: [Match], _ count: Int) -> [Match] {
        // Few of many are wanted: each is put where it belongs among the best so far.
        var best: [Match] = []
        guard count > 0 else { return best }
        func isBefore(_ a: Match, _ b: Match) -> Bool { (a.mass, b.row, b.column) > (b.mass, a.row, a.column) }
        for match in matches where match.mass > 0 && match.mass.isFinite {
            if best.count == count, let last = best.last, !isBefore(match, last) { continue }
            best.insert(match, at: best.firstIndex { isBefore(match, $0) } ?? best.count)
            if best.count > count { best.removeLast() }
        }
        return best
    }
}
