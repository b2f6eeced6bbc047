/// The reference of a method's hyperparameters, made from their declarations.
public enum HyperparameterReference {
    public static func lines(_ method: Method) -> [String] {
        var lines = ["\(method.id): \(method.title) (\(method.paper))", "  \(method.summary)"]
        for hyperparameter in method.hyperparameters {
            let unit = hyperparameter.unit.isEmpty ? "" : " \(hyperparameter.unit)"
            lines.append("  \(hyperparameter.key) = \(hyperparameter.fallback)\(unit)   [\(hyperparameter.range)]")
            lines.append("      \(hyperparameter.help)")
            if let condition = condition(hyperparameter) { lines.append("      Has an effect with \(condition).") }
        }
        if !method.presets.isEmpty { lines.append("  presets: " + method.presets.map { "\($0.id) (\($0.title))" }.joined(separator: ", ")) }
        return lines + [""]
    }

    public static func markdown(_ method: Method) -> [String] {
        var lines = ["## `\(method.id)` — \(method.title)", "", "\(method.summary) \(method.paper).", "", "| key | values | default | meaning | with | source |", "|---|---|---|---|---|---|"]
        for hyperparameter in method.hyperparameters {
            lines.append("| `\(hyperparameter.key)` | \(hyperparameter.range) | \(hyperparameter.fallback) | \(hyperparameter.help) | \(condition(hyperparameter) ?? "") | \(hyperparameter.paper) |")
        }
        if !method.presets.isEmpty {
            lines += ["", "Presets:", ""] + method.presets.map { preset in
                let values = preset.values.sorted { $0.key < $1.key }.map { "`\($0.key)=\($0.value)`" }.joined(separator: ", ")
                return "* `\(preset.id)` — \(preset.title): \(values)"
            }
        }
        return lines + [""]
    }

    private static func condition(_ hyperparameter: Hyperparameter) -> String? {
        guard !hyperparameter.conditions.isEmpty else { return nil }
        return hyperparameter.conditions.map { "\($0.key)=\($0.values.map(\.description).joined(separator: " or "))" }.joined(separator: " and ")
    }
}
