import Foundation
import Screen

extension Model {
    /// The row under the cursor in one sentence.
    var announcement: String {
        guard let coupling, let entry = cursorEntry else { return "" }
        if kept != nil { return keptSentence(row: entry.row, column: entry.column, coupling) }
        let letter = parentLetter(coupling.parent)
        let mass = Double(coupling.plan[entry.row, entry.column])
        guard mass.isFinite else { return "\(letter)\(entry.row) → F\(entry.column): not a number" }
        let share = coupling.analysis.share(mass, row: entry.row)
        var words = "\(letter)\(entry.row) → F\(entry.column), mass \(HeatMap.number(mass)), \(Int((share * 100).rounded())) % of the row"
        if let best = coupling.analysis.best[entry.row], best.column != entry.column {
            words += "; its best is F\(best.column) with \(Int((best.share * 100).rounded())) %"
        }
        if let demand = demandWords(entry.row, entry.column, parent: coupling.parent) { words += "; \(demand.word)" }
        return words
    }

    /// What is inside the rectangle.
    var rectangleSentence: String {
        guard let inside = selectedMass, let coupling else { return announcement }
        let part = coupling.analysis.total > 0 ? inside.mass / coupling.analysis.total : 0
        return
            "\(inside.rows) × \(inside.columns) neurons hold mass \(String(format: "%.4f", inside.mass)), \(Formatting.percent(part)) of all"
    }

    var lookSentence: String {
        switch align.look {
        case .plan:
            coupling?.given == nil ? "The plan" : "Kept neurons at their places, and of every other what its best stand-in gives back"
        case .cost where coupling?.given != nil: "Which neurons are kept, and beside it what a kept one alone leaves of each"
        case .cost:
            coupling?.cost == nil
                ? "This method pays no cost for pairs, so there is only the plan" : "The plan, and beside it what each pair costs"
        case .change: planChange == nil ? "Nothing to compare with yet: change a knob on screen 4" : "What the last change moved"
        case .layers: "All layers; < and > choose one"
        case .flow: "The matches of the most important neurons of every layer, and of the one under the cursor"
        case .table: "The plan in numbers"
        }
    }
}
