import Screen

extension Model {
    /// Everything that answers to the mouse has a name in the drawn screen; every such action has a key as well.
    mutating func mouse(_ event: MouseEvent, now: Double) -> [Effect] {
        guard layout.mode != .tooSmall else { return [] }
        let target = view(self).target(at: event.position)
        switch event.action {
        case .press: return target.map { click($0.name, at: event.position, now: now) } ?? []
        case .drag: return drag(target?.name, at: event.position)
        case .release: return []
        case .wheelUp, .wheelDown: return wheel(event, over: target?.name, now: now)
        }
    }

    private mutating func click(_ name: String, at position: Position, now: Double) -> [Effect] {
        let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
        let number = parts.count > 1 ? Int(parts[1]) : nil
        switch (parts[0], number) {
        case ("do", _):
            guard parts.count > 1, let binding = keys.binding(parts[1]) else { return [] }
            return perform(binding.action, now: now)
        case ("tab", let number?):
            guard let screen = ScreenID(rawValue: number) else { return [] }
            return perform(.show(screen), now: now)
        case ("set", let index?):
            focus[.models] = .sets
            let again = selectedSet == index
            selectedSet = index
            clampSelections()
            return again ? openSet(selectedSet, now: now) : []
        case ("group", let index?):
            focus[screen] = .groups
            return index == selectedGroup ? [] : selectGroup(index)
        case ("field", let index?):
            guard fuse.editing == nil else { return [] }
            focus[.fuse] = .form
            let again = fuse.field == index
            fuse.field = index
            clampSelections()
            if again { return performOnForm(.right, now: now) }
            status = Status(level: .info, text: fieldHelp)
            return []
        case ("match", let index?):
            focus[.align] = .matches
            align.selectedMatch = index
            return performOnMatches(.open)
        case ("strip", let owner?):
            guard let geometry = stripGeometry(of: owner), let place = geometry.position(at: position), let owners = neuronSnapshot?.owners,
                owners.indices.contains(owner)
            else { return [] }
            neurons.owner = owner
            let order = neuronOrder(of: owners[owner])
            if order.indices.contains(place) { neurons.neuron = order[place] }
            return performOnNeurons(.announce, now: now)
        case ("neuron", let index?):
            guard let owner = neuronOwner else { return [] }
            let order = neuronOrder(of: owner)
            if order.indices.contains(index) { neurons.neuron = order[index] }
            return performOnNeurons(.announce, now: now)
        case ("knob", let index?):
            guard train.form.editing == nil else { return [] }
            focus[.train] = .settings
            let again = train.form.selected == index
            train.form.selected = index
            return again ? performOnTrain(.right, now: now) : performOnTrain(.announce, now: now)
        case ("run", let index?):
            focus[.compare] = .runs
            let again = compare.selected == index
            compare.selected = index
            clampRuns()
            status = Status(level: .info, text: runSentence)
            return again ? performOnCompare(.freeze, now: now) : lookAtRuns()
        case ("point", let index?):
            let runs = frontRuns
            guard runs.indices.contains(index), let place = compare.sorted.firstIndex(where: { $0.id == runs[index].run.id }) else {
                return []
            }
            compare.selected = place
            status = Status(level: .info, text: runSentence)
            return lookAtRuns()
        case ("trial", let index?):
            focus[.fuse] = .trials
            fuse.selectedTrial = max(0, min(fuse.trials.count - 1, index))
            status = Status(level: .info, text: trialSentence)
            return []
        case ("chart", _):
            let area = inside(.chart)
            guard area.columns > 8 else { return [] }
            train.cursor = max(0, min(1, Double(position.column - area.column - 8) / Double(area.columns - 9)))
            status = Status(level: .info, text: cursorSentence)
            return []
        case ("layer", let index?):
            align.look = .plan
            return selectGroup(index)
        case ("map", _):
            focus[.align] = .map
            align.corner = nil
            guard let map = heatMap, let geometry = mapGeometry, let cell = geometry.gridCell(at: position) else { return [] }
            take(map, geometry, gridRow: cell.row, gridColumn: cell.column)
            status = Status(level: .info, text: announcement)
            return []
        case ("line", let index?): return choose(line: index, now: now)
        default: return []
        }
    }

    /// Dragging over the map spans a rectangle from where the button went down.
    private mutating func drag(_ name: String?, at position: Position) -> [Effect] {
        guard name == "map", let map = heatMap, let geometry = mapGeometry, let cell = geometry.gridCell(at: position) else { return [] }
        if align.corner == nil { align.corner = Position(row: align.row, column: align.column) }
        take(map, geometry, gridRow: cell.row, gridColumn: cell.column)
        status = Status(level: .info, text: rectangleSentence)
        return []
    }

    /// A line of the list in an overlay.
    private mutating func choose(line index: Int, now: Double) -> [Effect] {
        switch overlay {
        case .palette(let query, _): overlay = .palette(query: query, selected: index)
        case .help(let filter, _): overlay = .help(filter: filter, selected: index)
        case .themes(_, let original):
            overlay = .themes(selected: index, original: original)
            if themes.indices.contains(index) { theme = themes[index] }
            return []
        case .copy: overlay = .copy(selected: index)
        case .edits: overlay = .edits(selected: index)
        case .prompt(var prompt):
            prompt.selected = index
            overlay = .prompt(prompt)
        case .browser(var browser):
            let again = browser.selected == index
            browser.selected = index
            let effects = show(browser)
            return again ? effects + perform(.open, now: now) : effects
        default: return []
        }
        return perform(.open, now: now)
    }

    private mutating func wheel(_ event: MouseEvent, over name: String?, now: Double) -> [Effect] {
        let isUp = event.action == .wheelUp
        if overlay != nil { return perform(isUp ? .up : .down, now: now) }
        guard !isTyping else { return [] }
        switch name?.split(separator: ":").first {
        case "map": return performOnMap(isUp ? .zoomIn : .zoomOut)
        case "set": focus[.models] = .sets
        case "group": focus[screen] = .groups
        case "field": focus[.fuse] = .form
        case "match": focus[.align] = .matches
        case "strip", "neuron": break
        case "knob": focus[.train] = .settings
        case "run": focus[.compare] = .runs
        case "trial": focus[.fuse] = .trials
        case "chart": return performOnTrain(isUp ? .zoomIn : .zoomOut, now: now)
        default: return []
        }
        return perform(isUp ? .up : .down, now: now)
    }
}
