import Formatting
import Foundation
import Screen

extension Model {
    /// The pair under the cursor in one sentence.
    var pairSentence: String {
        guard let coupling, let entry = cursorEntry else { return "" }
        if selection != nil { return selectionSentence(row: entry.row, column: entry.column, coupling) }
        let name = "\(letter(coupling.parent))\(entry.row)", mass = Double(coupling.plan[entry.row, entry.column])
        guard mass.isFinite else { return "\(name) → \(Letters.fused)\(entry.column): NaN" }
        let share = coupling.analysis.share(mass, row: entry.row)
        var words =
            "\(name) → \(Letters.fused)\(entry.column), mass \(HeatMap.number(mass)), \(Format.percent(share, digits: 0)) of the row"
        if let best = coupling.analysis.best[entry.row], best.column != entry.column {
            words += "; best match \(Letters.fused)\(best.column) with \(Format.percent(best.share, digits: 0))"
        }
        if let constraint = constraint(entry.row, entry.column, parent: coupling.parent) { words += "; \(constraint.word)" }
        return words
    }

    /// What is inside the rectangle.
    var rectangleSentence: String {
        guard let inside = selectedMass, let coupling else { return pairSentence }
        let part = coupling.analysis.total > 0 ? inside.mass / coupling.analysis.total : 0
        return "\(inside.rows) × \(inside.columns) neurons, mass \(Format.decimal(inside.mass)), \(Format.percent(part)) of the total"
    }

    var viewSentence: String {
        switch align.view {
        case .plan: coupling?.explained == nil ? "Plan" : "Selected neurons, and for every dropped one the R² of its best substitute"
        case .cost where coupling?.explained != nil: "Selected neurons, and the residual 1 − R² of each neuron given a selected one alone"
        case .cost where coupling?.hasForgottenCost == true: "Plan; the pairwise costs were let go to save memory and are computed again"
        case .cost: coupling?.cost == nil ? "This method has no pairwise cost: plan only" : "Plan and pairwise cost"
        case .change: planChange == nil ? "No change yet: edit the recipe on screen 4" : "Change of the plan since the last edit"
        case .layers: "All layers; < and > select one"
        case .flow: "Matches of the most important neurons of every layer, and of the selected one"
        case .table: "Plan as a table"
        }
    }

    // MARK: Methods that select neurons

    /// How the neurons of the shown layer were selected; nil where they are matched.
    var selection: SelectionSummary? { coupling?.isIdentity == false ? planned?.snapshot.selection : nil }

    /// The parent's neuron that a fused one is.
    func origin(of column: Int) -> String? {
        planned?.snapshot.couplings.lazy.compactMap { coupling in
            coupling.analysis.givers(of: column, in: coupling.plan, count: 1).first.map { "\(Letters.letter(coupling.parent))\($0.row)" }
        }.first
    }

    /// Whether a neuron is selected, and how much of it the fused neuron under the cursor explains.
    private func selectionSentence(row: Int, column: Int, _ coupling: CouplingSnapshot) -> String {
        let name = "\(letter(coupling.parent))\(row)", own = coupling.analysis.best[row]?.column
        var words = own.map { "\(name) is selected as \(Letters.fused)\($0)" } ?? "\(name) is dropped"
        guard own != column else { return words }
        let of = origin(of: column).map { " (\($0))" } ?? ""
        guard let explained = coupling.explained else { return words + "; \(Letters.fused)\(column)\(of) is another neuron" }
        words += "; \(Letters.fused)\(column)\(of) explains \(Format.percent(Double(explained[row, column]), digits: 0)) of it (R²)"
        if own == nil, let best = coupling.best[row], best.column != column {
            words += ", the best substitute \(Letters.fused)\(best.column) \(Format.percent(best.share, digits: 0))"
        }
        return words
    }
}
