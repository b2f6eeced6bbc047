import Hyperparameters
import Networks

/// How much each parent's neurons count where neurons are selected: those of the parent closest to the teacher fully, the others' less.
struct ClosestParent: Sendable {
    let parents: ParentSet
    let settings: Settings
    let inputs: ExpandedInputs
    /// Each parent's priors of every class, where they are known.
    let knownShares: [[Double]]?

    /// The weight of the other parents: that of the recipe, or the automatic one.
    var others: Double { Reconstruction.othersWeight(settings, of: parents.referenceNetwork) }

    /// How much each parent's neurons count; nil for all alike. Of parents that are equally close the first counts most.
    ///
    /// - Parameter pass: with what the parents answer, and what their output layers read.
    func weights(_ pass: ParentPass, control: FusionControl) throws -> [Double]? {
        guard others < 1 else { return nil }
        let teacher = try ClassPriorWeighting(settings).teacher(
            of: parents, known: knownShares, rule: settings[Reconstruction.teacher], on: inputs, asked: pass.teacher, control: control)
        let distances = try distances(teacher, pass.features, control: control)
        let closest = distances.indices.min { distances[$0] < distances[$1] } ?? 0
        return distances.indices.map { $0 == closest ? 1 : others }
    }

    /// The leave-one-out error of each parent with its output layer fitted to the teacher; without a layer that can be fitted, its disagreement.
    private func distances(_ teacher: Teacher, _ features: ParentFeatures?, control: FusionControl) throws -> [Double] {
        guard parents.networks.allSatisfy({ ControlNetworks.reason($0) == nil }) else {
            return try teacher.agreement(control: control, on: inputs).map { -$0 }
        }
        return try parents.networks.enumerated().map { parent, network in
            let fit = HeadFit(
                teacher: teacher, inputs: inputs, temperature: settings[Reconstruction.temperature],
                known: features.map { features in { features.taken($0, of: parent) } })
            return try fit.fitted(network, control: control).diagnostics.errors.min() ?? .infinity
        }
    }
}
