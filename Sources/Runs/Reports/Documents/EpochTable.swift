import Training

extension ReportDocument {
    /// How a training ended, and what it had come to after each epoch; the row that was kept as the best is marked.
    static func epochs(_ account: RunAccount) -> [Block] {
        guard account.run.kind.trains else { return [] }
        func values(_ name: String) -> [Int: Double] { Dictionary(account.series(named: name)?.points.map { ($0.step, $0.value) } ?? [], uniquingKeysWith: { $1 }) }
        let loss = values(RunSeries.epochLoss), accuracy = values("accuracy/training"), validation = (loss: values("loss/validation"), accuracy: values("accuracy/validation"))
        let rate = values("learning rate"), steps = Set(loss.keys).union(validation.loss.keys).sorted()
        let best = bestStep(account, loss: validation.loss, accuracy: validation.accuracy)

        var table = ReportTable([
            .number("after step"), .number("loss"), .number("accuracy"), .number("validation loss"), .number("accuracy"), .number("learning rate"),
        ])
        // A long training has a row for every so many epochs.
        let stride = max(1, (steps.count + mostRows - 1) / mostRows)
        for (index, step) in steps.enumerated() where index % stride == 0 || index == steps.count - 1 || step == best {
            table.add(
                ["\(step)", ReportWords.decimals(loss[step]), ReportWords.percent(accuracy[step]), ReportWords.decimals(validation.loss[step]),
                 (step == best ? "★ " : "") + ReportWords.percent(validation.accuracy[step]), rate[step].map(ReportWords.short) ?? "–"], isStrong: step == best)
        }
        var blocks: [Block] = []
        if let end = account.events.last(where: { $0.kind == "finished" })?.text { blocks.append(.paragraph(end.prefix(1).uppercased() + end.dropFirst() + ".")) }
        if !table.rows.isEmpty { blocks.append(.table(table)) }
        return blocks
    }

    private static let mostRows = 40

    /// Where the validation was at its best, as the training's own settings judge it; nil where it keeps the last epoch.
    private static func bestStep(_ account: RunAccount, loss: [Int: Double], accuracy: [Int: Double]) -> Int? {
        guard let recipe = try? FineTuningRecipe(toml: account.run.recipe, path: ""), let settings = try? FineTuningSettings(recipe.settings), settings.keepsBest else { return nil }
        return loss.keys.sorted().min { first, second in
            let (one, other) = (accuracy[first] ?? 0, accuracy[second] ?? 0)
            if !settings.isBestByLoss, one != other { return one > other }
            return (loss[first] ?? .infinity) < (loss[second] ?? .infinity)
        }
    }
}
