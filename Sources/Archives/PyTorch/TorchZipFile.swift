/// A PyTorch file since 1.6: a zip file with a pickle (`data.pkl`) and one member for each storage (`data/0`, …), below a folder of any name.
enum TorchZipFile {
    static func contents(_ zip: ZipFile, key: String?) throws(ArchiveError) -> ArchiveContents {
        let pickles = zip.members.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
        guard let pickle = pickles.first, pickles.count == 1 else {
            throw .unsupported(
                file: zip.file, place: "zip directory",
                reason: "\(pickles.count) members named data.pkl: \(pickles.prefix(4).map(\.name).joined(separator: ", "))",
                advice: "a PyTorch file has one")
        }
        let folder = String(pickle.name.dropLast("data.pkl".count))
        let limits = zip.budget.limits
        guard pickle.size <= limits.pickleBytes else {
            throw .exceedsLimit(file: zip.file, place: pickle.name, what: "\(pickle.size) bytes", limit: limits.pickleBytes)
        }
        let isBigEndian = try byteOrderIsBig(zip, folder: folder)
        let graph = try PickleReader.read(ByteReader(try zip.contents(pickle), file: zip.file, place: pickle.name), budget: zip.budget)

        var storages: [String: ByteView] = [:]
        var collector = TorchCollector(graph: graph, file: zip.file, place: pickle.name, budget: zip.budget)
        collector.contents.metadata = try metadata(zip, folder: folder)
        return try collector.collect(key: key) { (reference, offset) throws(ArchiveError) in
            let size = try TorchStorageClass(reference, file: zip.file, place: pickle.name, offset: offset).partSize
            if let known = storages[reference.key] { return known }
            guard let member = zip.member(folder + "data/" + reference.key) else {
                throw .damaged(
                    file: zip.file, place: pickle.name, offset: offset,
                    reason: "a tensor's storage 'data/\(reference.key)' is not in the file")
            }
            let bytes = try zip.contents(member)
            let view = isBigEndian ? bytes.swapped(elementSize: size) : bytes
            storages[reference.key] = view
            return view
        }
    }

    /// What ``Archive/write(_:metadata:to:as:)`` put beside the tensors.
    static func metadata(_ zip: ZipFile, folder: String) throws(ArchiveError) -> [String: String] {
        guard let member = zip.member(folder + metadataRecord) else { return [:] }
        let view = try zip.contents(member)
        var header = JSONReader(ByteReader(view, file: zip.file, place: member.name), end: view.count, budget: zip.budget)
        var metadata: [String: String] = [:]
        try header.object { (header, key, _) throws(ArchiveError) in metadata[key] = try header.text() }
        return metadata
    }

    private static func byteOrderIsBig(_ zip: ZipFile, folder: String) throws(ArchiveError) -> Bool {
        guard let member = zip.member(folder + "byteorder") else { return false }  // not written before PyTorch 2.1
        let order = try zip.contents(member).withUnsafeBytes { latin1($0.prefix(16)) }
        switch order {
        case "little": return false
        case "big": return true
        default:
            throw .damaged(file: zip.file, place: member.name, offset: 0, reason: "the byte order '\(order)' is neither little nor big")
        }
    }
}

/// The element type and size that a storage's class stands for.
struct TorchStorageClass {
    /// Nil for a storage of bytes whose tensors know their type.
    let elementType: ElementType?
    let elementSize: Int
    /// Bytes that a change of byte order turns.
    let partSize: Int

    private static let types = Dictionary(
        uniqueKeysWithValues: ElementType.allCases.compactMap { type in type.torchStorageName.map { ($0, type) } })

    init(_ reference: TorchStorageReference, file: String, place: String?, offset: Int) throws(ArchiveError) {
        if let type = Self.types[reference.className] {
            (elementType, elementSize, partSize) = (type, type.size, type.partSize)
        } else if reference.className == "UntypedStorage" {
            (elementType, elementSize, partSize) = (nil, 1, 1)
        } else {
            throw .unsupported(
                file: file, place: "\(place.map { $0 + ", " } ?? "")byte \(offset)", reason: "a storage of class \(reference.className)",
                advice: "quantized and 8-bit floating-point tensors are not read; save them as float32")
        }
    }
}
