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
}
