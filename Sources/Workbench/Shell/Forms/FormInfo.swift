import Fusion
import Screen

extension Model {
    /// All that is known of the selected value: what it does, what it may be, where it comes from, what is in force.
    func info(of field: FormField, in form: FormID) -> [(label: String, text: String)] {
        var lines = [("", help(of: field, in: form)), ("key", field.key), ("value", value(of: field, in: form))]
        guard case .hyperparameter(let hyperparameter) = field else { return lines + [("allowed", range(of: field, in: form))] }
        let settings = settings(of: form), value = settings[hyperparameter.key] ?? hyperparameter.fallback
        let parents = recipe.parents.isEmpty ? nil : recipe.parents.count
        if hyperparameter.text(value, parents: parents) != value.description {
            lines.append(("in force", hyperparameter.text(value, parents: parents)))
        }
        lines.append(("default", hyperparameter.text(hyperparameter.fallback, parents: parents)))
        if hyperparameter.choices.contains(where: { !$0.title.isEmpty }) {
            for (place, choice) in hyperparameter.choices.enumerated() {
                lines.append((place == 0 ? "allowed" : "", "\(choice.word): \(choice.title)"))
            }
        } else {
            lines.append(("allowed", hyperparameter.range))
        }
        if !hyperparameter.unit.isEmpty { lines.append(("unit", hyperparameter.unit)) }
        if !hyperparameter.paper.isEmpty { lines.append(("source", hyperparameter.paper)) }
        if let reason = settings.idleReason(hyperparameter) { lines.append(("effect", "none now: it \(reason)")) }
        if form == .recipe {
            let own = recipe.edits.groups.compactMap { name in
                recipe.edits[name].values[hyperparameter.key].map { "\(name) \($0)" }
            }
            if !own.isEmpty { lines.append(("per layer", own.joined(separator: ", "))) }
        }
        return lines + [
            (
                "command",
                form == .recipe ? "--set \(hyperparameter.key)=\(value)" : "amalgam finetune … --set \(hyperparameter.key)=\(value)"
            )
        ]
    }

    mutating func showInfo() {
        guard field(of: shownForm) != nil else { return inform("No value is selected") }
        overlay = .info
    }

    func drawInfo(onto cells: inout Cells) {
        let form = shownForm
        guard let field = field(of: form) else { return }
        cells.clearTargets()
        let columns = min(88, size.columns - 6), room = columns - 4 - 11
        var lines: [(label: String, text: String)] = []
        for line in info(of: field, in: form) {
            for (place, part) in Text.wrap(Text.printable(line.text), to: line.label.isEmpty && lines.isEmpty ? room + 11 : room)
                .enumerated()
            {
                lines.append((place == 0 ? line.label : "", part))
            }
        }
        let area = cells.bounds.centred(rows: min(size.rows - 4, lines.count + 3), columns: columns)
        let inside = cells.box(area, title: [Span(field.title, .title)], focused: true, appearance: appearance).inset(
            vertical: 0, horizontal: 1)
        let helpLines = Text.wrap(info(of: field, in: form).first?.text ?? "", to: room + 11).count
        for (place, line) in lines.prefix(inside.rows).enumerated() {
            let isHelp = place < helpLines
            if !isHelp { cells.write(line.label, in: inside, line: place + 1, style: .dim) }
            cells.write(line.text, in: inside, line: isHelp ? place : place + 1, indent: isHelp ? 0 : 11)
        }
        drawHintsOfDialog(onto: &cells)
    }

    // MARK: Search

    /// Fields whose name, key or help holds the text, names first.
    func fieldMatches(_ query: String) -> [Int] {
        let wanted = query.lowercased().trimmingPlainSpaces, form = shownForm, fields = fields(of: form)
        guard !wanted.isEmpty else { return Array(fields.indices) }
        func rank(_ field: FormField) -> Int? {
            let names = [field.title.lowercased(), field.key.lowercased()]
            if names.contains(where: { $0.hasPrefix(wanted) }) { return 0 }
            if names.contains(where: { $0.contains(wanted) }) { return 1 }
            return help(of: field, in: form).lowercased().contains(wanted) ? 2 : nil
        }
        return fields.indices.compactMap { index in rank(fields[index]).map { ($0, index) } }.sorted { $0 < $1 }.map(\.1)
    }

    mutating func chooseField(_ query: String, _ selected: Int) -> [Effect] {
        let found = fieldMatches(query)
        guard found.indices.contains(selected) else { return [] }
        overlay = nil
        focus[screen] = screen == .train ? .settings : .form
        if screen == .train { train.form.selected = found[selected] } else { fuse.form.selected = found[selected] }
        inform(fieldHelp(shownForm))
        return []
    }

    func drawFieldSearch(_ query: TextField, selected: Int, onto cells: inout Cells) {
        cells.clearTargets()
        let found = fieldMatches(query.text), form = shownForm, fields = fields(of: form)
        let area = cells.bounds.centred(rows: min(size.rows - 4, max(8, found.count + 4)), columns: min(96, size.columns - 6))
        let inside = cells.box(
            area, title: [Span("Find a value", .title)], note: [Span("\(found.count) of \(fields.count)", .dim)], focused: true,
            appearance: appearance
        ).inset(vertical: 0, horizontal: 1)
        let (line, rest) = inside.split(top: 1)
        let body = rest.split(top: 1).rest
        if found.isEmpty { cells.write("no such value", in: body, style: .dim) }
        Table(
            columns: [
                .init("", .flexible(least: 14, most: 26)), .init("", .flexible(least: 8, most: 16)), .init("", .flexible(least: 20)),
            ],
            count: found.count, selected: selected, isFocused: true, target: MouseTarget.line
        ) { place in
            let field = fields[found[place]]
            return [Span(field.title), Span(value(of: field, in: form), .title), Span(help(of: field, in: form), .dim)]
        }.draw(onto: &cells, in: body)
        drawHintsOfDialog(onto: &cells)
        query.draw(onto: &cells, in: line, placeholder: "part of a name, a key or a sentence of help")
    }
}
