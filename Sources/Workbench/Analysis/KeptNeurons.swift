import Fusion
import Screen

/// How a layer's fused neurons were chosen, where a method keeps some of the parents' own instead of mixing them.
public struct KeptNeurons: Equatable, Sendable {
    /// How many of each parent live on, and how many it has.
    public var kept: [Int]
    public var neurons: [Int]
    /// The share of all neurons' variation that a linear map of the first i kept ones leaves over; none where the method does not ask.
    public var errors: [Double]

    public init(kept: [Int], neurons: [Int], errors: [Double] = []) {
        self.kept = kept
        self.neurons = neurons
        self.errors = errors
    }

    public var leftOver: Double? { errors.last }

    /// `54+42`, or how many there are together where that is too long.
    func words(room: Int) -> String {
        let all = kept.map(String.init).joined(separator: "+")
        return all.count <= room ? all : "\(kept.reduce(0, +))"
    }

    func words(of parent: Int) -> String {
        kept.indices.contains(parent) && neurons.indices.contains(parent) ? "\(kept[parent]) of \(neurons[parent])" : "–"
    }
}

extension Model {
    /// How the neurons of the shown layer were chosen; nil where they are matched.
    var kept: KeptNeurons? { coupling?.isIdentity == false ? planned?.picture.kept : nil }

    /// The parents' neuron that a kept one is.
    func origin(of column: Int) -> String? {
        guard let couplings = planned?.picture.couplings else { return nil }
        return couplings.lazy.compactMap { coupling in
            coupling.analysis.givers(of: column, in: coupling.plan, count: 1).first.map { "\(self.parentLetter(coupling.parent))\($0.row)" }
        }.first
    }

    /// Whether a neuron lives on, and what the fused neuron under the cursor makes of it.
    func keptSentence(row: Int, column: Int, _ coupling: CouplingPicture) -> String {
        let name = "\(parentLetter(coupling.parent))\(row)", own = coupling.analysis.best[row]?.column
        var words = own.map { "\(name) is kept as F\($0)" } ?? "\(name) is not kept"
        guard own != column else { return words }
        let of = origin(of: column).map { ", which is \($0)," } ?? ""
        guard let given = coupling.given else { return words + "; F\(column)\(of) is another's" }
        words += "; F\(column)\(of) alone gives back \(Words.wholePercent(Double(given[row, column]))) of it"
        if own == nil, let best = coupling.best[row], best.column != column {
            words += ", F\(best.column) \(Words.wholePercent(best.share))"
        }
        return words
    }
}
