import Foundation
import Screen

/// The order in which rows and columns of a coupling are shown. Names shown to people stay the original ones.
public enum MapOrder: String, CaseIterable, Sendable {
    /// Columns by the row that gives them most: a permutation becomes a line.
    case matched
    /// Rows and columns by how surely they are matched: what has no partner gathers at the lower right.
    case strength
    /// Groups that merge and split stand together (spectral co-clustering).
    case spectral
    case raw

    var next: MapOrder {
        let all = Self.allCases
        return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }
}

/// A best partner of a neuron.
public struct Match: Equatable, Sendable {
    public var row: Int
    public var column: Int
    public var mass: Double
    /// The mass as a part of its row's.
    public var share: Double
}

/// What a coupling says, in numbers.
public struct CouplingAnalysis: Equatable, Sendable {
    /// Row sums, by row.
    public let rowSums: [Double]
    /// Entropy of each row's distribution, nats.
    public let entropies: [Double]
    /// The strongest match of each row; nil for a row without mass.
    public let best: [Match?]
    /// The strongest share that each column receives of any row.
    public let columnShares: [Double]
    /// Rows whose strongest match is below a fifth, or that lost more than half of the mass they were to carry.
    public let orphanRows: [Int]
    /// Columns that no row gives a fifth of its mass.
    public let orphanColumns: [Int]
    /// Columns that receive the larger half of more than one row.
    public let merges: Int
    /// Rows whose mass spreads over more than one and a half columns.
    public let splits: Int
    public let total: Double
    public let notFinite: Int

    /// A match weaker than this part of its row is not called a match.
    static let weakest = 0.2

    public init(_ plan: Screen.Matrix, rowMass: [Double]) {
        var sums: [Double] = [], entropies: [Double] = [], best: [Match?] = []
        var shares = [Double](repeating: 0, count: plan.columns), owners = [Int](repeating: 0, count: plan.columns)
        var bad = 0
        for row in 0..<plan.rows {
            let entries = plan.row(row)
            var sum = 0.0, top = -1, most = 0.0
            for (column, value) in entries.enumerated() {
                guard value.isFinite else {
                    bad += 1
                    continue
                }
                let mass = Double(max(0, value))
                sum += mass
                if mass > most { (top, most) = (column, mass) }
            }
            var entropy = 0.0
            if sum > 0 {
                for (column, value) in entries.enumerated() where value > 0 && value.isFinite {
                    let share = Double(value) / sum
                    entropy -= share * log(share)
                    if share > shares[column] { shares[column] = share }
                }
            }
            if top >= 0, sum > 0, most / sum > 0.5 { owners[top] += 1 }
            sums.append(sum)
            entropies.append(max(0, entropy))
            best.append(top >= 0 ? Match(row: row, column: top, mass: most, share: most / sum) : nil)
        }
        rowSums = sums
        self.entropies = entropies
        self.best = best
        columnShares = shares
        orphanRows = sums.indices.filter { row in
            guard let match = best[row] else { return true }
            let wanted = rowMass.indices.contains(row) ? rowMass[row] : 0
            return match.share < Self.weakest || sums[row] < wanted / 2
        }
        orphanColumns = shares.indices.filter { shares[$0] < Self.weakest }
        merges = owners.filter { $0 > 1 }.count
        splits = zip(sums, entropies).filter { $0 > 0 && exp($1) > 1.5 }.count
        total = sums.reduce(0, +)
        notFinite = bad
    }

    private static func mean(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

    public var meanEntropy: Double { Self.mean(entropies) }
    /// Columns over which a row spreads: exp of its entropy, 1 where the match is clean; the mean over rows.
    public var effectiveMatches: Double { Self.mean(entropies.map(exp)) }
    /// The part of the rows that give one column more than half.
    public var clearShare: Double { Self.mean(best.map { ($0?.share ?? 0) > 0.5 ? 1 : 0 }) }
    public var meanBestShare: Double { Self.mean(best.map { $0?.share ?? 0 }) }

    /// The surest matches first.
    public var matches: [Match] {
        best.compactMap(\.self).sorted { ($0.mass, $1.row) > ($1.mass, $0.row) }
    }

    /// Strongest partners of one row.
    public func partners(of row: Int, in plan: Screen.Matrix, count: Int) -> [Match] {
        guard rowSums.indices.contains(row), rowSums[row] > 0 else { return [] }
        return plan.row(row).enumerated().filter { $0.element > 0 && $0.element.isFinite }
            .map { Match(row: row, column: $0.offset, mass: Double($0.element), share: Double($0.element) / rowSums[row]) }
            .sorted { ($0.mass, $1.column) > ($1.mass, $0.column) }.prefix(count).map(\.self)
    }
}
