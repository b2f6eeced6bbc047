import Checkpoints
import Fusion
import Screen

extension Model {
    mutating func ask(_ purpose: Prompt.Purpose, _ text: String = "") {
        overlay = .prompt(Prompt(purpose: purpose, field: TextField(text)))
    }

    mutating func accept(_ prompt: Prompt, now: Double) -> [Effect] {
        let text = prompt.field.text.trimmingPlainSpaces
        func refuse(_ reason: String) {
            var again = prompt
            again.problem = reason
            overlay = .prompt(again)
        }
        switch prompt.purpose {
        case .goto:
            if let selected = prompt.selected, places.indices.contains(selected) {
                overlay = nil
                return go(to: places[selected])
            }
            if screen != .align, !text.isEmpty, coupling != nil { screen = .align }
            if let reason = goTo(text) {
                refuse(reason)
                return []
            }
            overlay = nil
            inform(pairSentence)
            return []
        case .export:
            if screen == .compare, [".md", ".html"].contains(where: text.hasSuffix), !compare.drawn.isEmpty {
                overlay = nil
                return [jobs.start(ReportJob(runs: compare.drawn, path: text))]
            }
            guard let format = ExportFormat(path: text) else {
                refuse(
                    "the file name must end in \(ExportFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: ", "))"
                        + (screen == .compare ? ", .md, .html" : ""))
                return []
            }
            guard let contents = exported(format) else {
                refuse("nothing to export yet")
                return []
            }
            overlay = nil
            return [.write(OutputFile(path: text, text: contents))]
        case .filterRuns:
            overlay = nil
            setFilter(text)
            inform(text.isEmpty ? "All runs" : "\(compare.sorted.count) runs with “\(text)”")
            return loadShownRuns()
        case .tag(let run):
            overlay = nil
            return [jobs.start(TagRunJob(run: run, tag: text.isEmpty ? nil : text), now: now)]
        case .network(let source):
            guard !text.isEmpty else {
                refuse("a name is needed: \(prompt.placeholder)")
                return []
            }
            guard text.hasSuffix("/") || Checkpoint.suffixes.contains(where: { text.lowercased().hasSuffix($0) && text.count > $0.count })
            else {
                refuse("the name must end in \(Checkpoint.suffixes.joined(separator: ", ")), or in / for a folder")
                return []
            }
            overlay = nil
            inform("Saving the \(words(source)) …")
            return [jobs.start(SaveNetworkJob(source: source, path: text), now: now)]
        case .recipe:
            guard text.hasSuffix(".toml"), text.count > 5 else {
                refuse("the file name must end in .toml")
                return []
            }
            overlay = nil
            return [.write(OutputFile(path: text, text: recipe.relative(toFileAt: text).toml()))]
        }
    }

    /// Moves to a pair such as `A168 ◆176`, `A168 *176`, `168 176` or `*30`; gives the reason where it cannot.
    mutating func goTo(_ text: String) -> String? {
        guard coupling != nil else { return "no plan yet" }
        var row: Int?, column: Int?
        let parents = planned?.snapshot.couplings.map { letter($0.parent) } ?? []
        for word in text.uppercased().split(separator: " ") {
            let letters = word.prefix { $0.isLetter || String($0) == Letters.fused || String($0) == Letters.typedFused },
                digits = word.dropFirst(letters.count)
            guard let number = Int(digits) else { return "“\(word)” is not a neuron; write A168 *176" }
            // F is the fused network as long as no sixth parent has that letter.
            if letters == Letters.fused || letters == Letters.typedFused || letters == "F" && !parents.contains("F") {
                column = number
            } else if letters.isEmpty {
                if row == nil { row = number } else { column = number }
            } else {
                guard let couplings = planned?.snapshot.couplings,
                    let index = couplings.firstIndex(where: { letter($0.parent) == letters })
                else {
                    return "no parent \(letters)"
                }
                align.parent = couplings[index].parent
                row = number
            }
        }
        guard row != nil || column != nil, let shown = coupling else { return "write a pair such as A168 *176" }
        if let row, !(0..<shown.plan.rows).contains(row) { return "\(letter(shown.parent)) has neurons 0 to \(shown.plan.rows - 1)" }
        if let column, !(0..<shown.plan.columns).contains(column) { return "the fused layer has neurons 0 to \(shown.plan.columns - 1)" }
        let best = row.flatMap { shown.best[$0]?.column }
        place(row: row ?? cursorEntry?.row ?? 0, column: column ?? best ?? cursorEntry?.column ?? 0)
        jumps.isFar = true
        return nil
    }

    // MARK: Copying

    /// What can be copied, with its name and its text.
    var copyChoices: [(title: String, text: String)] {
        var choices: [(String, String)] = []
        if screen == .neurons, !neuronSentence.isEmpty { choices.append(("neuron", neuronSentence)) }
        if let coupling, let entry = cursorEntry, screen == .align || screen == .fuse {
            choices.append(("value", "\(coupling.plan[entry.row, entry.column])"))
            choices.append(("row", coupling.plan.row(entry.row).map { "\($0)" }.joined(separator: ",")))
            choices.append(("sentence", pairSentence))
        }
        if screen == .compare, let run = compare.run {
            choices.append(("command of \(run.id)", run.command))
            choices.append(("recipe of \(run.id)", run.recipe))
        }
        choices.append(("command line", recipe.command()))
        choices.append(("recipe", recipe.toml()))
        return choices
    }

    mutating func copy(_ index: Int, now: Double) -> [Effect] {
        let choices = copyChoices
        guard choices.indices.contains(index) else { return [] }
        overlay = nil
        say(
            .info, "Copied the \(choices[index].title)" + (choices[index].title == "command line" ? ": \(choices[index].text)" : ""),
            now: now)
        return [.copy(choices[index].text)]
    }
}
