import Datasets
import Fusion
import Networks
import Provenance
import Reports
import Store
import Training

extension FusionRun {
    /// Parents, the best of them on validation data, ensembles, the controls of the fusion and the network returned on the evaluation data, in one pass.
    func rows(of outcome: FusionOutcome, isCancelled: () -> Bool, progress: @escaping (Int, Int) -> Void) throws -> [EvaluationRow] {
        // The plain average exists only for equal widths; where it does not, the row says why.
        var average = outcome.controls?.candidates.first { $0.base == .average && !$0.isRefined }?.network, refusal: String?
        if average == nil {
            do { average = try Fuser(parents: parents.map(\.network), recipe: Recipe(method: Averaging.method)).fuse().network } catch {
                guard case .widths = error else { throw error }
                refusal = "the widths differ"
            }
        }
        let fused = outcome.network, others = Self.others(outcome)
        let networks = parents.map(\.network) + [average].compactMap(\.self) + others.map(\.network) + [fused]
        let members = Array(parents.indices)
        var rivals: [(role: EvaluationRole, name: String, ensemble: Ensemble)] =
            parents.task.isSoftmax
            ? [
                (.ensemble, "ensemble", try Ensemble(parents.map(\.network), rule: .logProbabilities)),
                (.vote, "majority vote", try Ensemble(parents.map(\.network), rule: .vote)),
            ] : [(.ensemble, "ensemble (mean of outputs)", try Ensemble(parents.map(\.network), rule: .logits))]
        if let classCounts {
            rivals.append(
                (.shares, "share-weighted ensemble", try Ensemble(parents.map(\.network), classShares: ClassCounts.shares(classCounts))))
        }
        var measured: [Evaluation]?
        if let evaluation {
            let ensembles = rivals.map { (members: members, rule: $0.ensemble.rule, weights: $0.ensemble.weights) }
            measured = try Evaluator(evaluation).measure(networks, ensembles: ensembles, isCancelled: isCancelled, progress: progress).map(
                \.evaluation)
        }
        let unmeasured = evaluation == nil ? "no evaluation data" : nil
        var rows = parents.enumerated().map { index, parent in
            EvaluationRow(
                .parent, letter: parent.letter, parent.name, parameters: parent.network.parameterCount, measured?[index], note: unmeasured)
        }
        if let best = try bestParent(isCancelled) {
            rows.append(
                EvaluationRow(
                    .best, letter: parents[best.index].letter, "best parent by validation",
                    parameters: parents[best.index].network.parameterCount, measured?[best.index], note: unmeasured ?? best.note))
        }
        let size = parents.reduce(0) { $0 + $1.network.parameterCount }
        for (index, rival) in rivals.enumerated() {
            rows.append(EvaluationRow(rival.role, rival.name, parameters: size, measured?[networks.count + index], note: unmeasured))
        }
        rows.append(
            EvaluationRow(
                .average, "plain average", parameters: average?.parameterCount ?? 0,
                average == nil ? nil : measured?[parents.count], note: refusal ?? unmeasured))
        for (index, other) in others.enumerated() {
            rows.append(
                EvaluationRow(
                    other.role, other.name, parameters: other.network.parameterCount,
                    measured?[networks.count - 1 - others.count + index], note: unmeasured))
        }
        let name = outcome.controls.map { $0.best.base == .fused ? "fused" : "returned: \($0.best.name)" } ?? "fused"
        rows.append(EvaluationRow(.fused, name, parameters: fused.parameterCount, measured?[networks.count - 1], note: unmeasured))
        return rows
    }

    /// The networks that were compared with the fused one and have no row of their own otherwise; the one that is returned has the last row.
    private static func others(_ outcome: FusionOutcome) -> [(role: EvaluationRole, name: String, network: Network)] {
        guard let controls = outcome.controls else { return [] }
        return controls.candidates.enumerated().compactMap { index, candidate in
            if index == controls.returned { return nil }
            switch candidate.base {
            case .head: return (candidate.isRefined ? .control : .head, candidate.name, candidate.network)
            case .parent, .average: return candidate.isRefined ? (.control, candidate.name, candidate.network) : nil
            case .fused: return controls.best.base == .fused ? nil : (.candidate, "\(candidate.name) (not returned)", candidate.network)
            }
        }
    }

    /// The parent of the best figure on validation data, the lowest loss among equals; nil where there are none.
    private func bestParent(_ isCancelled: () -> Bool) throws -> (index: Int, note: String)? {
        guard let validation, let spec = recipe.validation else { return nil }
        let found = try Evaluator(validation).evaluate(parents.map { $0.network as any Predictor }, isCancelled: isCancelled)
        guard let best = found.indices.max(by: { found[$1].isBetter(than: found[$0]) }) else { return nil }
        let name = found[best].task.givesOneClass ? "" : "\(found[best].figure.name) "
        return (best, "selected on \(validation.count) samples of \(spec):  \(name)\(found[best].valueText)")
    }
}
