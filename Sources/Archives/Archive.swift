/// A file of named arrays, opened by its content and read without executing anything in it.
///
/// ```swift
/// let archive = try Archive.open("model.pt")
/// for array in archive.entries { print(array.name, array.elementType, array.shape) }
/// let weights = try archive.array("fc1.weight").floats()
/// ```
///
/// Arrays are views of the file, which stays mapped for as long as one of them is held; members of zip files that are deflated are inflated when the file is opened.
package struct Archive: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case safetensors
        case torchZip = "PyTorch zip"
        case torchLegacy = "PyTorch before 1.6"
        case npz
        case npy
        case exported = "ExportedProgram"
    }

    package let path: String
    package let kind: Kind
    /// The arrays in the order the file lists them; for a PyTorch module, the order in which they were registered.
    package let entries: [StoredArray]
    /// What the file says of itself: `__metadata__` of safetensors.
    package let metadata: [String: String]
    /// How the arrays are kept, in words: "state dict under key 'state_dict'", "whole pickled module of class models.mlp.MLPNet".
    package let provenance: String
    /// Numbers and texts that a PyTorch file keeps beside its tensors (epoch, accuracy, `args.lr`).
    package let facts: [String: String]
    /// Lists of integers kept beside the tensors (such as `train_indices`).
    package let integerLists: [String: [Int]]
    /// Arrays of texts, such as names of classes, in row-major order.
    package let texts: [String: [String]]
    /// The modules of a whole pickled PyTorch module, parents before children.
    package let modules: [StoredModule]
    /// What the file holds beside the arrays that is not read (an optimiser's state, objects of unknown classes).
    package let ignored: [String]
    /// The networks that a PyTorch file keeps under different keys, in its order; empty where there is only one.
    package let networks: [StoredNetwork]
    /// Tensors of kinds that are not read, where the caller wanted to know of them.
    package let refused: [RefusedArray]

    /// What is to be said of the file before its arrays are used.
    package let notes: [String]
    /// The folder whose network this is; nil for a file that was named itself.
    package let folder: String?
    /// What else stands in the folder of a network: `config.json` and `preprocessor_config.json`, by name.
    package let documents: [String: JSONValue]
    /// The checksum of the file, taken of the bytes that the arrays are views of; of a folder, that of all files that were read.
    package let digest: FileDigest

    /// The graph that stands beside the arrays of a `.pt2` file; nil for every other.
    package let program: ExportedProgram?

    private let places: [String: Int]
    let zips: [ZipFile]
    private let sources: [ArchiveSource]

    /// The files that were read: the file itself, or those of a folder.
    package var files: [String] { sources.map(\.path) }
    /// Their size in bytes.
    package var byteCount: Int { sources.reduce(0) { $0 + $1.bytes.count } }

    init(
        path: String, kind: Kind, bytes: ByteView, contents: ArchiveContents, zips: [ZipFile] = [], program: ExportedProgram? = nil
    ) {
        self.init(
            path: path, kind: kind, contents: contents, zips: zips, sources: [ArchiveSource(path: path, bytes: bytes)], folder: nil,
            documents: [:], program: program)
    }

    private init(
        path: String, kind: Kind, contents: ArchiveContents, zips: [ZipFile], sources: [ArchiveSource], folder: String?,
        documents: [String: JSONValue], program: ExportedProgram? = nil
    ) {
        self.path = path
        self.program = program
        self.kind = kind
        entries = contents.entries
        metadata = contents.metadata
        provenance = contents.provenance
        facts = contents.facts
        integerLists = contents.integerLists
        texts = contents.texts
        modules = contents.modules
        ignored = contents.ignored
        notes = contents.notes
        self.folder = folder
        networks = contents.networks
        refused = contents.refused
        places = Dictionary(contents.entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.zips = zips
        self.sources = sources
        self.documents = documents
        digest = FileDigest(sources, of: folder)
    }

    package subscript(name: String) -> StoredArray? {
        places[name].map { entries[$0] }
    }

    /// The array of this name; an error that lists the names there are, where there is none.
    package func array(_ name: String) throws(ArchiveError) -> StoredArray {
        guard let array = self[name] else { throw .missingArray(file: path, name: name, present: entries.map(\.name)) }
        return array
    }

    /// Compares what a zip file holds with its checksums, reading all of it. Other formats have none, and some programs write none.
    package func verifyChecksums() throws(ArchiveError) {
        for zip in zips {
            if let member = try zip.firstMismatch() {
                let array = entries.first {
                    $0.storage.isPart(of: zip.stored(member)) || member.name.hasSuffix("/data/" + $0.storageName)
                        || member.name == $0.storageName + ".npy"
                }
                throw ZipFile.checksumError(member, tensor: array?.name, file: zip.file)
            }
        }
    }

    // MARK: folders

    /// The network of a folder, whose weights stand in these archives.
    init(folder: String, path: String, weights: [Archive], contents: ArchiveContents) {
        self.init(
            path: path, kind: weights.first?.kind ?? .safetensors, contents: contents, zips: weights.flatMap(\.zips),
            sources: weights.flatMap(\.sources), folder: folder,
            documents: [:])
    }

    var contents: ArchiveContents {
        ArchiveContents(
            entries: entries, metadata: metadata, provenance: provenance, facts: facts, integerLists: integerLists, modules: modules,
            ignored: ignored, notes: notes)
    }

    /// The same archive, with more that was passed over.
    func ignoring(_ more: [String]) -> Archive {
        var contents = contents
        contents.ignored += more
        return Archive(path: path, kind: kind, contents: contents, zips: zips, sources: sources, folder: folder, documents: documents)
    }

    /// The same archive, with another file that was read for it: a folder's index, or a document where it is named.
    func reading(_ source: ArchiveSource, as document: (name: String, value: JSONValue)? = nil) -> Archive {
        var documents = documents
        if let document { documents[document.name] = document.value }
        // A file that was named itself has the checksum of its own bytes.
        return Archive(
            path: path, kind: kind, contents: contents, zips: zips, sources: folder == nil ? sources : sources + [source], folder: folder,
            documents: documents)
    }
}

/// A file that an archive was read from, and the bytes that were read.
struct ArchiveSource: Sendable {
    let path: String
    let bytes: ByteView
}

/// A module of a whole pickled PyTorch module.
package struct StoredModule: Sendable, Equatable {
    /// Where it stands, such as `level1.1`; empty for the outermost.
    package let path: String
    /// Its class, such as `torch.nn.modules.linear.Linear`.
    package let className: String
    /// Its plain attributes in Python's spelling, such as `kernel_size`: `(3, 3)`.
    package let attributes: [String: String]
    /// The classes or functions of the hooks that run before or after `forward`, and `forward` itself where an attribute stands in for the class's own.
    package let hooks: [String]

    package init(path: String, className: String, attributes: [String: String], hooks: [String] = []) {
        self.path = path
        self.className = className
        self.attributes = attributes
        self.hooks = hooks
    }
}

/// One of the networks that a PyTorch file keeps under different keys, such as `model` beside `model_ema`.
package struct StoredNetwork: Sendable, Equatable {
    /// The keys on the way to it, with points between.
    package let key: String
    /// How many tensors it has, and how many numbers they hold.
    package let tensors: Int
    package let elements: Int
    /// Whether the archive's entries are its tensors alone.
    package let isOpened: Bool
}

/// A tensor of a kind that is not read.
package struct RefusedArray: Sendable, Equatable {
    package let name: String
    /// Why, with its name.
    package let error: ArchiveError
}

/// What the reader of a format found.
struct ArchiveContents {
    var entries: [StoredArray] = []
    var metadata: [String: String] = [:]
    var provenance: String
    var facts: [String: String] = [:]
    var integerLists: [String: [Int]] = [:]
    var texts: [String: [String]] = [:]
    var modules: [StoredModule] = []
    var ignored: [String] = []
    var notes: [String] = []
    var networks: [StoredNetwork] = []
    var refused: [RefusedArray] = []
}
