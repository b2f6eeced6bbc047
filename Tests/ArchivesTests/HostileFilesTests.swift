import Foundation
import Testing

@testable import Archives

@Suite struct HostileFilesTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    static let samples = [
        "state.pt", "legacy.pt", "legacy_protocol4.pt", "module.pt", "wrapped.pt", "script.pt", "deflated.pt", "big_endian.pt", "plain.npz",
        "compressed.npz", "fortran.npy",
    ]

    /// Damaged copies of each sample; more where someone has the time.
    static let rounds = ProcessInfo.processInfo.environment["AMALGAM_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 400

    @Test(
        "files that are not checkpoints are identified",
        arguments: [
            ([], "the file is empty"), (Array("version https://git-lfs.github.com/spec/v1".utf8), "git lfs pull"),
            (Array("<!DOCTYPE html>".utf8), "web page"),
            ([0x1F, 0x8B, 8, 0], "gzip"), (Array("GGUF....".utf8), "GGUF"), ([0x89] + Array("HDF\r\n".utf8), "HDF5"),
            (Array("sys_info\0".utf8), "PyTorch 0.1"),
            ([1, 2, 3], "01 02 03"), ([0x80, 2, 0x4B, 1, 0x2E], "PyTorch did not write"), (Array("PK\u{3}\u{4}".utf8), "truncated"),
        ] as [([UInt8], String)])
    func unrecognised(bytes: [UInt8], reason: String) throws {
        let message = try refusal(of: bytes, in: folder)
        #expect(message.contains(reason), "\(message)")
    }

    @Test("what cannot be opened says why", .timeLimit(.minutes(1)))
    func notAFile() throws {
        let pipe = folder.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        for (path, reason) in [
            (folder.url.path, "folder"), (folder.path("nothing"), "No such file"), (pipe, "not a regular file"),
            ("/dev/null", "not a regular file"),
        ] {
            let error = #expect(throws: ArchiveError.self) { try Archive.open(path) }
            #expect(error?.description.contains(reason) == true)
        }
    }

    @Test("a truncated file is refused with its name, wherever it was cut", arguments: samples)
    func truncated(name: String) throws {
        let whole = try contents(Fixtures.archive(name))
        let step = max(1, whole.count / 150)
        for count in stride(from: 0, to: whole.count, by: step) + [whole.count - 1] {
            _ = try refusal(of: whole.prefix(count), in: folder)
        }
    }

    @Test("a truncated safetensors file is refused, wherever it was cut")
    func truncatedSafetensors() throws {
        try Archive.write(WriterTests.arrays, metadata: ["a": "b"], to: folder.path("whole"), as: .safetensors)
        let whole = try contents(folder.path("whole"))
        for count in 0..<whole.count { _ = try refusal(of: whole.prefix(count), in: folder) }
    }

    @Test(
        "thousands of damaged files: an error or arrays, never a crash, never a hang", .timeLimit(.minutes(10)),
        arguments: samples + ["safetensors"])
    func mutated(name: String) throws {
        var whole: [UInt8]
        if name == "safetensors" {
            try Archive.write(WriterTests.arrays, metadata: ["a": "b"], to: folder.path("whole"), as: .safetensors)
            whole = try contents(folder.path("whole"))
        } else {
            whole = try contents(Fixtures.archive(name))
        }
        var limits = ArchiveLimits.standard
        limits.expandedElements = 1 << 12
        // Else the checksum would catch what the readers are to catch.
        limits.verifiesChecksums = false
        var random = SmallGenerator(state: name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        var refused = 0
        for _ in 0..<Self.rounds {
            var bytes = whole
            for _ in 0..<(1 + random.below(4)) {
                let place = random.below(bytes.count)
                switch random.below(6) {
                case 0: bytes[place] ^= 1 << UInt8(random.below(8))
                case 1: bytes[place] = 0xFF
                case 2: bytes[place] = UInt8(random.below(256))
                case 3: bytes.remove(at: place)
                case 4: bytes.insert(UInt8(random.below(256)), at: place)
                default: bytes.replaceSubrange(place..<min(place + 8, bytes.count), with: bytes[random.below(bytes.count)...].prefix(8))
                }
            }
            let memory = OwnedMemory(byteCount: bytes.count)
            memory.bytes.copyBytes(from: bytes)
            if !readsSoundly(ByteView(memory), name, limits) { refused += 1 }
        }
        #expect(refused > 0, "damage was noticed at least once")
    }

    /// Whether the bytes open and every array has as many elements as it says; false where they are refused.
    private func readsSoundly(_ view: ByteView, _ name: String, _ limits: ArchiveLimits) -> Bool {
        guard let archive = try? Archive.open(view, path: name, limits: limits) else { return false }
        for array in archive.entries {
            #expect((try? array.doubles().count) == array.count)
            #expect((try? array.withContiguousBytes { $0.count }) == array.count * array.elementType.size)
        }
        return true
    }

    @Test("a zip bomb is refused by what it inflates to, for its size and in all", .enabled(if: hasPython, "python3 makes the bomb"))
    func bomb() throws {
        let script = """
            import zipfile, sys
            with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('a.npy', bytes(64 << 20))
            """
        _ = try python(script, folder.path("bomb"))
        let bomb = try contents(folder.path("bomb"))
        #expect(bomb.count < 100_000)
        #expect(
            try refusal(of: bomb, in: folder).contains(
                "member 'a.npy': what its \(bomb.count) bytes describe would take more bytes of memory"))
        var limits = ArchiveLimits.standard
        limits.inflatedBytes = 1 << 20
        #expect(try refusal(of: bomb, in: folder, limits: limits).contains("more than the limit of 1048576"))
    }

    @Test("a deflated member that does not come to its size or checksum is refused")
    func lyingMember() throws {
        let whole = try contents(Fixtures.archive("compressed.npz"))
        let directory = try #require(whole.indices.dropLast(4).first { Array(whole[$0..<$0 + 4]) == [0x50, 0x4B, 1, 2] })
        for (field, reason) in [(24, "does not inflate"), (16, "checksum")] {
            var bytes = whole
            bytes[directory + field] ^= 1
            let message = try refusal(of: bytes, in: folder)
            #expect(message.contains("member 'images.npy'") && message.contains(reason), "\(message)")
        }
        var bytes = whole
        bytes.replaceSubrange(directory + 24..<directory + 28, with: [0xFF, 0xFF, 0xFF, 0x0F])
        #expect(try refusal(of: bytes, in: folder).contains("cannot inflate to"))
    }

    @Test("members of a zip file that lie over one another are refused")
    func overlapping() throws {
        let file = try AtomicFile(folder.path("zip"))
        var zip = ZipWriter(file)
        try zip.add("a.npy", [1, 2, 3])
        try zip.add("b.npy", [4, 5, 6])
        try zip.finish()
        try file.commit()
        var bytes = try contents(folder.path("zip"))
        // The second directory entry is pointed at the first member, whose name is changed to match in neither case.
        let entries = bytes.indices.dropLast(4).filter { Array(bytes[$0..<$0 + 4]) == [0x50, 0x4B, 1, 2] }
        let second = try #require(entries.last)
        bytes.replaceSubrange(second + 42..<second + 46, with: [0, 0, 0, 0])
        #expect(try refusal(of: bytes, in: folder).contains("gives it another name"))
        bytes[second + 46] = UInt8(ascii: "a")
        #expect(try refusal(of: bytes, in: folder).contains("two members are named 'a.npy'"))
    }

    @Test("of several damaged members of a large file the first is named, whichever thread finds it")
    func severalDamaged() throws {
        let arrays = (0..<6).map { index in
            OutgoingArray("w\(index)", [Float](repeating: Float(index + 1), count: 300_000), shape: [300_000])
        }
        let path = folder.path("large.npz")
        try Archive.write(arrays, to: path, as: .npz)
        _ = try Archive.open(path)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        // In the middle of the third and of the fifth array.
        for place in [2, 4] { bytes[place * 1_200_000 + 600_000] ^= 1 }
        for round in 0..<4 {
            #expect {
                try Archive.open(folder.file("damaged-\(round)", bytes))
            } throws: { "\($0)".contains("'w2.npy' does not match its checksum") }
        }
    }

    @Test("damage in a stored member is found by its checksum")
    func checksum() throws {
        var bytes = try contents(Fixtures.archive("big_endian.pt"))
        let name = Array("archive/data/0".utf8)
        let place = try #require(bytes.indices.dropLast(name.count).first { Array(bytes[$0..<$0 + name.count]) == name })
        bytes[place + name.count + 2] ^= 1
        let message = try refusal(of: bytes, in: folder)
        #expect(message.contains("tensor '") && message.contains("member 'archive/data/0' does not match its checksum"), "\(message)")
        var hurried = ArchiveLimits.standard
        hurried.verifiesChecksums = false
        let archive = try Archive.open(folder.file("damaged", bytes), limits: hurried)
        #expect(throws: ArchiveError.self) { try archive.verifyChecksums() }
    }

    @Test("an old file whose storages lie is refused")
    func legacyStorages() throws {
        let whole = try contents(Fixtures.archive("legacy.pt"))
        // The file ends with a storage of one or more elements; its count stands before them.
        let message = try refusal(of: whole.dropLast(1), in: folder)
        #expect(message.contains("storage") && message.contains("truncated"))
    }

    @Test("a file that shrinks while it is open is noticed before it is read")
    func shrinking() throws {
        let values = [Float](repeating: 1, count: 1 << 19)
        let path = folder.path("large")
        try Archive.write([OutgoingArray("a", values, shape: [values.count])], to: path, as: .safetensors)
        let array = try Archive.open(path).array("a")
        #expect(try array.floats() == values)
        #expect(truncate(path, 4096) == 0)
        #expect(throws: ArchiveError.changed(file: path)) { try array.floats() }
        #expect(throws: ArchiveError.changed(file: path)) { try array.withContiguousBytes { $0.count } }
    }

    @Test("a file may be written over while its arrays are held")
    func rewritten() throws {
        let path = folder.path("model")
        let values = (0..<(1 << 19)).map { Float($0) }
        try Archive.write([OutgoingArray("a", values, shape: [values.count])], to: path, as: .torch)
        let array = try Archive.open(path).array("a")
        try Archive.write([OutgoingArray(array, name: "b")], to: path, as: .torch)
        #expect(try array.floats() == values)
        #expect(try Archive.open(path).array("b").floats() == values)
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same damage on every machine.
struct SmallGenerator {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(max(bound, 1)))
    }
}
