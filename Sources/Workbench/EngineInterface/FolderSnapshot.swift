/// Something in a folder.
struct FileEntry: Equatable, Sendable {
    /// `model`: a folder that holds a network, as Hugging Face keeps them; `recent`: parents opened before.
    enum Kind: Equatable, Sendable { case folder, checkpoint, model, recent, other }
    var name: String
    var path: String
    var kind: Kind
    var bytes = 0
}

/// What a folder holds.
struct FolderSnapshot: Equatable, Sendable {
    var path: String
    /// The folder above, nil at the root.
    var parent: String?
    var entries: [FileEntry]
}

/// What a file turns out to be before it is opened.
struct FilePreview: Equatable, Sendable {
    var path: String
    /// Sentences: the family, the format, the size.
    var lines: [String]
    /// Layer, output and weights.
    var layers: [[String]]
}
