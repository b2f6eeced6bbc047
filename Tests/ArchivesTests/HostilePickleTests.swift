import Testing

@testable import Archives

@Suite struct HostilePickleTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func message(
        _ pickle: [UInt8], limits: ArchiveLimits = .standard, _ location: SourceLocation = #_sourceLocation
    ) throws -> String {
        try refusal(of: try torchFile(pickle, in: folder), in: folder, limits: limits, location)
    }

    @Test("a sound pickle opens, so that the others fail for their own reason")
    func sound() throws {
        let path = try folder.file("sound", try torchFile(Spell.proto(Spell.dictionary(Spell.text("w"), Spell.tensor())), in: folder))
        #expect(try Archive.open(path).array("w").floats() == [0, 0, 0, 0])
    }

    @Test(
        "tensors that do not fit their storage are refused",
        arguments: [
            (Spell.tensor(shape: [5]), "reaches element 4, but its storage holds 4"),
            (Spell.tensor(offset: 1), "reaches element 4"),
            (Spell.tensor(offset: -1), "impossible element -1"),
            (Spell.tensor(strides: [2]), "reaches element 6"),
            (Spell.tensor(strides: [-1]), "negative stride"),
            (Spell.tensor(shape: [-4]), "negative size"),
            (Spell.tensor(shape: [.max, .max], strides: [0, 0]), "impossible shape"),
            (Spell.tensor(shape: [4, 1 << 61], strides: [1, 0]), "impossible shape"),
            (Spell.tensor(shape: [1 << 40], strides: [0]), "stands for 1099511627776 elements but stores 4"),
            (Spell.tensor(shape: [2, 2], strides: [.max, 1]), "impossible strides"),
            (Spell.tensor(shape: [3, 3], strides: [.max, .max]), "impossible strides"),
            (Spell.tensor(strides: []), "1 sizes but 0 strides"),
            (Spell.tensor(count: 5), "holds 16 bytes, but 5 elements are expected"),
            (Spell.tensor(count: .max), "elements are expected"),
            (Spell.tensor(count: -1), "-1 elements"),
            (Spell.tensor(key: "7"), "'data/7' is not in the file"),
            (Spell.tensor(key: "../data.pkl"), "is not in the file"),
            (Spell.tensor(storage: "QInt8Storage"), "QInt8Storage"),
            (Spell.tensor(storage: "UntypedStorage"), "elements of type unknown"),
        ])
    func lyingTensor(tensor: [UInt8], reason: String) throws {
        let text = try message(Spell.proto(Spell.dictionary(Spell.text("w"), tensor)))
        #expect(text.contains(reason), "\(text)")
    }

    @Test("two tensors of one name are refused")
    func duplicate() throws {
        #expect(
            try message(Spell.proto(Spell.dictionary(Spell.text("w"), Spell.tensor(), Spell.text("w"), Spell.tensor()))).contains(
                "two tensors are named 'w'"))
    }

    @Test("nothing is called: a command in a pickle is an opaque object, refused only where a tensor depends on it")
    func command() throws {
        let mark = folder.path("executed")
        let system = Spell.global("os", "system") + Spell.tuple(Spell.text("touch \(mark)")) + Spell.reduce
        let harmless = try folder.file(
            "harmless", try torchFile(Spell.proto(Spell.dictionary(Spell.text("w"), Spell.tensor(), Spell.text("x"), system)), in: folder))
        let archive = try Archive.open(harmless)
        #expect(archive.entries.map(\.name) == ["w"] && archive.ignored == ["x"])
        let wrapping = Spell.global("evil.module", "Wrap") + Spell.tuple(Spell.tensor()) + Spell.reduce
        let text = try message(Spell.proto(Spell.dictionary(Spell.text("w"), wrapping)))
        #expect(text.contains("tensor 'w'") && text.contains("evil.module.Wrap"))
        #expect(try !folder.names.contains("executed"))
    }

    @Test("a pickle that contains itself is refused where it is walked, and harmless where it is not")
    func cyclic() throws {
        let inner = [0x7D] + Spell.put(0) + [0x28] + Spell.text("w") + Spell.tensor() + Spell.text("self") + Spell.get(0) + [0x75]
        let text = try message(Spell.proto(inner))
        #expect(text.contains("'self.' contains itself (a cyclic pickle)"), "\(text)")
        let list = Spell.emptyList + Spell.put(1) + Spell.get(1) + Spell.append
        let path = try folder.file(
            "cyclic", try torchFile(Spell.proto(Spell.dictionary(Spell.text("w"), Spell.tensor(), Spell.text("x"), list)), in: folder))
        #expect(try Archive.open(path).ignored == ["x"])
    }

    @Test("a module that is its own child is refused")
    func cyclicModule() throws {
        let state = Spell.dictionary(
            Spell.text("_parameters"), Spell.dictionary(Spell.text("w"), Spell.tensor()), Spell.text("_modules"),
            Spell.dictionary(Spell.text("child"), Spell.get(0)))
        let module = Spell.global("net", "Net") + [0x29, 0x81] + Spell.put(0) + state + Spell.build
        #expect(try message(Spell.proto(module)).contains("'child' contains itself"))
    }

    @Test("nesting beyond the limit is refused, not followed")
    func deep() throws {
        let depth = 200_000
        let nested = (0..<depth).flatMap { _ in [0x7D] + Spell.text("k") } + Spell.tensor() + [UInt8](repeating: 0x73, count: depth)
        #expect(try message([0x80, 2] + nested + [0x2E]).contains("nested deeper, more than the limit of 128"))
        let tuples = [0x29] + [UInt8](repeating: 0x85, count: depth)
        #expect(try message([0x80, 2] + tuples + [0x2E]).contains("it holds a tuple"))
    }

    @Test("a memo bomb, whose few bytes stand for billions of tensors, is stopped")
    func bomb() throws {
        // Every level names the level before ten times over.
        var body = Spell.dictionary(Spell.text("w"), Spell.tensor()) + Spell.put(0)
        for level in 0..<30 {
            body += [0x7D] + Spell.put(UInt8(level + 1)) + [0x28]
            for branch in 0..<10 { body += Spell.text("b\(branch)") + Spell.get(UInt8(level)) }
            body += [0x75]
        }
        var limits = ArchiveLimits.standard
        limits.stepsFloor = 20_000
        #expect(try message([0x80, 2] + body + [0x2E], limits: limits).contains("shared objects expand"))
    }

    @Test("more objects or values than the limit are refused")
    func many() throws {
        var limits = ArchiveLimits.standard
        limits.memoryFloor = 0
        for code: UInt8 in [0x5D, 0x7D, 0x8F] {
            #expect(
                try message([0x80, 2] + [UInt8](repeating: code, count: 2000) + [0x2E], limits: limits).contains(
                    "would take more bytes of memory"))
        }
        limits.memoryPerByte = 24
        #expect(
            try message([0x80, 2] + [UInt8](repeating: 0x4E, count: 9000) + [0x2E], limits: limits).contains(
                "would take more bytes of memory"))
    }

    @Test(
        "instructions that make no sense are refused with their offset",
        arguments: [
            ([0x80, 2, 0x30, 0x2E], "byte 2", "stack underflow"),
            ([0x80, 2, 0x74, 0x2E], "byte 2", "needs a mark"),
            ([0x80, 2, 0x28, 0x52, 0x2E], "byte 3", "stack underflow"),
            ([0x80, 2, 0x28, 0x30, 0x30, 0x2E], "byte 4", "stack underflow"),
            ([0x80, 2, 0x2E], "byte 2", "stack underflow"),
            ([0x80, 2, 0x68, 9, 0x2E], "byte 2", "memo 9, which was never stored"),
            ([0x80, 9, 0x2E], "byte 0", "protocol 9"),
            ([0x80, 2, 0xFF], "byte 2", "0xff is not a pickle instruction"),
            ([0x80, 2, 0x4E], "byte 3", "truncated"),
            ([0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E], "byte 7", "takes 4294967295 bytes"),
            ([0x80, 2, 0x8D] + [UInt8](repeating: 0xFF, count: 8), "byte 3", "impossible"),
            ([0x80, 2, 0x8B, 0xFF, 0xFF, 0xFF, 0xFF], "byte 3", "impossible"),
            ([0x80, 4, 0x95, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0], "byte 2", "frame of 65535 bytes"),
            ([0x80, 2, 0x4E, 0x4E, 0x62, 0x2E], "byte 4", "a state is set"),
            ([0x80, 2, 0x4E, 0x4E, 0x61, 0x2E], "byte 4", "not a container"),
            ([0x80, 2, 0x5D, 0x28, 0x4E, 0x75, 0x2E], "byte 5", "dictionary key has no value"),
            ([0x80, 2, 0x5D, 0x28, 0x4E, 0x4E, 0x75, 0x2E], "byte 6", "container of the wrong kind"),
            ([0x80, 2, 0x82, 1, 0x2E], "byte 2", "extension"),
            ([0x80, 5, 0x97, 0x2E], "byte 2", "out-of-band"),
            ([0x80, 2, 0x4E, 0x51, 0x2E], "byte 3", "persistent identifier"),
            ([0x80, 2, 0x49, 0x78, 0x0A, 0x2E], "byte 2", "not a supported integer"),
            ([0x80, 2, 0x63, 0x78], "byte 3", "does not end"),
        ] as [([UInt8], String, String)])
    func nonsense(pickle: [UInt8], place: String, reason: String) throws {
        let text = try message(pickle)
        #expect(text.contains("\(place) of archive/data.pkl") && text.contains(reason), "\(text)")
    }

    @Test(
        "what is no state dict is refused in words",
        arguments: [
            (Spell.proto(Spell.text("hello")), "it holds a text"), (Spell.proto(Spell.emptyList), "it holds a list"),
            (Spell.proto([0x7D]), "without a tensor"), (Spell.proto(Spell.global("torch.nn", "Linear")), "torch.nn.Linear"),
        ])
    func unsuitable(pickle: [UInt8], reason: String) throws {
        let text = try message(pickle)
        #expect(text.contains(reason), "\(text)")
    }

    @Test(
        "numbers and texts of the old protocols",
        arguments: [
            ("I7\n.", PickleValue.integer(7)), ("I01\n.", .bool(true)), ("L-7L\n.", .integer(-7)), ("F1.5\n.", .real(1.5)),
            ("S'a\\n\\x41'\n.", .text("a\nA")),
            ("V\\u00e9\\U0001F600z\n.", .text("é😀z")), ("L119547037146038801333356L\n.", .hugeInteger(TorchLegacyFile.magic)),
        ])
    func oldProtocols(pickle: String, value: PickleValue) throws {
        let memory = OwnedMemory(byteCount: pickle.utf8.count)
        memory.bytes.copyBytes(from: pickle.utf8)
        #expect(
            try PickleReader.read(
                ByteReader(ByteView(memory), file: "pickle"), budget: FileBudget(size: pickle.utf8.count, file: "pickle", limits: .standard)
            ).root == value)
    }
}
