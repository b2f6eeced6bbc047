/// How much of its parents' skills a fused network retains, class by class.
///
/// A sample counts once: inherited, lost, gained or missed, by who is right about it.
package struct SkillTransfer: Sendable, Equatable, Codable {
    package struct Class: Sendable, Equatable, Codable {
        package var samples = 0
        /// A parent is right, and so is the fused network.
        package var inherited = 0
        /// A parent is right, the fused network is wrong.
        package var lost = 0
        /// All parents are wrong, the fused network is right.
        package var gained = 0
        /// Nobody is right.
        package var missed = 0
        /// For each parent the samples that it alone of the parents is right about, and how many of them the fused network kept.
        package var alone: [Int]
        package var keptAlone: [Int]
    }

    /// By class number.
    package let classes: [Class]

    /// The sum over all classes.
    package var total: Class {
        var sum = Class(alone: classes.first?.alone.map { _ in 0 } ?? [], keptAlone: classes.first?.alone.map { _ in 0 } ?? [])
        for one in classes {
            sum.samples += one.samples
            sum.inherited += one.inherited
            sum.lost += one.lost
            sum.gained += one.gained
            sum.missed += one.missed
            for parent in sum.alone.indices {
                sum.alone[parent] += one.alone[parent]
                sum.keptAlone[parent] += one.keptAlone[parent]
            }
        }
        return sum
    }

    /// - Parameters:
    ///   - labels: the true class of every sample that was measured, in order.
    package init(of fused: Measurement, parents: [Measurement], labels: [Int]) {
        var classes = [Class](
            repeating: Class(alone: parents.map { _ in 0 }, keptAlone: parents.map { _ in 0 }), count: fused.evaluation.classes.count)
        for (sample, label) in labels.enumerated() where classes.indices.contains(label) && fused.predicted.indices.contains(sample) {
            let isRight = fused.predicted[sample] == label
            let knowing = parents.indices.filter {
                parents[$0].predicted.indices.contains(sample) && parents[$0].predicted[sample] == label
            }
            classes[label].samples += 1
            switch (knowing.isEmpty, isRight) {
            case (false, true): classes[label].inherited += 1
            case (false, false): classes[label].lost += 1
            case (true, true): classes[label].gained += 1
            case (true, false): classes[label].missed += 1
            }
            if knowing.count == 1 {
                classes[label].alone[knowing[0]] += 1
                if isRight { classes[label].keptAlone[knowing[0]] += 1 }
            }
        }
        self.classes = classes
    }
}
