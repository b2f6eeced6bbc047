import Screen

extension Model {
    func drawSets(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: [Span("Sample sets", .title)], focused: hasKeyboard(.sets), appearance: appearance)
        switch samples {
        case .nothing, .waiting: cells.write("looking …", in: inside, style: .dim)
        case .failed(let reason): _ = write("\(appearance.error) \(reason)", in: inside, from: 0, style: Style(.error), onto: &cells)
        case .ready(let sets) where sets.isEmpty:
            var line = write("No sample models here.", in: inside, from: 0, onto: &cells)
            line = write("Make them: amalgam samples build", in: inside, from: line, style: .dim, onto: &cells)
            _ = write("Or name parents: amalgam A B", in: inside, from: line, style: .dim, onto: &cells)
        case .ready(let sets):
            let rows = sets.map { set in [Span(set.title, set.recipe.parents == recipe.parents ? Style(.title) : .text)] }
            Table(
                columns: [.init("", .flexible(least: 8))], rows: rows, selected: selectedSet, isFocused: hasKeyboard(.sets),
                targetName: "set"
            ).draw(onto: &cells, in: inside)
        }
    }

    func drawParents(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: [Span("Parents", .title)], appearance: appearance)
        switch opened {
        case .nothing: cells.write("none opened yet", in: inside, style: .dim)
        case .waiting: cells.write("opening …", in: inside, style: .dim)
        case .failed(let reason): _ = write("\(appearance.error) \(reason)", in: inside, from: 0, style: Style(.error), onto: &cells)
        case .ready(let opened):
            var line = 0
            for (index, parent) in opened.parents.enumerated() {
                line = drawParent(
                    parent, index: index, in: inside, from: line, isTerse: opened.parents.count * 4 > inside.rows, onto: &cells)
            }
            for note in opened.notes { line = write(note, in: inside, from: line, style: .dim, onto: &cells) }
        }
    }

    private func drawParent(
        _ parent: ParentSummary, index: Int, in area: Rectangle, from line: Int, isTerse: Bool, onto cells: inout Cells
    ) -> Int {
        let role = Role.parent(index)
        let accuracy =
            parent.accuracy.map(Words.percent)
            ?? (jobs.running.values.contains { if case .measure = $0.job { true } else { false } } ? "…" : "")
        let room = max(4, area.columns - Text.width(accuracy) - 5)
        cells.write(
            [
                Span("\(FusionLetters.letter(index))\(FusionLetters.sign(index)) ", role),
                Span(Words.name(parent.name, room: room), Style(role).adding(.bold)),
            ], in: area, line: line)
        cells.writeAtRight(accuracy + " ", in: area, line: line, style: Style(role))
        if let problem = parent.problem { return write("  ! " + problem, in: area, from: line + 1, style: Style(.error), onto: &cells) }
        if isTerse { return line + 1 }
        cells.write("   " + parent.widths.map(String.init).joined(separator: "-"), in: area, line: line + 1)
        cells.write("   \(Words.grouped(parent.parameters)) parameters · \(parent.format)", in: area, line: line + 2, style: .dim)
        return line + 4
    }

    func drawStory(in area: Rectangle, onto cells: inout Cells) {
        let set = sampleSets.indices.contains(selectedSet) ? sampleSets[selectedSet] : nil
        let isOwn = !named.isEmpty && set?.recipe.parents != recipe.parents
        let title = isOwn ? "Your parents" : set?.title ?? "Amalgam"
        let inside = cells.box(area, title: [Span(title, .title)], appearance: appearance).inset(vertical: 0, horizontal: 1)
        if isOwn {
            _ = write(recipe.parents.joined(separator: "\n"), in: inside, from: 0, onto: &cells)
        } else if let set {
            let line = write(set.story, in: inside, from: 0, onto: &cells)
            if let data = set.recipe.evaluation, line < inside.rows {
                _ = write("measured on \(data)", in: inside, from: line, style: .dim, onto: &cells)
            }
        } else {
            _ = write(
                "Fuse trained networks into one: see which neurons correspond, turn the knobs while the plan redraws, fuse, compare.",
                in: inside, from: 0, onto: &cells)
        }
    }

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

extension Cells {
    /// Writes at the right end of a line, leaving what stands before it.
    mutating func writeAtRight(_ text: String, in area: Rectangle, line: Int, style: Style) {
        guard (0..<area.rows).contains(line) else { return }
        let shown = Text.clip(text, to: area.columns)
        put(shown, row: area.row + line, column: area.right - Text.width(shown), style: style)
    }
}
