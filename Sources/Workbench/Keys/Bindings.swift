import Screen

/// The table of keys.
enum Bindings {
    static let all: [Binding] = screens + movement + work + view + everywhere + overlays

    /// Key names that this table spells wrongly; a test says there are none.
    static let misspelt: [String] = all.filter { $0.keys.isEmpty }.map(\.id)

    private static func bind(_ id: String, _ keys: String, _ contexts: [Context], _ title: String, _ action: Action, weight: Int = 0, hint: (keys: String, title: String)? = nil, _ help: String) -> Binding {
        let parsed = keys.split(separator: " ").compactMap { try? KeyPress(name: String($0)) }
        let complete = parsed.count == keys.split(separator: " ").count
        return Binding(id: id, keys: complete ? parsed : [], contexts: contexts, title: title, help: help, action: action, weight: weight, hint: hint)
    }

    private static let lists: [Context] = [.models, .fuse, .align]
    private static let planned: [Context] = [.align, .fuse, .models]

    private static let screens = ScreenID.allCases.map { screen in
        bind("screen.\(screen.title.lowercased())", "\(screen.rawValue)", Context.screens, screen.title, .show(screen), "Shows the screen \(screen.title).")
    }

    private static let movement = [
        bind("move.up", "up k", lists, "up", .up, "Moves up: in a list, a form, on the map."),
        bind("move.down", "down j", [.models, .fuse], "down", .down, weight: 95, hint: ("↑↓", "select"), "Moves down."),
        bind("map.down", "down j", [.align], "down", .down, weight: 95, hint: ("↑↓←→", "move"), "Moves down on the map or in the list."),
        bind("map.left", "left h", [.align], "left", .left, "Moves left on the map."),
        bind("map.right", "right l", [.align], "right", .right, "Moves right on the map."),
        bind("field.lower", "left h", [.fuse], "lower value", .left, "Takes the value before: the choice, a lower number."),
        bind("field.raise", "right l", [.fuse], "raise value", .right, weight: 94, hint: ("←→", "adjust"), "Takes the next value: the choice, a higher number."),
        bind("move.pageUp", "pgup ctrl-u", lists, "page up", .pageUp, "Moves up by a page."),
        bind("move.pageDown", "pgdn ctrl-d", lists, "page down", .pageDown, "Moves down by a page."),
        bind("move.first", "g", lists, "first", .first, "Moves to the first row."),
        bind("move.last", "G", lists, "last", .last, "Moves to the last row."),
        bind("map.blockUp", "K shift-up", [.align], "block up", .blockUp, "Moves up by eight cells of the map."),
        bind("map.blockDown", "J shift-down", [.align], "block down", .blockDown, "Moves down by eight cells of the map."),
        bind("map.blockLeft", "H shift-left", [.align], "block left", .blockLeft, "Moves left by eight cells of the map."),
        bind("map.blockRight", "L shift-right", [.align], "block right", .blockRight, "Moves right by eight cells of the map."),
        bind("map.rowStart", "0 home", [.align], "row start", .rowStart, "Moves to the first column of the map."),
        bind("map.rowEnd", "$ end", [.align], "row end", .rowEnd, "Moves to the last column of the map."),
        bind("panel.next", "tab", lists, "panel", .nextPanel, weight: 40, "Gives the keyboard to the next panel."),
        bind("panel.previous", "shift-tab", lists, "previous panel", .previousPanel, "Gives the keyboard to the previous panel."),
        bind("open", "enter", [.models], "open", .open, weight: 88, "Opens what is selected: a sample set, a layer's plan."),
        bind("map.best", "enter", [.align], "best match", .open, weight: 88, "Moves to the strongest partner of the neuron in this row."),
        bind("field.type", "enter", [.fuse], "type", .open, weight: 88, "Opens the value for typing; on the list of layers it shows the plan."),
        bind("back", "esc backspace", Context.screens, "back", .back, "Goes one level up: zooms out, returns to the first panel. It never quits."),
    ]

    private static let work = [
        bind("fuse.start", "F", [.fuse, .align, .models], "fuse", .fuse, weight: 85, "Fuses all layers with this recipe in the background and measures the result."),
        bind("job.cancel", "x", Context.screens, "cancel", .cancel, weight: 92, "Stops the running fusion."),
        bind("recipe.undo", "u", [.fuse, .align, .models], "undo", .undo, weight: 60, "Takes back the last change of the recipe."),
        bind("recipe.redo", "ctrl-r", [.fuse, .align, .models], "redo", .redo, "Makes the change again that was taken back."),
        bind("field.reset", "d delete", [.fuse], "default", .resetField, weight: 50, "Gives the selected hyperparameter its default."),
        bind("group.next", "> .", planned, "next layer", .nextGroup, weight: 78, hint: ("< >", "layer"), "Shows the plan of the next layer."),
        bind("group.previous", "< ,", planned, "previous layer", .previousGroup, "Shows the plan of the layer before."),
        bind("parent.next", "p", [.align, .fuse], "parent", .nextParent, "Shows the coupling of the next parent."),
    ]

    private static let view = [
        bind("map.order", "s", [.align, .fuse], "order", .order, weight: 80, "Orders rows and columns: matched, by strength, spectral, raw."),
        bind("map.scale", "r", [.align], "scale", .scale, weight: 75, "Scales the colours: linear, logarithmic, by rank."),
        bind("map.pooling", "m", [.align], "pooling", .pooling, weight: 65, "Pools entries into cells by sum, maximum or mean."),
        bind("map.lock", "R", [.align], "lock scale", .lockScale, "Keeps the end of the colour scale from layer to layer, for honest comparison."),
        bind("map.zoomIn", "+ =", [.align], "zoom in", .zoomIn, weight: 79, hint: ("+-", "zoom"), "Halves the part of the plan in view, around the cursor."),
        bind("map.zoomOut", "-", [.align], "zoom out", .zoomOut, "Returns to the wider view."),
        bind("map.nextOrphan", "n", [.align], "next orphan", .nextOrphan, weight: 45, "Moves to the next neuron without a clear partner."),
        bind("map.previousOrphan", "N", [.align], "previous orphan", .previousOrphan, "Moves to the neuron before without a clear partner."),
        bind("map.announce", "a", [.align], "announce", .announce, "Says the whole row under the cursor in words."),
        bind("glyphs", "#", Context.screens, "characters", .glyphs, "Draws with ASCII, blocks or braille."),
        bind("themes", "T", Context.screens, "theme", .themes, "Chooses the colours; they apply while you move."),
    ]

    private static let everywhere = [
        bind("palette", ": ctrl-p", Context.screens, "commands", .palette, weight: 30, "Finds and runs any command by its name."),
        bind("log", "!", Context.screens, "log", .log, weight: 25, "Shows what happened, with the command line that does the same."),
        bind("copy.command", "y", Context.screens, "copy command", .copyCommand, "Copies the command line of this recipe."),
        bind("dump", "D", Context.screens, "save screen", .dump, "Writes the screen as text into amalgam-screen.txt."),
        bind("redraw", "ctrl-l", Context.screens, "redraw", .redraw, "Draws the whole screen again."),
        bind("suspend", "ctrl-z", Context.screens + [.text], "suspend", .suspend, "Returns to the shell; fg comes back."),
        bind("interrupt", "ctrl-c", Context.allCases, "interrupt", .interrupt, "Stops the running job or closes the dialog; twice within a second quits."),
        bind("help", "? f1", Context.screens, "help", .help, weight: 21, "Lists the keys that mean something here."),
        bind("quit", "q", Context.screens, "quit", .quit, weight: 20, "Leaves; asks when a job is running."),
    ]

    private static let pickers: [Context] = [.help, .palette, .themes]

    private static let overlays = [
        bind("list.up", "up ctrl-k", pickers, "up", .up, "Moves up in the list."),
        bind("list.down", "down ctrl-j", pickers, "down", .down, weight: 95, hint: ("↑↓", "select"), "Moves down in the list."),
        bind("list.choose", "enter", pickers, "choose", .open, weight: 90, "Takes the selected line."),
        bind("list.close", "esc", pickers, "close", .back, weight: 20, "Closes without a change."),
        bind("log.up", "up k pgup", [.log], "older", .up, weight: 90, hint: ("↑↓", "scroll"), "Shows older entries."),
        bind("log.down", "down j pgdn", [.log], "newer", .down, "Shows newer entries."),
        bind("log.copy", "y", [.log], "copy command", .copyCommand, weight: 80, "Copies the command line of this recipe."),
        bind("log.close", "esc ! q", [.log], "close", .back, weight: 20, "Closes the log."),
        bind("text.accept", "enter", [.text], "accept", .open, weight: 90, "Takes the text as the value; a value that cannot be is refused with the reason."),
        bind("text.discard", "esc", [.text], "keep the old value", .back, weight: 80, "Leaves the value as it was."),
        bind("quit.cancel", "c", [.quit], "cancel it and quit", .answerCancelAndQuit, weight: 90, "Stops the job and leaves."),
        bind("quit.stay", "esc s n", [.quit], "stay", .answerStay, weight: 80, "Returns to the workbench."),
    ]

    static func binding(_ id: String) -> Binding? { all.first { $0.id == id } }

    static func binding(for press: KeyPress, in context: Context) -> Binding? {
        index[Place(press: press, context: context)].map { all[$0] }
    }

    static func bindings(in context: Context) -> [Binding] { all.filter { $0.contexts.contains(context) } }

    /// What the hint row offers, most useful first; help and quit come last and always.
    /// While a fusion runs, the key that stops it takes the place of the key that starts one.
    static func hints(in context: Context, glyphs: GlyphSet, isFusing: Bool = false) -> (hints: [Hint], kept: Int) {
        let shown = bindings(in: context).filter { $0.weight > 0 && $0.action != (isFusing ? .fuse : .cancel) }.sorted { $0.weight > $1.weight }
        return (shown.map { Hint(keys: $0.hint?.keys ?? keyLabel($0, glyphs), title: $0.hint?.title ?? $0.title, target: "do:\($0.id)") }, shown.filter { $0.weight <= 30 }.count)
    }

    static func keyLabel(_ binding: Binding, _ glyphs: GlyphSet) -> String { binding.keys.first.map { $0.label(glyphs) } ?? "" }

    /// Lines for `--print-keys`: id, keys, where, help.
    static var printed: String {
        all.map { "\($0.id)\t\($0.keys.map(\.name).joined(separator: " "))\t\($0.contexts.map { "\($0)" }.joined(separator: " "))\t\($0.help)" }
            .joined(separator: "\n") + "\n"
    }

    private struct Place: Hashable { var press: KeyPress, context: Context }

    private static let index: [Place: Int] = {
        var index: [Place: Int] = [:]
        for (number, binding) in all.enumerated() {
            for context in binding.contexts { for press in binding.keys where index[Place(press: press, context: context)] == nil { index[Place(press: press, context: context)] = number } }
        }
        return index
    }()

    /// Keys that two bindings want in one context.
    static var conflicts: [String] {
        var found: [String] = []
        for context in Context.allCases {
            var taken: [KeyPress: String] = [:]
            for binding in bindings(in: context) {
                for press in binding.keys {
                    if let other = taken[press] { found.append("\(press.name) in \(context): \(other) and \(binding.id)") }
                    taken[press] = binding.id
                }
            }
        }
        return found
    }
}
