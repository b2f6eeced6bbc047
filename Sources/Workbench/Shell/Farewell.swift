import Screen

extension Model {
    /// What stays in the shell after the screen is gone: the last result and the command that gives it again; nothing where nothing was fused.
    var farewell: String {
        guard let result = fuse.result else { return "" }
        let names = result.rows.map(\.name)
        let width = names.map { Text.width($0) }.max() ?? 0
        var lines = result.rows.map { row in
            Text.fit(row.name, to: width) + "  " + (row.accuracy.map(Formatting.percent) ?? row.measured ?? row.note ?? "")
        }
        lines.append("again: " + result.recipe.command())
        return lines.map { Text.printable($0) }.joined(separator: "\n") + "\n"
    }
}
