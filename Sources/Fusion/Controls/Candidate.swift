import Networks

/// A network that a fusion may return.
package struct Candidate: Sendable {
    package enum Base: Sendable, Hashable {
        case fused
        /// A parent, by its index.
        case parent(Int)
        /// A parent with its output layer fitted to the teacher.
        case head(Int)
        case average
    }

    package let base: Base
    package let network: Network
    /// Whether all its layers were refined after that.
    package var isRefined = false
    /// Nil where there were no samples to compare on.
    package internal(set) var score: HeldOutScore?

    /// As reports call it.
    package var name: String {
        let name =
            switch base {
            case .fused: "fused"
            case .parent(let index): FusionError.letter(index)
            case .head(let index): "\(FusionError.letter(index)) + head"
            case .average: "plain average"
            }
        return isRefined ? "\(name), distilled" : name
    }

    /// The parent that it comes from; nil where that is not one.
    var parent: Int? {
        switch base {
        case .parent(let index), .head(let index): index
        case .fused, .average: nil
        }
    }

    func isSame(_ other: Candidate) -> Bool { base == other.base && isRefined == other.isRefined }
}

/// The controls of a fusion beside the fused network, with what was measured of each.
package struct ControlComparison: Diagnostics {
    /// The fused network first.
    package internal(set) var candidates: [Candidate]
    /// Which of them the fusion returns.
    package internal(set) var returned = 0
    /// The data that divergences were measured on, and how many samples; nil where there were none to spare.
    package let heldOut: (data: String, samples: Int)?
    /// What the divergence is called.
    let measure: String
    /// Why a control is missing, in sentences.
    let missing: [String]

    /// The same figures with networks that were made again.
    func with(_ made: ControlComparison) -> ControlComparison {
        var changed = self
        changed.candidates = candidates.map { own in
            guard let new = made.candidates.first(where: own.isSame) else { return own }
            var candidate = Candidate(base: own.base, network: new.network, isRefined: own.isRefined)
            candidate.score = own.score
            return candidate
        }
        return changed
    }

    package var best: Candidate { candidates[returned] }

    /// The network that was fused, before any refinement.
    package var fused: Candidate? { candidates.first { $0.base == .fused && !$0.isRefined } }
}

extension FusionOutcome {
    /// What was compared with the fused network; nil where nothing was.
    package internal(set) var controls: ControlComparison? {
        get { diagnostics[ControlComparison.self] }
        set { diagnostics[ControlComparison.self] = newValue }
    }
}

/// A candidate's figures, as reports and JSON have them.
package struct ControlFigure: Sendable, Codable {
    package let name: String
    package let parameters: Int
    /// The mean divergence from the teacher on the held-out samples; nil where there were none.
    package let divergence: Double?
    package let agreement: Double?
    package let isReturned: Bool
}

extension ControlComparison {
    package var figures: [ControlFigure] {
        candidates.enumerated().map { index, candidate in
            ControlFigure(
                name: candidate.name, parameters: candidate.network.parameterCount,
                divergence: (candidate.score?.divergence).flatMap { $0.isFinite ? $0 : nil }, agreement: candidate.score?.agreement,
                isReturned: index == returned)
        }
    }
}
