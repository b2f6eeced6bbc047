import Fusion
import Screen

extension Model {
    /// Parents and groups beside the form.
    func drawGroupList(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: [Span("Parents & layers", .title)], focused: hasKeyboard(.groups), appearance: appearance)
        guard let opened = opened.value else {
            _ = write("Press 1 and open parents.", in: inside, from: 0, style: .dim, onto: &cells)
            return
        }
        let heads = min(opened.parents.count, max(1, inside.rows / 3))
        for (index, parent) in opened.parents.prefix(heads).enumerated() {
            let accuracy = parent.accuracy.map(Words.percent) ?? ""
            let room = max(4, inside.columns - Text.width(accuracy) - 4)
            cells.write(
                [
                    Span("\(FusionLetters.letter(index))\(FusionLetters.sign(index)) ", Style(Role.parent(index))),
                    Span(Words.name(Words.stem(parent.name), room: room), Style(Role.parent(index))),
                ], in: inside, line: index)
            cells.writeAtRight(accuracy, in: inside, line: index, style: Style(Role.parent(index)))
        }
        cells.rule(in: inside, line: heads)
        let body = inside.split(top: heads + 1).rest
        let rows = groups.map { group in
            [
                Span(group.name + (recipe.edits[group.name].isEmpty ? "" : " •"), recipe.edits[group.name].isEmpty ? .text : Style(.warn)),
                Span(
                    Set(group.neurons).count <= 1 ? "\(group.neurons.first ?? 0)" : group.neurons.map(String.init).joined(separator: "·"),
                    .dim), matchedSpan(group),
            ]
        }
        let columns: [Table.Column] = [
            .init("", .flexible(least: 5)), .init("", .flexible(least: 4), .right), .init("", .fixed(7), .right),
        ]
        Table(columns: columns, rows: rows, selected: selectedGroup, isFocused: hasKeyboard(.groups), targetName: "group").draw(
            onto: &cells, in: body)
    }

    func drawForm(in area: Rectangle, hasNumbersPanel: Bool, onto cells: inout Cells) {
        let title =
            [Span("Recipe", .title)]
            + (ownGroup.map { [Span(" · \($0.name) alone · o all layers", .warn)] } ?? [Span(" · \(recipe.method.paper)", .dim)])
        let inside = cells.box(area, title: title, focused: hasKeyboard(.form), appearance: appearance)
        var body = inside
        if !hasNumbersPanel, inside.rows >= 10 {
            let (form, numbers) = inside.split(bottom: 5)
            cells.rule(in: numbers, line: 0)
            drawComparison(in: numbers.split(top: 1).rest, onto: &cells)
            body = form
        }
        Form(
            rows: formFields.map(formRow), selected: fuse.field, isFocused: hasKeyboard(.form), editing: fuse.editing, problem: fuse.problem
        ).draw(onto: &cells, in: body)
    }

    func formRow(_ field: FormField) -> Form.Row {
        switch field {
        case .method:
            let index = Methods.all.firstIndex(of: recipe.method) ?? 0
            return Form.Row(label: "method", control: .choice(recipe.method.title, index: index, count: Methods.all.count))
        case .preset:
            let index = presetIndex
            return Form.Row(
                label: "preset", control: .choice(index.map { presetWords[$0] } ?? "your own", index: index ?? 0, count: presetWords.count))
        case .seed:
            return Form.Row(label: "seed", control: .words(String(recipe.seed)), note: "")
        case .data: return Form.Row(label: "data", control: .words(recipe.data ?? "none"))
        case .evaluation: return Form.Row(label: "measured on", control: .words(recipe.evaluation ?? "none"))
        case .hyperparameter(let hyperparameter):
            var row = Self.formRow(hyperparameter, formSettings)
            if let ownGroup {
                row.isChanged = recipe.edits[ownGroup.name].values[hyperparameter.key] != nil
                if row.isChanged { row.note = "\(ownGroup.name) only" }
            } else {
                let own = recipe.edits.groups.compactMap { name in recipe.edits[name].values[hyperparameter.key].map { "\(name) \($0)" } }
                if !own.isEmpty { row.note = own.joined(separator: ", ") }
            }
            return row
        case .neurons:
            let own = ownGroup.flatMap { recipe.edits[$0.name].neurons }
            return Form.Row(
                label: "neurons", control: .words(ownNeurons.map(String.init) ?? "–"),
                note: own == nil ? "as the reference" : "\(ownGroup?.name ?? "") only", isChanged: own != nil)
        }
    }

    /// A hyperparameter as a line of a form.
    static func formRow(_ hyperparameter: AnyHyperparameter, _ settings: Settings) -> Form.Row {
        let value = settings[hyperparameter.key] ?? hyperparameter.fallback
        let idle = settings.idleReason(hyperparameter)
        return Form.Row(
            label: hyperparameter.title, control: control(hyperparameter, value), note: idle ?? note(hyperparameter),
            isDisabled: idle != nil,
            isChanged: value != hyperparameter.fallback && idle == nil)
    }

    private static func control(_ hyperparameter: AnyHyperparameter, _ value: HyperparameterValue) -> Form.Control {
        switch (hyperparameter.kind, value) {
        case (.choice(let choices), .choice(let word)):
            return .choice(word, index: choices.firstIndex { $0.word == word } ?? 0, count: choices.count)
        case (.flag, .flag(let isOn)): return .flag(isOn)
        case (.text, .text(let text)): return .words(text)
        case (.parent, .choice(let word)):
            return .choice(word, index: 0, count: 1)
        case (.numbers, .numbers): return .words(value.description)
        default: return .slider(value.description, fraction: hyperparameter.position(of: value) ?? 0)
        }
    }

    private static func note(_ hyperparameter: AnyHyperparameter) -> String {
        switch hyperparameter.kind {
        case .choice, .flag, .text: return ""
        case .parent, .numbers: return hyperparameter.range
        case .integer, .real: return hyperparameter.unit.isEmpty ? hyperparameter.range : hyperparameter.unit
        }
    }

    /// The shown layer's numbers now, and what they were before the last change.
    func drawComparison(in area: Rectangle, onto cells: inout Cells) {
        guard let group, let planned, let now = numbers(of: planned.picture) else {
            let words = planProblem ?? (isPlanning ? "planning …" : opened.value?.mismatch ?? "no plan yet")
            _ = write(words, in: area, from: 0, style: .dim, onto: &cells)
            return
        }
        let was = planned.previous
        let isStale = planned.recipe != recipe
        let state = isStale ? (isPlanning ? "planning …" : "old") : "live, \(Words.seconds(planned.picture.seconds))"
        cells.write([Span(group.name, .title), Span("  \(state)", Style(isStale ? .warn : .dim))], in: area)
        let column = max(14, area.columns - 22)
        cells.write(
            Text.fit("now", to: 10, .right) + Text.fit(was == nil ? "" : "was", to: 11, .right), in: area, line: 0, indent: column,
            style: .dim)
        func row(_ label: String, _ new: String, _ old: String?, line: Int) {
            cells.write(label, in: area, line: line, style: .dim)
            cells.write(
                [
                    Span(Text.fit(new, to: 10, .right), isStale ? Style.dim : Style(.title)),
                    Span(Text.fit(old ?? "", to: 11, .right), .dim),
                ], in: area, line: line, indent: column)
        }
        if let kept = now.kept {
            let parents = kept.kept.indices, room = 3
            // As many parents as there are lines before the last.
            for parent in parents.prefix(parents.count <= room - 1 ? parents.count : 0) {
                row(
                    "kept of \(FusionLetters.letter(parent))", kept.words(of: parent), was.map { $0.kept?.words(of: parent) ?? "–" },
                    line: parent + 1)
            }
            if parents.count > room - 1 { row("kept of each", kept.words(room: 10), was.map { $0.kept?.words(room: 10) ?? "–" }, line: 1) }
            row(
                "left over", kept.leftOver.map(Words.percent) ?? "–", was.map { $0.kept?.leftOver.map(Words.percent) ?? "–" },
                line: parents.count > room - 1 ? 2 : parents.count + 1)
            if let problem = planProblem, area.rows > 5 {
                _ = write("\(appearance.error) \(problem)", in: area, from: 5, style: Style(.error), onto: &cells)
            }
            return
        }
        row("effective matches", HeatMap.number(now.effectiveMatches), was.map { HeatMap.number($0.effectiveMatches) }, line: 1)
        row(
            "transport cost", now.transportCost.map(HeatMap.number) ?? "–", was.map { $0.transportCost.map(HeatMap.number) ?? "–" }, line: 2
        )
        row("clear matches", "\(Int((now.clearShare * 100).rounded())) %", was.map { "\(Int(($0.clearShare * 100).rounded())) %" }, line: 3)
        if area.rows > 4 { cells.write([Span(Text.fit("certificate", to: 14), .dim), Span(now.certificate)], in: area, line: 4) }
        if let problem = planProblem, area.rows > 5 {
            _ = write("\(appearance.error) \(problem)", in: area, from: 5, style: Style(.error), onto: &cells)
        }
    }

    func drawPreview(in area: Rectangle, onto cells: inout Cells) {
        guard let coupling, let group, var map = heatMap else {
            let inside = cells.box(area, title: [Span("Preview", .title)], appearance: appearance)
            drawNoPlan(in: inside.inset(vertical: -1, horizontal: 0), onto: &cells)
            return
        }
        map.window = MatrixWindow(coupling.plan)
        map.cursor = nil
        map.pooling = coupling.given == nil ? .sum : .max
        map.matrix = coupling.shown
        map.isSigned = false
        map.limit = nil
        let geometry = map.geometry(in: area.inset(), appearance: appearance, decorated: false)
        let title =
            [
                Span("Plan \(group.name)", .title),
                Span(
                    " · \(parentLetter(coupling.parent)) → F · \(align.order.rawValue) · \(map.pooling.rawValue) \(geometry.block.rows):\(geometry.block.columns)",
                    .dim),
            ] + (recipe.method == Automatic.method ? [Span(" · of the likeliest recipe", .info)] : [])
        let inside = cells.box(area, title: title, appearance: appearance)
        map.draw(onto: &cells, in: inside, appearance: appearance, decorated: false)
    }

    /// The fused network beside what it must be compared with.
    func drawResults(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(
            area, title: [Span("Result", .title)],
            note: fuse.result.map { [Span("fused in \(Words.seconds($0.fuseSeconds))", .dim)] } ?? [], appearance: appearance)
        var line = 0
        if let fusion {
            let words = jobSilence.map { "\(fusion.words) · silent \(Silence.words($0)), x stops it" } ?? fusion.words
            cells.write(
                fusion.isCancelling ? "cancelling …" : words, in: inside, line: 0,
                style: Style(fusion.isCancelling || jobSilence != nil ? .warn : .text))
            cells.bar(
                fusion.fraction, in: Rectangle(row: inside.row + 1, column: inside.column, rows: 1, columns: max(0, inside.columns - 5)))
            cells.writeAtRight("\(Int((fusion.fraction * 100).rounded(.down)))%", in: inside, line: 1, style: .text)
            line = 2
        }
        guard let result = fuse.result else {
            guard fusion == nil else { return }
            if canFuse {
                cells.write([Span("F", .hotkey), Span(" fuses all layers and measures:")], in: inside, line: line)
                line = write(
                    "the fused network beside its parents, their ensemble and the plain average", in: inside, from: line + 1, style: .dim,
                    onto: &cells)
                if let forecast { _ = write(forecast.words, in: inside, from: line, style: .dim, onto: &cells) }
            } else {
                cells.write([Span("1", .hotkey), Span(" opens parents to fuse")], in: inside, line: line)
            }
            return
        }
        drawResultRows(result, in: inside, from: line, onto: &cells)
    }

    /// Accuracy class by class: what the fused network took over from whom.
    private func drawClasses(_ result: FusionResult, in area: Rectangle, line: inout Int, onto cells: inout Cells) {
        let shown = result.rows.filter { ($0.role == .parent || $0.role == .fused) && !$0.classes.isEmpty }
        guard shown.count >= 2, area.rows > line + shown.count + 3 else { return }
        cells.write("class by class, 0 …", in: area, line: line, style: .dim)
        line += 1
        var letter = 0
        for row in shown {
            let role: Role = row.role == .fused ? .fused : Role.parent(letter)
            let sign = row.role == .fused ? "F\(FusionLetters.fused) " : "\(FusionLetters.letter(letter))\(FusionLetters.sign(letter)) "
            if row.role == .parent { letter += 1 }
            let bars = row.classes.map { $0.map { Bars.vertical(max(0.01, $0)) } ?? "·" }
            let room = max(1, (area.columns - 20) / max(1, bars.count))
            let text = bars.prefix(area.columns - 5).map { String(repeating: $0, count: min(2, room)) }.joined()
            let worst = row.classes.enumerated().compactMap { index, value in value.map { (index, $0) } }.min { $0.1 < $1.1 }
            cells.write(
                [Span(sign, role), Span(text, role), Span(worst.map { "  least \($0.0): \(Int(($0.1 * 100).rounded())) %" } ?? "", .dim)],
                in: area, line: line)
            line += 1
        }
        line += 1
    }

    /// The loss along the segment between the parents: a hill where they are not aligned.
    private func drawBarrier(in area: Rectangle, line: inout Int, onto cells: inout Cells) {
        guard let barrier = fuse.barrier, area.rows > line + barrier.curves.count + 2 else { return }
        cells.write("loss from A to B" + (barrier.recipe == recipe ? "" : ", of an earlier recipe"), in: area, line: line, style: .dim)
        line += 1
        for curve in barrier.curves {
            let text = Bars.sparkline(curve.losses, columns: min(curve.losses.count, max(4, area.columns - 26)))
            cells.write(
                [
                    Span(Text.fit(curve.name, to: 14) + " ", .dim), Span(text, curve.name == "plain" ? .dim : Style(.fused)),
                    Span("  barrier \(HeatMap.number(curve.lossBarrier))", .title),
                ], in: area, line: line)
            line += 1
        }
        line += 1
    }

    private func drawResultRows(_ result: FusionResult, in area: Rectangle, from start: Int, onto cells: inout Cells) {
        var letter = 0
        let rows = result.rows(fitting: area.rows - start)
        for (offset, row) in rows.enumerated() {
            let line = start + offset
            let (sign, role): (String, Role) =
                switch row.role {
                case .parent: ("\(FusionLetters.letter(letter))\(FusionLetters.sign(letter))", Role.parent(letter))
                case .fused: ("F\(FusionLetters.fused)", .fused)
                case .ensemble, .rival: ("  ", .text)
                case .average: ("  ", .dim)
                }
            if row.role == .parent { letter += 1 }
            let value = row.accuracy.map(Words.percent) ?? row.measured ?? Text.clip(row.note ?? "–", to: area.columns / 2)
            let hasBar = area.columns >= 40 && row.accuracy != nil
            let nameRoom = hasBar ? min(16, area.columns / 3) : area.columns - Text.width(value) - 4
            cells.write(
                [Span(sign + " ", Style(role)), Span(Words.name(Words.stem(row.name), room: max(4, nameRoom)), Style(role))], in: area,
                line: line)
            if hasBar, let accuracy = row.accuracy {
                let left = 4 + nameRoom
                cells.bar(
                    accuracy,
                    in: Rectangle(row: area.row + line, column: area.column + left, rows: 1, columns: max(0, area.columns - left - 10)),
                    role: row.role == .fused ? .fused : row.role == .parent ? role : .barFill)
            }
            cells.writeAtRight(value, in: area, line: line, style: Style(role))
        }
        var line = start + rows.count + (area.rows > rows.count + 3 ? 1 : 0)
        drawClasses(result, in: area, line: &line, onto: &cells)
        drawBarrier(in: area, line: &line, onto: &cells)
        if line < area.rows {
            let isStale = result.recipe != recipe
            cells.write(
                isStale
                    ? "of an earlier recipe; F fuses this one" + (forecast.map { " in \($0.time)" } ?? "") : "y copies the command line",
                in: area, line: line, style: Style(isStale ? .warn : .dim))
        }
        if line + 1 < area.rows { _ = write(result.notes.joined(separator: "\n"), in: area, from: line + 1, style: .dim, onto: &cells) }
    }
}
