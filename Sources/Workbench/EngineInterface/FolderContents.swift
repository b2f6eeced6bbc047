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
public struct FolderContents: Equatable, Sendable {
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
