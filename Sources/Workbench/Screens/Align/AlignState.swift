import Fusion
import Screen

/// How the coupling is drawn. It changes no result.
struct AlignState: Equatable, Sendable {
    var order: MapOrder = .matched
    var scale: MapScale = .linear
    var pooling: CellPooling = .sum
    /// Which parent's coupling is shown.
    var parent = 0
    /// The cursor by position in the shown order.
    var row = 0
    var column = 0
    /// Where each zoom level began, outermost first, so that zooming out returns to the same view.
    var origins: [Position] = []
    /// The scale's last step, kept from layer to layer.
    var lockedLimit: Double?
    var selectedMatch = 0
    var view: MapView = .plan
    /// One corner of a rectangle; the cursor is the other.
    var corner: Position?
    /// Braille shows entries from this part of the largest.
    var threshold = 0.1
    /// Whether large cells print their entries.
    var printsNumbers = false

    static let deepest = 12

    /// Back to the beginning of another coupling.
    mutating func moveToOrigin() {
        origins = []
        row = 0
        column = 0
        selectedMatch = 0
        corner = nil
    }

    /// For other parents: how plans are drawn stays, where the cursor is does not.
    mutating func forgetPlace() {
        moveToOrigin()
        lockedLimit = nil
        view = .plan
        printsNumbers = false
    }

    /// The part of the plan in view: each level halves it.
    func window(rows: Int, columns: Int) -> GridWindow {
        guard let origin = origins.last, rows > 0, columns > 0 else { return GridWindow(row: 0, column: 0, rows: rows, columns: columns) }
        let height = Self.extent(rows, level: origins.count), width = Self.extent(columns, level: origins.count)
        return GridWindow(row: min(origin.row, rows - height), column: min(origin.column, columns - width), rows: height, columns: width)
    }

    static func extent(_ count: Int, level: Int) -> Int { max(1, min(count, (count + (1 << level) - 1) >> level)) }
}

/// The views of a coupling.
enum MapView: String, CaseIterable, Sendable {
    case plan
    /// The cost of each pair beside its mass.
    case cost = "plan and cost"
    /// The plan minus the one before the last change.
    case change
    /// The plans of all layers, small.
    case layers = "all layers"
    /// Strongest matches as lines from layer to layer.
    case flow
    /// Numbers instead of a picture.
    case table

}
