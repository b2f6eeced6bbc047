/// The members of a zip file (PKWARE APPNOTE 6.3, with its 64-bit extensions), found through the central directory and checked against their local headers.
///
/// Stored members are views into the file; deflated ones are inflated on demand, within the file's budget.
struct ZipFile: Sendable {
    let members: [ZipMember]
    let file: String
    private let places: [String: Int]
    private let view: ByteView
    /// What the file may cost.
    let budget: FileBudget

    static let localSignature: UInt32 = 0x0403_4B50
    static let centralSignature: UInt32 = 0x0201_4B50
    static let endSignature: UInt32 = 0x0605_4B50
    static let end64Signature: UInt32 = 0x0606_4B50
    static let end64LocatorSignature: UInt32 = 0x0706_4B50
    static let zip64Extra: UInt16 = 1

    init(_ view: ByteView, file: String, budget: FileBudget) throws(ArchiveError) {
        self.view = view
        self.file = file
        self.budget = budget
        let directory = try CentralDirectory(view, file: file)
        guard directory.count <= budget.limits.zipMembers else {
            throw .exceedsLimit(file: file, place: "zip directory", what: "\(directory.count) members", limit: budget.limits.zipMembers)
        }
        var reader = ByteReader(view, file: file)
        try reader.seek(to: directory.offset)
        var members: [ZipMember] = []
        var places: [String: Int] = [:]
        for _ in 0..<directory.count {
            let start = reader.offset
            let entry = try CentralEntry(&reader)
            guard reader.offset <= directory.end else { throw reader.damaged("the zip directory is longer than declared", at: start) }
            try budget.take(FileBudget.Cost.member, "zip directory")
            try budget.text(entry.name, "zip directory")
            guard !entry.name.hasSuffix("/") else { continue }
            guard places.updateValue(members.count, forKey: entry.name) == nil else {
                throw reader.damaged("two members are named '\(entry.name)'", at: start)
            }
            members.append(try entry.located(in: view, file: file))
        }
        try Self.checkOverlap(members, directory: directory.offset, reader: reader)
        self.members = members
        self.places = places
    }

    func member(_ name: String) -> ZipMember? {
        places[name].map { members[$0] }
    }

    /// The member's bytes. What a deflated one inflates to is taken from the file's budget first.
    func contents(_ member: ZipMember) throws(ArchiveError) -> ByteView {
        guard let stored = view.slice(member.start, member.storedSize) else {
            throw .damaged(
                file: file, place: nil, offset: member.start, reason: "member '\(member.name)' reaches past the end; the file is truncated")
        }
        switch member.compression {
        case .stored:
            // What describes the arrays is compared before it is believed; the arrays themselves once their names are known.
            if budget.limits.verifiesChecksums, !member.name.contains("/data/"), !member.name.hasSuffix(".npy"),
                try !matchesChecksum(member)
            {
                throw Self.checksumError(member, file: file)
            }
            return stored
        case .deflated:
            // Deflate never packs more than 1032 bytes into one, so a size beyond that is a lie.
            guard member.size / 1032 <= member.storedSize + 1 else {  // checked: a size within the file
                throw .damaged(
                    file: file, place: nil, offset: member.start,
                    reason: "member '\(member.name)' of \(member.storedSize) bytes cannot inflate to \(member.size)")
            }
            try budget.inflate(member.size, "member '\(member.name)'")
            return try inflate(stored, of: member, file: file)
        }
    }

    /// The bytes of a member as they stand in the file.
    func stored(_ member: ZipMember) -> ByteView? { view.slice(member.start, member.storedSize) }

    /// Whether a stored member has the checksum that the directory gives. (Inflated members are compared as they are inflated.)
    ///
    /// Where the directory gives none, which is written as 0, there is nothing to compare.
    func matchesChecksum(_ member: ZipMember) throws(ArchiveError) -> Bool {
        guard let bytes = stored(member), member.checksum != 0 else { return true }
        try bytes.checkUnchanged()
        var checksum: UInt32 = 0
        for start in stride(from: 0, to: bytes.count, by: Self.piece) {
            guard let part = bytes.slice(start, min(Self.piece, bytes.count - start)) else { return false }
            checksum = part.withUnsafeBytes { crc32($0, continuing: checksum) }
            // Of a large member, which may be data beyond the memory, not all that was compared stays there.
            if bytes.count > Self.piece { part.releasePages() }
        }
        return checksum == member.checksum
    }

    /// Bytes that are compared before their memory is given back.
    private static let piece = 64 << 20

    static func checksumError(_ member: ZipMember, tensor: String? = nil, file: String) -> ArchiveError {
        let what = tensor.map { "tensor '\($0)': " } ?? ""
        return .damaged(
            file: file, place: nil, offset: member.start,
            reason:
                "\(what)member '\(member.name)' does not match its checksum; the file was damaged after it was written: copy or download it again"
        )
    }

    /// Members must not lie over one another or over the directory: that is how small zip files unfold into huge ones.
    private static func checkOverlap(_ members: [ZipMember], directory: Int, reader: ByteReader) throws(ArchiveError) {
        var end = 0
        for member in members.sorted(by: { ($0.start, $0.storedSize) < ($1.start, $1.storedSize) }) {
            guard member.start >= end else {
                throw reader.damaged("member '\(member.name)' overlaps the member before it", at: member.start)
            }
            end = member.start + member.storedSize  // checked: both lie within the file
            guard end <= directory else { throw reader.damaged("member '\(member.name)' reaches into the zip directory", at: member.start) }
        }
    }
}
