/// A way of fusing networks, as far as it asks something of their shapes.
public enum Approach: String, Sendable, CaseIterable {
    case averaging = "weight averaging"
    case otFusion = "OTFusion"
    case gitReBasin = "Git Re-Basin"
    case neuronTransplantation = "Neuron Transplantation"
    case neuronInterpolationHF = "Neuron Interpolation HF"
    case neuronInterpolationKF = "Neuron Interpolation KF"
    case reconstruction = "Reconstruction"

    /// What a method does with neuron groups of different widths.
    enum Widths { case mustAgree, mayDiffer }

    var widths: Widths {
        switch self {
        case .averaging, .gitReBasin, .neuronInterpolationHF: .mustAgree
        case .otFusion, .neuronTransplantation, .neuronInterpolationKF, .reconstruction: .mayDiffer
        }
    }

    /// Why the method needs equal widths, or what it makes of different ones.
    var onDifferentWidths: String {
        switch self {
        case .averaging: "each weight needs a partner at the same place"
        case .gitReBasin: "its matching is a permutation, which needs as many neurons on both sides"
        case .neuronInterpolationHF: "its matching is one to one, which needs as many neurons on both sides"
        case .otFusion: "the fused network has the reference parent's widths"
        case .neuronTransplantation: "the widths are added, then cut to a share"
        case .neuronInterpolationKF: "neurons are clustered to the first parent's widths"
        case .reconstruction: "the fused widths are chosen freely"
        }
    }
}
