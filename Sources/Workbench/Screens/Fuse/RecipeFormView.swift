import Formatting
import Fusion
import Screen

extension Model {
    func drawRecipe(in area: Rectangle, onto cells: inout Cells) {
        let title =
            [Span("Recipe", .title)]
            + (ownGroup.map { [Span(" · \($0.name) only · o all layers", .warn)] } ?? [Span(" · \(recipe.method.paper)", .dim)])
        let inside = cells.box(area, title: title, focused: hasFocus(.form), appearance: appearance)
        var body = inside
        if layout.panels[.numbers] == nil, inside.rows >= 10 {
            let (form, numbers) = inside.split(bottom: 5)
            cells.rule(in: numbers, line: 0)
            drawComparison(in: numbers.split(top: 1).rest, onto: &cells)
            body = form
        }
        Form(
            rows: rows(of: .recipe), selected: fuse.form.selected, isFocused: hasFocus(.form), editing: fuse.form.editing,
            problem: fuse.form.problem, target: MouseTarget.field
        ).draw(onto: &cells, in: body)
    }

    /// The shown layer's statistics, with those before the last edit.
    func drawLayerChange(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(
            area, title: [Span(group.map { "Layer \($0.name)" } ?? "Layer", .title)],
            note: planned.map { [Span(Format.duration($0.snapshot.seconds), .dim)] } ?? [], appearance: appearance)
        drawComparison(in: inside, onto: &cells)
    }

    private func drawComparison(in area: Rectangle, onto cells: inout Cells) {
        guard let group, let planned, let now = numbers(of: planned.snapshot) else {
            _ = write(opened.value?.mismatch ?? noPlanReason, in: area, from: 0, style: .dim, onto: &cells)
            return
        }
        let was = planned.previous, isStale = planned.recipe != recipe
        let state = isStale ? (isPlanning ? "planning …" : "outdated") : "live, \(Format.duration(planned.snapshot.seconds))"
        cells.write([Span(group.name, .title), Span("  \(state)", Style(isStale ? .warn : .dim))], in: area)
        let column = max(14, area.columns - 22)
        cells.write(
            Text.fit("now", to: 10, .right) + Text.fit(was == nil ? "" : "before", to: 11, .right), in: area, indent: column, style: .dim)
        for (index, row) in comparedRows(now, was).enumerated() where index + 1 < area.rows {
            cells.write(row.label, in: area, line: index + 1, style: .dim)
            cells.write(
                [
                    Span(Text.fit(row.now, to: 10, .right), isStale ? Style.dim : Style(.title)),
                    Span(Text.fit(was == nil ? "" : row.before, to: 11, .right), .dim),
                ], in: area, line: index + 1, indent: column)
        }
        if now.selection == nil, area.rows > 4 {
            cells.write([Span(Text.fit("certificate", to: 14), .dim), Span(now.certificate)], in: area, line: 4)
        }
        if let planProblem, area.rows > 5 {
            _ = write("\(appearance.error) \(planProblem)", in: area, from: 5, style: Style(.error), onto: &cells)
        }
    }

    private func comparedRows(_ now: PlanNumbers, _ was: PlanNumbers?) -> [(label: String, now: String, before: String)] {
        func row(_ label: String, _ value: (PlanNumbers) -> String?) -> (label: String, now: String, before: String) {
            (label, value(now) ?? Format.none, was.flatMap(value) ?? Format.none)
        }
        guard let selection = now.selection else {
            return [
                row("effective matches") { HeatMap.number($0.effectiveMatches) },
                row("transport cost") { $0.transportCost.map(HeatMap.number) },
                row("confident matches") { Format.percent($0.clearShare, digits: 0) },
            ]
        }
        let parents = selection.selected.indices
        // A line for each parent where there is room before the last.
        let counts =
            parents.count > 2
            ? [row("selected of each") { $0.selection?.counts(room: 10) }]
            : parents.map { parent in row("selected from \(Letters.letter(parent))") { $0.selection?.count(of: parent) } }
        return counts + [row("reconstruction error") { ($0.selection?.reconstructionError).map { Format.percent($0) } }]
    }

    func numbers(of snapshot: GroupSnapshot) -> PlanNumbers? {
        guard let coupling = snapshot.coupling(of: align.parent) else { return nil }
        return PlanNumbers(
            effectiveMatches: coupling.analysis.effectiveMatches, transportCost: coupling.transportCost,
            clearShare: coupling.analysis.clearShare, certificate: Labels.certificate(coupling), selection: snapshot.selection)
    }
}
