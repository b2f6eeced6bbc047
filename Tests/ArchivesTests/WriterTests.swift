import Foundation
import Testing

@testable import Archives

@Suite struct WriterTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A small network's worth of arrays, of several types, one tied.
    static let arrays: [OutgoingArray] = [
        OutgoingArray("fc.weight", [1.5, -2, .infinity, 0, .leastNonzeroMagnitude, 3] as [Float], shape: [2, 3]),
        OutgoingArray("norm.num_batches_tracked", [7], shape: []),
        OutgoingArray("mask", [1, 0, 255] as [UInt8], shape: [3]),
        OutgoingArray("exact", [0.1, -1e300] as [Double], shape: [2, 1]),
        OutgoingArray("décor \"x\"", [4] as [Float], shape: [1]),
        OutgoingArray("head.weight", [1.5, -2, .infinity, 0, .leastNonzeroMagnitude, 3] as [Float], shape: [2, 3], tiedTo: "fc.weight"),
        OutgoingArray("empty", [] as [Float], shape: [0, 5]),
    ]

    @Test("what is written is read back, in the same order", arguments: [Archive.Format.safetensors, .torch, .npz])
    func roundTrip(format: Archive.Format) throws {
        let path = folder.path("out")
        let metadata = ["recipe": "otfusion \"π\"\n\u{1B}[31m", "seed": "7"]
        try Archive.write(Self.arrays, metadata: metadata, to: path, as: format)
        let archive = try Archive.open(path)
        #expect(archive.entries.map(\.name) == Self.arrays.map(\.name))
        #expect(archive.entries.map(\.shape) == Self.arrays.map(\.shape))
        #expect(archive.entries.map(\.elementType) == Self.arrays.map(\.elementType))
        #expect(archive.metadata == (format == .npz ? [:] : metadata))
        #expect(try archive.array("fc.weight").floats() == [1.5, -2, .infinity, 0, .leastNonzeroMagnitude, 3])
        #expect(try archive.array("norm.num_batches_tracked").integers() == [7])
        #expect(try archive.array("mask").bytes() == [1, 0, 255])
        #expect(try archive.array("exact").doubles() == [0.1, -1e300])
        #expect(try archive.array("head.weight").floats() == archive.array("fc.weight").floats())
        #expect(try archive.array("fc.weight").nonFiniteCount() == 1)
        if format == .torch { #expect(try archive.array("head.weight").sharesStorage(with: archive.array("fc.weight"))) }
        try archive.verifyChecksums()
        for array in archive.entries where array.count > 0 {
            array.withUnsafeStorage { bytes in
                #expect(Int(bitPattern: bytes.baseAddress) % array.elementType.size == 0, "\(array.name) can be read in place")
            }
        }
    }

    @Test("the same arrays give the same bytes", arguments: [Archive.Format.safetensors, .torch, .npz])
    func deterministic(format: Archive.Format) throws {
        try Archive.write(Self.arrays, metadata: ["b": "1", "a": "2", "c": "3"], to: folder.path("one"), as: format)
        try Archive.write(Self.arrays, metadata: ["c": "3", "a": "2", "b": "1"], to: folder.path("two"), as: format)
        #expect(try contents(folder.path("one")) == contents(folder.path("two")))
    }

    @Test("every element type goes from file to file unchanged")
    func elementTypes() throws {
        let source = try Archive.open(Fixtures.archive("state.pt"))
        for format in [Archive.Format.safetensors, .torch] {
            let path = folder.path("copy.\(format)")
            try Archive.write(source.entries.map { OutgoingArray($0) }, to: path, as: format)
            let copy = try Archive.open(path)
            for array in source.entries {
                #expect(try copy.array(array.name).doubles() == array.doubles(), "\(array.name)")
                #expect(try copy.array(array.name).elementType == array.elementType)
            }
        }
    }

    @Test("a writer that fails leaves what was there, and nothing beside it")
    func atomic() throws {
        let path = try folder.file("model.pt", "precious".utf8)
        let short = OutgoingArray(name: "short", elementType: .f32, shape: [4]) { (sink) throws(ArchiveError) in
            try sink(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        for format in Archive.Format.allCases {
            let error = #expect(throws: ArchiveError.self) { try Archive.write([short], to: path, as: format) }
            #expect(error?.description.contains("0 bytes, but its shape [4] takes 16") == true)
        }
        #expect(try contents(path) == Array("precious".utf8))
        #expect(try folder.names == ["model.pt"])
    }

    @Test(
        "arrays that cannot form a file are refused before anything is written",
        arguments: [
            ([OutgoingArray("a", [1] as [Float], shape: [1]), OutgoingArray("a", [2] as [Float], shape: [1])], "two arrays are named 'a'"),
            ([OutgoingArray("a", [1] as [Float], shape: [-1])], "impossible shape"),
            ([OutgoingArray("a", [1] as [Float], shape: [Int.max, Int.max])], "impossible shape"),
            ([OutgoingArray("a", [1] as [Float], shape: [1], tiedTo: "b")], "tied to 'b'"),
        ])
    func refused(arrays: [OutgoingArray], reason: String) throws {
        let error = #expect(throws: ArchiveError.self) { try Archive.write(arrays, to: folder.path("out"), as: .torch) }
        #expect(error?.description.contains(reason) == true)
        #expect(try folder.names.isEmpty)
    }

    @Test("places that cannot be written are named")
    func places() throws {
        for path in [folder.url.path, "/dev/null", folder.path("no/such/folder/out")] {
            let error = #expect(throws: ArchiveError.self) { try Archive.write(Self.arrays, to: path, as: .torch) }
            #expect(error?.description.hasPrefix(path) == true)
        }
    }

    @Test("a symbolic link is followed, and stays")
    func link() throws {
        let target = try folder.file("target", "old".utf8)
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: target)
        try Archive.write(Self.arrays, to: folder.path("link"), as: .safetensors)
        #expect(try Archive.open(target).entries.count == Self.arrays.count)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == target)
    }

    @Test("sizes beyond 32 bits: the 64-bit extensions are read back, tried at a small threshold")
    func zip64() throws {
        let file = try AtomicFile(folder.path("big.zip"))
        var zip = ZipWriter(file, zip64Threshold: 100)
        let large = [UInt8](repeating: 7, count: 300)
        try zip.add("small", [1, 2, 3])
        try zip.add("large", large)
        try zip.add("last", [4])
        try zip.finish()
        try file.commit()
        let read = try ZipFile(
            ByteView(MappedFile(folder.path("big.zip"))), file: "big.zip",
            budget: FileBudget(size: 1 << 40, file: "big.zip", limits: .standard))
        #expect(read.members.map(\.name) == ["small", "large", "last"])
        #expect(read.members.map(\.size) == [3, 300, 1])
        for member in read.members { #expect(try read.matchesChecksum(member)) }
    }

    @Test("Python's zip tool reads the 64-bit extensions", .enabled(if: hasPython, "needs python3"))
    func zip64InPython() throws {
        let file = try AtomicFile(folder.path("big.zip"))
        var zip = ZipWriter(file, zip64Threshold: 100)
        try zip.add("large", [UInt8](repeating: 7, count: 300))
        try zip.add("last", [4])
        try zip.finish()
        try file.commit()
        let script = "import zipfile,sys; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.read('large')), z.read('last')[0])"
        #expect(try python(script, folder.path("big.zip")) == "None 300 4")
    }

    @Test(
        "Python's own zip and pickle tools accept a PyTorch file, and it asks for no global but PyTorch's",
        .enabled(if: hasPython, "needs python3"))
    func pythonStructure() throws {
        let path = folder.path("model.pt")
        try Archive.write(Self.arrays, metadata: ["seed": "7"], to: path, as: .torch)
        let script = """
            import zipfile, pickletools, sys
            z = zipfile.ZipFile(sys.argv[1])
            assert z.testzip() is None
            assert all(i.compress_type == zipfile.ZIP_STORED for i in z.infolist())
            operations = list(pickletools.genops(z.read('archive/data.pkl')))
            assert operations[0][0].name == 'PROTO' and operations[0][1] == 2
            print(sorted({argument for code, argument, _ in operations if code.name == 'GLOBAL'}))
            """
        let globals = [
            "collections OrderedDict", "torch ByteStorage", "torch DoubleStorage", "torch FloatStorage", "torch LongStorage",
            "torch._utils _rebuild_tensor_v2",
        ]
        #expect(try python(script, path) == "[" + globals.map { "'\($0)'" }.joined(separator: ", ") + "]")
    }
}

let hasPython = (try? python("print(1)")) == .some("1")

/// What a Python program prints; nil where there is no Python.
func python(_ script: String, _ arguments: String...) throws -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus != 127 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
}
