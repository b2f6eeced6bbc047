import Formatting
import Foundation
import Store

extension ReportDocument {
    /// Runs side by side.
    package init(_ comparison: RunComparison) {
        let accounts = comparison.runs
        let names = accounts.map { $0.run.title.map { title in "\(title)" } ?? "\($0.run.id)" }
        let best = Self.best(accounts), figures = Self.figures(accounts)
        // Titles may be equal; names may not.
        let labels = zip(accounts, names).map { account, name in Set(names).count == names.count ? name : "\(account.run.id) \(name)" }
        self.init(
            title: "Comparison of \(accounts.map { $0.run.id.description }.joined(separator: ", "))",
            summary: "\(accounts.count) runs: \(accounts.map { "\($0.run.id) \($0.run.method)" }.joined(separator: ", ")).",
            headline: zip(accounts, labels).compactMap { account, label in
                account.outcome.flatMap { row in
                    row.measured.map { Fact(name: label, value: figures.cell(row.figure, $0), isChief: $0 == best) }
                }
            },
            sections: [
                Section(title: "Results", blocks: Self.results(accounts, labels)),
                Section(title: "Curves", blocks: Self.overlays(accounts, labels)),
                Section(
                    title: "Recipe differences", blocks: Self.differences(comparison.recipe, accounts, "The recipes are identical.")
                ),
                Section(
                    title: "Other differences",
                    blocks: Self.differences(comparison.surroundings, accounts, "Parents, data, versions and machine are identical.")),
                Section(title: "Couplings", blocks: Self.plans(accounts, labels)),
                Section(title: "Commands", blocks: [.code(accounts.map { "# \($0.run.id)\n\($0.run.command)" }.joined(separator: "\n\n"))]),
            ])
    }

    private static func figures(_ accounts: [RunAccount]) -> FigureColumn {
        FigureColumn(accounts.compactMap(\.outcome).filter { $0.measured != nil }.map(\.figure))
    }

    /// The best value, where all are measured by one figure.
    private static func best(_ accounts: [RunAccount]) -> Double? {
        let outcomes = accounts.compactMap(\.outcome).filter { $0.measured != nil }
        guard let figure = outcomes.first?.figure, outcomes.allSatisfy({ $0.figure == figure }) else { return nil }
        return outcomes.compactMap(\.measured).max { figure.isBetter($1, than: $0) }
    }

    private static func results(_ accounts: [RunAccount], _ labels: [String]) -> [Block] {
        let figures = figures(accounts)
        var table = ReportTable([
            .text("run"), .text("title"), .text("method"), .text("status"), .number(figures.title), .number("loss"),
            .number("calibration error"), .number("parameters"),
            .number("time"), .number("memory"),
        ])
        let best = best(accounts)
        var bars: [BarChart.Bar] = []
        for (index, account) in accounts.enumerated() {
            let run = account.run, outcome = account.outcome
            table.add(
                [
                    "\(run.id)", run.title ?? "", run.method, run.status.rawValue,
                    outcome.map { figures.cell($0.figure, $0.measured) } ?? "–", Format.decimal(outcome?.loss),
                    Format.decimal(outcome?.calibrationError), outcome.map { Format.grouped($0.parameters) } ?? "–",
                    Format.duration(run.seconds()),
                    run.peakMemory.map(Format.bytes) ?? "–",
                ], isStrong: best != nil && outcome?.measured == best)
            if let outcome, outcome.figure.isShare, let share = outcome.measured {
                bars.append(.init(name: labels[index], value: share, hue: .numbered(index)))
            }
        }
        // Parents are the same for many comparisons; each is drawn once.
        var seen: Set<String> = []
        for account in accounts {
            for row in account.evaluations where [.parent, .ensemble, .average].contains(row.role) {
                guard let accuracy = row.measured, row.figure.isShare, seen.insert("\(row.role.rawValue) \(row.name) \(accuracy)").inserted
                else {
                    continue
                }
                bars.append(.init(name: row.letter.map { "\($0) \(row.name)" } ?? row.name, value: accuracy, hue: .quiet))
            }
        }
        return (bars.isEmpty ? [] : [.bars(BarChart(title: figures.heading, bars: bars))]) + [.table(table)]
    }

    /// Each series once, a line for each run that has it.
    private static func overlays(_ accounts: [RunAccount], _ labels: [String]) -> [Block] {
        let names = Set(accounts.flatMap { $0.series.map(\.name) }).sorted()
        return names.map { name in
            .lines(
                CurveChart(
                    title: name,
                    lines: accounts.enumerated().compactMap { index, account in
                        account.series(named: name).map { CurveChart.Line(name: labels[index], points: $0.points, hue: .numbered(index)) }
                    }))
        }
    }

    private static func differences(_ differences: [RunComparison.Difference], _ accounts: [RunAccount], _ none: String) -> [Block] {
        guard !differences.isEmpty else { return [.paragraph(none)] }
        var table = ReportTable([.text("")] + accounts.map { .text("\($0.run.id)") })
        for difference in differences { table.add([difference.key] + difference.values.map { $0 ?? "–" }) }
        return [.table(table)]
    }

    private static func plans(_ accounts: [RunAccount], _ labels: [String]) -> [Block] {
        let pictures = zip(accounts, labels).flatMap { account, label in
            account.couplings.filter { $0.pictureRows > 0 && $0.pictureColumns > 0 }.map {
                (title: "\(label): \($0.neuronGroup), parent \($0.parent)", coupling: $0)
            }
        }
        return pictures.isEmpty ? [] : [.plans(pictures, explanation: pictureExplanation)]
    }
}
