import Screen

/// Something in a folder.
public struct FileEntry: Equatable, Sendable {
    public enum Kind: Equatable, Sendable { case folder, checkpoint, other }
    public var name: String
    public var path: String
    public var kind: Kind
    public var bytes: Int

    public init(name: String, path: String, kind: Kind, bytes: Int = 0) {
        self.name = name
        self.path = path
        self.kind = kind
        self.bytes = bytes
    }
}

/// What a folder holds.
public struct FolderListing: Equatable, Sendable {
    public var path: String
    /// The folder above, nil at the root.
    public var parent: String?
    public var entries: [FileEntry]

    public init(path: String, parent: String?, entries: [FileEntry]) {
        self.path = path
        self.parent = parent
        self.entries = entries
    }
}

/// What a file turns out to be before it is opened.
public struct FilePreview: Equatable, Sendable {
    public var path: String
    /// Sentences: the family, the format, the size.
    public var lines: [String]
    /// Layer, output and weights.
    public var layers: [[String]]

    public init(path: String, lines: [String], layers: [[String]]) {
        self.path = path
        self.lines = lines
        self.layers = layers
    }
}

/// Looking for parents on the disk.
struct Browser: Equatable, Sendable {
    var folder: String
    var listing: Loadable<FolderListing> = .waiting
    var filter = TextField()
    var selected = 0
    /// The parents chosen so far, in order: A, B, …
    var marked: [String] = []
    var preview: Loadable<FilePreview> = .nothing
    /// The file that `preview` is about.
    var previewed: String?

    /// What the filter leaves: folders first, then checkpoints, then the rest, by name.
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
