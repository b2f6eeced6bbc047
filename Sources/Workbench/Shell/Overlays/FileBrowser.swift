import Screen

/// Browsing for parents.
struct FileBrowser: Equatable, Sendable {
    /// The folder in which the typed text begins.
    var folder: String
    /// The folder that is listed: another one while a path is being typed.
    var listed: String
    var listing: Loadable<FolderSnapshot> = .waiting
    var filter = TextField()
    var selected = 0
    /// The parents chosen so far, in order: A, B, …
    var marked: [String] = []
    /// Parents that were opened before, latest first.
    var recent: [[String]] = []
    var preview: Loadable<FilePreview> = .nothing
    /// The file that `preview` is about.
    var previewed: String?

    init(folder: String) {
        self.folder = folder
        listed = folder
    }

    /// What is typed as a folder: all up to the last slash; nil where no path is being typed.
    var typedFolder: String? {
        let text = filter.text
        return text == "~" ? "~/" : text.lastIndex(of: "/").map { String(text[...$0]) }
    }

    /// What is typed behind the folder.
    var typedName: String {
        let text = filter.text
        return text == "~" ? "" : text.lastIndex(of: "/").map { String(text[text.index(after: $0)...]) } ?? text
    }

    /// The folder that should be listed for what is typed.
    var wanted: String {
        guard let typedFolder else { return folder }
        return typedFolder.hasPrefix("/") || typedFolder.hasPrefix("~") ? typedFolder : (folder == "/" ? "" : folder) + "/" + typedFolder
    }

    /// Entries that match what is typed: those called so, those that begin so, then those that hold it; folders first, then networks, by name.
    var shown: [FileEntry] {
        guard let listing = listing.value else { return [] }
        let wanted = typedName.lowercased(), isPlain = filter.text.isEmpty
        let up = isPlain ? listing.parent.map { [FileEntry(name: "..", path: $0, kind: .folder)] } ?? [] : []
        func kind(_ entry: FileEntry) -> Int {
            switch entry.kind {
            case .recent, .folder: 0
            case .model, .checkpoint: 1
            case .other: 2
            }
        }
        func rank(_ entry: FileEntry) -> Int? {
            let name = entry.name.lowercased()
            if wanted.isEmpty || name == wanted { return 0 }
            return name.hasPrefix(wanted) ? 1 : name.contains(wanted) ? 2 : nil
        }
        let kept = listing.entries.compactMap { entry in rank(entry).map { (rank: $0, entry: entry) } }.sorted {
            ($0.rank, kind($0.entry), $0.entry.name) < ($1.rank, kind($1.entry), $1.entry.name)
        }.map(\.entry)
        return (isPlain ? recentEntries : []) + up + kept
    }

    private var recentEntries: [FileEntry] {
        recent.prefix(4).map { parents in
            let names = parents.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
            return FileEntry(name: names.joined(separator: " + "), path: parents.joined(separator: "\n"), kind: .recent)
        }
    }

    /// The text with as much of a name as all matching entries begin with; nil where there is nothing to add.
    var completed: String? {
        let name = typedName.lowercased()
        let fitting = shown.filter { $0.kind != .recent && $0.name.lowercased().hasPrefix(name) && $0.name != ".." }
        guard let first = fitting.first, !filter.text.isEmpty else { return nil }
        let common = fitting.dropFirst().reduce(first.name) { common, entry in
            String(zip(common, entry.name).prefix { $0.0 == $0.1 }.map(\.0))
        }
        let isFolder = fitting.count == 1 && (first.kind == .folder || first.kind == .model)
        let text = (typedFolder ?? "") + (common.count >= typedName.count ? common : typedName) + (isFolder ? "/" : "")
        return text == filter.text ? nil : text
    }

    var entry: FileEntry? { shown.indices.contains(selected) ? shown[selected] : nil }
}
