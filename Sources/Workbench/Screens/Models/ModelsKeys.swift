import Screen

extension Model {
    mutating func performOnSets(_ action: Action) -> [Effect] {
        if action == .enter {
            if setRows.isEmpty { inform("No sample sets: run amalgam samples build, or pass checkpoints: amalgam A.pt B.pt") }
            return askToOpen(models.selectedSet)
        }
        let rows = setRows
        guard let next = action.moved(models.selectedSet, count: rows.count, page: inside(.sets).rows - 1) else { return [] }
        models.selectedSet = max(0, next)
        if rows.indices.contains(next) { inform("\(rows[next].title): Enter opens it") }
        return []
    }

    /// A second click opens the set.
    mutating func clickSet(_ index: Int) -> [Effect] {
        let again = models.selectedSet == index
        models.selectedSet = index
        clampSelections()
        return again ? askToOpen(models.selectedSet) : []
    }
}
