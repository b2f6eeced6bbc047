import Networks
import Tensors

// What makes samples a poor base for a fit to the parents, in sentences with their figures.

/// From where on samples are warned about; `docs/methods-reconstruction.md` says how they were chosen.
package enum SampleThresholds {
    /// Fewer samples than these.
    static let few = 20
    /// The share of the teacher's answers that name one class, without statistics of the checkpoints.
    static let oneClass = 0.8
    /// The teacher's mean entropy, as a share of log C, without statistics.
    static let entropy = 0.7
    /// By how much the confidence of the surest parent may lie below the parents' own on data that they know.
    static let confidence = 0.2
    /// By how much the teacher's mean entropy may lie above the parents' own, as a share of log C: parents that know other classes disagree, which
    /// softens their ensemble.
    static let moreEntropy = 0.4
    /// How far the shares of classes may be from those of the parents' own data (half the sum of absolute differences), beside chance.
    static let shares = 0.5

    /// A warning for few samples, nil for enough.
    package static func warning(samples count: Int) -> String? {
        guard count < few else { return nil }
        return
            "warning: only \(count) \(count == 1 ? "sample" : "samples") for the method, fewer than \(few): results vary by points from draw to draw, activation statistics are unreliable and least squares underdetermined, so the result may be worse than any parent; use several hundred, or source=weights where available"
    }
}

extension Teacher {
    /// What makes the samples, or the teacher on them, a poor target.
    ///
    /// - Parameter known: what each parent answers on data that it knows, where its checkpoint says so.
    func warnings(on inputs: ExpandedInputs, known: [AnswerStatistics?] = [], control: FusionControl) throws -> [String] {
        var warnings: [String] = []
        if let few = SampleThresholds.warning(samples: inputs.samples) { warnings.append(few) }
        let isAlone = shares[0].indices.allSatisfy { label in
            shares.contains { $0[label] == 1 } || shares.allSatisfy { $0[label] == 1 / Double(shares.count) }
        }
        if isAlone, shares.contains(where: { $0.contains(1) }) {
            warnings.append(
                "the parents have no class in common: each class is predicted by one parent alone, so only the parents' confidence separates classes of different parents"
            )
        }
        let answers = try answers(on: inputs, control: control)
        if answers.isConstant, inputs.samples > 1 {
            return warnings + [
                "warning: the teacher's output is the same for all samples: nothing can be learned from it; are these the data that the parents were trained on?"
            ]
        }
        guard let seen = answers.teacher, inputs.samples > 1 else { return warnings }
        return warnings + Self.warnings(seen, surest: answers.surest, samples: inputs.samples, known: AnswerStatistics.mean(known))
    }

    /// What the teacher's answers say of the samples.
    ///
    /// - Parameters:
    ///   - surest: the mean confidence of the surest parent of each sample.
    ///   - known: what the parents answer on data that they know, on average; nil where it is not known.
    static func warnings(_ seen: AnswerStatistics, surest: Double, samples: Int, known: AnswerStatistics?) -> [String] {
        let classes = Double(seen.shares.count), largest = seen.shares.max() ?? 0, label = seen.shares.firstIndex(of: largest) ?? 0
        let advice = "are these inputs like those that the parents were trained on, with the same range, normalisation and orientation?"
        var warnings: [String] = []
        if largest == 1 {
            warnings.append(
                "warning: the teacher names class \(label) for every sample: nothing can be learned of the other classes; \(advice)")
        }
        guard let known else {
            if largest < 1, largest >= SampleThresholds.oneClass {
                warnings.append(
                    "warning: the teacher names class \(label) for \(percent(largest)) of the samples (threshold \(percent(SampleThresholds.oneClass))): \(advice)"
                )
            }
            if seen.entropy >= SampleThresholds.entropy {
                warnings.append(
                    "warning: the teacher is nearly as unsure as chance: its mean entropy is \(percent(seen.entropy)) of that of equal probabilities (threshold \(percent(SampleThresholds.entropy))); \(advice)"
                )
            }
            return warnings
        }
        if surest < known.confidence - SampleThresholds.confidence {
            warnings.append(
                "warning: the surest parent of a sample gives its class a probability of \(percent(surest)) on average, but parents give \(percent(known.confidence)) on data that they know, as their checkpoints say: the samples are far from these; \(advice)"
            )
        }
        if seen.entropy > known.entropy + SampleThresholds.moreEntropy {
            warnings.append(
                "warning: the teacher's mean entropy is \(percent(seen.entropy)) of that of equal probabilities, the parents' on data that they know \(percent(known.entropy)), as their checkpoints say: the samples are far from these; \(advice)"
            )
        }
        let apart = zip(seen.shares, known.shares).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
        // As many draws from the same classes differ by 0.4 √(C / n) on average.
        if largest < 1, apart > SampleThresholds.shares + 0.4 * (classes / Double(samples)).squareRoot() {
            warnings.append(
                "warning: the classes that the teacher names differ from those of the parents' own data by \(percent(apart)) (class \(label) has \(percent(largest)) of the samples, \(percent(known.shares[label])) there): \(advice)"
            )
        }
        return warnings
    }

    /// The answers on the samples.
    private struct Answers {
        /// The teacher's; nil where outputs are no classes.
        let teacher: AnswerStatistics?
        /// The mean confidence of the surest parent.
        let surest: Double
        let isConstant: Bool
    }

    private func answers(on inputs: ExpandedInputs, control: FusionControl) throws -> Answers {
        var lowest: Tensor?, highest: Tensor?, surest = 0.0
        var tally = AnswerTally(classes: parents.referenceNetwork.trace.outputWidth)
        try forEachSampleBatch(of: inputs, control) { (_, answers) in
            let (low, high) = (lowest, highest)
            let joint = try rule == .outputs ? weighted(answers) : probabilities(answers, temperature: 1)
            let least = try joint.smallest(axis: 0), most = try joint.largest(axis: 0)
            (lowest, highest) = (
                try low.map { (before) in try -(-before).larger(-least) } ?? least,
                try high.map { (before) in try before.larger(most) } ?? most
            )
            guard rule != .outputs, joint.rank == 2, joint.shape[1] > 1 else { return }
            try tally.add(joint)
            var confidence: Tensor?
            for own in answers {
                let sure = try own.softmax(axis: 1).largest(axis: 1), before = confidence
                confidence = if let before { try before.larger(sure) } else { sure }
            }
            if let confidence { surest += try confidence.sum().item() }
        }
        var isConstant = false
        if let lowest, let highest { isConstant = try (highest - lowest).maximum().item() < 1e-6 }
        return Answers(teacher: tally.statistics, surest: surest / Double(max(1, inputs.samples)), isConstant: isConstant)
    }
}
