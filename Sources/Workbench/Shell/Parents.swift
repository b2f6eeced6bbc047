import Fusion
import Screen

/// Opening parents and planning their layers, which all screens share.
extension Model {
    mutating func open(_ recipe: Recipe) -> Effect {
        history.restart(recipe)
        opened = .waiting
        plans = [:]
        planProblems = [:]
        return jobs.start(OpenJob(paths: recipe.parents))
    }

    /// A row of the list on screen 1.
    enum SetRow: Equatable {
        /// Parents that were named or marked.
        case own(Recipe)
        case sample(SampleSetSummary)

        var title: String {
            switch self {
            case .own: "Your parents"
            case .sample(let set): set.title
            }
        }

        var recipe: Recipe {
            switch self {
            case .own(let recipe): recipe
            case .sample(let set): set.recipe
            }
        }
    }

    /// Your parents where there are any that belong to no sample set, then the sample sets.
    var setRows: [SetRow] {
        let isSample = own.map { own in sampleSets.contains { $0.recipe.parents == own.parents } } ?? true
        return (isSample ? [] : own.map { [SetRow.own($0)] } ?? []) + sampleSets.map(SetRow.sample)
    }

    /// Opens a row of the list, after a question where a changed recipe would be lost or parents of the user's own are open.
    mutating func askToOpen(_ row: Int) -> [Effect] {
        guard setRows.indices.contains(row) else { return [] }
        models.selectedSet = row
        let isOpen = setRows[row].recipe.parents == recipe.parents && opened.value != nil
        if isOpen, !history.isChanged {
            inform("\(setRows[row].title) is open: 2 shows the plan, F fuses")
            return []
        }
        let areOwn = setRows.first.map { if case .own(let own) = $0 { own.parents == recipe.parents } else { false } } ?? false
        guard history.isChanged || areOwn, opened.value != nil else { return openRow(row) }
        overlay = .confirm(.replaceParents(.set(row, title: setRows[row].title, isChanged: history.isChanged)))
        return []
    }

    mutating func openRow(_ row: Int) -> [Effect] {
        guard setRows.indices.contains(row) else { return [] }
        var chosen = setRows[row].recipe
        chosen.seed = recipe.seed
        models.selectedSet = row
        return [open(chosen)]
    }

    /// Opens a sample set.
    mutating func openSet(_ index: Int) -> [Effect] {
        let row = setRows.count - sampleSets.count + index
        return sampleSets.indices.contains(index) ? openRow(row) : []
    }

    mutating func receiveOpened(_ parents: OpenedParents, now: Double) -> [Effect] {
        opened = .ready(parents)
        if recipe.parents == named { remember(recipe.parents) }
        selectedGroup = returning.flatMap { place in groups.firstIndex { $0.name == place.group } } ?? firstShown
        seeksPlan = returning == nil
        align.forgetPlace()
        align.parent = returning?.parent ?? 0
        plans = [:]
        planProblems = [:]
        fuse.forgetResults()
        current = nil
        neurons.forget()
        showAwaited()
        if let mismatch = parents.mismatch {
            say(.error, "Incompatible parents: \(mismatch)", now: now)
            return []
        }
        restored = nil
        let names = parents.parents.map { Text.clipMiddle(Text.printable($0.name), to: 18) }.joined(separator: ", ")
        say(.ok, "Opened \(names) · 2 plan · 4 recipe · F fuse", now: now)
        return [jobs.start(MeasureJob(recipe: recipe), now: now)] + replan() + loadNeurons()
    }

    /// The layer to begin with: the one whose plan is there first.
    ///
    /// By weights each layer waits for those before it. By activations of data each is planned alone, and in a deep network what all blocks share takes
    /// longest.
    private var firstShown: Int {
        recipe.data != nil && groups.count > LayerTree.most ? groups.firstIndex { LayerTree.block(of: $0.name) != nil } ?? 0 : 0
    }

    /// Plans what is older than the recipe: the shown layer first, then the others one by one.
    mutating func replan() -> [Effect] {
        guard canFuse, let group else { return [] }
        let next =
            wantsForgottenCost
            ? group : ([group] + groups).first { plans[$0.name]?.recipe != recipe && planProblems[$0.name]?.recipe != recipe }
        return next.map { [jobs.start(PlanJob(recipe: recipe, group: $0.name))] } ?? []
    }

    mutating func receivePlan(_ snapshot: GroupSnapshot, recipe: Recipe) -> [Effect] {
        let before = plans[snapshot.group], isAgain = before?.recipe == recipe
        // The order of another plan is another; the cursor stays on its pair of neurons.
        let entry = before != nil && snapshot.group == group?.name ? cursorEntry : nil
        plans[snapshot.group] = PlannedGroup(
            snapshot: snapshot, recipe: recipe, previous: isAgain ? before?.previous : before.flatMap { numbers(of: $0.snapshot) },
            before: isAgain ? before?.before : before?.snapshot)
        plans[snapshot.group]?.before?.forgetCosts()
        forgetCosts()
        planProblems[snapshot.group] = nil
        let hasMoved = seekPlan(after: snapshot)
        clampCursor()
        if let entry { place(row: entry.row, column: entry.column) }
        if before == nil, snapshot.group == group?.name { returnOrJump() }
        // The shown layer is there: before the others, what all of them will take.
        let next = needsForecast && recipe == self.recipe ? [jobs.start(ForecastJob(recipe: recipe))] : replan()
        return next + loadSpectralOrder() + (hasMoved ? loadNeurons() : [])
    }

    /// Goes on from a layer that the method leaves whole, as long as nobody has chosen one.
    private mutating func seekPlan(after snapshot: GroupSnapshot) -> Bool {
        guard seeksPlan, snapshot.group == group?.name else { return false }
        let next = snapshot.isUntouched ? groups.indices.dropFirst(selectedGroup + 1).first { plans[groups[$0].name] == nil } : nil
        seeksPlan = next != nil
        if let next { selectedGroup = next } else if snapshot.isUntouched { selectedGroup = firstShown }
        return snapshot.isUntouched
    }

    /// Whether the shown view needs costs that were let go.
    var wantsForgottenCost: Bool {
        guard align.view == .cost, let planned, planned.recipe == recipe, planProblem == nil else { return false }
        return planned.snapshot.couplings.contains(where: \.hasForgottenCost)
    }

    private mutating func forgetCosts() {
        var kept = 0
        for name in groups.map(\.name) where name != group?.name {
            kept += plans[name]?.snapshot.costBytes ?? 0
            if kept > mostCosts { plans[name]?.snapshot.forgetCosts() }
        }
    }

    /// To where the last session left the cursor, else to the strongest pair.
    private mutating func returnOrJump() {
        guard let place = returning, place.group == group?.name, let row = place.row, let column = place.column else {
            return jumpToStrongest()
        }
        returning = nil
        align.parent = place.parent
        self.place(row: row, column: column)
        clampCursor()
    }

    mutating func selectGroup(_ index: Int) -> [Effect] {
        guard !groups.isEmpty else {
            inform("No layers yet: open parents on screen 1")
            return []
        }
        let next = max(0, min(groups.count - 1, index))
        guard next != selectedGroup else {
            inform(index < 0 ? "This is the first layer" : "This is the last layer")
            return []
        }
        // The form may be for one layer alone, and has fewer fields for one than for another.
        let field = field(of: .recipe)
        seeksPlan = false
        selectedGroup = next
        if let place = field.flatMap({ fields(of: .recipe).firstIndex(of: $0) }) { fuse.form.selected = place }
        clampForms()
        align.moveToOrigin()
        jumpToStrongest()
        takeSelectionFromMap()
        inform("Layer \(groups[next].name): \(groups[next].neurons.map(String.init).joined(separator: " ↔ ")) neurons")
        return replan() + loadSpectralOrder() + loadNeurons()
    }

    /// The recipe in a few words, for the status line.
    var recipeWords: String {
        let settings = recipe.settings.differences.map { "\($0.key) \($0.value)" } + recipe.edits.assignments
        return recipe.method.title + (settings.isEmpty ? ", defaults" : ", " + settings.joined(separator: ", "))
    }

    /// Takes the last change back or makes it again: of the recipe, on screen 5 of the hyperparameters there.
    mutating func travel(back: Bool) -> [Effect] {
        let before = recipe
        let words =
            screen == .train
            ? (back ? train.history.undo() : train.history.redo()) : (back ? history.undo() : history.redo())
        guard let words else {
            inform(back ? "Nothing to undo" : "Nothing to redo")
            return []
        }
        inform("\(back ? "Undone" : "Redone"): \(words)")
        return screen == .train ? [] : follow(before)
    }
}
