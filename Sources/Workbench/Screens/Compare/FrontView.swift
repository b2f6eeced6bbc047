import Formatting
import Fusion
import Reports
import Runs
import Screen

extension Model {
    /// A run as a point: its cost, and whether it is Pareto-optimal.
    struct FrontRun: Equatable, Sendable {
        var run: RunRow
        var cost: Double
        var isOnFront = false
    }

    /// The runs that may be laid beside the selected one: of the same parents, measured on the same data, with an accuracy and a cost.
    var frontRuns: [FrontRun] {
        guard let selected = compare.run, let rows = compare.rows.value else { return [] }
        let ground = Self.ground(selected, in: rows)
        var found = rows.compactMap { run -> FrontRun? in
            guard run.accuracy != nil, Self.ground(run, in: rows) == ground, let cost = cost(of: run, in: rows) else { return nil }
            return FrontRun(run: run, cost: cost)
        }
        for index in ParetoFront.indices(found.map { ($0.cost, $0.run.accuracy ?? .nan) }) { found[index].isOnFront = true }
        return found
    }

    /// What two runs must share to be compared: the parents of the fusion that they are or continue, and the data they are measured on.
    private static func ground(_ run: RunRow, in rows: [RunRow]) -> [String] {
        let origin = CompareState.lineage(of: run, in: rows).last ?? run
        return [
            RunComparison.values(ofRecipe: origin.recipe)["parents"] ?? "", RunComparison.values(ofRecipe: run.recipe)["evaluate"] ?? "",
        ]
    }

    /// The size of a run's network, or the seconds it took with all the runs that it continues.
    private func cost(of run: RunRow, in rows: [RunRow]) -> Double? {
        guard compare.view == .time else { return run.parameters.map(Double.init) }
        return CompareState.lineage(of: run, in: rows).reduce(0) { $0 + $1.seconds }
    }

    /// Accuracy against size or time, the parents among them where it is size.
    func drawFront(in area: Rectangle, onto cells: inout Cells) {
        let runs = frontRuns, all = compare.rows.value?.count ?? 0
        let title = [Span("Accuracy", .title), Span(" against \(compare.view.rawValue)", .dim)]
        let inside = cells.box(area, title: title, note: [Span("\(runs.count) of \(all)", .dim)], appearance: appearance)
        guard !runs.isEmpty else {
            _ = write(
                "No runs of these parents with an accuracy on this data; v shows curves again.",
                in: inside, from: 0, style: .dim, onto: &cells)
            return
        }
        var points = runs.map { one in
            ScatterChart.Point(
                x: one.cost, y: one.run.accuracy ?? .nan, name: "\(one.run.id) \(one.run.method)", sign: Self.runSign(one.run.kind),
                role: one.isOnFront ? .chartBest : Self.runRole(one.run.kind),
                isOnFront: one.isOnFront)
        }
        let selected = runs.firstIndex { $0.run.id == compare.run?.id }
        if compare.view == .size, let detail = compare.run.flatMap({ compare.details[$0.id] }) {
            for (letter, row) in detail.rows.filter({ $0.role == .parent }).enumerated() {
                guard let accuracy = row.accuracy else { continue }
                points.append(
                    ScatterChart.Point(
                        x: Double(row.parameters), y: accuracy, name: Letters.letter(letter),
                        sign: Character(Letters.sign(letter)), role: Role.parent(letter)))
            }
        }
        let (plot, foot) = inside.split(bottom: inside.rows >= 7 ? 1 : 0)
        let isSize = compare.view == .size
        ScatterChart(
            points: points, selected: selected, xTitle: compare.view == .size ? "parameters" : "seconds",
            xText: { isSize ? Format.compact($0) : HeatMap.number($0) }, yText: Labels.axisPercent,
            target: MouseTarget.point
        ).draw(onto: &cells, in: plot, appearance: appearance)
        guard !foot.isEmpty, let selected else { return }
        let one = runs[selected]
        let words =
            "\(one.run.id) \(Format.percent(one.run.accuracy ?? .nan)), "
            + (compare.view == .size ? "\(Format.grouped(Int(one.cost))) parameters" : Format.duration(one.cost))
        cells.write([Span(" \(words)", .title), Span(one.isOnFront ? " · Pareto-optimal" : "", .chartBest)], in: foot)
    }

    static func runSign(_ kind: String) -> Character { kind == "fuse" ? "◆" : kind == "finetune" ? "■" : "·" }
    static func runRole(_ kind: String) -> Role { kind == "fuse" ? .fused : .chartValidation }
}
