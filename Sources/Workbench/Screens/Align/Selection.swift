import Fusion
import Screen

extension Model {
    /// How the neurons of the shown layer were chosen; nil where they are matched.
    var kept: SelectionSummary? { coupling?.isIdentity == false ? planned?.picture.kept : nil }

    /// The parents' neuron that a kept one is.
    func origin(of column: Int) -> String? {
        guard let couplings = planned?.picture.couplings else { return nil }
        return couplings.lazy.compactMap { coupling in
            coupling.analysis.givers(of: column, in: coupling.plan, count: 1).first.map { "\(self.parentLetter(coupling.parent))\($0.row)" }
        }.first
    }

    /// Whether a neuron lives on, and what the fused neuron under the cursor makes of it.
    func keptSentence(row: Int, column: Int, _ coupling: CouplingSnapshot) -> String {
        let name = "\(parentLetter(coupling.parent))\(row)", own = coupling.analysis.best[row]?.column
        var words = own.map { "\(name) is kept as F\($0)" } ?? "\(name) is not kept"
        guard own != column else { return words }
        let of = origin(of: column).map { ", which is \($0)," } ?? ""
        guard let given = coupling.given else { return words + "; F\(column)\(of) is another's" }
        words += "; F\(column)\(of) alone gives back \(Formatting.wholePercent(Double(given[row, column]))) of it"
        if own == nil, let best = coupling.best[row], best.column != column {
            words += ", F\(best.column) \(Formatting.wholePercent(best.share))"
        }
        return words
    }
}
