/// Diagnostics of a reconstruction: selected neurons, reconstruction errors, the residual of each layer, the ridge of the output layer,
/// and the agreement with the teacher.
public struct ReconstructionDiagnostics: Diagnostics, Codable {
    package struct Group: Diagnostics, Codable {
        package let name: String
        /// The neurons kept of each parent, ascending.
        package let kept: [[Int]]
        package let parentNeurons: [Int]
        /// The reconstruction error, as a share of the variance, of the best linear map of the first i selected neurons; each neuron is weighted by the weights that read it.
        package let errors: [Double]
        /// Neurons kept that add nothing to the others: dead ones, duplicates.
        package let idle: Int
        /// How much each parent's neurons counted; nil for all alike.
        package var weights: [Double]?

        package var error: Double { errors.last ?? 0 }
    }

    /// One layer, or several that add up, fitted by least squares.
    package struct Layer: Sendable, Codable {
        package let names: [String]
        package let rows: Int
        package let inputs: Int
        /// The share of the targets' variance that the fit leaves over.
        package let residual: Double
        /// The rows that there would have been, where only some were taken.
        package var available: Int?
    }

    /// The last layer's shrinkage towards its prior: leave-one-out errors as shares of the target's variance.
    package struct Head: Sendable, Codable {
        package let strengths: [Double]
        package let errors: [Double]
        package let chosen: Double
        package let rows: Int
        package let inputs: Int
        /// The mean divergence from the teacher before the first Newton step and after each; nil where there are none.
        package let divergences: [Double]?
    }

    package internal(set) var groups: [Group] = []
    package internal(set) var layers: [Layer] = []
    package internal(set) var head: Head?
    /// The mean divergence from the teacher on the refinement's inputs, before the first step and after each.
    package internal(set) var refinement: [Double] = []
    /// Each parent's share of every class, before `prior-exponent` makes weights of them; [parents][classes].
    package internal(set) var classShares: [[Double]] = []
    /// The share of the samples for which the fused network names the teacher's class, and for which each parent does.
    package internal(set) var agreement: Double?
    package internal(set) var parentAgreement: [Double] = []
}

extension FusionOutcome {
    /// The diagnostics of a reconstruction, regression or refinement, if there was one.
    public internal(set) var reconstruction: ReconstructionDiagnostics? {
        get { diagnostics[ReconstructionDiagnostics.self] }
        set { diagnostics[ReconstructionDiagnostics.self] = newValue }
    }
}

/// The teacher that the network was fitted to, and the inputs, for a refinement that follows.
struct DistillationContext: Diagnostics {
    let teacher: Teacher
    let inputs: ExpandedInputs
    /// What the parents' output layers read on them, where it was kept.
    var features: ParentFeatures?
}
