import Formatting
import Networks
import Training

/// Measured networks as a table of text; what could not be measured has its reason in the place of the loss.
struct EvaluationTable {
    /// Columns that only some reports have.
    enum Column: Equatable { case calibration, parameters }

    /// The title of the first column.
    var title = "network"
    var columns: [Column] = [.parameters]
    /// How a row is called.
    var name: (_ index: Int, EvaluationRow) -> String = { $1.title }
    /// Columns after the others, with what a row has in each.
    var further: [(title: String, cell: (EvaluationRow) -> String)] = []

    func lines(_ rows: [EvaluationRow]) -> [String] {
        let measured = rows.compactMap(\.evaluation), second = measured.lazy.compactMap(\.task.second).first
        var titles: [(title: String, alignment: PlainTable.Alignment)] = [
            (title, .left), (FigureColumn(measured.map(\.figure)).title, .right),
        ]
        if let second { titles.append((second.name, .right)) }
        titles.append(("loss", .right))
        for column in columns { titles.append((column == .calibration ? "calibration error" : "parameters", .right)) }
        var table = PlainTable(titles + further.map { ($0.title, .right) })
        for (index, row) in rows.enumerated() {
            let found = row.evaluation
            var cells = [name(index, row), found?.valueText ?? Format.none]
            if second != nil { cells.append(found?.secondText ?? Format.none) }
            cells.append(found?.lossText ?? row.note ?? Format.none)
            for column in columns {
                cells.append(column == .calibration ? found?.calibrationText ?? Format.none : Format.grouped(row.parameters))
            }
            table.add(cells + further.map { $0.cell(row) })
        }
        return table.lines
    }
}
