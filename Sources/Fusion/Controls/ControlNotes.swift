import Formatting

extension ControlComparison {
    /// What was compared and what it came to, in sentences: the result first.
    ///
    /// - Parameter fixed: why the fused network is returned whatever was measured; nil where the best is.
    func notes(fixed: String? = nil) -> [String] {
        guard let heldOut else {
            return ["not compared with controls: there are no samples beside those that it was fitted on"] + missing
        }
        var notes: [String] = []
        let ordered = candidates.sorted { divergence($0) < divergence($1) }
        if best.base != .fused, fixed == nil {
            notes += [
                "returned: \(best.name), which is closer to the teacher than the fused network; controls=compare returns the fused network",
                "plan, selection and agreement in this report are those of the fused network, which was not returned",
            ]
        } else if let first = ordered.first, !first.isSame(best), divergence(first) < divergence(best) {
            notes.append(
                "\(first.name) is closer to the teacher than the network returned: \(isLarger(first) ? "it has more parameters" : fixed ?? "by less than 0.00001")"
            )
        }
        let list = ordered.map { "\($0.name) \(Format.significant(divergence($0), 3))\(isLarger($0) ? " (larger)" : "")" }
        notes.append(
            "\(measure) on \(heldOut.samples) held-out samples of \(heldOut.data), held out from this fusion but not from the parents' training: \(list.joined(separator: ", "))"
        )
        return notes + missing
    }

    private func isLarger(_ candidate: Candidate) -> Bool {
        candidate.network.parameterCount > (fused?.network.parameterCount ?? 0)
    }

    private func divergence(_ candidate: Candidate) -> Double { candidate.score?.divergence ?? .infinity }
}
