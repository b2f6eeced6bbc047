/// The members of a zip file (PKWARE APPNOTE 6.3, with its 64-bit extensions), found through the central directory and checked against their local headers.
///
/// Stored members are views into the file; deflated ones are inflated on demand, within the limits.
struct ZipFile: Sendable {
    let members: [ZipMember]
    let file: String
    private let places: [String: Int]
    private let view: ByteView
    private let limits: ArchiveLimits

    static let localSignature: UInt32 = 0x0403_4B50
    static let centralSignature: UInt32 = 0x0201_4B50
    static let endSignature: UInt32 = 0x0605_4B50
    static let end64Signature: UInt32 = 0x0606_4B50
    static let end64LocatorSignature: UInt32 = 0x0706_4B50
    static let zip64Extra: UInt16 = 1

    init(_ view: ByteView, file: String, limits: ArchiveLimits) throws(ArchiveError) {
        self.view = view
        self.file = file
        self.limits = limits
        let directory = try CentralDirectory(view, file: file)
        guard directory.count <= limits.zipMembers else {
            throw .exceedsLimit(file: file, place: "zip directory", what: "\(directory.count) members", limit: limits.zipMembers)
        }
        var reader = ByteReader(view, file: file)
        try reader.seek(to: directory.offset)
        var members: [ZipMember] = []
        var places: [String: Int] = [:]
        for _ in 0..<directory.count {
            let start = reader.offset
            let entry = try CentralEntry(&reader)
            guard reader.offset <= directory.end else { throw reader.damaged("the zip directory is longer than declared", at: start) }
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

    /// The member's bytes. `budget` is what all deflated members may still inflate to; it is lowered by what this one takes.
    func contents(_ member: ZipMember, budget: inout Int) throws(ArchiveError) -> ByteView {
        guard let stored = view.slice(member.start, member.storedSize) else {
            throw .damaged(
                file: file, place: nil, offset: member.start, reason: "member '\(member.name)' reaches past the end; the file is truncated")
        }
        switch member.compression {
        case .stored:
            return stored
        case .deflated:
            if member.size > limits.inflationFloor, member.size / limits.inflationRatio > member.storedSize {
                throw .exceedsLimit(
                    file: file, place: "member '\(member.name)'",
                    what: "\(member.storedSize) bytes that inflate to \(member.size), a ratio", limit: limits.inflationRatio)
            }
            guard member.size <= budget else {
                throw .exceedsLimit(
                    file: file, place: "member '\(member.name)'", what: "inflates to \(member.size) bytes, and with the members before it",
                    limit: limits.inflatedBytes)
            }
            budget -= member.size
            return try inflate(stored, of: member, file: file)
        }
    }

    /// Compares every stored member with the checksum in the directory; reads the whole file. (Inflated members are compared as they are inflated.)
    func verifyChecksums() throws(ArchiveError) {
        for member in members where member.compression == .stored {
            guard let bytes = view.slice(member.start, member.storedSize) else { continue }
            try bytes.checkUnchanged()
            guard bytes.withUnsafeBytes({ crc32($0) }) == member.checksum else { throw Self.checksumError(member, file: file) }
        }
    }

    static func checksumError(_ member: ZipMember, file: String) -> ArchiveError {
        .damaged(
            file: file, place: nil, offset: member.start,
            reason: "member '\(member.name)' does not match its checksum; the file was damaged after it was written")
    }

    /// Members must not lie over one another or over the directory: that is how small zip files unfold into huge ones.
    private static func checkOverlap(_ members: [ZipMember], directory: Int, reader: ByteReader) throws(ArchiveError) {
        var end = 0
        for member in members.sorted(by: { ($0.start, $0.storedSize) < ($1.start, $1.storedSize) }) {
            guard member.start >= end else {
                throw reader.damaged("member '\(member.name)' overlaps the member before it", at: member.start)
            }
            end = member.start + member.storedSize
            guard end <= directory else { throw reader.damaged("member '\(member.name)' reaches into the zip directory", at: member.start) }
        }
    }
}
