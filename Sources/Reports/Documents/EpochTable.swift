import Formatting
import Networks
import Provenance
import Store
import Training

extension ReportDocument {
    /// How a training ended, and what it had come to after each epoch; the row that was kept as the best is marked.
    static func epochs(_ account: RunAccount) -> [Block] {
        guard account.run.kind.trains else { return [] }
        func values(_ name: String) -> [Int: Double] {
            Dictionary(account.series(named: name)?.points.map { ($0.step, $0.value) } ?? [], uniquingKeysWith: { $1 })
        }
        // A training that was measured by another figure has its curve under that name.
        let figure = PredictionTask.allCases.map(\.figure).first { account.series(named: "\($0.name)/validation") != nil } ?? .accuracy
        let loss = values(RunSeries.epochLoss), accuracy = values("accuracy/training"),
            validation = (loss: values("loss/validation"), accuracy: values("\(figure.name)/validation"))
        let rate = values("learning rate"), steps = Set(loss.keys).union(validation.loss.keys).sorted()
        let best = bestStep(account, loss: validation.loss, values: validation.accuracy, figure)

        var table = ReportTable([
            .number("after step"), .number("loss"), .number("accuracy"), .number("validation loss"), .number(figure.name),
            .number("learning rate"),
        ])
        // A long training has a row for every so many epochs.
        let stride = max(1, (steps.count + mostRows - 1) / mostRows)
        for (index, step) in steps.enumerated() where index % stride == 0 || index == steps.count - 1 || step == best {
            table.add(
                [
                    "\(step)", Format.decimal(loss[step]), Format.percent(accuracy[step]),
                    Format.decimal(validation.loss[step]),
                    (step == best ? "★ " : "") + figure.text(validation.accuracy[step]),
                    rate[step].map { Format.significant($0) } ?? Format.none,
                ], isStrong: step == best)
        }
        var blocks: [Block] = []
        if let end = account.events.last(where: { $0.kind == "finished" })?.text {
            blocks.append(.paragraph(end.prefix(1).uppercased() + end.dropFirst() + "."))
        }
        if !table.rows.isEmpty { blocks.append(.table(table)) }
        return blocks
    }

    private static let mostRows = 40

    /// Where the validation was at its best, as the training's own settings judge it; nil where it keeps the last epoch.
    private static func bestStep(_ account: RunAccount, loss: [Int: Double], values: [Int: Double], _ figure: Figure) -> Int? {
        guard let recipe = try? FineTuningRecipe(toml: account.run.recipe, path: ""),
            let settings = try? FineTuningSettings(recipe.settings), settings[FineTuning.keep] == .best
        else { return nil }
        return loss.keys.sorted().min { first, second in
            let (one, other) = (figure.worth(values[first] ?? .nan), figure.worth(values[second] ?? .nan))
            if settings[FineTuning.bestBy] != .loss, one != other { return one > other }
            return (loss[first] ?? .infinity) < (loss[second] ?? .infinity)
        }
    }
}
