import Fusion
import Screen

/// How the coupling is looked at. It changes no result.
struct AlignState: Equatable, Sendable {
    var order: MapOrder = .matched
    var scale: MapScale = .linear
    var pooling: Pooling = .sum
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
    var look: AlignLook = .plan
    /// One corner of a rectangle; the cursor is the other.
    var corner: Position?
    /// Braille shows entries from this part of the largest.
    var threshold = 0.1
    /// Whether large cells print their entries.
    var printsNumbers = false

    static let deepest = 12

    /// The part of the plan in view: each level halves it.
    func window(rows: Int, columns: Int) -> MatrixWindow {
        guard let origin = origins.last, rows > 0, columns > 0 else { return MatrixWindow(row: 0, column: 0, rows: rows, columns: columns) }
        let height = Self.extent(rows, level: origins.count), width = Self.extent(columns, level: origins.count)
        return MatrixWindow(row: min(origin.row, rows - height), column: min(origin.column, columns - width), rows: height, columns: width)
    }

    static func extent(_ count: Int, level: Int) -> Int { max(1, min(count, (count + (1 << level) - 1) >> level)) }
}

/// What the Align screen shows of a layer.
enum AlignLook: String, CaseIterable, Sendable {
    case plan
    /// The cost of each pair beside the mass it was given.
    case cost = "plan and cost"
    /// The plan minus the one before the last change.
    case change
    /// The plans of all layers, small.
    case layers = "all layers"
    /// Strongest matches as lines from layer to layer.
    case flow
    /// Numbers instead of a picture.
    case table

    func moved(_ steps: Int) -> AlignLook {
        let all = Self.allCases, count = all.count
        return all[(((all.firstIndex(of: self) ?? 0) + steps) % count + count) % count]
    }
}

/// The recipe form and what came of it.
struct FuseState: Equatable, Sendable {
    var field = 0
    /// Changes are for the shown layer alone.
    var isForGroup = false
    var editing: TextField?
    /// What is wrong with the text being edited.
    var problem: String?
    var result: FusionResult?
    var barrier: BarrierPicture?
    /// What the automatic choice has tried, in order.
    var trials: [AutomaticTrial] = []
    /// The one under the cursor; nil follows the newest.
    var selectedTrial: Int?
    var trialLook: TrialLook = .table
    /// Seconds that a method took last on these parents, by its id.
    var took: [String: Double] = [:]
}

/// What is shown of the automatic choice's trials.
enum TrialLook: String, CaseIterable, Sendable {
    case table, size, time

    var next: TrialLook {
        let all = Self.allCases
        return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }
}
