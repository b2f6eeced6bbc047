import Formatting
import Foundation
import Fusion
import Provenance
import Store
import Transport

/// One coupling for a terminal: what was found, what is proven, and a drawing.
package struct CouplingText: Sendable {
    package let coupling: RunCoupling
    private let mass: Double
    private let analysis: PlanAnalysis
    private let drawing: [String]

    /// - Parameter width: columns of the drawing, at most one for each fused neuron.
    package init(_ planned: GroupPlan, _ found: Coupling, width: Int) throws {
        coupling = try RunCoupling(planned, found)
        mass = found.plan.mass
        analysis = try PlanAnalysis(found.plan, source: found.source, target: found.target)
        drawing = try Self.draw(found.plan, width: width)
    }

    /// The best match of every row, in the order of rows.
    private var best: [(row: Int, column: Int, share: Double)] {
        analysis.rows.enumerated().compactMap { row, line in line.best.map { (row, $0.partner, $0.share) } }
    }

    /// The plan in matched order, its blocks summed, ten shades.
    private static func draw(_ plan: TransportPlan, width: Int) throws -> [String] {
        let columns = min(width, plan.columns), rows = min(max(1, width / 2), plan.rows)
        let blocks = try plan.blocks(rows: rows, columns: columns, order: .matched(plan))
        let largest = blocks.values.max() ?? 0
        let shades = Array(" .:-=+*#%@")
        func shade(_ mass: Double) -> Character {
            guard largest > 0 else { return " " }
            let step = Int((mass / largest * Double(shades.count - 1)).rounded(.up))
            return shades[min(max(step, 0), shades.count - 1)]
        }
        return (0..<blocks.rows).map { row in
            String((0..<blocks.columns).map { shade(blocks[row, $0]) })
        }
    }

    package var lines: [String] {
        var lines = [
            "\(coupling.neuronGroup): parent \(coupling.parent), \(coupling.parentNeurons) neurons → \(coupling.fusedNeurons) fused"
        ]
        if let certificate = coupling.certificate {
            lines.append("  \(certificate.solver): \(coupling.sentence); \(Format.counted(certificate.iterations, "iteration"))")
        } else {
            lines.append("  \(coupling.sentence)")
        }
        if let cost = coupling.transportCost {
            lines.append("  transport cost \(Format.significant(cost, 6)), mass \(Format.decimal(mass))")
        }
        let matches = best
        lines.append(
            "  effective matches per neuron \(Format.decimal(coupling.effectiveMatches, 2)); "
                + "\(Format.percent(coupling.identityShare, digits: 0)) of the mass keeps its index; "
                + "\(Format.counted(analysis.orphans.count, "unmatched", "unmatched")), \(Format.counted(analysis.merges.count, "merge"))")
        lines.append(
            "  best matches: " + matches.prefix(8).map { "\($0.row)→\($0.column) (\(Format.decimal($0.share, 2)))" }.joined(separator: "  ")
                + (matches.count > 8 ? " …" : ""))
        lines.append("  rows in index order, columns in matched order, blocks summed:")
        return lines + drawing.map { "  │\($0)│" } + [""]
    }
}

extension CouplingText: Encodable {
    private enum Keys: String, CodingKey {
        case group, parent, neurons, fusedNeurons, certificate, transportCost, mass, effectiveMatches, identityShare
        /// Rows whose best match holds less than a fifth of their mass.
        case orphans
        /// Columns that take more than one and a half rows.
        case merges
        /// The best match of every row.
        case best
    }
    private enum MatchKeys: String, CodingKey { case row, column, share }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Keys.self)
        try box.encode(coupling.neuronGroup, forKey: .group)
        try box.encode(coupling.parent, forKey: .parent)
        try box.encode(coupling.parentNeurons, forKey: .neurons)
        try box.encode(coupling.fusedNeurons, forKey: .fusedNeurons)
        try box.encodeIfPresent(coupling.certificate, forKey: .certificate)
        try box.encodeIfPresent(coupling.transportCost, forKey: .transportCost)
        try box.encode(mass, forKey: .mass)
        try box.encode(coupling.effectiveMatches, forKey: .effectiveMatches)
        try box.encode(coupling.identityShare, forKey: .identityShare)
        try box.encode(analysis.orphans, forKey: .orphans)
        try box.encode(analysis.merges, forKey: .merges)
        var list = box.nestedUnkeyedContainer(forKey: .best)
        for match in best {
            var entry = list.nestedContainer(keyedBy: MatchKeys.self)
            try entry.encode(match.row, forKey: .row)
            try entry.encode(match.column, forKey: .column)
            try entry.encode(match.share, forKey: .share)
        }
    }
}
