import Foundation
import Transport

extension FusionReport {
    /// The report as lines for a person.
    public var lines: [String] {
        var lines = assumed.map { "assumed: \($0)" } + (assumed.isEmpty ? [] : [""])
        let figures = FigureColumn(rows.compactMap(\.evaluation?.figure)), second = rows.lazy.compactMap(\.evaluation?.task.second).first
        var columns: [(title: String, alignment: PlainTable.Alignment)] = [("network", .left), (figures.title, .right)]
        if let second { columns.append((second.name, .right)) }
        columns += [("loss", .right), ("parameters", .right)]
        var results = PlainTable(columns)
        for row in rows {
            let title = row.title
            let (value, loss) = row.evaluation.map { ($0.valueText, $0.lossText) } ?? ("–", row.note ?? "–")
            results.add(
                [title, value] + (second == nil ? [] : [row.evaluation?.secondText ?? "–"]) + [loss, Self.grouped(row.parameters)])
        }
        lines += results.lines
        for row in rows where row.role == .best { lines += [row.note.map { "\(row.name): \(row.letter ?? ""), \($0)" }].compactMap(\.self) }
        if let evaluationData {
            lines += ["measured on \(evaluationData), \(rows.compactMap(\.evaluation).first.map { "\($0.samples) samples" } ?? "")"]
        }
        lines.append("")

        var plan = PlainTable([
            ("group", .left), ("neurons", .left), ("parent", .left), ("solver", .left), ("cost", .right), ("matches", .right),
            ("certificate", .left),
        ])
        for group in groups {
            let neurons = group.parentNeurons.map(String.init).joined(separator: "·") + " → \(group.fusedNeurons)"
            for (index, coupling) in group.couplings.enumerated()
            where coupling.certificate != nil || group.couplings.allSatisfy({ $0.certificate == nil }) {
                plan.add([
                    group.name, neurons, coupling.parent, coupling.certificate?.solver ?? (coupling.isIdentity ? "identity" : "–"),
                    coupling.transportCost.map { String(format: "%.6g", $0) } ?? "", String(format: "%.2f", coupling.effectiveMatches),
                    coupling.certificate.map(Self.sentence) ?? (coupling.isIdentity ? "order kept" : "chosen by the method"),
                ])
                if coupling.isIdentity, index == 0 { break }
            }
        }
        lines += plan.lines
        lines.append("")
        if !trials.isEmpty {
            let front = Set(trials.front.map(\.title))
            var table = PlainTable([
                ("recipe tried", .left), ("round", .right), ("samples", .right), ("score", .right), ("parameters", .right),
                ("seconds", .right), ("", .left),
            ])
            for trial in trials {
                table.add([
                    trial.title, "\(trial.round)", "\(trial.samples)", trial.failure == nil ? Self.percent(trial.score) : "–",
                    Self.grouped(trial.parameters),
                    String(format: "%.2f", trial.seconds),
                    trial.failure
                        ?? (front.contains(trial.title) && trials.last { $0.title == trial.title }?.round == trial.round
                            ? "on the front of score, size and time" : ""),
                ])
            }
            lines += table.lines + [""]
        }
        lines += notes.map { "note: \($0)" }
        lines.append(
            String(
                format: "%.2f s to open, %.3f s to fuse, %.2f s to evaluate; at most %d MB of memory", seconds.open, seconds.fuse,
                seconds.evaluate, peakMemory / 1_000_000))
        if let output { lines.append("saved \(output)") }
        if let run { lines.append("recorded as \(run):  amalgam runs show \(run)") }
        lines.append("again: \(command)")
        return lines
    }

    /// A certificate in words.
    static func sentence(_ certificate: Certificate) -> String {
        var parts = [certificate.converged ? "converged" : "! not converged"]
        let error = max(certificate.rowError, certificate.columnError)
        parts.append(error == 0 ? "margins exact" : String(format: "margins off by %.0e", error))
        if let gap = certificate.dualityGap { parts.append(gap == 0 ? "no gap" : String(format: "gap %.0e", abs(gap))) }
        switch certificate.uniqueness {
        case .unique: parts.append("unique")
        case .multiple: parts.append("! not the only optimum")
        case .unknown: break
        }
        return parts.joined(separator: ", ")
    }

    public static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }

    public static func decimal(_ number: Double) -> String { String(format: "%.4f", number) }

    /// 1234567 as 1 234 567.
    public static func grouped(_ number: Int) -> String {
        var digits = String(number), text = ""
        while digits.count > 3 {
            text = " " + digits.suffix(3) + text
            digits.removeLast(3)
        }
        return digits + text
    }
}
