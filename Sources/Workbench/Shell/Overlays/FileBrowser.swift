import Screen

/// Browsing for parents.
struct FileBrowser: Equatable, Sendable {
    var folder: String
    var listing: Loadable<FolderSnapshot> = .waiting
    var filter = TextField()
    var selected = 0
    /// The parents chosen so far, in order: A, B, …
    var marked: [String] = []
    var preview: Loadable<FilePreview> = .nothing
    /// The file that `preview` is about.
    var previewed: String?

    /// Entries that match the filter: folders first, then checkpoints, then the rest, by name.
    var shown: [FileEntry] {
        guard let listing = listing.value else { return [] }
        let up = listing.parent.map { [FileEntry(name: "..", path: $0, kind: .folder)] } ?? []
        let wanted = filter.text.lowercased()
        func rank(_ entry: FileEntry) -> Int {
            switch entry.kind {
            case .folder: 0
            case .checkpoint: 1
            case .other: 2
            }
        }
        let kept = listing.entries.filter { wanted.isEmpty || $0.name.lowercased().contains(wanted) }
        return (wanted.isEmpty ? up : []) + kept.sorted { (rank($0), $0.name) < (rank($1), $1.name) }
    }

    var entry: FileEntry? { shown.indices.contains(selected) ? shown[selected] : nil }
}
