import Fusion
import Screen

extension Model {
    /// How the neurons of the shown layer were chosen; nil where they are matched.
    var kept: SelectionSummary? { coupling?.isIdentity == false ? planned?.snapshot.selection : nil }

    /// The parents' neuron that a kept one is.
    func origin(of column: Int) -> String? {
        guard let couplings = planned?.snapshot.couplings else { return nil }
        return couplings.lazy.compactMap { coupling in
            coupling.analysis.givers(of: column, in: coupling.plan, count: 1).first.map { "\(self.letter(coupling.parent))\($0.row)" }
        }.first
    }

    /// Whether a neuron lives on, and what the fused neuron under the cursor makes of it.
    func keptSentence(row: Int, column: Int, _ coupling: CouplingSnapshot) -> String {
        let name = "\(letter(coupling.parent))\(row)", own = coupling.analysis.best[row]?.column
        var words = own.map { "\(name) is kept as F\($0)" } ?? "\(name) is not kept"
        guard own != column else { return words }
        let of = origin(of: column).map { ", which is \($0)," } ?? ""
        guard let given = coupling.explained else { return words + "; F\(column)\(of) is another's" }
        words += "; F\(column)\(of) alone gives back \(Labels.wholePercent(Double(given[row, column]))) of it"
        if own == nil, let best = coupling.best[row], best.column != column {
            words += ", F\(best.column) \(Labels.wholePercent(best.share))"
        }
        return words
    }
}
