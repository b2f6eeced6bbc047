import Archives
import Foundation

/// Fetches the files of a published data set: resumes what was begun, checks every file against its published checksum, unpacks archives.
///
/// A file that is there already is checked and kept. What is being fetched stands beside its place as `NAME.part`, so that a fetch that was
/// interrupted goes on where it stopped.
package struct Fetcher: Sendable {
    package let kind: DataSpec.Kind
    package let downloads: [PublishedSet.Download]
    package let folder: String
    /// Where to fetch from instead of the published places: a folder's URL, which may be `file:///…`.
    package let mirror: String?
    /// Whether files that are not the published ones are replaced.
    package let replaces: Bool

    /// How far the file being fetched is.
    package struct Progress: Sendable, Equatable {
        package let file: String
        /// Bytes that are there, and that the file has in all.
        package let done: Int
        package let of: Int
        /// Which of the set's files, from 1.
        package let number: Int
        package let count: Int
    }

    /// What became of a file.
    package enum Outcome: Sendable, Equatable {
        /// There already, with the right checksum.
        case present
        case fetched
        /// There already, unpacked by another program: nothing says what its checksums should be.
        case unverified
    }

    package init(_ set: PublishedSet, to folder: String, mirror: String? = nil, replaces: Bool = false) {
        self.init(kind: set.kind, downloads: set.downloads, to: folder, mirror: mirror, replaces: replaces)
    }

    init(kind: DataSpec.Kind, downloads: [PublishedSet.Download], to folder: String, mirror: String?, replaces: Bool = false) {
        self.kind = kind
        self.downloads = downloads
        self.folder = folder
        self.mirror = mirror
        self.replaces = replaces
    }

    /// Fetches what is missing.
    ///
    /// - Returns: what became of each file, in order.
    package func fetch(isCancelled: () -> Bool = { false }, progress: (Progress) -> Void = { _ in }) throws(DatasetError) -> [Outcome] {
        try lifting {
            do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
                throw DatasetError.fetch(
                    file: kind.rawValue, reason: "the folder \(folder) cannot be made", next: "Choose another one with --to.")
            }
            var outcomes: [Outcome] = []
            for (index, download) in downloads.enumerated() {
                outcomes.append(
                    try fetch(download, isCancelled: isCancelled) { done in
                        progress(Progress(file: download.file, done: done, of: download.bytes, number: index + 1, count: downloads.count))
                    })
            }
            return outcomes
        }
    }

    private func fetch(_ download: PublishedSet.Download, isCancelled: () -> Bool, progress: (Int) -> Void) throws -> Outcome {
        let place = folder + "/" + download.file
        if !download.members.isEmpty, download.members.allSatisfy({ Self.exists(folder + "/" + $0) }),
            let outcome = try unpacked(download)
        {
            return outcome
        }
        let found = Self.exists(place) ? try Self.checksum(place) : nil
        if let found, found == download.md5 || !replaces {
            guard found == download.md5 else {
                throw DatasetError.fetch(
                    file: download.file, reason: "\(place) exists, but is not the published file (its MD5 is not \(download.md5))",
                    next: "Move it elsewhere and fetch again, or replace it with --force.")
            }
            if download.members.isEmpty { return .present }
        } else {
            try transfer(download, to: place, isCancelled: isCancelled, progress: progress)
        }
        if !download.members.isEmpty { try unpack(download, at: place) }
        return .fetched
    }

    /// Brings a file into its place once its checksum is right.
    private func transfer(
        _ download: PublishedSet.Download, to place: String, isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws {
        let part = place + ".part", url = (mirror.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? download.place) + download.file
        let transfer = CurlTransfer(url: url, part: part, advice: advice(download, url))
        var resumes = Self.size(part) > 0
        // A part may be complete where something stopped between fetching and checking.
        var found = resumes ? try Self.checksum(part) : ""
        while found != download.md5 {
            let outcome = try transfer.run(isCancelled: isCancelled, progress: progress)
            found = outcome == .complete ? try Self.checksum(part) : ""
            if found == download.md5 { break }
            try Self.remove(part)
            // What was there may belong to another file, or the server cannot go on from it: once more from the start.
            if resumes {
                resumes = false
                continue
            }
            guard outcome == .complete else {
                throw DatasetError.fetch(file: url, reason: "the server also refused the whole file", next: transfer.advice)
            }
            throw DatasetError.fetch(
                file: url, reason: "its MD5 is \(found), expected \(download.md5)",
                next: "The download was removed; fetch again; if it fails again, use a mirror with --from URL.")
        }
        guard rename(part, place) == 0 else {
            throw DatasetError.fetch(file: download.file, reason: "it cannot be moved to \(place)", next: "Is the folder writable?")
        }
    }

    /// Takes the set's files out of an archive, and removes the archive.
    private func unpack(_ download: PublishedSet.Download, at place: String) throws {
        let archive = try TarFile(place, limit: DataFolder.largestFile)
        var lines = ""
        for name in download.members {
            let bytes = try archive.member(name), place = folder + "/" + name
            lines += "\(SHA256.of(Array(bytes)))  \(name)\n"
            if Self.exists(place), !replaces {
                // One that is there must be the archive's: nothing else is written over.
                guard try SHA256.ofFile(place) == SHA256.of(Array(bytes)) else {
                    throw ArchiveError.cannotWrite(
                        file: place,
                        reason:
                            "a different file already exists there; move it elsewhere and fetch again, or replace it with --force"
                    )
                }
                continue
            }
            let file = try AtomicFile(place)
            try file.write(Array(bytes))
            try file.commit()
        }
        let file = try AtomicFile(list(of: download))
        try file.write(Array(lines.utf8))
        try file.commit()
        try Self.remove(place)
    }

    /// The checksums of what was unpacked, as `sha256sum -c` reads them: the archive itself is not kept.
    private func list(of download: PublishedSet.Download) -> String { folder + "/" + download.file + ".sha256" }

    /// Compares what was unpacked before with its checksums; nil where other files are to be fetched in the place of those that differ.
    private func unpacked(_ download: PublishedSet.Download) throws -> Outcome? {
        guard let text = try? String(contentsOfFile: list(of: download), encoding: .utf8) else { return .unverified }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard words.count == 2, download.members.contains(words[1]) else { continue }
            let place = folder + "/" + words[1]
            guard try SHA256.ofFile(place) == words[0] else {
                if replaces { return nil }
                throw DatasetError.fetch(
                    file: words[1], reason: "\(place) is not what was unpacked (its SHA-256 is not \(words[0].prefix(12))…)",
                    next: "Move it elsewhere and fetch again, or replace it with --force.")
            }
        }
        return .present
    }

    /// What to do where there is no network.
    private func advice(_ download: PublishedSet.Download, _ url: String) -> String {
        "Without network access, run on a machine that has it  curl -LO \(download.place)\(download.file)  (\(download.bytes) bytes, MD5 \(download.md5)), "
            + "copy the file to \(folder) and run  amalgam data fetch \(kind.rawValue) --to \(folder)  again. A mirror is given with --from URL, which may be file:///FOLDER."
    }

    // MARK: Files

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func size(_ path: String) -> Int { ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int) ?? 0 }

    private static func remove(_ path: String) throws {
        guard exists(path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw DatasetError.fetch(file: path, reason: "it cannot be removed", next: "Remove it manually and fetch again.")
        }
    }

    private static func checksum(_ path: String) throws -> String {
        try MD5.ofFile(path)
    }
}
