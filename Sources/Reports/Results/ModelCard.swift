import Formatting
import Foundation
import Provenance
import Store

/// The `README.md` of a folder with a network that Amalgam made: what it came from, how, and what it was measured at.
///
/// The front matter is YAML as the Hugging Face hub reads it.
package struct ModelCard: Sendable {
    private let title: String
    private let amalgam: String
    private let manifest: Manifest?
    private let command: String
    private let recipe: String
    private let data: String?
    private let evaluationData: String?
    private let rows: [(name: String, accuracy: Double?, loss: Double?, parameters: Int)]
    private let sources: [RunSource]
    private let notes: [String]

    package init(_ report: FusionReport, manifest: Manifest?) {
        title = "A fused network"
        amalgam = report.amalgam
        self.manifest = manifest
        (command, recipe, data, evaluationData, sources, notes) = (
            report.command, report.recipe, report.data, report.evaluationData, report.sources, report.notes
        )
        rows = report.rows.map { row in (row.title, row.evaluation?.accuracy, row.evaluation?.loss, row.parameters) }
    }

    package init(_ report: FineTuningReport, manifest: Manifest?) {
        title = "A trained network"
        amalgam = report.amalgam
        self.manifest = manifest
        (command, recipe, data, evaluationData, sources, notes) = (
            report.command, report.recipe, report.data, report.evaluationData, report.sources, report.notes
        )
        rows = report.rows.map { ($0.name, $0.evaluation?.accuracy, $0.evaluation?.loss, $0.parameters) }
    }

    package var text: String {
        var lines = ["---", "library_name: amalgam", "tags:", "- \(title.contains("fused") ? "model-fusion" : "amalgam")", "- safetensors"]
        let parents = sources.filter { $0.role == .parent || $0.role == .teacher }
        if let accuracy = accuracy {
            lines += [
                "metrics:", "- accuracy", "model-index:", "- name: \(quoted(title))", "  results:", "  - task:",
                "      type: image-classification", "    dataset:", "      name: \(quoted(evaluationData ?? ""))",
                "      type: \(quoted(evaluationData ?? ""))", "    metrics:", "    - type: accuracy", "      value: \(accuracy)",
            ]
        }
        lines += [
            "---", "", "# \(title)", "", "Made with Amalgam \(amalgam)\(manifest.map { ", libtorch \($0.libtorch)" } ?? "").", "",
            "## Parents", "",
        ]
        if parents.isEmpty {
            lines.append("None: trained from scratch.")
        } else {
            lines +=
                ["| | file | SHA-256 |", "|---|---|---|"]
                + parents.map { "| \($0.letter ?? "") | \(cell(Paths.shown($0.name))) | `\($0.sha256)` |" }
        }
        lines += ["", "## Data", ""]
        let others = sources.filter { $0.role != .parent && $0.role != .teacher }
        if others.isEmpty {
            lines.append(data.map { "`\($0)`" } ?? "None: only the weights were used.")
        } else {
            lines +=
                ["| role | data | SHA-256 |", "|---|---|---|"]
                + others.map { "| \($0.role.rawValue) | \(cell(Paths.shownData($0.name))) | `\($0.sha256)` |" }
        }
        if !rows.isEmpty {
            lines += [
                "", "## Results", "", evaluationData.map { "Evaluation data: `\($0)`." } ?? "Not evaluated.", "",
                "| network | accuracy | loss | parameters |", "|---|---:|---:|---:|",
            ]
            lines += rows.map { row in
                "| \(cell(row.name)) | \(Format.percent(row.accuracy)) | \(Format.decimal(row.loss)) | \(row.parameters) |"
            }
        }
        lines += [
            "", "## Recipe", "", "```toml", recipe.trimmingCharacters(in: .newlines), "```", "", "## Command", "", "```sh", command, "```",
        ]
        if !notes.isEmpty { lines += ["", "## Notes", ""] + notes.map { "- \($0)" } }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Of the network itself: the fused row, or the trained one.
    private var accuracy: Double? { manifest?.accuracy }

    private func quoted(_ text: String) -> String {
        "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }

    private func cell(_ text: String) -> String { text.replacingOccurrences(of: "|", with: "\\|") }
}
