import Formatting
import Foundation
import Fusion
import Provenance
import Transport

/// A coupling as it is recorded and reported: what was proven of it, and a small picture.
package struct RunCoupling: Sendable, Codable, Equatable {
    package let neuronGroup: String
    /// The parent's letter.
    package let parent: String
    package let parentNeurons: Int
    package let fusedNeurons: Int
    package let solver: String?
    package let converged: Bool?
    package let iterations: Int?
    package let rowError: Double?
    package let columnError: Double?
    package let dualityGap: Double?
    package let uniqueness: String?
    package let transportCost: Double?
    /// Mean number of fused neurons that a parent neuron spreads over: exp of the entropy of its row.
    package let effectiveMatches: Double
    /// Share of the mass that keeps its index.
    package let identityShare: Double
    package let seconds: Double
    /// Cells of the picture; 0 where the correspondence is the identity by definition.
    package let pictureRows: Int
    package let pictureColumns: Int
    /// Row after row, the share of the strongest cell in 255ths; columns stand in matched order.
    package let picture: Data

    /// The side of a picture, in cells.
    private static let pictureSide = 40

    package init(_ planned: GroupPlan, _ coupling: Coupling) throws {
        let plan = coupling.plan
        let analysis = try PlanAnalysis(plan, source: coupling.source, target: coupling.target)
        var cells: Matrix?
        if case .identity = coupling.map {
        } else {
            cells = try plan.blocks(
                rows: min(plan.rows, Self.pictureSide), columns: min(plan.columns, Self.pictureSide), order: .matched(plan))
        }
        let largest = cells?.values.max() ?? 0
        self.init(
            neuronGroup: planned.group.name, parent: FusionError.letter(coupling.parent), parentNeurons: plan.rows,
            fusedNeurons: plan.columns,
            certificate: coupling.transport?.certificate, transportCost: coupling.transport?.transportCost,
            effectiveMatches: analysis.meanEffectiveMatches, identityShare: coupling.identityShare, seconds: planned.seconds,
            pictureRows: cells?.rows ?? 0, pictureColumns: cells?.columns ?? 0,
            picture: Data((cells?.values ?? []).map { $0 > 0 && largest > 0 ? UInt8(max(1, min(255, ($0 / largest * 255).rounded()))) : 0 })
        )
    }

    package init(
        neuronGroup: String, parent: String, parentNeurons: Int, fusedNeurons: Int, certificate: Certificate?, transportCost: Double?,
        effectiveMatches: Double, identityShare: Double, seconds: Double, pictureRows: Int = 0, pictureColumns: Int = 0,
        picture: Data = Data()
    ) {
        self.neuronGroup = neuronGroup
        self.parent = parent
        self.parentNeurons = parentNeurons
        self.fusedNeurons = fusedNeurons
        solver = certificate?.solver
        converged = certificate?.converged
        iterations = certificate?.iterations
        rowError = certificate?.rowError
        columnError = certificate?.columnError
        dualityGap = certificate?.dualityGap
        uniqueness = certificate?.uniqueness.rawValue
        self.transportCost = transportCost
        self.effectiveMatches = effectiveMatches
        self.identityShare = identityShare
        self.seconds = seconds
        self.pictureRows = pictureRows
        self.pictureColumns = pictureColumns
        self.picture = picture
    }

    /// What the solver proved; nil where no transport problem was solved.
    package var certificate: Certificate? {
        guard let solver, let converged, let rowError, let columnError, let iterations else { return nil }
        return Certificate(
            solver: solver, rowError: rowError, columnError: columnError, dualityGap: dualityGap, iterations: iterations,
            converged: converged, uniqueness: uniqueness.flatMap { Certificate.Uniqueness(rawValue: $0) } ?? .unknown)
    }

    /// Whether every neuron keeps its index and nothing was solved.
    package var isIdentity: Bool { solver == nil && identityShare > 1 - 1e-12 }

    /// What found the correspondence, in a word.
    package var solverTitle: String { solver ?? (isIdentity ? "identity" : Format.none) }

    /// The certificate in words; where no transport problem was solved, what was done instead.
    package var sentence: String {
        guard let certificate else { return isIdentity ? "identity" : "matched by the method" }
        var parts = [certificate.converged ? "converged" : "! not converged"]
        let error = max(certificate.rowError, certificate.columnError)
        parts.append("marginal error \(error == 0 ? "0" : Format.magnitude(error))")
        if let gap = certificate.dualityGap { parts.append("duality gap \(gap == 0 ? "0" : Format.magnitude(abs(gap)))") }
        switch certificate.uniqueness {
        case .unique: parts.append("unique")
        case .multiple: parts.append("! not the only optimum")
        case .unknown: break
        }
        return parts.joined(separator: ", ")
    }
}
