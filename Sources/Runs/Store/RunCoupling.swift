import Foundation
import Fusion
import Transport

/// What a run keeps of one coupling: what was proven of it, and a small picture.
public struct RunCoupling: Sendable, Codable, Equatable {
    public let neuronGroup: String
    /// The parent's letter.
    public let parent: String
    public let parentNeurons: Int
    public let fusedNeurons: Int
    public let solver: String?
    public let converged: Bool?
    public let iterations: Int?
    public let rowError: Double?
    public let columnError: Double?
    public let dualityGap: Double?
    public let uniqueness: String?
    public let transportCost: Double?
    public let effectiveMatches: Double
    public let identityShare: Double
    public let seconds: Double
    /// Cells of the picture; 0 where the correspondence is the identity by definition.
    public let pictureRows: Int
    public let pictureColumns: Int
    /// Row after row, the share of the strongest cell in 255ths; columns stand in matched order.
    public let picture: Data

    /// The side of a picture, in cells.
    static let pictureSide = 40

    init(_ planned: GroupPlan, _ coupling: Coupling) throws(RunError) {
        let analysis = try runs { try PlanAnalysis(coupling.plan, source: coupling.source, target: coupling.target) }
        let certificate = coupling.transport?.certificate
        neuronGroup = planned.group.name
        parent = FusionError.letter(coupling.parent)
        parentNeurons = coupling.plan.rows
        fusedNeurons = coupling.plan.columns
        solver = certificate?.solver
        converged = certificate?.converged
        iterations = certificate?.iterations
        rowError = certificate?.rowError
        columnError = certificate?.columnError
        dualityGap = certificate?.dualityGap
        uniqueness = certificate?.uniqueness.rawValue
        transportCost = coupling.transport?.transportCost
        effectiveMatches = analysis.meanEffectiveMatches
        identityShare = coupling.identityShare
        seconds = planned.seconds
        if case .identity = coupling.map {
            (pictureRows, pictureColumns, picture) = (0, 0, Data())
        } else {
            let plan = coupling.plan
            let cells = try runs {
                try plan.blocks(rows: min(plan.rows, Self.pictureSide), columns: min(plan.columns, Self.pictureSide), order: .matched(plan))
            }
            let largest = cells.values.max() ?? 0
            pictureRows = cells.rows
            pictureColumns = cells.columns
            picture = Data(cells.values.map { $0 > 0 && largest > 0 ? UInt8(max(1, min(255, ($0 / largest * 255).rounded()))) : 0 })
        }
    }

    /// The certificate in words; where no transport problem was solved, what was done instead.
    public var sentence: String {
        guard let solver, let converged, let rowError, let columnError, let iterations else {
            return pictureRows > 0 ? "chosen by the method" : "order kept"
        }
        return FusionReport.sentence(
            Certificate(
                solver: solver, rowError: rowError, columnError: columnError, dualityGap: dualityGap, iterations: iterations,
                converged: converged,
                uniqueness: uniqueness.flatMap { Certificate.Uniqueness(rawValue: $0) } ?? .unknown))
    }
}
