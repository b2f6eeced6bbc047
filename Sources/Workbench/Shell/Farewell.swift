import Screen

extension Model {
    /// What became of a fine-tuning that the program did not wait for.
    var resumeWords: String {
        let place = train.live?.checkpointPath
        guard exit == .done else { return "The fine-tuning was stopped: “amalgam runs list” has what it reached." }
        return place.map { "The fine-tuning can be resumed: amalgam finetune --resume \(Text.printable($0))" }
            ?? "The fine-tuning had no checkpoint yet; nothing of it is left."
    }

    /// What stays in the shell after the screen is gone: the last result and its command; nothing where nothing was fused.
    var farewell: String {
        guard let result = fuse.result else { return "" }
        let names = result.rows.map(\.name)
        let width = names.map { Text.width($0) }.max() ?? 0
        var lines = result.rows.map { row in
            Text.fit(row.name, to: width) + "  " + (row.value ?? "")
        }
        lines.append("command: " + result.recipe.command())
        return lines.map { Text.printable($0) }.joined(separator: "\n") + "\n"
    }
}
