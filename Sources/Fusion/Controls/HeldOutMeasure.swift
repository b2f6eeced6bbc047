import Networks
import Tensors

/// How far a network is from the teacher on samples that it was not fitted on.
package struct HeldOutScore: Sendable {
    /// The mean of KL(q ‖ softmax f) over the samples and their copies, in nats; the mean squared distance where outputs have no softmax.
    package let divergence: Double
    /// The share of the samples themselves for which the network predicts the teacher's class; R² where outputs have no softmax.
    package let agreement: Double
    /// The divergence on each input, and how many samples these were made of.
    let each: [Double]
    let samples: Int

    /// Whether the divergence is smaller than another's beyond two standard errors of the paired difference.
    func isSurelyBelow(_ other: HeldOutScore) -> Bool {
        guard other.divergence.isFinite else { return divergence.isFinite }
        let differences = zip(other.each, each).map { $0 - $1 }, count = Double(differences.count)
        guard count > 1 else { return false }
        let mean = differences.reduce(0, +) / count
        let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        return mean > 2 * (variance / Double(samples)).squareRoot()
    }
}

/// Compares networks with the teacher on held-out samples and on copies of them: two samples mixed, images moved a little. The parents are asked once.
///
/// Unlabelled samples are often some that a parent was trained on, even where no network was fitted on them here. A parent knows these by heart, and the
/// teacher with it: by the samples alone it would be closer to the teacher than it is on new ones. It does not know the copies.
struct HeldOutMeasure: Sendable {
    let teacher: Teacher
    let inputs: ExpandedInputs
    /// What the parents' output layers read; nil where these are not to be told apart.
    private let features: ParentFeatures?

    /// Copies of each sample, where passes are short.
    private static let copies = 4

    /// - Parameters:
    ///   - teacher: its answers on other samples are kept where they are.
    ///   - most: samples and copies together, at most; each sample has a copy at least.
    init(_ teacher: Teacher, on held: any InputSource, seed: UInt64, most: Int = .max) throws {
        self.teacher = try teacher.forgetful()
        let (samples, copies) = Self.sizes(held.count, most: most)
        let own = try ExpandedInputs(
            held, samples: samples, count: (1 + copies) * samples, augmentation: .none, seed: seed,
            method: "the comparison with controls")
        inputs = own.isOfImages ? own.augmenting(by: .slight) : own
        features = HeadFit.unit(of: teacher.parents.referenceNetwork).map { ParentFeatures(of: $0.source) }
    }

    /// How many of the samples are used, and how many copies each has.
    private static func sizes(_ held: Int, most: Int) -> (samples: Int, copies: Int) {
        let samples = max(1, min(held, most / 2))
        return (samples, max(1, min(copies, most / samples - 1)))
    }

    /// The work of a comparison with the parents, these with other output layers, the fused network and the plain average.
    static func work(held: Int, most: Int, parents: ParentSet) -> WorkCount {
        let (samples, copies) = sizes(held, most: most)
        let each =
            parents.networks.reduce(0) { $0 + Double($1.trace.multiplyAdds) } + 2 * Double(parents.referenceNetwork.trace.multiplyAdds)
        return WorkCount(passes: Double(samples * (1 + copies)) * each)
    }

    /// Asks the parents once for all that their candidates need: their answers, and what their output layers read.
    func prepare(control: FusionControl) throws {
        var quiet = FusionControl(isCancelled: control.isCancelled)
        quiet.processes = control.processes
        _ = try ParentPass(
            parents: teacher.parents, inputs: inputs, statistics: nil, teacher: teacher, features: features, control: quiet)
    }

    /// A candidate's score: a parent's from its answers, that of a parent with another output layer from what that layer reads.
    func score(_ candidate: Candidate, control: FusionControl) throws -> HeldOutScore {
        if candidate.isRefined { return try score(candidate.network, control: control) }
        switch candidate.base {
        case .parent(let index): return try score(control) { $1[index] }
        case .head(let index):
            return try score(control) { batch, _ in
                let network = candidate.network, logits = network.logitNode.id
                guard let known = features?.taken(batch, of: index), let unit = HeadFit.unit(of: network),
                    let own = try network.values(of: [logits], given: [unit.source: known])[logits]
                else { return try network.logits(x(batch), [:]) }
                return own
            }
        case .fused, .average: return try score(candidate.network, control: control)
        }
    }

    private func x(_ batch: Int) throws -> Tensor { try inputs.inputs(ofBatch: batch) }

    func score(_ network: Network, control: FusionControl) throws -> HeldOutScore {
        try score(control) { batch, _ in try network.logits(x(batch), [:]) }
    }

    /// Outputs that are not finite have an infinite divergence.
    ///
    /// - Parameter outputs: of a batch, given the parents' answers on it.
    private func score(_ control: FusionControl, _ outputs: (_ batch: Int, _ answers: [Tensor]) throws -> Tensor) throws -> HeldOutScore {
        var each: [Double] = [], alike = 0.0, errors = 0.0, moments = OutputMoments()
        for batch in 0..<inputs.batches {
            try control.check()
            let answers = try teacher.logits(ofBatch: batch, of: inputs)
            let joint = try teacher.rule == .outputs ? teacher.weighted(answers) : teacher.probabilities(answers, temperature: 1)
            let outputs = try outputs(batch, answers).converted(to: .float64).reshaped(joint.shape)
            if teacher.rule == .outputs {
                let squares = try (outputs - joint).squared().sum(axes: [1])
                each += try squares.array(of: Double.self)
                try moments.add(joint)
                errors += try squares.sum().item()
            } else {
                let logs = try outputs.logSoftmax(axis: 1)
                each += try (joint * (joint.clamped(from: 1e-12, to: 1).logarithm() - logs)).sum(axes: [1]).array(of: Double.self)
                guard batch < inputs.sampleBatches else { continue }
                alike += try outputs.largestIndex(axis: 1).equals(joint.largestIndex(axis: 1)).sum().item()
            }
        }
        let count = Double(max(1, each.count)), sum = each.reduce(0, +)
        return HeldOutScore(
            divergence: sum.isFinite ? sum / count : .infinity,
            agreement: teacher.rule == .outputs ? moments.explained(leaving: errors) : alike / Double(inputs.samples), each: each,
            samples: inputs.samples)
    }

    /// What a divergence is called.
    var title: String {
        teacher.rule == .outputs ? "mean squared distance from the parents' mean output" : "KL divergence from the teacher"
    }
}
