extension Archive {
    /// Opens a file of arrays; what it is follows from its content, not its name.
    ///
    /// - Parameters:
    ///   - key: of several networks in a PyTorch file, the one under this key (``StoredNetwork``); nil takes the usual one.
    ///   - keepsRefused: tensors of a kind that is not read (sparse, quantized) are listed in ``refused``; else the first of them is the error.
    /// - Throws: ``ArchiveError`` naming the file, the place in it and the reason.
    public static func open(_ path: String, key: String? = nil, keepsRefused: Bool = false, limits: ArchiveLimits = .standard) throws(ArchiveError) -> Archive {
        let archive = try open(ByteView(try MappedFile(path)), path: path, key: key, limits: limits)
        if let first = archive.refused.first, !keepsRefused { throw first.error }
        return archive
    }

    /// Opens bytes as if they were the file's.
    static func open(_ view: ByteView, path: String, key: String? = nil, limits: ArchiveLimits) throws(ArchiveError) -> Archive {
        if let key, !FileSignature(view).mayHoldKeys {
            throw .missingNetwork(file: path, key: key, present: [])
        }
        switch FileSignature(view) {
        case .zip:
            return try openZip(view, path: path, key: key, limits: limits)
        case .numpy:
            return Archive(path: path, kind: .npy, contents: try NumPyFile.contents(view, path: path, limits: limits))
        case .safetensors:
            return Archive(path: path, kind: .safetensors, contents: try SafetensorsFile.contents(view, path: path, limits: limits))
        case .pickle:
            return Archive(path: path, kind: .torchLegacy, contents: try TorchLegacyFile.contents(view, path: path, key: key, limits: limits))
        case .foreign(let found, let advice):
            throw .unrecognised(file: path, found: found, advice: advice)
        }
    }

    private static func openZip(_ view: ByteView, path: String, key: String?, limits: ArchiveLimits) throws(ArchiveError) -> Archive {
        let zip = try ZipFile(view, file: path, limits: limits)
        if zip.members.contains(where: { $0.name.hasSuffix("/data.pkl") || $0.name == "data.pkl" }) {
            return Archive(path: path, kind: .torchZip, contents: try TorchZipFile.contents(zip, key: key, limits: limits), zip: zip)
        }
        if let key { throw .missingNetwork(file: path, key: key, present: []) }
        if zip.members.contains(where: { $0.name.hasSuffix(".npy") }) {
            return Archive(path: path, kind: .npz, contents: try NumPyFile.contents(zip, limits: limits), zip: zip)
        }
        let names = zip.members.prefix(4).map(\.name).joined(separator: ", ")
        throw .unrecognised(
            file: path, found: names.isEmpty ? "an empty zip file" : "a zip file of \(names)",
            advice: "PyTorch files hold data.pkl and NumPy files hold .npy members")
    }
}

/// What a file is, told from its first bytes.
enum FileSignature {
    case zip, numpy, safetensors, pickle
    case foreign(found: String, advice: String)

    /// Whether it may be a PyTorch file, which keeps networks under keys.
    var mayHoldKeys: Bool {
        switch self {
        case .zip, .pickle, .foreign: true
        case .numpy, .safetensors: false
        }
    }

    static let torchMagicLine = "L119547037146038801333356L"

    init(_ view: ByteView) {
        let start = Array(view.bytes.prefix(64))
        func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }
        let resave = "save the weights again with torch.save or as safetensors"
        if start.isEmpty {
            self = .foreign(found: "the file is empty", advice: "copy or download it again")
        } else if begins("PK\u{3}\u{4}") || begins("PK\u{5}\u{6}") {
            self = .zip
        } else if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
            self = .numpy
        } else if start.count > 8, start[8] == UInt8(ascii: "{") {
            self = .safetensors
        } else if start[0] == 0x80 && (start.count < 2 || start[1] <= 5) || begins(Self.torchMagicLine) {
            self = .pickle
        } else if begins("sys_info\0") || begins("pickle\0") || (view.count > 262 && view.bytes[257..<262].elementsEqual("ustar".utf8)) {
            self = .foreign(found: "a tar file, as PyTorch 0.1 wrote", advice: "load it with an old PyTorch and \(resave)")
        } else if begins("version https://git-lfs") {
            self = .foreign(found: "a Git LFS pointer, not the file it stands for", advice: "run `git lfs pull`")
        } else if begins("<") {
            self = .foreign(found: "a web page", advice: "the download went wrong; download the file itself")
        } else if start.starts(with: [0x1F, 0x8B]) {
            self = .foreign(found: "a gzip file", advice: "unpack it with gunzip or tar")
        } else if start.starts(with: [0x89] + Array("HDF".utf8)) {
            self = .foreign(found: "an HDF5 file, as Keras writes", advice: "convert it to safetensors")
        } else if begins("GGUF") {
            self = .foreign(found: "a GGUF file", advice: "convert it to safetensors")
        } else {
            let bytes = start.prefix(8).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined(separator: " ")
            self = .foreign(found: "it begins with the bytes \(bytes)", advice: "safetensors, PyTorch, npz and npy files are read")
        }
    }
}
