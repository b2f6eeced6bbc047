import Formatting
import Screen

extension Model {
    /// The layer table of the Models screen: every group with its width in each parent.
    func drawLayers(in area: Rectangle, onto cells: inout Cells) {
        let note: [Span] =
            opened.value.map { opened in
                opened.mismatch == nil
                    ? [Span("\(appearance.ok) compatible", .ok)] : [Span("\(appearance.error) incompatible", .error)]
            } ?? []
        let title = [Span("Layers", .title)] + (layerOrder == .network ? [] : [Span(" · \(layerOrder.rawValue)", .dim)])
        let inside = cells.box(area, title: title, note: note, focused: hasFocus(.layers), appearance: appearance)
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
        let rows = layerRows, longest = rows.map { Text.width(nameSpan($0).text) }.max() ?? 0
        // Eight where there is room beside names and shapes.
        let shownParents = min(opened.parents.count, max(2, min(8, (body.columns - 42) / 6)))
        // Names of deep networks need the room more than the shapes of their weights do.
        let isDeep = groups.count > LayerTree.most
        var columns = [
            Table.Column("layer", .flexible(least: min(longest, isDeep ? 20 : 12), most: max(24, longest)), cutsMiddle: true)
        ]
        for index in opened.parents.indices.prefix(shownParents) { columns.append(.init(Letters.letter(index), .fixed(5), .right)) }
        if opened.parents.count > shownParents { columns.append(.init("+\(opened.parents.count - shownParents)", .fixed(3))) }
        columns += [
            .init("", .fixed(1)), .init(planned?.snapshot.selection == nil ? "matched" : "selected", .fixed(8), .right),
            .init("weights", .flexible(least: 9, most: 20), .right),
        ]
        func line(_ place: Int) -> [Span] {
            let shown = rows[place], members = layers(of: shown)
            var row = [nameSpan(shown)]
            for parent in opened.parents.indices.prefix(shownParents) {
                let widths = Set(members.map { groups[$0].neurons.indices.contains(parent) ? groups[$0].neurons[parent] : 0 })
                row.append(
                    members.count > 1
                        ? Span(widths.count == 1 ? "\(widths.first ?? 0)" : "", .dim)
                        : Span(widths.first.map(String.init) ?? "–", Style(Role.parent(parent))))
            }
            if opened.parents.count > shownParents { row.append(Span("", .dim)) }
            guard case .layer(let index, _, _) = shown else {
                return row + [Span("", .dim), blockSpan(members), Span("\(members.count) layers", .dim)]
            }
            let group = groups[index], isEqual = Set(group.neurons).count <= 1
            return row + [
                Span(group.role == .classes ? "=" : isEqual ? "↔" : "≠", .dim), matchedSpan(group), Span(group.shape, .dim),
            ]
        }
        Table(
            columns: columns, count: rows.count, selected: selectedLayerRow, isFocused: hasFocus(.layers),
            target: { MouseTarget.layer(rows[$0].layer) }, row: line
        ).draw(onto: &cells, in: body)
    }

    private func layers(of row: LayerRow) -> [Int] {
        switch row {
        case .block(_, let layers, _): layers
        case .layer(let index, _, _): [index]
        }
    }

    /// The name of a layer or a block as the tree shows it.
    private func nameSpan(_ row: LayerRow) -> Span {
        switch row {
        case .block(let name, let layers, let isOpen):
            let isEdited = layers.contains { !recipe.edits[groups[$0].name].isEmpty }
            return Span("\(isOpen ? "▾" : "▸") \(name)\(isEdited ? " •" : "")", isEdited ? Style(.warn) : Style(.title))
        case .layer(let index, let title, let isInBlock):
            let isEdited = !recipe.edits[groups[index].name].isEmpty
            return Span((isInBlock ? "  " : "") + title + (isEdited ? " •" : ""), isEdited ? Style(.warn) : .text)
        }
    }

    /// How clearly the layers of a block are matched, on average; how many are planned while some are not.
    private func blockSpan(_ members: [Int]) -> Span {
        let shares = members.compactMap { matchShare(groups[$0]) }, fresh = members.count { plans[groups[$0].name]?.recipe == recipe }
        guard fresh == members.count else { return Span("\(fresh)/\(members.count)", .dim) }
        if let errors = Optional(members.compactMap { plans[groups[$0].name]?.snapshot.selection?.reconstructionError }), !errors.isEmpty {
            return Span(Format.percent(errors.reduce(0, +) / Double(errors.count), digits: 1), .dim)
        }
        return shares.isEmpty ? Span("", .dim) : Span("≈ " + HeatMap.number(shares.reduce(0, +) / Double(shares.count)), .dim)
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
        let count = opened.parents.count, most = max(2, inside.rows < 16 ? inside.rows / 2 - 1 : 8)
        let named = count <= most ? count : most - 1, heads = min(count, most)
        if named < count { cells.write("+\(count - named) more", in: inside, line: named, style: .dim) }
        for (index, parent) in opened.parents.prefix(named).enumerated() {
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
        let rows = layerRows, isDeep = groups.count > LayerTree.most
        // Where names are long the width comes last, and vanishes first.
        func ordered<Cell>(_ name: Cell, _ width: Cell, _ match: Cell) -> [Cell] { isDeep ? [name, match, width] : [name, width, match] }
        func line(_ place: Int) -> [Span] {
            let shown = rows[place]
            guard case .layer(let index, _, _) = shown else {
                return ordered(nameSpan(shown), Span("\(layers(of: shown).count)", .dim), blockSpan(layers(of: shown)))
            }
            return ordered(nameSpan(shown), Span(Self.widths(groups[index]), .dim), matchedSpan(groups[index]))
        }
        // What widths do not need is for the names.
        let widest = max(2, min(11, groups.map { Text.width(Self.widths($0)) }.max() ?? 0))
        let columns = ordered(
            Table.Column("", .flexible(least: isDeep ? 11 : 5), cutsMiddle: true),
            Table.Column("", widest <= 4 ? .fixed(widest) : .flexible(least: 4, most: widest), .right),
            Table.Column("", .fixed(isDeep ? 7 : 8), .right))
        Table(
            columns: columns, count: rows.count, selected: selectedLayerRow, isFocused: hasFocus(.layers),
            target: { MouseTarget.layer(rows[$0].layer) }, row: line
        ).draw(onto: &cells, in: body)
    }

    /// The width of a group, or one for each parent where they differ.
    private static func widths(_ group: GroupSummary) -> String {
        Set(group.neurons).count <= 1 ? "\(group.neurons.first ?? 0)" : group.neurons.map(String.init).joined(separator: "·")
    }
}
