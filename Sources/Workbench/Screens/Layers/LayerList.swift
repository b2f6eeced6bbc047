import Formatting
import Screen

extension Model {
    /// The list of layers, on the screens that show it.
    mutating func performOnLayers(_ action: Action) -> [Effect] {
        switch action {
        case .up, .down: return selectGroup(selectedGroup + (action == .up ? -1 : 1))
        case .enter:
            guard canFuse, !groups.isEmpty else {
                inform("No plan yet: open parents first")
                return []
            }
            return show(.align) + replan()
        case .back:
            focus[screen] = screen.room.panels.first
            return []
        default: return action.moved(selectedGroup, count: groups.count, page: inside(.layers).rows - 2).map { selectGroup($0) } ?? []
        }
    }
}

extension Model {
    /// The layer table of the Models screen: every group with its width in each parent.
    func drawLayers(in area: Rectangle, onto cells: inout Cells) {
        let note: [Span] =
            opened.value.map { opened in
                opened.mismatch == nil
                    ? [Span("\(appearance.ok) compatible", .ok)] : [Span("\(appearance.error) incompatible", .error)]
            } ?? []
        let inside = cells.box(area, title: [Span("Layers", .title)], note: note, focused: hasFocus(.layers), appearance: appearance)
        guard let opened = opened.value else {
            cells.write("Open parents to see their layers.", in: inside, style: .dim)
            return
        }
        var body = inside
        if let mismatch = opened.mismatch {
            let lines = Text.wrap("\(appearance.error) " + mismatch, to: inside.columns)
            let (text, rest) = inside.split(top: min(inside.rows, lines.count + 1))
            _ = write(lines.joined(separator: "\n"), in: text, from: 0, style: Style(.error), onto: &cells)
            body = rest
        }
        var columns = [Table.Column("layer", .flexible(least: 7, most: 24))]
        for index in opened.parents.indices.prefix(4) { columns.append(.init(Letters.letter(index), .fixed(5), .right)) }
        columns += [
            .init("", .fixed(1)), .init(planned?.snapshot.selection == nil ? "matched" : "selected", .fixed(8), .right),
            .init("weights", .flexible(least: 9, most: 20), .right),
        ]
        let rows = groups.map { group -> [Span] in
            let isEqual = Set(group.neurons).count <= 1
            var row = [Span(group.name)]
            for (index, count) in group.neurons.prefix(4).enumerated() { row.append(Span("\(count)", Style(Role.parent(index)))) }
            while row.count < 1 + min(4, opened.parents.count) { row.append(Span("–", .dim)) }
            row.append(Span(group.role == .classes ? "=" : isEqual ? "↔" : "≠", .dim))
            row.append(matchedSpan(group))
            row.append(Span(group.shape, .dim))
            return row
        }
        Table(columns: columns, rows: rows, selected: selectedGroup, isFocused: hasFocus(.layers), target: MouseTarget.layer).draw(
            onto: &cells, in: body)
    }

    /// How clearly a group is matched, once it has been planned.
    func matchedSpan(_ group: GroupSummary) -> Span {
        if planProblems[group.name]?.recipe == recipe { return Span("\(appearance.error) failed", .error) }
        guard let planned = plans[group.name] else { return Span("", .dim) }
        let real = planned.snapshot.couplings.filter { !$0.isIdentity }
        guard !real.isEmpty else { return Span(planned.snapshot.isUntouched ? "whole" : "identity", .dim) }
        if let selection = planned.snapshot.selection {
            let isStale = planned.recipe != recipe, words = selection.counts(room: 7)
            return Span(isStale ? "… \(words)" : words, isStale ? .dim : Style(.ok))
        }
        let share = real.map(\.analysis.meanBestShare).reduce(0, +) / Double(real.count)
        let isStale = planned.recipe != recipe
        // Half of a row's mass at one place is a match; less is a mixture.
        let isClear = share >= 0.5
        return Span(
            "\(isStale ? "…" : isClear ? appearance.ok : "≈") \(HeatMap.number(share))", isStale ? .dim : isClear ? Style(.ok) : .text)
    }
}

extension Model {
    /// Parents and groups beside the form.
    func drawParentsAndLayers(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: [Span("Parents & layers", .title)], focused: hasFocus(.layers), appearance: appearance)
        guard let opened = opened.value else {
            _ = write("Press 1 to open parents.", in: inside, from: 0, style: .dim, onto: &cells)
            return
        }
        let heads = min(opened.parents.count, max(1, inside.rows / 3))
        for (index, parent) in opened.parents.prefix(heads).enumerated() {
            let accuracy = parent.accuracy.map { Format.percent($0) } ?? ""
            let room = max(4, inside.columns - Text.width(accuracy) - 4)
            cells.write(
                [
                    Span("\(Letters.letter(index))\(Letters.sign(index)) ", Style(Role.parent(index))),
                    Span(Labels.name(Labels.stem(parent.name), room: room), Style(Role.parent(index))),
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
            .init("", .flexible(least: 5)), .init("", .flexible(least: 4), .right), .init("", .fixed(8), .right),
        ]
        Table(columns: columns, rows: rows, selected: selectedGroup, isFocused: hasFocus(.layers), target: MouseTarget.layer).draw(
            onto: &cells, in: body)
    }
}
