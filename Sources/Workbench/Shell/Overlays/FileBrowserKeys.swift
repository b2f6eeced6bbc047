import Fusion
import Screen

extension Model {
    mutating func openBrowser() -> [Effect] {
        var browser = FileBrowser(folder: ".")
        browser.recent = recentParents
        overlay = .browser(browser)
        return [jobs.start(BrowseJob(folder: browser.folder))]
    }

    /// What stands before the last slash.
    static func folder(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    mutating func perform(_ action: Action, in browser: FileBrowser) -> [Effect]? {
        switch action {
        case .enter: return choose(in: browser)
        case .openMarked: return complete(browser) ?? openMarked(browser)
        default:
            guard let next = action.moved(browser.selected, count: browser.shown.count, page: size.rows - 12) else { return nil }
            var browser = browser
            browser.selected = next
            return show(browser)
        }
    }

    /// Shows the browser with its selection in place, and asks what the selected file is.
    mutating func show(_ browser: FileBrowser) -> [Effect] {
        var browser = browser
        browser.selected = max(0, min(browser.shown.count - 1, browser.selected))
        defer { overlay = .browser(browser) }
        guard let entry = browser.entry, entry.kind != .folder, entry.kind != .recent else {
            browser.preview = .nothing
            browser.previewed = nil
            return []
        }
        guard browser.previewed != entry.path else { return [] }
        browser.previewed = entry.path
        browser.preview = .waiting
        return [jobs.start(InspectJob(path: entry.path))]
    }

    private mutating func choose(in browser: FileBrowser) -> [Effect] {
        guard let entry = browser.entry else { return [] }
        if entry.kind == .folder { return enter(entry.path, browser) }
        if entry.kind == .recent { return openChosen(entry.path.split(separator: "\n").map(String.init)) }
        var browser = browser
        if let index = browser.marked.firstIndex(of: entry.path) {
            browser.marked.remove(at: index)
        } else {
            browser.marked.append(entry.path)
        }
        inform(browser.marked.count < 2 ? "Mark at least two parents; Tab opens them" : "Tab opens \(browser.marked.count) parents")
        return show(browser)
    }

    private mutating func enter(_ folder: String, _ browser: FileBrowser) -> [Effect] {
        var next = FileBrowser(folder: folder)
        next.marked = browser.marked
        next.recent = browser.recent
        overlay = .browser(next)
        return [jobs.start(BrowseJob(folder: folder))]
    }

    /// Backspace in an empty filter goes one folder up.
    mutating func leaveFolder(_ browser: FileBrowser) -> [Effect] {
        guard let parent = browser.listing.value?.parent else { return [] }
        return enter(parent, browser)
    }

    private mutating func openMarked(_ browser: FileBrowser) -> [Effect] {
        guard browser.marked.count >= 2 else {
            warn("A fusion needs at least two parents: Enter marks a file; \(browser.marked.count) marked")
            return []
        }
        return openChosen(browser.marked)
    }

    /// Opens parents chosen by hand; a changed recipe is asked about first.
    private mutating func openChosen(_ parents: [String]) -> [Effect] {
        guard !history.isChanged else {
            overlay = .confirm(.replaceParents(.own(parents)))
            return []
        }
        return openOwn(parents)
    }

    mutating func openOwn(_ parents: [String]) -> [Effect] {
        overlay = nil
        named = parents
        own = recipe(for: parents)
        models.selectedSet = 0
        return [open(recipe(for: parents))]
    }

    /// Keeps what was opened by hand for the next time.
    mutating func remember(_ parents: [String]) {
        guard !parents.isEmpty else { return }
        recentParents = Array(([parents] + recentParents.filter { $0 != parents }).prefix(8))
    }

    /// What was typed has changed: another folder may be meant.
    mutating func retype(_ browser: FileBrowser) -> [Effect] {
        var browser = browser
        browser.selected = 0
        guard browser.wanted != browser.listed else { return show(browser) }
        browser.listed = browser.wanted
        browser.listing = .waiting
        overlay = .browser(browser)
        return [jobs.start(BrowseJob(folder: browser.wanted))]
    }

    /// Completes what is typed; nil where nothing is, so that Tab opens what is marked.
    private mutating func complete(_ browser: FileBrowser) -> [Effect]? {
        guard !browser.filter.text.isEmpty else { return nil }
        guard let text = browser.completed else { return browser.marked.count >= 2 ? nil : [] }
        var browser = browser
        browser.filter = TextField(text)
        return retype(browser)
    }

    /// A recipe for parents chosen by hand: the data of a sample set where they come from its folder, else a comparison by weights.
    private func recipe(for parents: [String]) -> Recipe {
        let folders = Set(parents.map(Self.folder))
        let set = sampleSets.first { set in folders == Set(set.recipe.parents.map(Self.folder)) }
        var chosen = Recipe(
            parents: parents, method: set?.recipe.data == nil ? OTFusion.method : Methods.standard, data: set?.recipe.data,
            evaluation: set?.recipe.evaluation, seed: recipe.seed)
        if let set, set.recipe.method == chosen.method { chosen.settings = set.recipe.settings }
        if chosen.data == nil {
            // A method without this choice keeps its own way.
            do { try chosen.settings.set(OTFusion.source.key, .choice(OTFusion.Source.weights.rawValue)) } catch { return chosen }
        }
        return chosen
    }

    mutating func receive(_ listing: FolderSnapshot) -> [Effect] {
        guard case .browser(var browser) = overlay else { return [] }
        browser.listing = .ready(listing)
        if browser.typedFolder == nil {
            (browser.folder, browser.listed) = (listing.path, listing.path)
            // The first entry that is no way back.
            browser.selected = browser.shown.firstIndex { $0.kind != .recent && $0.name != ".." } ?? 0
        }
        return show(browser)
    }

    /// Changes the browser while it is open.
    mutating func changeBrowser(_ change: (inout FileBrowser) -> Void) {
        guard case .browser(var browser) = overlay else { return }
        change(&browser)
        overlay = .browser(browser)
    }
}
