import Formatting
import Fusion
import Screen

/// Names and states in narrow places; numbers are formatted by `Format`.
enum Labels {
    /// A file's name without the suffix that all parents share.
    static func stem(_ name: String) -> String {
        let suffixes = [".safetensors", ".checkpoint", ".pth", ".pt2", ".pt", ".bin"]
        return suffixes.first { name.hasSuffix($0) && name.count > $0.count }.map { String(name.dropLast($0.count)) } ?? name
    }

    /// A file's name in a narrow place: without its suffix where that helps, then cut in its middle, because both ends tell files apart.
    static func name(_ name: String, room: Int) -> String {
        guard Text.width(name) > room else { return name }
        let stem = stem(name)
        guard Text.width(stem) > room else { return stem }
        let head = Text.clip(stem, to: room / 2, mark: "")
        return head + Text.clipStart(stem, to: room - Text.width(head))
    }

    /// Parents in one phrase, behind the folder that all of them share: “non-iid-pair: a + b”.
    static func parents(_ paths: [String]) -> String {
        let parts = paths.map { $0.split(separator: "/").map(String.init) }
        let names = parts.map { stem($0.last ?? "") }.joined(separator: " + "), folders = Set(parts.map { $0.dropLast().last })
        return folders.count == 1 ? (folders.first.flatMap { $0 }.map { "\($0): " } ?? "") + names : names
    }

    /// What the solver certifies, in three words.
    static func certificate(_ coupling: CouplingSnapshot) -> String {
        guard let certificate = coupling.certificate else { return coupling.isIdentity ? "identity" : "none" }
        return (certificate.converged ? "converged" : "not converged") + " · \(certificate.iterations) iterations"
    }

    /// An importance measure.
    static func importance(_ kind: Importance.Kind) -> String {
        switch kind {
        case .uniform: "uniform"
        case .l1: "Σ|w|"
        case .l2: "‖w‖"
        case .activation: "mean |activation|"
        case .gradient: "|activation × gradient|"
        case .conductance: "conductance"
        case .deeplift: "DeepLIFT"
        case .ablation: "ablation"
        }
    }

    /// A share on an axis: 94.8%.
    static func axisPercent(_ share: Double) -> String { HeatMap.number((share * 1000).rounded() / 10) + "%" }
}
