import Formatting

extension ControlComparison {
    /// What was compared and what it came to, in sentences: the result first.
    ///
    /// - Parameter isFixed: whether the fused network is returned whatever was measured.
    func notes(isFixed: Bool) -> [String] {
        guard let heldOut else {
            return ["not compared with controls: there are no samples beside those that it was fitted on"] + missing
        }
        var notes: [String] = []
        let ordered = candidates.sorted { divergence($0) < divergence($1) }
        if best.base != .fused, !isFixed {
            notes.append(
                "returned: \(best.name), which is closer to the teacher than the fused network; controls=compare returns the fused network")
        } else if let first = ordered.first, !first.isSame(best), divergence(first) < divergence(best) {
            notes.append("\(first.name) is closer to the teacher than the network returned: \(reason(first, isFixed: isFixed))")
        }
        let list = ordered.map { "\($0.name) \(Format.significant(divergence($0), 3))\(isLarger($0) ? " (larger)" : "")" }
        notes.append("\(measure) on \(heldOut.samples) held-out samples of \(heldOut.data): \(list.joined(separator: ", "))")
        return notes + missing
    }

    private func reason(_ candidate: Candidate, isFixed: Bool) -> String {
        isFixed ? "the plan was given, so its network is returned" : "it has more parameters"
    }

    private func isLarger(_ candidate: Candidate) -> Bool {
        candidate.network.parameterCount > (fused?.network.parameterCount ?? 0)
    }

    private func divergence(_ candidate: Candidate) -> Double { candidate.score?.divergence ?? .infinity }
}
