import Screen

extension Model {
    mutating func performOnModels(_ action: Action, now: Double) -> [Effect] {
        if panel == .groups { return performOnLayers(action) }
        let page = max(1, inside(.sets).rows - 1)
        switch action {
        case .up: models.selectedSet -= 1
        case .down: models.selectedSet += 1
        case .pageUp: models.selectedSet -= page
        case .pageDown: models.selectedSet += page
        case .first: models.selectedSet = 0
        case .last: models.selectedSet = sampleSets.count - 1
        case .open:
            guard !sampleSets.isEmpty else {
                inform("There are no sample sets: run amalgam samples build, or name parents: amalgam A B")
                return []
            }
            return openSet(models.selectedSet, now: now)
        default: return []
        }
        clampSelections()
        if sampleSets.indices.contains(models.selectedSet) {
            inform("\(sampleSets[models.selectedSet].title): Enter opens it")
        }
        return []
    }
}
