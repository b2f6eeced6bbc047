import Foundation
import Fusion
import Transport

/// One coupling for a person: what was found, what is proven, and a drawing.
public struct CouplingView: Sendable, Codable {
    public struct Match: Sendable, Codable {
        public let row: Int
        public let column: Int
        /// Share of the row's mass.
        public let share: Double
    }

    public let group: String
    public let parent: String
    public let neurons: Int
    public let fusedNeurons: Int
    public let certificate: Certificate?
    public let transportCost: Double?
    public let mass: Double
    /// Means over rows.
    public let effectiveMatches: Double
    public let identityShare: Double
    /// Rows whose best match holds less than a fifth of their mass.
    public let orphans: [Int]
    /// Columns that take more than one and a half rows.
    public let merges: [Int]
    /// The best match of every row, in the order of rows.
    public let best: [Match]

    private let drawing: [String]

    private enum CodingKeys: String, CodingKey {
        case group, parent, neurons, fusedNeurons, certificate, transportCost, mass, effectiveMatches, identityShare, orphans, merges, best
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        group = try box.decode(String.self, forKey: .group)
        parent = try box.decode(String.self, forKey: .parent)
        neurons = try box.decode(Int.self, forKey: .neurons)
        fusedNeurons = try box.decode(Int.self, forKey: .fusedNeurons)
        certificate = try box.decodeIfPresent(Certificate.self, forKey: .certificate)
        transportCost = try box.decodeIfPresent(Double.self, forKey: .transportCost)
        mass = try box.decode(Double.self, forKey: .mass)
        effectiveMatches = try box.decode(Double.self, forKey: .effectiveMatches)
        identityShare = try box.decode(Double.self, forKey: .identityShare)
        orphans = try box.decode([Int].self, forKey: .orphans)
        merges = try box.decode([Int].self, forKey: .merges)
        best = try box.decode([Match].self, forKey: .best)
        drawing = []
    }

    /// - Parameter width: columns of the drawing, at most one for each fused neuron.
    public init(_ planned: GroupPlan, _ coupling: Coupling, width: Int) throws(RunError) {
        let analysis = try runs { try PlanAnalysis(coupling.plan, source: coupling.source, target: coupling.target) }
        group = planned.group.name
        parent = FusionError.letter(coupling.parent)
        neurons = coupling.plan.rows
        fusedNeurons = coupling.plan.columns
        certificate = coupling.transport?.certificate
        transportCost = coupling.transport?.transportCost
        mass = coupling.plan.mass
        effectiveMatches = analysis.meanEffectiveMatches
        identityShare = coupling.identityShare
        orphans = analysis.orphans
        merges = analysis.merges
        best = analysis.rows.enumerated().compactMap { row, line in line.best.map { Match(row: row, column: $0.partner, share: $0.share) } }
        drawing = try runs { try Self.draw(coupling.plan, width: width) }
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

    public var lines: [String] {
        var lines = ["\(group): parent \(parent), \(neurons) neurons → \(fusedNeurons) fused"]
        if let certificate {
            lines.append("  \(certificate.solver): \(FusionReport.sentence(certificate)); \(certificate.iterations) steps")
        } else {
            lines.append("  order kept")
        }
        if let transportCost { lines.append(String(format: "  transport cost %.6g, mass %.4f", transportCost, mass)) }
        lines.append(
            String(
                format: "  %.2f effective matches a neuron, %.0f %% of the mass stays at its number, %d orphans, %d merges",
                effectiveMatches, 100 * identityShare, orphans.count, merges.count))
        lines.append(
            "  best matches: " + best.prefix(8).map { String(format: "%d→%d (%.2f)", $0.row, $0.column, $0.share) }.joined(separator: "  ")
                + (best.count > 8 ? " …" : ""))
        lines.append("  rows in index order, columns in matched order, blocks summed:")
        return lines + drawing.map { "  │\($0)│" } + [""]
    }
}
