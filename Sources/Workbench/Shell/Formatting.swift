import Fusion
import Networks
import Runs
import Screen
import Training

/// Numbers as people read them.
enum Formatting {
    static func percent(_ share: Double) -> String { HundredthPercent.text(share) + " %" }

    /// The value of a validation's figure, with its name where that is not the accuracy.
    static func value(_ validation: TrainingValidation) -> String {
        guard let figure = validation.figure else { return percent(validation.accuracy) }
        return "\(figure.name) \(figure.text(validation.accuracy))"
    }

    /// A share to whole percents.
    static func wholePercent(_ share: Double) -> String { share.isFinite ? "\(Int((min(max(share, -10), 10) * 100).rounded())) %" : "!" }

    /// A file's name without the suffix that all parents share.
    static func stem(_ name: String) -> String {
        let suffixes = [".safetensors", ".checkpoint", ".pth", ".pt", ".bin"]
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

    static func seconds(_ value: Double) -> String {
        value < 0.0995 ? "\(Int((value * 1000).rounded())) ms" : HeatMap.number(value) + " s"
    }

    /// What a solver proved, in three words.
    static func certificate(_ coupling: CouplingSnapshot) -> String {
        guard let certificate = coupling.certificate else { return coupling.isIdentity ? "identity" : "none" }
        return (certificate.converged ? "converged" : "not converged") + " · \(certificate.iterations) it"
    }

    /// The size of a file.
    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) B"
        case ..<1_000_000: "\(HeatMap.number(Double(count) / 1e3)) kB"
        case ..<1_000_000_000: "\(HeatMap.number(Double(count) / 1e6)) MB"
        default: "\(HeatMap.number(Double(count) / 1e9)) GB"
        }
    }

    /// A kind of importance in a few words.
    static func score(_ kind: Importance.Kind) -> String {
        switch kind {
        case .uniform: "all alike"
        case .l1: "Σ|w|"
        case .l2: "‖w‖"
        case .activation: "mean |activation|"
        case .gradient: "|activation × gradient|"
        case .conductance: "conductance"
        case .deeplift: "DeepLIFT"
        case .ablation: "ablation"
        }
    }

    /// A large number in a narrow place: 5018, 12.3k, 1.25M.
    static func count(_ value: Double) -> String {
        switch abs(value) {
        case ..<10_000: "\(Int(value.rounded()))"
        case ..<1_000_000: HeatMap.number(value / 1e3) + "k"
        default: HeatMap.number(value / 1e6) + "M"
        }
    }

    /// A share on an axis: 94.8 %.
    static func shortPercent(_ share: Double) -> String { HeatMap.number((share * 1000).rounded() / 10) + "%" }

    static func grouped(_ number: Int) -> String {
        var text = ""
        for (offset, digit) in String(abs(number)).reversed().enumerated() {
            if offset > 0, offset % 3 == 0 { text.append(" ") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }
}

/// Shares with two digits after the point, as papers print them.
enum HundredthPercent {
    static func text(_ share: Double) -> String {
        guard share.isFinite else { return "!" }
        let hundredths = Int((min(max(share, -10), 10) * 10_000).rounded())
        let digits = String(abs(hundredths) % 100)
        return (hundredths < 0 ? "-" : "") + "\(abs(hundredths) / 100)." + (digits.count < 2 ? "0" : "") + digits
    }
}
