import Screen

extension Model {
    mutating func performOnSets(_ action: Action) -> [Effect] {
        if action == .enter {
            if sampleSets.isEmpty { inform("No sample sets: run amalgam samples build, or pass checkpoints: amalgam A.pt B.pt") }
            return openSet(models.selectedSet)
        }
        guard let next = action.moved(models.selectedSet, count: sampleSets.count, page: inside(.sets).rows - 1) else { return [] }
        models.selectedSet = max(0, next)
        if sampleSets.indices.contains(next) { inform("\(sampleSets[next].title): Enter opens it") }
        return []
    }

    /// A second click opens the set.
    mutating func clickSet(_ index: Int) -> [Effect] {
        let again = models.selectedSet == index
        models.selectedSet = index
        clampSelections()
        return again ? openSet(models.selectedSet) : []
    }
}
