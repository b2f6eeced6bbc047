import Screen

extension Model {
    mutating func performOnModels(_ action: Action, now: Double) -> [Effect] {
        if panel == .groups { return performOnGroups(action) }
        let page = max(1, inside(.sets).rows - 1)
        switch action {
        case .up: selectedSet -= 1
        case .down: selectedSet += 1
        case .pageUp: selectedSet -= page
        case .pageDown: selectedSet += page
        case .first: selectedSet = 0
        case .last: selectedSet = sampleSets.count - 1
        case .open:
            guard !sampleSets.isEmpty else {
                status = Status(level: .info, text: "There are no sample sets: run amalgam samples build, or name parents: amalgam A B")
                return []
            }
            return openSet(selectedSet, now: now)
        default: return []
        }
        clampSelections()
        if sampleSets.indices.contains(selectedSet) {
            status = Status(level: .info, text: "\(sampleSets[selectedSet].title): Enter opens it")
        }
        return []
    }

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
