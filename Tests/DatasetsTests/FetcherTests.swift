import Archives
import Foundation
import Testing

@testable import Datasets

/// A web server for one folder on a port of its own, which can or cannot start in the middle of a file.
final class LocalServer {
    private let process = Process()
    let address: String
    private let log: TemporaryFolder

    private static let program = """
        import http.server, os, re, sys
        folder, ranges, log = sys.argv[1], sys.argv[2] == "ranges", sys.argv[3]
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked = self.headers.get("Range")
                open(log, "a").write(f"{self.path} {asked}\\n")
                path = folder + self.path
                if not os.path.isfile(path): return self.send_error(404)
                data = open(path, "rb").read()
                first = int(re.match(r"bytes=(\\d+)-", asked).group(1)) if asked and ranges else 0
                if first and first >= len(data): return self.send_error(416)
                self.send_response(206 if first else 200)
                if first: self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
                self.send_header("Content-Length", str(len(data) - first))
                self.end_headers()
                self.wfile.write(data[first:])
            def log_message(self, *arguments): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    init(_ folder: String, canResume: Bool = true) throws {
        log = try TemporaryFolder()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.program, folder, canResume ? "ranges" : "whole", log.path + "/log"]
        process.standardOutput = output
        try process.run()
        let line = output.fileHandleForReading.availableData
        address = "http://127.0.0.1:\(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))/"
    }

    deinit {
        // A child of a test's thread may have SIGTERM blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Paths asked for, each with its range.
    func requests() -> [String] {
        ((try? String(contentsOfFile: log.path + "/log", encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
}

@Suite("Fetching", .serialized) struct FetcherTests {
    let published: TemporaryFolder, folder: TemporaryFolder
    /// Larger than what a server sends at once.
    static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }

    init() throws {
        published = try TemporaryFolder()
        folder = try TemporaryFolder()
        try published.file("a.bin", Self.content)
        try published.file("b.bin", Array("abc".utf8))
    }

    func download(_ name: String, members: [String] = []) throws -> PublishedSet.Download {
        let path = published.path + "/" + name
        return PublishedSet.Download(
            place: "http://127.0.0.1:9/", file: name, bytes: Fetcher.size(path), md5: try MD5.ofFile(path), members: members)
    }

    func fetcher(_ downloads: [PublishedSet.Download], from mirror: String?) -> Fetcher {
        Fetcher(kind: .mnist, downloads: downloads, to: folder.path, mirror: mirror)
    }

    func found(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: folder.path + "/" + name).map { Array($0) } }

    @Test("files are fetched, checked and told of; what is there is kept and not asked for again")
    func fetch() throws {
        let server = try LocalServer(published.path)
        let fetcher = fetcher([try download("a.bin"), try download("b.bin")], from: server.address)
        var steps: [Fetcher.Progress] = []
        #expect(try fetcher.fetch(progress: { steps.append($0) }) == [.fetched, .fetched])
        #expect(found("a.bin") == Self.content && found("b.bin") == Array("abc".utf8) && found("a.bin.part") == nil)
        #expect(steps.last == Fetcher.Progress(file: "b.bin", done: 3, of: 3, number: 2, count: 2))
        #expect(steps.contains { $0.file == "a.bin" && $0.done == 300_000 })
        #expect(try fetcher.fetch() == [.present, .present])
        #expect(server.requests() == ["/a.bin None", "/b.bin None"])
    }

    @Test("what was begun is resumed where it stopped")
    func resume() throws {
        let server = try LocalServer(published.path)
        try folder.file("a.bin.part", Array(Self.content.prefix(100_000)))
        #expect(try fetcher([download("a.bin")], from: server.address).fetch() == [.fetched])
        #expect(found("a.bin") == Self.content)
        #expect(server.requests() == ["/a.bin bytes=100000-"])
    }

    @Test("a server that cannot start in the middle, or has nothing behind what is there, sends the whole file")
    func startsAgain() throws {
        let plain = try LocalServer(published.path, canResume: false)
        try folder.file("a.bin.part", Array(Self.content.prefix(100_000)))
        #expect(try fetcher([download("a.bin")], from: plain.address).fetch() == [.fetched])
        #expect(found("a.bin") == Self.content)
        let server = try LocalServer(published.path)
        try folder.file("b.bin.part", Array("abcdefg".utf8))
        #expect(try fetcher([download("b.bin")], from: server.address).fetch() == [.fetched])
        #expect(found("b.bin") == Array("abc".utf8))
    }

    @Test("a part that is complete is checked and used without asking anyone")
    func completePart() throws {
        try folder.file("b.bin.part", Array("abc".utf8))
        #expect(try fetcher([download("b.bin")], from: nil).fetch() == [.fetched])
        #expect(found("b.bin") == Array("abc".utf8))
    }

    @Test("a file whose checksum is wrong is removed, and the message names both checksums")
    func wrongChecksum() throws {
        let server = try LocalServer(published.path)
        let right = try download("b.bin")
        try published.file("b.bin", Array("abd".utf8))
        let text = message { try fetcher([right], from: server.address).fetch() }
        #expect(text.contains("its MD5 is 4911e516e5aa21d327512e0c8b197616, expected 900150983cd24fb0d6963f7d28e17f72"), "\(text)")
        #expect(found("b.bin") == nil && found("b.bin.part") == nil)
    }

    @Test("a file that is there and is not the published one is left alone")
    func otherFile() throws {
        try folder.file("b.bin", Array("mine".utf8))
        #expect(message { try fetcher([download("b.bin")], from: nil).fetch() }.contains("exists, but is not the published file"))
        #expect(found("b.bin") == Array("mine".utf8))
    }

    @Test("without a network it says which file to bring, from where, with which checksum, and how to go on")
    func noNetwork() throws {
        // Nothing listens on the discard port.
        let text = message { try fetcher([download("b.bin")], from: nil).fetch() }
        #expect(text.contains("the server does not answer") && text.contains("curl -LO http://127.0.0.1:9/b.bin"), "\(text)")
        #expect(
            text.contains("900150983cd24fb0d6963f7d28e17f72") && text.contains("amalgam data fetch mnist --to \(folder.path)"), "\(text)")
        let server = try LocalServer(published.path)
        var missing = try download("b.bin")
        missing = .init(place: missing.place, file: "none.bin", bytes: 3, md5: missing.md5)
        #expect(message { try fetcher([missing], from: server.address).fetch() }.contains("the server does not have the file"))
        // The file brought by hand is taken.
        try folder.file("b.bin", Array("abc".utf8))
        #expect(try fetcher([download("b.bin")], from: nil).fetch() == [.present])
    }

    @Test("a copy on a disc serves as a mirror, and archives are unpacked: the set's files only, and then removed")
    func archives() throws {
        let tar = Self.tar([
            ("set/one.bin", Array("first".utf8)), ("../../escaped", [1]), ("set/two.bin", [UInt8](repeating: 7, count: 1000)),
        ])
        try published.file("set.tar", tar)
        let fetcher = fetcher([try download("set.tar", members: ["one.bin", "two.bin"])], from: "file://\(published.path)")
        #expect(try fetcher.fetch() == [.fetched])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["one.bin", "set.tar.sha256", "two.bin"])
        #expect(found("one.bin") == Array("first".utf8) && found("two.bin") == [UInt8](repeating: 7, count: 1000))
        #expect(try fetcher.fetch() == [.present])
        // An archive brought by hand is unpacked too.
        try FileManager.default.removeItem(atPath: folder.path + "/one.bin")
        try folder.file("set.tar", tar)
        #expect(try Fetcher(kind: .mnist, downloads: fetcher.downloads, to: folder.path, mirror: nil).fetch() == [.fetched])
        #expect(found("one.bin") == Array("first".utf8))
        // A file that changed after it was unpacked is found, and replaced only where that is asked for.
        try folder.file("two.bin", [UInt8](repeating: 7, count: 999) + [8])
        #expect(message { try fetcher.fetch() }.contains("two.bin is not what was unpacked"))
        let replacing = Fetcher(
            kind: .mnist, downloads: fetcher.downloads, to: folder.path, mirror: "file://\(published.path)", replaces: true)
        #expect(try replacing.fetch() == [.fetched] && found("two.bin") == [UInt8](repeating: 7, count: 1000))
        try FileManager.default.removeItem(atPath: folder.path + "/set.tar.sha256")
        #expect(try fetcher.fetch() == [.unverified])
    }

    @Test("a fetch that is stopped says so and keeps what it has")
    func cancelled() throws {
        let server = try LocalServer(published.path)
        try folder.file("a.bin.part", Array(Self.content.prefix(1000)))
        #expect(message { try fetcher([download("a.bin")], from: server.address).fetch(isCancelled: { true }) } == "cancelled")
        #expect(found("a.bin") == nil && (found("a.bin.part")?.count ?? 0) >= 1000)
    }

    @Test("the catalogue is whole: every kind but one's own, every file with a place, a size and a checksum")
    func catalogue() {
        let own: [DataSpec.Kind] = [.images, .arrays]
        #expect(Set(PublishedSet.all.map(\.kind)) == Set(DataSpec.Kind.allCases).subtracting(own))
        for set in PublishedSet.all {
            #expect(set.downloads.isEmpty == (set.kind == .digits))
            #expect(set.normalisation.fault(channels: set.contents.contains("grey") ? 1 : 3) == nil)
            #expect(set.classNames.map { $0.count == set.classCount } ?? true)
            for download in set.downloads {
                #expect(
                    download.place.hasSuffix("/") && download.bytes > 1000 && download.md5.count == 32
                        && download.md5.allSatisfy(\.isHexDigit))
            }
        }
    }

    /// A POSIX tar archive.
    static func tar(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var archive: [UInt8] = []
        for (name, bytes) in files {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at place: Int) { header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
            put(name, at: 0)
            put(String(bytes.count, radix: 8), at: 124)
            put("0", at: 156)
            put("ustar", at: 257)
            put("        ", at: 148)
            put(String(header.reduce(0) { $0 + Int($1) }, radix: 8) + "\0", at: 148)
            archive += header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
        }
        return archive + [UInt8](repeating: 0, count: 1024)
    }
}
