/// The reference of a table's hyperparameters, made from their declarations.
package enum HyperparameterReference {
    package static func lines(_ table: HyperparameterTable) -> [String] {
        var lines = ["\(table.id): \(table.title) (\(table.paper))", "  \(table.summary)"]
        for hyperparameter in table.hyperparameters {
            let unit = hyperparameter.unit.isEmpty ? "" : " \(hyperparameter.unit)"
            lines.append("  \(hyperparameter.key) = \(hyperparameter.text(hyperparameter.fallback))\(unit)   [\(hyperparameter.range)]")
            lines.append("      \(hyperparameter.help)" + (hyperparameter.paper.isEmpty ? "" : " Source: \(hyperparameter.paper)."))
            if let condition = condition(hyperparameter) { lines.append("      Has an effect with \(condition).") }
        }
        if !table.presets.isEmpty { lines.append("  presets: " + table.presets.map { "\($0.id) (\($0.title))" }.joined(separator: ", ")) }
        return lines + [""]
    }

    package static func markdown(_ table: HyperparameterTable) -> [String] {
        var lines = [
            "## `\(table.id)` — \(table.title)", "", "\(table.summary) \(table.paper).", "",
            "| key | values | default | meaning | with | source |", "|---|---|---|---|---|---|",
        ]
        for hyperparameter in table.hyperparameters {
            lines.append(
                "| `\(hyperparameter.key)` | \(hyperparameter.range) | \(hyperparameter.text(hyperparameter.fallback)) | \(hyperparameter.help) | \(condition(hyperparameter) ?? "") | \(hyperparameter.paper) |"
            )
        }
        if !table.presets.isEmpty {
            lines +=
                ["", "Presets:", ""]
                + table.presets.map { preset in
                    let values = preset.values.sorted { $0.key < $1.key }.map { "`\($0.key)=\($0.value)`" }.joined(separator: ", ")
                    return "* `\(preset.id)` — \(preset.title): \(values)"
                }
        }
        return lines + [""]
    }

    private static func condition(_ hyperparameter: AnyHyperparameter) -> String? {
        guard !hyperparameter.conditions.isEmpty else { return nil }
        return hyperparameter.conditions.map { "\($0.key)=\($0.values.map(\.description).joined(separator: " or "))" }.joined(
            separator: " and ")
    }
}
