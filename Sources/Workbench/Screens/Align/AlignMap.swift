import Screen
import Transport

extension Model {
    /// The map of the Align screen as it stands, nil where there is none; drawing, moving and clicking agree because all ask here.
    var heatMap: HeatMap? {
        guard let coupling else { return nil }
        let order = order(of: coupling), marks = coupling.marks, showsExplained = coupling.explained != nil && align.view != .cost
        var map = HeatMap(
            matrix: showsExplained ? coupling.shown : coupling.plan, rowOrder: order.rows, columnOrder: order.columns,
            window: align.window(rows: coupling.plan.rows, columns: coupling.plan.columns),
            pooling: showsExplained && align.pooling == .sum ? .max : align.pooling, scale: align.scale,
            limit: align.lockedLimit, cursor: (align.row, align.column), rowMarks: marks.rows,
            columnMarks: marks.columns, rowRole: .parent(coupling.parent), rowPrefix: letter(coupling.parent), columnPrefix: Letters.fused,
            unit: showsExplained ? "R²" : align.pooling == .sum ? "mass" : "mass of one pair", threshold: align.threshold)
        map.selection = selectedRectangle
        map.printedWholes = align.printsNumbers ? showsExplained ? coupling.rowMass.map { _ in 1 } : coupling.rowMass : nil
        if align.view == .change, let change = planChange {
            map.matrix = change
            map.pooling = align.pooling
            map.isSigned = true
            map.limit = nil
            map.unit = "change of mass"
        }
        return map
    }

    /// Where the map of the plan stands in its panel: beside the costs it has half of it.
    var mapArea: Rectangle {
        let inside = inside(.map)
        return align.view == .cost && coupling?.cost != nil ? inside.split(left: inside.columns / 2).left : inside
    }

    var mapGeometry: HeatMapGeometry? {
        coupling.map {
            HeatMapGeometry(area: mapArea, window: align.window(rows: $0.plan.rows, columns: $0.plan.columns), appearance: appearance)
        }
    }

    /// The shown coupling minus the one before the last change of the recipe; nil where there was none of its shape.
    var planChange: ValueGrid? {
        guard let coupling, let before = planned?.before?.couplings.first(where: { $0.parent == coupling.parent }) else { return nil }
        return coupling.plan.minus(before.plan)
    }

    func order(of coupling: CouplingSnapshot) -> PlanOrder { coupling.order(align.order) }

    /// The rectangle between its corner and the cursor, by order positions: whole cells of the map at both ends.
    var selectedRectangle: GridWindow? {
        guard let corner = align.corner else { return nil }
        let (firstRows, firstColumns) = cellEntries(row: corner.row, column: corner.column),
            (rows, columns) = cellEntries(row: align.row, column: align.column)
        let top = min(firstRows.lowerBound, rows.lowerBound), left = min(firstColumns.lowerBound, columns.lowerBound)
        return GridWindow(
            row: top, column: left, rows: max(firstRows.upperBound, rows.upperBound) - top,
            columns: max(firstColumns.upperBound, columns.upperBound) - left)
    }

    /// The entries that the map shows in the same cell as this one.
    func cellEntries(row: Int, column: Int) -> (rows: Range<Int>, columns: Range<Int>) {
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
}
