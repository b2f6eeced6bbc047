import Fusion
import Screen

extension Model {
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

    static func control(_ hyperparameter: AnyHyperparameter, _ value: HyperparameterValue) -> Form.Control {
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

    static func note(_ hyperparameter: AnyHyperparameter) -> String {
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
        let state = isStale ? (isPlanning ? "planning …" : "old") : "live, \(Formatting.seconds(planned.picture.seconds))"
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
                "left over", kept.leftOver.map(Formatting.percent) ?? "–", was.map { $0.kept?.leftOver.map(Formatting.percent) ?? "–" },
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
}
