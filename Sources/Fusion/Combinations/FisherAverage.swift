import Datasets
import Networks
import Tensors

/// A Fisher-weighted average (Matena & Raffel, NeurIPS 2022): Σ_k λ_k (F_k + f) W_k / Σ_k λ_k (F_k + f), element by element.
///
/// F_k is the diagonal of parent k's Fisher information: the mean over samples of the squared gradient of log p(y | x), with the label y from the
/// parent's own prediction, so that no labels are needed. f is a floor, relative to the mean of all F. Without outputs that are classes, log p is
/// that of a normal distribution of variance one around each output.
struct FisherAverage: Combination {
    enum Labels: String, HyperparameterChoice {
        case sampled, expected

        var title: String {
            switch self {
            case .sampled: "one drawn from the parent's prediction for each sample"
            case .expected: "all classes, weighted by the parent's prediction"
            }
        }
    }

    let inputs: any InputSource
    let samples: Int
    let labels: Labels
    /// Relative to the mean of the parents' Fisher information.
    let floor: Double
    /// λ: one for each parent; they sum to one.
    let weights: [Double]
    let seed: UInt64

    func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome {
        let networks = try parents.networks.indices.map { try plan.aligned(parent: $0, of: parents) }
        let information = try networks.map { try fisher(of: $0, control: control) }
        let names = parents.referenceNetwork.trainedNames
        let count = names.reduce(0) { $0 + (information[0][$1]?.count ?? 0) } * networks.count
        let sum = try information.reduce(0.0) { total, own in try names.reduce(total) { try $0 + (own[$1]?.sum().item() ?? 0) } }
        guard sum.isFinite, count > 0 else { throw FusionError.unsuitable(reason: "the Fisher information of a parent is not finite") }
        // Where no parent has any, all parameters count alike.
        let least = sum > 0 ? floor * sum / Double(count) : 1
        let parameters = try parents.referenceNetwork.eachParameter(control) { name in
            let reference = try parents.referenceNetwork.parameter(name), type = try reference.dtype()
            guard type.isFloatingPoint else { return reference }
            var weighted: Tensor?, total: Tensor?
            for (parent, network) in networks.enumerated() where weights[parent] > 0 {
                let value = try network.parameter(name).converted(to: .float64)
                // What is not trained, the statistics of batch norms, has no gradient.
                let own = try information[parent][name].map { try ($0 + least) * weights[parent] } ?? value * 0 + weights[parent]
                let (before, sum) = (weighted, total)
                weighted = if let before { try before + own * value } else { try own * value }
                total = if let sum { try sum + own } else { own }
            }
            guard let weighted, let total else { return reference }
            return try (weighted / total).converted(to: type)
        }
        let network = try parents.referenceNetwork.with(parameters: parameters)
        let drawn = labels == .sampled ? "labels drawn from" : "all labels weighted by"
        return FusionOutcome(
            network: network, plan: plan, weights: weights,
            notes: [
                "Fisher information from \(min(samples, inputs.count)) samples of \(inputs.name), \(drawn) each parent's own predictions; floor \(HyperparameterValue.real(floor)) of its mean"
            ])
    }

    /// The diagonal Fisher information of a network's trained parameters, by name, f64.
    func fisher(of network: Network, control: FusionControl) throws -> [String: Tensor] {
        let names = network.trainedNames
        let variables = try names.map { try network.parameter($0).copied().asVariable() }
        let named = Dictionary(zip(names, variables), uniquingKeysWith: { first, _ in first })
        // Gradients of single samples: those of a batch would be added up before they are squared.
        let batches = try SampleBatches(inputs, atMost: samples, size: 1, method: "the Fisher information")
        var random = SeededGenerator(seed: seed, purpose: "labels of the Fisher information"), sums: [Tensor?] = names.map { _ in nil }
        try batches.forEach(control) { (x, _) in
            let outputs = try network.logits(x, named)
            for (target, share) in try targets(outputs, of: network, &random) {
                let gradients = try target.optionalGradients(of: variables, keepingGraph: true)
                for (place, gradient) in gradients.enumerated() {
                    guard let gradient else { continue }
                    let square = try gradient.detached().converted(to: .float64).squared() * (share / Double(batches.count))
                    if let sum = sums[place] { try sum.addInPlace(square) } else { sums[place] = square }
                }
            }
        }
        var information: [String: Tensor] = [:]
        for (name, sum) in zip(names, sums) { information[name] = try sum ?? Tensor.zeros(network.parameter(name).shape, dtype: .float64) }
        return information
    }

    /// The logarithms whose gradients are squared, each with its share of the expectation.
    private func targets(
        _ outputs: Tensor, of network: Network, _ random: inout SeededGenerator
    ) throws -> [(target: Tensor, share: Double)] {
        let width = outputs.shape[1]
        guard network.task.isSoftmax else {
            // The Fisher information of a normal distribution is the sum over outputs of the squared gradient of each.
            return try (0..<width).map { (try outputs.narrowed(axis: 1, from: $0, count: 1).sum(), 1) }
        }
        let logs = try outputs.logSoftmax(axis: 1),
            shares = try outputs.detached().converted(to: .float64).softmax(axis: 1).array(of: Double.self)
        func logarithm(_ label: Int) throws -> Tensor { try logs.narrowed(axis: 1, from: label, count: 1).sum() }
        guard labels == .sampled else { return try shares.enumerated().map { (try logarithm($0.offset), $0.element) } }
        var left = random.real()
        let drawn =
            shares.firstIndex { share in
                left -= share; return left < 0
            } ?? max(0, width - 1)
        return [(try logarithm(drawn), 1)]
    }
}
