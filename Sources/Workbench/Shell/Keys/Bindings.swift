import Screen

/// The table of keys.
enum Bindings {
    static let all: [Binding] = screens + movement + work + views + everywhere + overlays

    /// Key names that this table spells wrongly; a test says there are none.
    static let misspelt: [String] = all.filter { $0.keys.isEmpty }.map(\.id)

    /// What the palette begins with.
    static let verbs = [
        "files", "fuse.start", "tune.start", "network.save", "runs.load", "recipe.save", "export", "automatic", "barrier", "layer.find",
        "themes",
    ]

    /// Whether it only moves a cursor or the focus.
    static func isMotion(_ binding: Binding) -> Bool { movementIDs.contains(binding.id) }
    private static let movementIDs = Set(movement.map(\.id).filter { !["open", "neuron.plan", "map.best", "field.type"].contains($0) })
        .union(["curve.left", "curve.right", "curve.blockLeft", "curve.blockRight", "runs.left", "runs.right"])

    /// Names that key files of earlier versions use.
    static let aliases = [
        "map.nextOrphan": "map.nextUnmatched", "map.previousOrphan": "map.previousUnmatched", "map.look": "map.view",
        "map.lookBack": "map.viewBack", "runs.look": "runs.view", "trials.look": "trials.view", "neuron.score": "neuron.importance",
        "neuron.scoreBack": "neuron.importanceBack", "map.announce": "map.describe", "field.group": "field.layer",
    ]

    static func binding(_ id: String) -> Binding? { all.first { $0.id == id } }

    static func bind(
        _ id: String, _ keys: String, _ contexts: [Context], _ title: String, _ action: Action, weight: Int = 0,
        hint: (keys: String, title: String)? = nil, _ help: String
    ) -> Binding {
        let parsed = keys.split(separator: " ").compactMap { try? KeyPress(name: String($0)) }
        let complete = parsed.count == keys.split(separator: " ").count
        return Binding(
            id: id, keys: complete ? parsed : [], contexts: contexts, title: title, help: help, action: action, weight: weight, hint: hint)
    }

    /// Screens that show something of one layer.
    private static let layered: [Context] = [.align, .neurons, .fuse, .models]
    /// Screens whose cursor moves in both dimensions.
    private static let maps: [Context] = [.align, .neurons]

    private static let screens = ScreenID.allCases.map { screen in
        bind(
            "screen.\(screen.title.lowercased())", "\(screen.rawValue)", Context.screens, screen.title, .show(screen),
            "Shows the screen \(screen.title).")
    }

    private static let movement = [
        bind("move.up", "up k", Context.screens, "up", .up, "Moves up."),
        bind("move.down", "down j", [.models, .fuse, .train, .compare], "down", .down, weight: 95, hint: ("↑↓", "select"), "Moves down."),
        bind("map.down", "down j", maps, "down", .down, weight: 95, hint: ("↑↓←→", "move"), "Moves down."),
        bind("map.left", "left h", maps, "left", .left, "Moves left."),
        bind("map.right", "right l", maps, "right", .right, "Moves right."),
        bind("field.lower", "left h", [.fuse], "lower value", .left, "Selects the previous choice or a lower number."),
        bind(
            "field.raise", "right l", [.fuse], "raise value", .right, weight: 94, hint: ("←→", "adjust"),
            "Selects the next choice or a higher number."),
        bind("move.pageUp", "pgup ctrl-u", Context.screens, "page up", .pageUp, "Moves up by a page."),
        bind("move.pageDown", "pgdn ctrl-d", Context.screens, "page down", .pageDown, "Moves down by a page."),
        bind("move.first", "g", Context.screens, "first", .first, "Moves to the first row."),
        bind("move.last", "G", Context.screens, "last", .last, "Moves to the last row."),
        bind("map.blockUp", "K shift-up", maps, "block up", .blockUp, "Moves up by eight cells."),
        bind("map.blockDown", "J shift-down", maps, "block down", .blockDown, "Moves down by eight cells."),
        bind("map.blockLeft", "H shift-left", maps, "block left", .blockLeft, "Moves left by eight cells."),
        bind("map.blockRight", "L shift-right", maps, "block right", .blockRight, "Moves right by eight cells."),
        bind("map.rowStart", "0 home", maps, "row start", .rowStart, "Moves to the first column."),
        bind("map.rowEnd", "$ end", maps, "row end", .rowEnd, "Moves to the last column."),
        bind("panel.next", "tab", Context.screens, "panel", .nextPanel, weight: 40, "Moves the focus to the next panel."),
        bind("panel.previous", "shift-tab", Context.screens, "previous panel", .previousPanel, "Moves the focus to the previous panel."),
        bind("open", "enter", [.models], "open", .enter, weight: 88, "Opens the selected sample set, or the plan of the selected layer."),
        bind("neuron.plan", "enter", [.neurons], "plan", .enter, weight: 88, "Shows this neuron in the plan of its layer."),
        bind("map.best", "enter", [.align], "best match", .enter, weight: 88, "Moves to the best match of the neuron in this row."),
        bind("field.type", "enter", [.fuse], "type", .enter, weight: 88, "Edits the value as text; in the list of layers, shows the plan."),
        bind(
            "back", "esc backspace", Context.screens, "back", .back,
            "Goes one level up: zooms out, or returns to the first panel. Never quits."),
    ]

    private static let work = [
        bind(
            "fuse.start", "F", Context.screens, "fuse", .fuse, weight: 85,
            "Fuses all layers with this recipe in the background, then evaluates the result."),
        bind(
            "field.layer", "o", [.fuse], "this layer only", .editOneLayer, weight: 52,
            "Switches between values for the shown layer only and values for all layers."),
        bind(
            "pair.pin", "m", [.align], "pin", .pin, weight: 76, hint: ("m M", "pin, forbid"),
            "Forces the pair under the cursor to match, or removes that constraint; the layer is planned again."),
        bind("pair.forbid", "M", [.align], "forbid", .forbid, "Forbids the pair under the cursor, or removes that constraint."),
        bind(
            "edits", "E", [.align, .fuse], "edits", .listEdits, weight: 42,
            "Lists pinned and forbidden pairs and per-layer values; Enter shows one, d removes it."),
        bind(
            "automatic", "A", [.fuse], "automatic choice", .chooseAutomatic, weight: 47,
            "Selects the method that tries recipes within a time budget and keeps the best; F starts it."),
        bind(
            "trials.view", "v", [.fuse], "trials view", .nextTrialView,
            "Shows the trials of the automatic choice as a table, as accuracy against size, or against time."),
        bind(
            "notes", "n", [.fuse], "notes", .showNotes, weight: 49,
            "Shows what the fusion assumes and warns of, warnings first; ↑↓ scroll, n returns."),
        bind(
            "barrier", "b", [.fuse], "loss barrier", .measureBarrier, weight: 48,
            "Measures the loss barrier between two parents, unaligned and aligned by this recipe."),
        bind(
            "tune.start", "t", Context.screens, "fine-tune", .fineTune, weight: 83,
            "Fine-tunes the fused network in the background with the hyperparameters of screen 5."),
        bind("tune.pause", "p", [.train], "pause", .pauseTraining, weight: 91, "Pauses or resumes the fine-tuning."),
        bind(
            "job.cancel", "x", Context.screens, "stop", .stopJob, weight: 92,
            "Stops the running job; fine-tuning keeps its best weights so far."),
        bind(
            "tune.discard", "X", Context.screens, "discard", .discardTraining,
            "Stops the fine-tuning and discards its result, after a confirmation."),
        bind("tune.type", "enter", [.train], "type", .enter, "Edits the selected hyperparameter as text."),
        bind(
            "runs.recipe", "u", [.compare], "use recipe", .useRecipe, weight: 62,
            "Loads the recipe of the run into screen 4."),
        bind(
            "runs.resume", "R", [.compare], "resume", .resumeRun, weight: 61,
            "Goes on with an interrupted fine-tuning from its checkpoint."),
        bind("runs.filter", "/", [.compare], "filter", .filterRuns, weight: 77, "Shows only runs with these words; Esc shows all."),
        bind("runs.tag", "m", [.compare], "tag", .tagRun, "Gives the run a title of your own."),
        bind("runs.delete", "d delete", [.compare], "delete", .deleteRun, "Deletes the run from the store, after a confirmation."),
        bind(
            "recipe.undo", "u", [.fuse, .align, .models], "undo", .undo, weight: 60,
            "Undoes the last change of the recipe: a value, a pinned pair, a per-layer value."),
        bind("recipe.redo", "ctrl-r", [.fuse, .align, .models], "redo", .redo, "Redoes the change of the recipe."),
        bind("tune.undo", "u", [.train], "undo", .undo, weight: 44, "Undoes the last change of the hyperparameters."),
        bind("tune.redo", "ctrl-r", [.train], "redo", .redo, "Redoes the change of the hyperparameters."),
        bind("field.reset", "d delete", [.fuse, .train], "default", .resetValue, weight: 50, "Resets the selected value to its default."),
        bind(
            "field.info", "i", [.fuse, .train], "explain", .showInfo, weight: 53,
            "Shows all about the selected value: help, key, range, source, default, value in force."),
        bind("field.find", "f", [.fuse, .train], "find value", .findField, "Finds a value of the form by its name, key or help."),
        bind("files", "o", [.models], "files", .openFiles, weight: 84, "Browses files for parents: filter, inspect, open."),
        bind(
            "network.save", "W", Context.screens, "save network", .saveNetwork, weight: 58,
            "Saves the fused or fine-tuned network to a file: exports or writes .safetensors, .pt, .pt2 or a folder; on screen 6 that of the run."
        ),
        bind(
            "recipe.save", "w", [.fuse, .align, .models], "save recipe", .saveRecipe,
            "Saves the recipe to a file for amalgam fuse --recipe."),
        bind(
            "runs.load", "L", [.compare], "load network", .loadRun, weight: 64,
            "Loads the network of the run as the current one: t fine-tunes it, W saves it, 3 looks into it."),
        bind("group.next", "> .", layered, "next layer", .nextLayer, weight: 78, hint: ("< >", "layer"), "Shows the next layer."),
        bind("group.previous", "< ,", layered, "previous layer", .previousLayer, "Shows the previous layer."),
        bind(
            "layer.find", "/", layered, "find layer", .findLayer, weight: 74,
            "Finds a layer by a part of its name."),
        bind(
            "layer.sort", "S", layered, "sort layers", .sortLayers,
            "Sorts the list of layers: as in the network, by residual, by match, by width, by name."),
        bind("block.next", "}", [.models, .align, .fuse], "next block", .nextBlock, "Moves to the first layer of the next block."),
        bind(
            "block.previous", "{", [.models, .align, .fuse], "previous block", .previousBlock,
            "Moves to the first layer of this block, or of the previous one."),
        bind("parent.next", "p", [.align, .fuse], "parent", .nextParent, "Shows the coupling of the next parent."),
        bind("network.next", "p", [.neurons], "network", .nextNetwork, "Moves to the next network: each parent, then the fused one."),
    ]

    private static let views = [
        bind(
            "map.order", "s", [.align, .fuse], "order", .orderMap, weight: 80,
            "Orders rows and columns: matched, by importance, spectral, or as stored."),
        bind(
            "map.view", "v", [.align], "view", .nextMapView, weight: 77,
            "Shows the next view: plan, plan and cost, change since the last edit, all layers, flow, table."),
        bind("map.viewBack", "V", [.align], "previous view", .previousMapView, "Shows the previous view."),
        bind(
            "map.select", "space", [.align], "rectangle", .selectRectangle, weight: 40,
            "Starts a rectangle whose mass is summed while the cursor moves; ends it when pressed again."),
        bind("map.lowerThreshold", "[", [.align], "lower threshold", .lowerThreshold, "Shows weaker entries in braille."),
        bind("map.raiseThreshold", "]", [.align], "raise threshold", .raiseThreshold, "Hides weaker entries in braille."),
        bind(
            "map.numbers", "9", [.align], "print values", .printValues,
            "Prints entries as percentages of their row where cells are large enough."),
        bind("map.scale", "r", [.align], "scale", .scaleMap, weight: 75, "Colour scale: linear, logarithmic, by rank."),
        bind("map.pooling", "o", [.align], "pooling", .poolMap, weight: 65, "Pools entries into cells by sum, maximum or mean."),
        bind("map.lock", "R", [.align], "lock scale", .lockScale, "Uses the current colour scale for every layer."),
        bind(
            "map.zoomIn", "+ =", [.align], "zoom in", .zoomIn, weight: 79, hint: ("+-", "zoom"),
            "Zooms in by two around the cursor."),
        bind("map.zoomOut", "-", [.align], "zoom out", .zoomOut, "Zooms out."),
        bind(
            "map.nextUnmatched", "n", [.align], "next unmatched", .nextUnmatched, weight: 45,
            "Moves to the next neuron without a clear match; with a selecting method, to the next dropped one."),
        bind("map.previousUnmatched", "N", [.align], "previous unmatched", .previousUnmatched, "Moves to the previous such neuron."),
        bind("map.describe", "a", maps, "describe", .describe, "Describes the row or neuron under the cursor in words."),
        bind(
            "neuron.order", "s", [.neurons], "order", .orderStrips, weight: 80, "Orders neurons by rank, by index, or as they are matched."),
        bind(
            "neuron.importance", "i", [.neurons], "importance", .nextImportance, weight: 79,
            "Selects the next importance measure: weight norms, activation, gradients, conductance, DeepLIFT, ablation."),
        bind(
            "neuron.importanceBack", "I", [.neurons], "previous importance", .previousImportance, "Selects the previous importance measure."
        ),
        bind(
            "neuron.class", "}", [.neurons], "class", .nextClass, weight: 60, hint: ("{ }", "class"),
            "Shows importance on the samples of one class."),
        bind("neuron.classBack", "{", [.neurons], "previous class", .previousClass, "Shows the previous class."),
        bind("neuron.dead", "n", [.neurons], "next dead", .nextDead, weight: 45, "Moves to the next dead neuron."),
        bind("neuron.deadBack", "N", [.neurons], "previous dead", .previousDead, "Moves to the previous dead neuron."),
        bind(
            "neuron.table", "v", [.neurons], "view", .nextNeuronView, weight: 70,
            "Shows strips, distributions, the importance of matched neurons, or a table of values."),
        bind(
            "curve.metric", "}", [.train, .compare], "metric", .nextMetric, weight: 76, hint: ("{ }", "metric"),
            "Shows the next metric: loss, accuracy, learning rate, gradient norm."),
        bind("curve.metricBack", "{", [.train, .compare], "previous metric", .previousMetric, "Shows the previous metric."),
        bind(
            "curve.scale", "r", [.train, .compare], "scale", .scaleCurves, weight: 55, "Switches between a logarithmic and a linear y axis."
        ),
        bind("curve.smooth", "s", [.train], "smoothing", .smoothCurves, weight: 50, "Selects the next smoothing weight, or none."),
        bind(
            "curve.freeze", "space", [.train], "freeze", .freezeCurves, weight: 60,
            "Freezes the curves while data keeps arriving, or resumes."),
        bind("curve.recent", "+ =", [.train], "latest", .latestSteps, weight: 45, hint: ("+-", "latest/all"), "Shows the latest steps."),
        bind("curve.all", "-", [.train], "all steps", .allSteps, "Shows the whole run."),
        bind(
            "curve.left", "left h", [.train], "left", .left, weight: 40, hint: ("←→", "step, adjust"),
            "Moves the cursor along the curves, or lowers the value."),
        bind("curve.right", "right l", [.train], "right", .right, "Moves the cursor along the curves, or raises the value."),
        bind("curve.blockLeft", "H shift-left", [.train], "far left", .blockLeft, "Moves the cursor by a tenth of the curves."),
        bind("curve.blockRight", "L shift-right", [.train], "far right", .blockRight, "Moves the cursor by a tenth of the curves."),
        bind("runs.mark", "space", [.compare], "mark", .markRun, weight: 82, "Marks the run for comparison, up to four."),
        bind(
            "runs.view", "v", [.compare], "view", .nextRunView, weight: 79,
            "Shows the curves of the runs, their accuracy against size or time with the Pareto front, or the accuracy by class and the confusion of the selected run."
        ),
        bind("runs.left", "left h", [.compare], "left", .left, "Moves to the next run on the left."),
        bind("runs.right", "right l", [.compare], "right", .right, "Moves to the next run on the right."),
        bind("runs.order", "s", [.compare], "sort", .sortRuns, weight: 80, "Sorts runs by the next column."),
        bind("runs.reverse", "S", [.compare], "reverse", .reverseRuns, "Reverses the order of the runs."),
        bind("runs.show", "enter", [.compare], "curves", .enter, weight: 78, "Shows the curves of the run on screen 5."),
        bind(
            "colours", "c", [.align, .neurons, .fuse], "colours", .nextColours,
            "Selects the next colour map: the theme's, cividis, viridis, magma, grey."),
        bind("glyphs", "#", Context.screens, "glyphs", .nextGlyphs, "Draws with ASCII, blocks or braille."),
        bind("themes", "T", Context.screens, "theme", .themes, "Chooses a theme, with preview."),
    ]

    private static let everywhere = [
        bind("palette", ": ctrl-p", Context.screens, "commands", .palette, weight: 30, "Finds and runs any command by name."),
        bind("log", "!", Context.screens, "log", .log, weight: 25, "Shows the log, with the equivalent command lines."),
        bind(
            "copy", "y", Context.screens, "copy", .copyMenu, "Copies the value under the cursor, its row, the command line or the recipe."),
        bind(
            "export", "e", [.align, .neurons, .compare, .train], "export", .export,
            "Exports this screen to a file: csv, svg or txt."),
        bind(
            "goto", "'", Context.screens, "go to", .goTo, "Goes to a pair of neurons, such as A168 *176, or to an earlier place."),
        bind(
            "jump.back", "ctrl-o", Context.screens, "jump back", .jumpBack,
            "Returns to the previous place: a screen, a layer, a pair of neurons."),
        bind("jump.forward", "ctrl-n", Context.screens, "jump forward", .jumpForward, "Goes forward after jumping back."),
        bind("reload", "ctrl-g", Context.screens, "reload", .reload, "Reads themes and keys again."),
        bind("tour", "f2", Context.screens, "tour", .tour, "Shows or hides the five steps of a first session."),
        bind("zoom", "z", Context.screens, "maximise", .maximise, "Maximises the focused panel, or restores all panels."),
        bind("mouse", "f4", Context.screens, "mouse", .toggleMouse, "Captures the mouse, or leaves it to the terminal for selecting text."),
        bind("dump", "D", Context.screens, "save screen", .saveScreen, "Saves the screen as text to amalgam-screen.txt."),
        bind("redraw", "ctrl-l", Context.screens, "redraw", .redraw, "Redraws the screen."),
        bind("suspend", "ctrl-z", Context.screens + [.text], "suspend", .suspend, "Suspends the program; fg resumes it."),
        bind(
            "interrupt", "ctrl-c", Context.allCases, "interrupt", .interrupt,
            "Stops the running job or closes the dialog; twice within a second quits."),
        bind("help", "? f1", Context.screens, "help", .help, weight: 21, "Lists the keys of this screen."),
        bind("quit", "q", Context.screens, "quit", .quit, weight: 20, "Quits, after a confirmation while a job is running."),
    ]

    private static let pickers: [Context] = [.help, .palette, .themes, .copy, .edits, .layers, .fields]

    private static let overlays = [
        bind("list.up", "up ctrl-k", pickers, "up", .up, "Moves up."),
        bind("list.down", "down ctrl-j", pickers, "down", .down, weight: 95, hint: ("↑↓", "select"), "Moves down."),
        bind("list.choose", "enter", pickers, "choose", .enter, weight: 90, "Chooses the selected line."),
        bind("list.complete", "tab", [.palette], "complete", .completeCommand, weight: 60, "Completes the command with the selected line."),
        bind("list.close", "esc", pickers, "close", .back, weight: 20, "Closes without a change."),
        bind("edit.remove", "d delete", [.edits], "remove", .removeEdit, weight: 85, "Removes the selected edit."),
        bind("info.close", "esc enter i q", [.info], "close", .back, weight: 20, "Closes the panel."),
        bind("edits.close", "E q", [.edits], "close", .back, "Closes the list."),
        bind("log.up", "up k pgup", [.log], "older", .up, weight: 90, hint: ("↑↓", "scroll"), "Shows older entries."),
        bind("log.down", "down j pgdn", [.log], "newer", .down, "Shows newer entries."),
        bind("log.level", "tab", [.log], "level", .nextLogLevel, weight: 70, "Shows all entries, warnings, errors or commands only."),
        bind("log.copy", "y", [.log], "copy command", .copyCommand, weight: 80, "Copies the command line of this recipe."),
        bind("log.close", "esc ! q", [.log], "close", .back, weight: 20, "Closes the log."),
        bind("text.accept", "enter", [.text], "accept", .enter, weight: 90, "Sets the value; an invalid one is rejected with the reason."),
        bind("text.discard", "esc", [.text], "cancel", .back, weight: 80, "Keeps the old value."),
        bind("files.up", "up ctrl-k", [.browser], "up", .up, "Moves up."),
        bind("files.down", "down ctrl-j", [.browser], "down", .down, weight: 95, hint: ("↑↓", "select"), "Moves down."),
        bind("files.pageUp", "pgup", [.browser], "page up", .pageUp, "Moves up by a page."),
        bind("files.pageDown", "pgdn", [.browser], "page down", .pageDown, "Moves down by a page."),
        bind(
            "files.choose", "enter", [.browser], "mark or enter", .enter, weight: 90,
            "Marks the file or the model's folder as the next parent, or unmarks it; enters another folder; opens recent parents."),
        bind(
            "files.open", "tab", [.browser], "open marked", .openMarked, weight: 88,
            "Opens the marked files as parents; completes a path while one is typed."),
        bind("files.close", "esc", [.browser], "close", .back, weight: 20, "Closes without opening anything."),
        bind("prompt.accept", "enter", [.prompt], "accept", .enter, weight: 90, "Accepts the text."),
        bind("prompt.up", "up", [.prompt], "up", .up, "Moves up among earlier places."),
        bind("prompt.down", "down", [.prompt], "down", .down, "Moves down among earlier places."),
        bind("prompt.discard", "esc", [.prompt], "cancel", .back, weight: 80, "Closes without a change."),
        bind("confirm.yes", "y", [.confirm], "yes", .answerYes, weight: 90, "Confirms."),
        bind("confirm.no", "esc n", [.confirm], "no", .answerNo, weight: 80, "Cancels."),
        bind("quit.keep", "k", [.quit], "keep best", .keepAndQuit, weight: 94, "Stops the fine-tuning, keeps its best weights, and quits."),
        bind(
            "quit.leave", "r", [.quit], "leave resumable", .leaveAndQuit, weight: 92,
            "Quits at once and leaves the fine-tuning's checkpoint, from which it can be resumed."),
        bind("quit.cancel", "c", [.quit], "cancel it and quit", .cancelAndQuit, weight: 90, "Cancels the job and quits; nothing is kept."),
        bind("quit.stay", "esc s n", [.quit], "stay", .answerNo, weight: 80, "Returns to the workbench."),
    ]
}
