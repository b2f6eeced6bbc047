import Testing

@testable import Archives

/// Files before PyTorch 1.6, put together by hand where no PyTorch of today writes them.
@Suite struct LegacyFileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The five pickles and one storage of four floats 0, 1, 2, 3 under key "0".
    private func legacy(_ object: [UInt8], keys: [String] = ["0"], count: Int64 = 4, floats: Int = 4, little: Bool = true) -> [UInt8] {
        var file = ByteWriter()
        file.append([0x80, 2, 0x8A, 10] + TorchLegacyFile.magic + [0x2E])
        file.append([0x80, 2, 0x4D, 0xE9, 0x03, 0x2E])
        file.append(Spell.proto(Spell.dictionary(Spell.text("little_endian"), [little ? 0x88 : 0x89])))
        file.append(Spell.proto(object))
        file.append(Spell.proto([0x5D, 0x28] + keys.flatMap { Spell.text($0) } + [0x65]))
        for _ in keys {
            file.integer(little ? count : count.byteSwapped)
            for value in 0..<floats { file.integer(little ? Float(value).bitPattern : Float(value).bitPattern.byteSwapped) }
        }
        return file.bytes
    }

    /// A tensor of two floats in a view of storage "0".
    private func viewed(offset: Int, count: Int) -> [UInt8] {
        let view = Spell.tuple(Spell.text("view"), Spell.integer(offset), Spell.integer(count))
        let identifier =
            Spell.tuple(
                Spell.text("storage"), Spell.global("torch", "FloatStorage"), Spell.text("0"), Spell.text("cpu"), Spell.integer(4), view)
            + [0x51]
        let arguments = Spell.tuple(identifier, Spell.integer(0), Spell.tuple(Spell.integer(2)), Spell.tuple(Spell.integer(1)))
        return Spell.dictionary(Spell.text("w"), Spell.global("torch._utils", "_rebuild_tensor") + arguments + Spell.reduce)
    }

    private let plain = Spell.dictionary(Spell.text("w"), Spell.tensor())

    @Test("a view of a storage begins where it says")
    func view() throws {
        let archive = try Archive.open(folder.file("view", legacy(viewed(offset: 1, count: 2))))
        #expect(archive.kind == .torchLegacy)
        #expect(try archive.array("w").floats() == [1, 2])
    }

    @Test("a view that leaves its storage, or a tensor that leaves its view, is refused")
    func lyingView() throws {
        #expect(
            try refusal(of: legacy(viewed(offset: 3, count: 2)), in: folder).contains(
                "a view of 2 elements from 3 does not lie in storage '0'"))
        #expect(try refusal(of: legacy(viewed(offset: .max, count: 2)), in: folder).contains("does not lie in storage"))
        #expect(try refusal(of: legacy(viewed(offset: 0, count: 1)), in: folder).contains("reaches element 1, but its storage holds 1"))
    }

    @Test("files of the other byte order are turned round")
    func bigEndian() throws {
        #expect(try Archive.open(folder.file("big", legacy(plain, little: false))).array("w").floats() == [0, 1, 2, 3])
    }

    @Test("storages that do not agree with the object are refused")
    func storages() throws {
        #expect(try refusal(of: legacy(plain, count: 5), in: folder).contains("storage '0' has 5 elements, but its tensors expect 4"))
        #expect(try refusal(of: legacy(plain, count: -1), in: folder).contains("storage '0' has -1 elements"))
        #expect(try refusal(of: legacy(plain, floats: 3), in: folder).contains("storage '0' takes 16 bytes but only 12 are left"))
        #expect(try refusal(of: legacy(plain, keys: ["0", "0"]), in: folder).contains("listed twice"))
        #expect(try refusal(of: legacy(plain, keys: ["9"]), in: folder).contains("one that no tensor uses"))
        #expect(try refusal(of: legacy(plain, keys: []), in: folder).contains("storage '0' is not in the file"))
    }

    @Test("the class of a module kept with its source is still its class")
    func moduleWithSource() throws {
        let type = Spell.tuple(Spell.text("module"), Spell.global("net", "Net"), Spell.text("net.py"), Spell.text("class Net: …")) + [0x51]
        let state = Spell.dictionary(
            Spell.text("_parameters"), Spell.dictionary(Spell.text("w"), Spell.tensor()), Spell.text("_modules"), Spell.dictionary())
        let archive = try Archive.open(folder.file("module", legacy(type + [0x29, 0x81] + state + Spell.build)))
        #expect(archive.provenance == "whole pickled module of class net.Net" && archive.entries.map(\.name) == ["w"])
    }
}
