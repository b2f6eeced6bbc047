import Foundation

/// The selection of the fused neurons of one group.
public struct SelectionDiagnostics: Diagnostics {
    /// One cut: candidates in, the strongest out.
    package struct Cut: Sendable {
        /// Which cut of the scheme this was, and the group's turn in it; both from 0.
        package let step: Int
        package let turn: Int
        /// The parents whose neurons stood in the wide group, in order.
        package let parents: [Int]
        /// Candidates in the order of the wide group: parents in order, each one's neurons ascending.
        package let scores: [Double]
        /// Places among the candidates that were kept, ascending.
        package let kept: [Int]

        package var weakestKept: Double? { kept.map { scores[$0] }.min() }
        package var strongestLost: Double? { lost.map { scores[$0] }.max() }

        /// How far the weakest kept score lies above the strongest lost one, as a share of the mean score: near nothing, the choice hangs
        /// on rounding. Nil when nothing was lost.
        package var margin: Double? {
            guard let weakestKept, let strongestLost else { return nil }
            let mean = scores.reduce(0, +) / Double(scores.count)
            return mean > 0 ? (weakestKept - strongestLost) / mean : 0
        }

        /// The share of the scores' sum that was kept.
        package var keptShare: Double {
            let total = scores.reduce(0, +)
            return total > 0 ? kept.reduce(0) { $0 + scores[$1] } / total : 1
        }

        private var lost: [Int] {
            var isKept = [Bool](repeating: false, count: scores.count)
            for place in kept { isKept[place] = true }
            return scores.indices.filter { !isKept[$0] }
        }
    }

    package let group: String
    /// Neurons of each parent, and how many of them live on.
    package let parentNeurons: [Int]
    package let kept: [Int]
    /// In the order in which they were made; none when nothing was cut.
    package let cuts: [Cut]
    /// The reconstruction error, as a share of the variance, of the best linear map of the first i selected neurons; empty where the selection is not made by it.
    package let errors: [Double]

    /// The smallest margin of all cuts.
    package var margin: Double? { cuts.compactMap(\.margin).min() }
}

extension SelectionDiagnostics: CustomStringConvertible {
    public var description: String {
        let origins = zip(kept, parentNeurons).enumerated().map { "\(FusionError.letter($0)) \($1.0) of \($1.1)" }.joined(separator: ", ")
        var text = "\(group): \(parentNeurons.reduce(0, +)) → \(kept.reduce(0, +)) neurons (\(origins))"
        if let last = cuts.last, let score = last.weakestKept, let margin {
            text += String(
                format: "; cut at score %.4g, margin %.2g %% of the mean; %.0f %% of the energy kept", score, 100 * margin,
                100 * last.keptShare)
        }
        return text
    }
}

extension GroupPlan {
    /// How the fused neurons were selected, where the method selects among the parents' neurons.
    public var selection: SelectionDiagnostics? { diagnostics[SelectionDiagnostics.self] }
}
