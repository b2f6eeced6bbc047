import Screen

extension Model {
    /// The list of layers, on the screens that show it.
    mutating func performOnGroups(_ action: Action) -> [Effect] {
        let page = max(1, inside(.groups).rows - 2)
        switch action {
        case .up: return selectGroup(selectedGroup - 1)
        case .down: return selectGroup(selectedGroup + 1)
        case .pageUp: return selectGroup(max(0, selectedGroup - page))
        case .pageDown: return selectGroup(min(groups.count - 1, selectedGroup + page))
        case .first: return selectGroup(0)
        case .last: return selectGroup(groups.count - 1)
        case .open:
            guard canFuse, !groups.isEmpty else {
                status = Status(level: .info, text: "No plan yet: open parents first")
                return []
            }
            screen = .align
            status = Status(level: .info, text: guidance)
            return replan()
        case .back:
            focus[screen] = screen.panels.first
            return []
        default: return []
        }
    }
}

extension Model {
    /// The layer table of the Models screen: every group with its width in each parent.
    func drawLayers(in area: Rectangle, onto cells: inout Cells) {
        let note: [Span] =
            opened.value.map { opened in
                opened.mismatch == nil
                    ? [Span("\(appearance.ok) can be fused", .ok)] : [Span("\(appearance.error) cannot be fused", .error)]
            } ?? []
        let inside = cells.box(area, title: [Span("Layers", .title)], note: note, focused: hasKeyboard(.groups), appearance: appearance)
        guard let opened = opened.value else {
            cells.write("The layers of the parents stand here once they are open.", in: inside, style: .dim)
            return
        }
        var body = inside
        if let mismatch = opened.mismatch {
            let lines = Text.wrap("\(appearance.error) " + mismatch, to: inside.columns)
            let (text, rest) = inside.split(top: min(inside.rows, lines.count + 1))
            _ = write(lines.joined(separator: "\n"), in: text, from: 0, style: Style(.error), onto: &cells)
            body = rest
        }
        var columns = [Table.Column("group", .flexible(least: 7, most: 24))]
        for index in opened.parents.indices.prefix(4) { columns.append(.init(FusionLetters.letter(index), .fixed(5), .right)) }
        columns += [
            .init("", .fixed(1)), .init(planned?.picture.kept == nil ? "matched" : "kept", .fixed(7), .right),
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
        Table(columns: columns, rows: rows, selected: selectedGroup, isFocused: hasKeyboard(.groups), targetName: "group").draw(
            onto: &cells, in: body)
    }

    /// How clearly a group is matched, once it has been planned.
    func matchedSpan(_ group: GroupSummary) -> Span {
        if planProblems[group.name]?.recipe == recipe { return Span("\(appearance.error) failed", .error) }
        guard let planned = plans[group.name] else { return Span("", .dim) }
        let real = planned.picture.couplings.filter { !$0.isIdentity }
        guard !real.isEmpty else { return Span("= id", .dim) }
        if let kept = planned.picture.kept {
            let isStale = planned.recipe != recipe, words = kept.words(room: 7)
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
    func drawGroupList(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: [Span("Parents & layers", .title)], focused: hasKeyboard(.groups), appearance: appearance)
        guard let opened = opened.value else {
            _ = write("Press 1 and open parents.", in: inside, from: 0, style: .dim, onto: &cells)
            return
        }
        let heads = min(opened.parents.count, max(1, inside.rows / 3))
        for (index, parent) in opened.parents.prefix(heads).enumerated() {
            let accuracy = parent.accuracy.map(Formatting.percent) ?? ""
            let room = max(4, inside.columns - Text.width(accuracy) - 4)
            cells.write(
                [
                    Span("\(FusionLetters.letter(index))\(FusionLetters.sign(index)) ", Style(Role.parent(index))),
                    Span(Formatting.name(Formatting.stem(parent.name), room: room), Style(Role.parent(index))),
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
}
