import Networks
import Tensors

/// A greedy soup (Wortsman et al., ICML 2022, recipe 1): the parents in the order of their held-out scores, each taken into the mean if the mean's
/// held-out score does not fall.
struct GreedySoup: Combination {
    /// Re-estimates the statistics of every mean before it is judged, and of the soup.
    let repair: RepairStep
    let score: @Sendable (FusionControl) throws -> SoupScore

    func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome {
        let score = try score(control)
        // Each in the reference's order of neurons, so that their means are means of the same.
        let aligned = try ParentSet(
            parents.networks.indices.map { try plan.aligned(parent: $0, of: parents) }, reference: parents.reference)
        let own = try aligned.networks.map { try score.value(of: $0, control: control) }
        let order = own.indices.sorted { own[$0] == own[$1] ? $0 < $1 : own[$0] > own[$1] }
        var kept = [order[0]], best = own[order[0]], left: [Int] = []
        var outcome = FusionOutcome(network: aligned.networks[order[0]], plan: plan, weights: Self.weights(kept, of: parents.count))
        for parent in order.dropFirst() {
            try control.check()
            let mean = try mean(of: kept + [parent], aligned, plan, control: control)
            let value = try score.value(of: mean.network, control: control)
            guard value.score >= best.score else { left.append(parent); continue }
            kept.append(parent)
            (best, outcome) = (value, mean)
        }
        let letters = FusionError.letter
        let scores = order.map { "\(letters($0)) \(score.text(own[$0]))" }.joined(separator: ", ")
        let result =
            kept.count == 1
            ? "no mean with another parent is as good as parent \(letters(kept[0])), which is returned as it is"
            : "the mean of \(kept.sorted().map(letters).joined(separator: ", ")), \(score.text(best))"
                + (left.isEmpty ? "" : ", without \(left.sorted().map(letters).joined(separator: ", "))")
        outcome.notes.append(
            "greedy soup by \(score.title) on \(score.samples) samples of \(repair.inputs?.name ?? "the data"): \(scores); \(result)")
        return outcome
    }

    /// The mean of some parents, repaired, and what was done for it.
    private func mean(of some: [Int], _ aligned: ParentSet, _ plan: FusionPlan, control: FusionControl) throws -> FusionOutcome {
        let weights = Self.weights(some, of: aligned.count)
        let none = FusionPlan()
        let mean = try WeightedAverage(weights: weights).fused(
            along: none, of: aligned, control: FusionControl(isCancelled: control.isCancelled))
        return try repair.applied(
            to: FusionOutcome(network: mean.network, plan: plan, weights: weights), control: FusionControl(isCancelled: control.isCancelled)
        )
    }

    private static func weights(_ some: [Int], of count: Int) -> [Double] {
        (0..<count).map { some.contains($0) ? 1 / Double(some.count) : 0 }
    }
}
