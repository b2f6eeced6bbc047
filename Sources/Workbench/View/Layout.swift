import Screen
import Transport

/// Where everything stands: a pure function of the size, the screen and the focused panel.
struct Layout: Equatable, Sendable {
    enum Mode: Equatable, Sendable { case tooSmall, single, regular, wide, large }

    static let least = Size(columns: 60, rows: 18)

    let mode: Mode
    let title: Rectangle
    let status: Rectangle
    let hints: Rectangle
    /// A line under the title for the tour; empty without one.
    let banner: Rectangle
    let panels: [Panel: Rectangle]

    init(_ size: Size, screen: ScreenID, focus: Panel?, isMaximised: Bool = false, hasBanner: Bool = false, hasTrials: Bool = false) {
        let whole = Rectangle(size)
        let chosen = Self.mode(size)
        guard chosen != .tooSmall else {
            (mode, title, status, hints, banner, panels) = (.tooSmall, .empty, .empty, .empty, .empty, [:])
            return
        }
        mode = chosen
        let (top, below) = whole.split(top: 1)
        let (upper, foot) = below.split(bottom: 1)
        let (body, line) = upper.split(bottom: 1)
        (title, hints, status) = (top, foot, line)
        let (tour, rest) = body.split(top: hasBanner ? 1 : 0)
        banner = tour
        var area = rest
        var found: [Panel: Rectangle] = [:]
        if mode == .large, !isMaximised {
            let (rest, log) = area.split(bottom: 6)
            area = rest
            found[.log] = log
        }
        if mode == .single || (isMaximised && focus != nil) {
            found[focus ?? .empty] = area
        } else {
            Self.place(screen, area, mode, into: &found)
            // What is tried takes the place of a plan that is not chosen yet.
            if hasTrials, let place = found.removeValue(forKey: .preview) { found[.trials] = place }
        }
        panels = found
    }

    static func mode(_ size: Size) -> Mode {
        switch (size.columns, size.rows) {
        case (160..., 40...): .large
        case (120..., 28...): .wide
        case (80..., 24...): .regular
        case (least.columns..., least.rows...): .single
        default: .tooSmall
        }
    }

    private static func place(_ screen: ScreenID, _ area: Rectangle, _ mode: Mode, into panels: inout [Panel: Rectangle]) {
        let isWide = mode != .regular
        switch screen {
        case .models:
            let (left, right) = area.split(left: isWide ? area.columns * 3 / 10 : 31)
            let (sets, parents) = left.split(top: isWide ? area.rows / 2 : 9)
            let (story, groups) = right.split(top: 7)
            panels.merge([.sets: sets, .parents: parents, .story: story, .groups: groups]) { $1 }
            if isWide {
                let (table, preview) = groups.split(top: groups.rows * 2 / 5)
                panels.merge([.groups: table, .preview: preview]) { $1 }
            }
        case .align:
            let (map, side) = area.split(right: mode == .large ? 46 : isWide ? 38 : 26)
            panels[.map] = map
            let (readout, rest) = side.split(top: isWide ? 12 : 11)
            panels[.readout] = readout
            if isWide {
                let (numbers, matches) = rest.split(top: 13)
                panels.merge([.numbers: numbers, .matches: matches]) { $1 }
            } else {
                panels[.numbers] = rest
            }
        case .fuse:
            if isWide {
                let (main, side) = area.split(right: mode == .large ? 52 : 44)
                let (top, preview) = main.split(top: area.rows * 3 / 5)
                let (groups, form) = top.split(left: mode == .large ? 36 : 28)
                let (numbers, results) = side.split(top: 12)
                panels.merge([.groups: groups, .form: form, .preview: preview, .numbers: numbers, .results: results]) { $1 }
            } else {
                let (top, bottom) = area.split(top: 13)
                let (groups, form) = top.split(left: 25)
                let (preview, results) = bottom.split(right: 37)
                panels.merge([.groups: groups, .form: form, .preview: preview, .results: results]) { $1 }
            }
        case .neurons:
            let (strips, neuron) = area.split(right: mode == .large ? 56 : isWide ? 42 : 30)
            panels.merge([.strips: strips, .neuron: neuron]) { $1 }
        case .train:
            let (main, side) = area.split(right: mode == .large ? 48 : isWide ? 40 : 30)
            let (progress, settings) = side.split(top: isWide ? 14 : 11)
            panels.merge([.chart: main, .progress: progress, .settings: settings]) { $1 }
        case .compare:
            if isWide {
                let (table, below) = area.split(top: area.rows / 2)
                let (curves, detail) = below.split(right: area.columns * 2 / 5)
                panels.merge([.runs: table, .curves: curves, .detail: detail]) { $1 }
            } else {
                let (table, below) = area.split(top: 10)
                let (curves, detail) = below.split(right: 34)
                panels.merge([.runs: table, .curves: curves, .detail: detail]) { $1 }
            }
        }
    }
}

extension Model {
    var layout: Layout {
        Layout(
            size, screen: screen, focus: panel, isMaximised: isMaximised, hasBanner: tourLine != nil,
            hasTrials: screen == .fuse && showsTrials)
    }

    /// The panels that Tab goes through: those that can be seen, or all where only one is seen at a time.
    var reachablePanels: [Panel] {
        guard Layout.mode(size) != .single, !isMaximised else {
            return (screen.panels + screen.quietPanels).filter { $0 != .trials || showsTrials }
        }
        let shown = Layout(size, screen: screen, focus: nil, hasTrials: screen == .fuse && showsTrials).panels
        return screen.panels.filter { shown[$0] != nil }
    }

    /// The area inside a panel's frame.
    func inside(_ panel: Panel) -> Rectangle { layout.panels[panel]?.inset() ?? .empty }

    /// The map of the Align screen as it stands, nil where there is none; drawing, moving and clicking agree because all ask here.
    var heatMap: HeatMap? {
        guard let coupling else { return nil }
        let order = order(of: coupling), marks = coupling.marks, givesBack = coupling.given != nil && align.look != .cost
        var map = HeatMap(
            matrix: givesBack ? coupling.shown : coupling.plan, rowOrder: order.rows, columnOrder: order.columns,
            window: align.window(rows: coupling.plan.rows, columns: coupling.plan.columns),
            pooling: givesBack && align.pooling == .sum ? .max : align.pooling, scale: align.scale,
            limit: align.lockedLimit, cursor: (align.row, align.column), rowMarks: marks.rows,
            columnMarks: marks.columns, rowRole: .parent(coupling.parent), rowPrefix: parentLetter(coupling.parent), columnPrefix: "F",
            unit: givesBack ? "given back" : align.pooling == .sum ? "mass" : "mass of one pair", threshold: align.threshold)
        map.selection = selectedRectangle
        map.printedWholes = align.printsNumbers ? givesBack ? coupling.rowMass.map { _ in 1 } : coupling.rowMass : nil
        if align.look == .change, let change = planChange {
            map.matrix = change
            map.pooling = align.pooling
            map.isSigned = true
            map.limit = nil
            map.unit = "mass moved"
        }
        return map
    }

    /// Where the map of the plan stands in its panel: beside the costs it has half of it.
    var mapArea: Rectangle {
        let inside = inside(.map)
        return align.look == .cost && coupling?.cost != nil ? inside.split(left: inside.columns / 2).left : inside
    }

    var mapGeometry: HeatMapGeometry? {
        coupling.map {
            HeatMapGeometry(area: mapArea, window: align.window(rows: $0.plan.rows, columns: $0.plan.columns), appearance: appearance)
        }
    }

    /// The shown coupling minus the one before the last change of the recipe; nil where there was none of its shape.
    var planChange: Screen.Matrix? {
        guard let coupling, let before = planned?.before?.couplings.first(where: { $0.parent == coupling.parent }) else { return nil }
        return coupling.plan.minus(before.plan)
    }

    func order(of coupling: CouplingPicture) -> PlanOrder { coupling.order(align.order) }

    /// The rectangle between its corner and the cursor, by order positions: whole cells of the map at both ends.
    var selectedRectangle: MatrixWindow? {
        guard let corner = align.corner else { return nil }
        let (firstRows, firstColumns) = cellEntries(row: corner.row, column: corner.column),
            (rows, columns) = cellEntries(row: align.row, column: align.column)
        let top = min(firstRows.lowerBound, rows.lowerBound), left = min(firstColumns.lowerBound, columns.lowerBound)
        return MatrixWindow(
            row: top, column: left, rows: max(firstRows.upperBound, rows.upperBound) - top,
            columns: max(firstColumns.upperBound, columns.upperBound) - left)
    }

    /// The entries that the map shows in the same cell as this one.
    private func cellEntries(row: Int, column: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        guard let geometry = mapGeometry, let cell = geometry.gridCell(row: row, column: column) else {
            return (row..<row + 1, column..<column + 1)
        }
        return geometry.entries(gridRow: cell.row, gridColumn: cell.column)
    }

    /// The mass inside the rectangle, and how many neurons it spans on each side.
    var selectedMass: (mass: Double, rows: Int, columns: Int)? {
        guard let coupling, let rectangle = selectedRectangle else { return nil }
        let order = order(of: coupling)
        var mass = 0.0
        for row in rectangle.row..<rectangle.row + rectangle.rows where order.rows.indices.contains(row) {
            for column in rectangle.column..<rectangle.column + rectangle.columns where order.columns.indices.contains(column) {
                let value = Double(coupling.plan[order.rows[row], order.columns[column]])
                if value.isFinite { mass += value }
            }
        }
        return (mass, rectangle.rows, rectangle.columns)
    }

    /// The entry under the cursor by its own indices.
    var cursorEntry: (row: Int, column: Int)? {
        guard let coupling else { return nil }
        let order = order(of: coupling)
        guard order.rows.indices.contains(align.row), order.columns.indices.contains(align.column) else { return nil }
        return (order.rows[align.row], order.columns[align.column])
    }

    func parentLetter(_ index: Int) -> String { FusionLetters.letter(index) }
}

/// Parents are A, B, C …
enum FusionLetters {
    static func letter(_ index: Int) -> String {
        (0..<26).contains(index) ? String(Unicode.Scalar(UInt8(65 + index))) : "\(index + 1)"
    }

    /// The sign that stands for a parent where colour does not.
    static func sign(_ index: Int) -> String { ["●", "▲", "■"][min(max(0, index), 2)] }
    static let fused = "◆"
}
