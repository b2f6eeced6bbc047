import Networks

/// Makes the controls of a fusion.
struct ControlNetworks {
    let parents: ParentSet
    let teacher: Teacher
    let inputs: ExpandedInputs
    let temperature: Double
    /// Newton steps on the divergence that follow the regression; nil for none.
    let divergence: HeadDivergence?
    /// What the parents' output layers read, where it was kept.
    var features: ParentFeatures?

    /// Up to so many features an output layer is fitted: the time goes with their third power.
    private static let mostFeatures = 4096

    /// Each parent, each parent with its output layer fitted, the plain average; with sentences on those that do not exist.
    func made(control: FusionControl) throws -> (candidates: [Candidate], missing: [String]) {
        var candidates = parents.networks.enumerated().map { Candidate(base: .parent($0), network: $1) }, missing: [String] = []
        var reasons: [String] = []
        for (index, network) in parents.networks.enumerated() {
            if let reason = Self.reason(network) {
                reasons.append(reason)
                continue
            }
            candidates.append(Candidate(base: .head(index), network: try withHead(index, control: control)))
        }
        if let reason = reasons.first { missing.append("no control “parent + head”: \(reason)") }
        do { candidates.append(Candidate(base: .average, network: try average(control: control))) } catch {
            guard case FusionError.widths = error else { throw error }
            missing.append("no control “plain average”: the parents' widths differ")
        }
        return (candidates, missing)
    }

    private func withHead(_ parent: Int, control: FusionControl) throws -> Network {
        let fit = HeadFit(
            teacher: teacher, inputs: inputs, temperature: temperature, divergence: divergence,
            known: features.map { features in { features.taken($0, of: parent) } })
        return try fit.fitted(parents.networks[parent], control: control).network
    }

    /// Why a network's output layer is not fitted; nil where it is.
    static func reason(_ network: Network) -> String? {
        guard let unit = HeadFit.unit(of: network) else { return "the logits are not the output of a linear layer on a vector" }
        if network.tiedLayers.contains(network.logitNode.id) { return "the output layer is tied to another layer" }
        let features = network.parameters[unit.weight]?.shape.last ?? 0
        return features > mostFeatures ? "the output layer reads \(features) features, more than \(mostFeatures)" : nil
    }

    private func average(control: FusionControl) throws -> Network {
        let quiet = FusionControl(isCancelled: control.isCancelled)
        let plan = try IdentityAlignment(parents: parents).plan(only: nil, control: quiet)
        let weights = [Double](repeating: 1 / Double(parents.count), count: parents.count)
        return try WeightedAverage(weights: weights).fused(along: plan, of: parents, control: quiet).network
    }
}
