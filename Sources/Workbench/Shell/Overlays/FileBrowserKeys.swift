import Fusion
import Screen

extension Model {
    mutating func openBrowser() -> [Effect] {
        let folder = recipe.parents.first.map(Self.folder) ?? "."
        overlay = .browser(FileBrowser(folder: folder))
        return [jobs.start(BrowseJob(folder: folder))]
    }

    /// What stands before the last slash.
    static func folder(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    mutating func perform(_ action: Action, in browser: FileBrowser) -> [Effect]? {
        switch action {
        case .enter: return choose(in: browser)
        case .openMarked: return openMarked(browser)
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
        guard let entry = browser.entry, entry.kind != .folder else {
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
        overlay = nil
        named = browser.marked
        return [open(recipe(for: browser.marked))]
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
        browser.folder = listing.path
        browser.listing = .ready(listing)
        browser.selected = listing.parent != nil && listing.entries.count > 0 ? 1 : 0
        return show(browser)
    }

    /// Changes the browser while it is open.
    mutating func changeBrowser(_ change: (inout FileBrowser) -> Void) {
        guard case .browser(var browser) = overlay else { return }
        change(&browser)
        overlay = .browser(browser)
    }
}
