import Formatting
import Foundation
import Fusion
import Training

extension FusionReport {
    /// The report as lines of text.
    package var lines: [String] {
        var lines = assumed.map { "assumed: \($0)" } + (assumed.isEmpty ? [] : [""])
        lines += EvaluationTable().lines(rows)
        for row in rows where row.role == .best { lines += [row.note.map { "\(row.name): \(row.letter ?? ""), \($0)" }].compactMap(\.self) }
        if let evaluationData {
            lines += ["evaluation data: \(evaluationData), \(rows.compactMap(\.evaluation).first.map { "\($0.samples) samples" } ?? "")"]
        }
        lines.append("")

        var plan = PlainTable([
            ("group", .left), ("neurons", .left), ("parent", .left), ("solver", .left), ("cost", .right), ("matches", .right),
            ("certificate", .left),
        ])
        for group in groups {
            let neurons = group.parentNeurons.map(String.init).joined(separator: "·") + " → \(group.fusedNeurons)"
            for (index, coupling) in group.couplings.enumerated()
            where coupling.solver != nil || group.couplings.allSatisfy({ $0.solver == nil }) {
                plan.add([
                    group.name, neurons, coupling.parent, coupling.solverTitle,
                    coupling.transportCost.map { Format.significant($0, 6) } ?? "", Format.decimal(coupling.effectiveMatches, 2),
                    coupling.sentence,
                ])
                if coupling.isIdentity, index == 0 { break }
            }
        }
        lines += plan.lines
        lines.append("")
        if !trials.isEmpty {
            // Scores of one round are on the same samples: each candidate's last round counts.
            let latest = trials.filter { trial in trials.last { $0.title == trial.title }?.round == trial.round }
            let front = Set(latest.front.map { [$0.title, "\($0.round)"] })
            var table = PlainTable([
                ("candidate recipe", .left), ("round", .right), ("samples", .right), ("divergence", .right), ("agreement", .right),
                ("parameters", .right),
                ("seconds", .right), ("", .left),
            ])
            for trial in trials {
                table.add([
                    trial.title, "\(trial.round)", "\(trial.samples)",
                    trial.failure == nil ? Format.significant(trial.divergence, 3) : Format.none,
                    trial.failure == nil ? Format.percent(trial.score) : Format.none,
                    Format.grouped(trial.parameters),
                    Format.decimal(trial.seconds, 2),
                    trial.failure
                        ?? (trial.isSelected == true
                            ? "selected"
                            : front.contains([trial.title, "\(trial.round)"]) ? "Pareto-optimal (divergence, size, time)" : ""),
                ])
            }
            lines += table.lines + [""]
        }
        lines += notes.map { "note: \($0)" }
        lines.append(
            String(
                format: "opened in %.2f s, fused in %.3f s, evaluated in %.2f s; peak memory %d MB", seconds.open, seconds.fuse,
                seconds.evaluate, peakMemory / 1_000_000))
        if let output { lines.append("saved \(output)") }
        if let run { lines.append("recorded as \(run):  amalgam runs show \(run)") }
        lines.append("again: \(command)")
        return lines
    }
}
