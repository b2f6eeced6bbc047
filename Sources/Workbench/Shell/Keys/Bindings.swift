import Screen

/// The table of keys.
enum Bindings {
    static let all: [Binding] = screens + movement + work + view + everywhere + overlays

    /// Key names that this table spells wrongly; a test says there are none.
    static let misspelt: [String] = all.filter { $0.keys.isEmpty }.map(\.id)

    private static func bind(
        _ id: String, _ keys: String, _ contexts: [Context], _ title: String, _ action: Action, weight: Int = 0,
        hint: (keys: String, title: String)? = nil, _ help: String
    ) -> Binding {
        let parsed = keys.split(separator: " ").compactMap { try? KeyPress(name: String($0)) }
        let complete = parsed.count == keys.split(separator: " ").count
        return Binding(
            id: id, keys: complete ? parsed : [], contexts: contexts, title: title, help: help, action: action, weight: weight, hint: hint)
    }

    /// Screens on which something is moved through.
    private static let lists: [Context] = [.models, .fuse, .align, .neurons, .train, .compare]
    /// Screens that show something of one layer.
    private static let planned: [Context] = [.align, .neurons, .fuse, .models]
    /// Screens on which the cursor goes to all four sides.
    private static let maps: [Context] = [.align, .neurons]

    private static let screens = ScreenID.allCases.map { screen in
        bind(
            "screen.\(screen.title.lowercased())", "\(screen.rawValue)", Context.screens, screen.title, .show(screen),
            "Shows the screen \(screen.title).")
    }

    private static let movement = [
        bind("move.up", "up k", lists, "up", .up, "Moves up: in a list, a form, on the map."),
        bind("move.down", "down j", [.models, .fuse, .train, .compare], "down", .down, weight: 95, hint: ("↑↓", "select"), "Moves down."),
        bind("map.down", "down j", maps, "down", .down, weight: 95, hint: ("↑↓←→", "move"), "Moves down on the map or in the list."),
        bind("map.left", "left h", maps, "left", .left, "Moves left on the map."),
        bind("map.right", "right l", maps, "right", .right, "Moves right on the map."),
        bind("field.lower", "left h", [.fuse], "lower value", .left, "Takes the value before: the choice, a lower number."),
        bind(
            "field.raise", "right l", [.fuse], "raise value", .right, weight: 94, hint: ("←→", "adjust"),
            "Takes the next value: the choice, a higher number."),
        bind("move.pageUp", "pgup ctrl-u", lists, "page up", .pageUp, "Moves up by a page."),
        bind("move.pageDown", "pgdn ctrl-d", lists, "page down", .pageDown, "Moves down by a page."),
        bind("move.first", "g", lists, "first", .first, "Moves to the first row."),
        bind("move.last", "G", lists, "last", .last, "Moves to the last row."),
        bind("map.blockUp", "K shift-up", maps, "block up", .blockUp, "Moves up by eight cells of the map."),
        bind("map.blockDown", "J shift-down", maps, "block down", .blockDown, "Moves down by eight cells of the map."),
        bind("map.blockLeft", "H shift-left", maps, "block left", .blockLeft, "Moves left by eight cells of the map."),
        bind("map.blockRight", "L shift-right", maps, "block right", .blockRight, "Moves right by eight cells of the map."),
        bind("map.rowStart", "0 home", maps, "row start", .rowStart, "Moves to the first column of the map."),
        bind("map.rowEnd", "$ end", maps, "row end", .rowEnd, "Moves to the last column of the map."),
        bind("panel.next", "tab", lists, "panel", .nextPanel, weight: 40, "Gives the keyboard to the next panel."),
        bind("panel.previous", "shift-tab", lists, "previous panel", .previousPanel, "Gives the keyboard to the previous panel."),
        bind("open", "enter", [.models], "open", .open, weight: 88, "Opens what is selected: a sample set, a layer's plan."),
        bind("neuron.plan", "enter", [.neurons], "plan", .open, weight: 88, "Shows this neuron in the plan of its layer."),
        bind("map.best", "enter", [.align], "best match", .open, weight: 88, "Moves to the strongest partner of the neuron in this row."),
        bind(
            "field.type", "enter", [.fuse], "type", .open, weight: 88,
            "Opens the value for typing; on the list of layers it shows the plan."),
        bind(
            "back", "esc backspace", Context.screens, "back", .back,
            "Goes one level up: zooms out, returns to the first panel. It never quits."),
    ]

    private static let work = [
        bind(
            "fuse.start", "F", [.fuse, .align, .neurons, .models], "fuse", .fuse, weight: 85,
            "Fuses all layers with this recipe in the background and measures the result."),
        bind(
            "field.group", "o", [.fuse], "this layer only", .ownGroup, weight: 52,
            "Changes values for the shown layer alone, or for all layers again."),
        bind(
            "pair.pin", "m", [.align], "pin", .pin, weight: 76, hint: ("m M", "pin, forbid"),
            "Demands that the two neurons under the cursor correspond, or no longer; the plan is made again with it."),
        bind(
            "pair.forbid", "M", [.align], "forbid", .forbid, "Forbids that the two neurons under the cursor correspond, or allows it again."
        ),
        bind(
            "edits", "E", [.align, .fuse], "edits", .edits, weight: 42,
            "Lists what is pinned, forbidden and different for single layers; Enter goes there, d takes it back."),
        bind(
            "automatic", "A", [.fuse], "automatic choice", .automatic, weight: 47,
            "Chooses the method that tries recipes for as long as you say and keeps the best; F starts it."),
        bind(
            "trials.look", "v", [.fuse], "trials view", .nextLook,
            "Shows what the automatic choice tried as a table, as accuracy against size, or against time."),
        bind(
            "barrier", "b", [.fuse], "barrier", .barrier, weight: 48,
            "Measures the segment between two parents, as they are and aligned by this recipe."),
        bind(
            "tune.start", "t", [.fuse, .train, .compare, .align, .neurons], "fine-tune", .tune, weight: 83,
            "Fine-tunes the fused network with the settings of screen 5, in the background."),
        bind("tune.pause", "p", [.train], "pause", .pause, weight: 91, "Pauses the fine-tuning, or goes on."),
        bind(
            "job.cancel", "x", Context.screens, "stop", .cancel, weight: 92,
            "Stops the running job; a fine-tuning keeps what it has reached."),
        bind("tune.discard", "X", Context.screens, "discard", .discard, "Stops the fine-tuning and keeps nothing; asks first."),
        bind(
            "curve.metric", "}", [.train, .compare], "curves", .nextMetric, weight: 76, hint: ("{ }", "metric"),
            "Shows the next curves: loss, accuracy, learning rate, gradient norm."),
        bind("curve.metricBack", "{", [.train, .compare], "curves before", .previousMetric, "Shows the curves before."),
        bind("curve.scale", "r", [.train, .compare], "scale", .scale, weight: 55, "Draws curves on a logarithmic or a linear scale."),
        bind("curve.smooth", "s", [.train], "smoothing", .smooth, weight: 50, "Smooths the curves more, or not at all."),
        bind(
            "curve.freeze", "space", [.train], "freeze", .freeze, weight: 60,
            "Keeps the curves as they are while data arrives, or lets them go on."),
        bind("curve.recent", "+ =", [.train], "latest", .zoomIn, weight: 45, hint: ("+-", "latest/all"), "Shows the latest steps."),
        bind("curve.all", "-", [.train], "all steps", .zoomOut, "Shows the whole run."),
        bind(
            "curve.left", "left h", [.train], "left", .left, weight: 40, hint: ("←→", "step, adjust"),
            "Moves the cursor along the curves, or takes the value before."),
        bind("curve.right", "right l", [.train], "right", .right, "Moves the cursor along the curves, or takes the next value."),
        bind("curve.blockLeft", "H shift-left", [.train], "far left", .blockLeft, "Moves the cursor by a tenth of the curves."),
        bind("curve.blockRight", "L shift-right", [.train], "far right", .blockRight, "Moves the cursor by a tenth of the curves."),
        bind("tune.type", "enter", [.train], "type", .open, "Opens the selected setting for typing."),
        bind(
            "runs.mark", "space", [.compare], "mark", .freeze, weight: 82,
            "Draws this run together with the others that are marked, up to four."),
        bind(
            "runs.look", "v", [.compare], "view", .nextLook, weight: 79,
            "Shows the curves of runs, their accuracy against size, or against time, with the front of those that nothing beats."),
        bind("runs.left", "left h", [.compare], "left", .left, "Goes to the run whose point lies next to the left."),
        bind("runs.right", "right l", [.compare], "right", .right, "Goes to the run whose point lies next to the right."),
        bind("runs.order", "s", [.compare], "sort", .order, weight: 80, "Sorts runs by the next column."),
        bind("runs.reverse", "S", [.compare], "reverse", .reverse, "Turns the order of runs around."),
        bind("runs.show", "enter", [.compare], "curves", .open, weight: 78, "Shows the run's curves on screen 5."),
        bind(
            "runs.recipe", "u", [.compare], "use recipe", .useRecipe, weight: 62,
            "Takes the run's recipe: to look at, to change, to fuse again."),
        bind("runs.delete", "d delete", [.compare], "delete", .delete, "Deletes the run from the store; asks first."),
        bind(
            "recipe.undo", "u", [.fuse, .align, .models], "undo", .undo, weight: 60,
            "Takes back the last change of the recipe: a value, a pinned pair, a layer of its own."),
        bind("tune.undo", "u", [.train], "undo", .undo, weight: 44, "Takes back the last change of the settings."),
        bind("tune.redo", "ctrl-r", [.train], "redo", .redo, "Makes the change of the settings again that was taken back."),
        bind("recipe.redo", "ctrl-r", [.fuse, .align, .models], "redo", .redo, "Makes the change again that was taken back."),
        bind(
            "field.reset", "d delete", [.fuse, .train], "default", .resetField, weight: 50, "Gives the selected hyperparameter its default."
        ),
        bind("files", "o", [.models], "files", .browse, weight: 84, "Looks for parents on the disk: filter, look inside, open."),
        bind(
            "recipe.save", "w", [.fuse, .align, .models], "save recipe", .saveRecipe,
            "Writes the recipe into a file that amalgam fuse --recipe reads."),
        bind(
            "group.next", "> .", planned, "next layer", .nextGroup, weight: 78, hint: ("< >", "layer"), "Shows the plan of the next layer."),
        bind("group.previous", "< ,", planned, "previous layer", .previousGroup, "Shows the plan of the layer before."),
        bind(
            "parent.next", "p", [.align, .fuse, .neurons], "parent", .nextParent,
            "Shows the next parent; among neurons, then the fused network."),
    ]

    private static let view = [
        bind(
            "map.order", "s", [.align, .fuse], "order", .order, weight: 80,
            "Orders rows and columns: matched, by importance, spectral (entropy of mixing gathers), raw."),
        bind(
            "map.look", "v", [.align], "view", .nextLook, weight: 77,
            "Shows the plan, the cost beside it, the change since the last knob, all layers, the flow, the table."),
        bind("map.lookBack", "V", [.align], "view before", .previousLook, "Goes through the views the other way."),
        bind(
            "map.select", "space", [.align], "rectangle", .selectRectangle, weight: 40,
            "Begins a rectangle here and sums the mass inside as the cursor moves; again ends it."),
        bind(
            "goto", "'", Context.screens, "go to", .goTo,
            "Goes to a pair of neurons by their numbers, A168 F176, or to a place where you were."),
        bind(
            "jump.back", "ctrl-o", Context.screens, "jump back", .jumpBack,
            "Returns to the place that was left last: a screen, a layer, a pair of neurons."),
        bind("jump.forward", "ctrl-n", Context.screens, "jump forward", .jumpForward, "Goes forward again after jumping back."),
        bind("map.lowerThreshold", "[", [.align], "lower threshold", .lowerThreshold, "Shows weaker entries in braille."),
        bind("map.raiseThreshold", "]", [.align], "raise threshold", .raiseThreshold, "Hides weaker entries in braille."),
        bind(
            "map.numbers", "9", [.align], "print numbers", .printNumbers,
            "Prints the entries where cells are large enough, in hundredths of the row."),
        bind(
            "neuron.order", "s", [.neurons], "order", .order, weight: 80,
            "Orders the strips: by rank, by index, matched to the fused network."),
        bind(
            "neuron.score", "i", [.neurons], "importance", .nextScore, weight: 79,
            "Scores neurons by the next kind of importance: norms, activation, gradients, conductance, DeepLIFT, ablation."),
        bind("neuron.scoreBack", "I", [.neurons], "importance before", .previousScore, "Scores neurons by the kind of importance before."),
        bind(
            "neuron.class", "}", [.neurons], "class", .nextMetric, weight: 60, hint: ("{ }", "class"),
            "Shows the part of the scores that the samples of one class give."),
        bind("neuron.classBack", "{", [.neurons], "class before", .previousMetric, "Shows the class before."),
        bind("neuron.dead", "n", [.neurons], "next dead", .nextOrphan, weight: 45, "Moves to the next dead neuron."),
        bind("neuron.deadBack", "N", [.neurons], "previous dead", .previousOrphan, "Moves to the dead neuron before."),
        bind("neuron.table", "v", [.neurons], "table", .nextLook, weight: 70, "Shows the neurons as a table of numbers, or as strips."),
        bind("map.scale", "r", [.align], "scale", .scale, weight: 75, "Scales the colours: linear, logarithmic, by rank."),
        bind("map.pooling", "o", [.align], "pooling", .pooling, weight: 65, "Pools entries into cells by sum, maximum or mean."),
        bind(
            "map.lock", "R", [.align], "lock scale", .lockScale,
            "Keeps the end of the colour scale from layer to layer, for honest comparison."),
        bind(
            "map.zoomIn", "+ =", [.align], "zoom in", .zoomIn, weight: 79, hint: ("+-", "zoom"),
            "Halves the part of the plan in view, around the cursor."),
        bind("map.zoomOut", "-", [.align], "zoom out", .zoomOut, "Returns to the wider view."),
        bind("map.nextOrphan", "n", [.align], "next orphan", .nextOrphan, weight: 45, "Moves to the next neuron without a clear partner."),
        bind(
            "map.previousOrphan", "N", [.align], "previous orphan", .previousOrphan, "Moves to the neuron before without a clear partner."),
        bind("map.announce", "a", maps, "announce", .announce, "Says the whole row under the cursor in words."),
        bind(
            "colours", "c", [.align, .neurons, .fuse], "colours", .nextColours,
            "Draws maps in the next colours: those of the theme, cividis, viridis, magma, grey."),
        bind("glyphs", "#", Context.screens, "characters", .glyphs, "Draws with ASCII, blocks or braille."),
        bind("themes", "T", Context.screens, "theme", .themes, "Chooses the colours; they apply while you move."),
    ]

    private static let everywhere = [
        bind("palette", ": ctrl-p", Context.screens, "commands", .palette, weight: 30, "Finds and runs any command by its name."),
        bind("log", "!", Context.screens, "log", .log, weight: 25, "Shows what happened, with the command line that does the same."),
        bind(
            "copy", "y", Context.screens, "copy", .copyMenu, "Copies the value under the cursor, its row, the command line or the recipe."),
        bind(
            "export", "e", [.align, .neurons, .compare, .train], "export", .export,
            "Writes what the screen shows into a file: csv, svg or txt by its suffix."),
        bind("reload", "ctrl-g", Context.screens, "reload", .reload, "Reads themes and keys again."),
        bind("tour", "f2", Context.screens, "tour", .tour, "Shows or hides the five steps of a first session."),
        bind(
            "zoom", "z", Context.screens, "one panel", .maximise, "Gives the whole screen to the panel with the keyboard, or takes it back."
        ),
        bind(
            "mouse", "f4", Context.screens, "mouse on, off", .mouse,
            "Leaves the mouse to the terminal, so that its own selection works, or takes it back; :set mouse off does the same."),
        bind("dump", "D", Context.screens, "save screen", .dump, "Writes the screen as text into amalgam-screen.txt."),
        bind("redraw", "ctrl-l", Context.screens, "redraw", .redraw, "Draws the whole screen again."),
        bind("suspend", "ctrl-z", Context.screens + [.text], "suspend", .suspend, "Returns to the shell; fg comes back."),
        bind(
            "interrupt", "ctrl-c", Context.allCases, "interrupt", .interrupt,
            "Stops the running job or closes the dialog; twice within a second quits."),
        bind("help", "? f1", Context.screens, "help", .help, weight: 21, "Lists the keys that mean something here."),
        bind("quit", "q", Context.screens, "quit", .quit, weight: 20, "Leaves; asks when a job is running."),
    ]

    private static let pickers: [Context] = [.help, .palette, .themes, .copy, .edits]

    private static let overlays = [
        bind("list.up", "up ctrl-k", pickers, "up", .up, "Moves up in the list."),
        bind("list.down", "down ctrl-j", pickers, "down", .down, weight: 95, hint: ("↑↓", "select"), "Moves down in the list."),
        bind("list.choose", "enter", pickers, "choose", .open, weight: 90, "Takes the selected line."),
        bind(
            "list.complete", "tab", [.palette], "complete", .nextPanel, weight: 60, "Takes the selected line into the text: a key, a value."
        ),
        bind("list.close", "esc", pickers, "close", .back, weight: 20, "Closes without a change."),
        bind("edit.remove", "d delete", [.edits], "take back", .removeEdit, weight: 85, "Takes the selected edit back."),
        bind("edits.close", "E q", [.edits], "close", .back, "Closes the list."),
        bind("log.up", "up k pgup", [.log], "older", .up, weight: 90, hint: ("↑↓", "scroll"), "Shows older entries."),
        bind("log.down", "down j pgdn", [.log], "newer", .down, "Shows newer entries."),
        bind("log.level", "tab", [.log], "level", .nextPanel, weight: 70, "Shows all entries, warnings, errors or commands only."),
        bind("log.copy", "y", [.log], "copy command", .copyCommand, weight: 80, "Copies the command line of this recipe."),
        bind("log.close", "esc ! q", [.log], "close", .back, weight: 20, "Closes the log."),
        bind(
            "text.accept", "enter", [.text], "accept", .open, weight: 90,
            "Takes the text as the value; a value that cannot be is refused with the reason."),
        bind("text.discard", "esc", [.text], "keep the old value", .back, weight: 80, "Leaves the value as it was."),
        bind("files.up", "up ctrl-k", [.browser], "up", .up, "Moves up in the folder."),
        bind("files.down", "down ctrl-j", [.browser], "down", .down, weight: 95, hint: ("↑↓", "select"), "Moves down in the folder."),
        bind("files.pageUp", "pgup", [.browser], "page up", .pageUp, "Moves up by a page."),
        bind("files.pageDown", "pgdn", [.browser], "page down", .pageDown, "Moves down by a page."),
        bind(
            "files.choose", "enter", [.browser], "mark or enter", .open, weight: 90,
            "Marks the file as the next parent, or takes the mark away; enters a folder."),
        bind("files.open", "tab", [.browser], "open the marked", .nextPanel, weight: 88, "Opens the marked files as parents."),
        bind("files.close", "esc", [.browser], "close", .back, weight: 20, "Closes without opening anything."),
        bind("prompt.accept", "enter", [.prompt], "accept", .open, weight: 90, "Takes the text."),
        bind("prompt.up", "up", [.prompt], "up", .up, "Moves up among the places where you were."),
        bind("prompt.down", "down", [.prompt], "down", .down, "Moves down among the places where you were."),
        bind("prompt.discard", "esc", [.prompt], "cancel", .back, weight: 80, "Closes without doing anything."),
        bind("confirm.yes", "y", [.confirm], "yes", .answerYes, weight: 90, "Does it."),
        bind("confirm.no", "esc n", [.confirm], "no", .answerStay, weight: 80, "Leaves everything as it is."),
        bind("quit.cancel", "c", [.quit], "cancel it and quit", .answerCancelAndQuit, weight: 90, "Stops the job and leaves."),
        bind("quit.stay", "esc s n", [.quit], "stay", .answerStay, weight: 80, "Returns to the workbench."),
    ]

    static func binding(_ id: String) -> Binding? { all.first { $0.id == id } }
}
