import Formatting
import Screen

extension Model {
    /// The hints of a dialog in place of those of the screen beneath.
    func drawHintsOfDialog(onto cells: inout Cells) {
        let (hints, kept) = keys.hints(in: context, glyphs: appearance.glyphs)
        cells.fill(layout.hints, style: .text)
        cells.hints(hints, kept: kept, in: layout.hints)
    }

    // MARK: Files

    func drawBrowser(_ browser: FileBrowser, onto cells: inout Cells) {
        cells.clearTargets()
        let area = cells.bounds.inset(vertical: 2, horizontal: 2)
        let place = browser.listing.value?.path ?? browser.listed
        let title = [Span("Files ", .title), Span(Text.clipStart(Text.printable(place), to: max(8, area.columns / 2)), .dim)]
        let inside = cells.box(
            area, title: title, note: [Span("\(browser.marked.count) marked", browser.marked.count >= 2 ? .ok : .dim)], focused: true,
            appearance: appearance
        ).inset(vertical: 0, horizontal: 1)
        let (line, rest) = inside.split(top: 1)
        let (body, foot) = rest.split(top: 1).rest.split(bottom: 1)
        let (list, preview) = body.split(left: inside.columns >= 70 ? inside.columns * 2 / 5 : inside.columns)
        drawEntries(browser, in: list, onto: &cells)
        if !preview.isEmpty {
            drawPreview(
                browser, in: Rectangle(row: preview.row, column: preview.column + 2, rows: preview.rows, columns: preview.columns - 2),
                onto: &cells)
        }
        let marks = browser.marked.enumerated().flatMap { index, path in
            [
                Span("\(Letters.letter(index))\(Letters.sign(index)) ", Role.parent(index)),
                Span(
                    Labels.name(Text.printable(path.split(separator: "/").last.map(String.init) ?? path), room: 20) + "  ",
                    Role.parent(index)),
            ]
        }
        cells.write(
            marks.isEmpty
                ? [Span("Enter marks a checkpoint as parent A, the next one as B; Tab opens them", .dim)]
                : marks + [Span(browser.marked.count >= 2 ? "Tab opens them" : "mark another", .dim)], in: foot)
        drawHintsOfDialog(onto: &cells)
        browser.filter.draw(onto: &cells, in: line, placeholder: "type to filter, or a path (Tab completes); backspace: parent folder")
    }

    private func drawEntries(_ browser: FileBrowser, in area: Rectangle, onto cells: inout Cells) {
        switch browser.listing {
        case .nothing, .waiting: cells.write("reading …", in: area, style: .dim)
        case .failed(let reason): _ = write("\(appearance.error) \(reason)", in: area, from: 0, style: Style(.error), onto: &cells)
        case .ready:
            let shown = browser.shown
            if shown.isEmpty { cells.write("no matching files", in: area, style: .dim) }
            let rows = shown.map { entry -> [Span] in
                let mark = browser.marked.firstIndex(of: entry.path)
                let isFolder = entry.kind == .folder || entry.kind == .model
                let name = Text.printable(entry.name) + (isFolder ? "/" : "")
                let style: Style =
                    mark.map { Style(Role.parent($0)).adding(.bold) }
                    ?? (entry.kind == .folder ? Style(.info) : entry.kind == .other || entry.kind == .recent ? .dim : .text)
                return [
                    Span(mark.map(Letters.letter) ?? "", style), Span(name, style),
                    Span(Self.remark(entry), .dim),
                ]
            }
            Table(
                columns: [.init("", .fixed(1)), .init("", .flexible(least: 10), cutsMiddle: true), .init("", .fixed(8), .right)],
                rows: rows,
                selected: browser.selected, isFocused: true, target: MouseTarget.line
            )
            .draw(onto: &cells, in: area)
        }
    }

    private static func remark(_ entry: FileEntry) -> String {
        switch entry.kind {
        case .folder: ""
        case .model: "model"
        case .recent: "recent"
        case .checkpoint, .other: Format.bytes(entry.bytes)
        }
    }

    private func drawPreview(_ browser: FileBrowser, in area: Rectangle, onto cells: inout Cells) {
        switch browser.preview {
        case .nothing:
            let words =
                switch browser.entry?.kind {
                case .folder: "Enter opens the folder"
                case .recent: "Enter opens these parents again"
                default: ""
                }
            cells.write(words, in: area, style: .dim)
        case .waiting: cells.write("inspecting …", in: area, style: .dim)
        case .failed(let reason): _ = write("\(appearance.error) \(reason)", in: area, from: 0, style: Style(.error), onto: &cells)
        case .ready(let preview):
            var line = 0
            for text in preview.lines { line = write(text, in: area, from: line, style: line == 0 ? Style(.title) : .text, onto: &cells) }
            let columns: [Table.Column] = [
                .init("layer", .flexible(least: 8)), .init("output", .flexible(least: 6, most: 14), .right),
                .init("weights", .flexible(least: 9), .right),
            ]
            let rows = preview.layers.map { layer in layer.enumerated().map { Span($1, $0 == 0 ? .text : .dim) } }
            Table(columns: columns, rows: rows).draw(onto: &cells, in: area.split(top: line + 1).rest)
        }
    }

    // MARK: A line of text, a choice

    func drawPrompt(_ prompt: Prompt, onto cells: inout Cells) {
        cells.clearTargets()
        let list = prompt.purpose == .goto ? places : []
        let area = cells.bounds.centred(
            rows: min(size.rows - 4, 5 + (list.isEmpty ? 0 : list.count + 1)), columns: min(64, size.columns - 4))
        let inside = cells.box(area, title: [Span(prompt.title, .title)], focused: true, appearance: appearance).inset(
            vertical: 0, horizontal: 1)
        let usual = list.isEmpty ? "Enter accepts, Esc cancels" : "or ↓ for an earlier place"
        let words = prompt.problem.map { Span("\(appearance.error) \($0)", .error) } ?? Span(usual, .dim)
        cells.write([words], in: inside, line: 2)
        if !list.isEmpty {
            let rows = list.map { [Span(Text.printable(self.words($0)))] }
            Table(
                columns: [.init("", .flexible(least: 10))], rows: rows, selected: prompt.selected, isFocused: true, target: MouseTarget.line
            )
            .draw(onto: &cells, in: inside.split(top: 4).rest)
        }
        drawHintsOfDialog(onto: &cells)
        prompt.field.draw(onto: &cells, in: inside.line(0), placeholder: prompt.placeholder)
    }

    /// Pinned and forbidden pairs, and per-layer values.
    func drawEdits(_ selected: Int, onto cells: inout Cells) {
        cells.clearTargets()
        let lines = recipe.edits.lines
        let area = cells.bounds.centred(rows: min(size.rows - 4, lines.count + 3), columns: min(64, size.columns - 4))
        let inside = cells.box(
            area, title: [Span("Edits", .title)], note: [Span("\(lines.count)", .dim)], focused: true, appearance: appearance)
        let rows = lines.map { line -> [Span] in
            switch line.kind {
            case .pinned(let pairing): [Span(line.group), Span(String(Self.pinSign), .ok), Span("\(pairName(pairing)) pinned")]
            case .forbidden(let pairing): [Span(line.group), Span(String(Self.forbidSign), .error), Span("\(pairName(pairing)) forbidden")]
            case .value(let key, let value):
                [Span(line.group), Span("•", .warn), Span("\(recipe.method.hyperparameter(key)?.title ?? key) \(value)")]
            case .neurons(let count): [Span(line.group), Span("•", .warn), Span("\(count) neurons")]
            }
        }
        Table(
            columns: [.init("layer", .flexible(least: 6, most: 16)), .init("", .fixed(1)), .init("edit", .flexible(least: 12))], rows: rows,
            selected: selected, isFocused: true, target: MouseTarget.line
        )
        .draw(onto: &cells, in: inside)
        drawHintsOfDialog(onto: &cells)
    }

    func drawCopyMenu(_ selected: Int, onto cells: inout Cells) {
        cells.clearTargets()
        let choices = copyChoices
        let area = cells.bounds.centred(rows: choices.count + 2, columns: min(76, size.columns - 4))
        let inside = cells.box(area, title: [Span("Copy", .title)], focused: true, appearance: appearance)
        let rows = choices.map { [Span($0.title, .title), Span(Text.printable($0.text.replacing("\n", with: " ")), .dim)] }
        Table(
            columns: [.init("", .flexible(least: 13, most: 16)), .init("", .flexible(least: 10))], rows: rows, selected: selected,
            isFocused: true,
            target: MouseTarget.line
        ).draw(onto: &cells, in: inside)
        drawHintsOfDialog(onto: &cells)
    }
}
