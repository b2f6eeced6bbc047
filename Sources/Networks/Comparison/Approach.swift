/// A fusion method, as far as it has requirements on shapes.
package enum Approach: String, Sendable, CaseIterable {
    case averaging = "weight averaging"
    case otFusion = "OTFusion"
    case gitReBasin = "Git Re-Basin"
    case neuronTransplantation = "Neuron Transplantation"
    case neuronInterpolationHF = "Neuron Interpolation HF"
    case neuronInterpolationKF = "Neuron Interpolation KF"

    /// What a method does with neuron groups of different widths.
    enum Widths { case mustAgree, mayDiffer }

    var widths: Widths {
        switch self {
        case .averaging: .mustAgree
        case .otFusion, .gitReBasin, .neuronTransplantation, .neuronInterpolationHF, .neuronInterpolationKF: .mayDiffer
        }
    }

    /// Why the method needs equal widths, or what it makes of different ones.
    var onDifferentWidths: String {
        switch self {
        case .averaging: "every weight needs a counterpart at the same position"
        case .gitReBasin, .neuronInterpolationHF:
            "the narrower group is matched with as many neurons of the wider one; the fused network keeps the reference's widths"
        case .otFusion: "the fused network has the reference parent's widths"
        case .neuronTransplantation: "the widths are concatenated, then pruned"
        case .neuronInterpolationKF: "neurons are clustered to the reference parent's widths, or to chosen ones"
        }
    }
}
