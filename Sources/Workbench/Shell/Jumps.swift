import Fusion
import Screen

extension Model {
    var place: Place {
        let entry = cursorEntry
        return Place(screen: screen, group: group?.name, parent: align.parent, row: entry?.row, column: entry?.column, run: compare.run?.id)
    }

    /// Does what a key or a click means, and records the place it left where it went far.
    mutating func travelling(_ work: (inout Model) -> [Effect]) -> [Effect] {
        let before = place, past = jumps
        jumps.isFar = false
        let effects = work(&self)
        // Going back or forward keeps its own record.
        guard jumps.past == past.past, jumps.future == past.future else { return effects }
        let after = place
        if after.screen != before.screen || after.group != before.group && before.group != nil || jumps.isFar, !after.isSame(as: before) {
            jumps.left(before)
        }
        return effects
    }

    mutating func jump(back: Bool) -> [Effect] {
        let here = place
        guard let target = back ? jumps.back(from: here) : jumps.forward(from: here) else {
            inform(back ? "This is the first place; ' lists earlier places" : "This is the latest place")
            return []
        }
        return go(to: target)
    }

    /// Goes to a place, as far as it still exists.
    mutating func go(to target: Place) -> [Effect] {
        var effects: [Effect] = []
        if let index = groups.firstIndex(where: { $0.name == target.group }), index != selectedGroup { effects = selectGroup(index) }
        if let row = target.row, let column = target.column, plans[group?.name ?? ""] != nil {
            align.parent = target.parent
            clampCursor()
            place(row: row, column: column)
        }
        if let run = target.run, let index = compare.sorted.firstIndex(where: { $0.id == run }) { compare.selected = index }
        return effects + show(target.screen)
    }

    /// The jump list, latest first.
    var places: [Place] { Array(jumps.past.reversed()) }

    /// A place in words.
    func words(_ place: Place) -> String { ([place.screen.title] + place.screen.room.describe(place)).joined(separator: " · ") }

    mutating func moveInJumps(_ prompt: Prompt, by step: Int) {
        guard prompt.purpose == .goto, !jumps.past.isEmpty else { return }
        var next = prompt
        let place = (prompt.selected ?? -1) + step
        next.selected = place < 0 ? nil : min(place, jumps.past.count - 1)
        next.problem = nil
        overlay = .prompt(next)
    }
}
