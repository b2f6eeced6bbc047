import Testing

@testable import Archives

@Suite("Several networks in a PyTorch file") struct StoredNetworkTests {
    private static func matrix() -> [UInt8] { Spell.tensor(shape: [2, 2], strides: [2, 1]) }
    private static func stateDict(_ names: String...) -> [UInt8] { Spell.dictionary(names.map { Spell.text($0) + matrix() }.reduce([], +)) }

    private func open(_ value: [UInt8], key: String? = nil) throws -> Archive {
        let folder = try TemporaryFolder()
        _ = try torchFile(Spell.proto(value), in: folder)
        return try withExtendedLifetime(folder) { try Archive.open(folder.path("built.pt"), key: key) }
    }

    private static let averaged = Spell.dictionary(
        Spell.text("epoch") + Spell.integer(3), Spell.text("model") + stateDict("a.weight"), Spell.text("optimizer") + stateDict("state"),
        Spell.text("trainer") + Spell.dictionary(Spell.text("model_ema") + stateDict("a.weight", "b.weight")))

    @Test("the usual key is taken, and the others are listed with their sizes; an optimiser is none of them")
    func usual() throws {
        let archive = try open(Self.averaged)
        #expect(archive.entries.map(\.name) == ["a.weight"] && archive.facts["epoch"] == "3")
        #expect(
            archive.networks == [
                StoredNetwork(key: "model", tensors: 1, elements: 4, isOpened: true),
                StoredNetwork(key: "trainer", tensors: 2, elements: 8, isOpened: false),
            ])
    }

    @Test("a key opens its network, by itself or with the keys before it", arguments: ["trainer", "trainer.model_ema"])
    func key(key: String) throws {
        let archive = try open(Self.averaged, key: key)
        #expect(archive.entries.map(\.name) == ["a.weight", "b.weight"])
        #expect(archive.networks.first { $0.isOpened }?.key == "trainer.model_ema")
    }

    @Test("a key that is not there is an error that names those that are")
    func unknownKey() throws {
        let error = #expect(throws: ArchiveError.self) { try open(Self.averaged, key: "teacher") }
        #expect(
            error?.description.contains("no network under the key 'teacher'") == true && error?.description.contains("trainer") == true,
            "\(error?.description ?? "")")
    }

    @Test("a dictionary of nothing but state dicts is listed, and none of them is taken")
    func equals() throws {
        let archive = try open(Spell.dictionary(Spell.text("left") + Self.stateDict("w"), Spell.text("right") + Self.stateDict("w")))
        #expect(archive.entries.map(\.name) == ["left.w", "right.w"])
        #expect(archive.networks.map(\.key) == ["left", "right"] && !archive.networks.contains(where: \.isOpened))
    }

    @Test("a list with one state dict is opened at it, and what stands beside it is told")
    func list() throws {
        let archive = try open(Spell.emptyList + Self.stateDict("w") + Spell.append + Spell.integer(12) + Spell.append)
        #expect(archive.entries.map(\.name) == ["w"] && archive.facts["[1]"] == "12")
        let two = Spell.emptyList + Self.stateDict("w") + Spell.append + Self.stateDict("v") + Spell.append
        #expect(try open(two).networks.map(\.key) == ["0", "1"])
        #expect(try open(two, key: "1").entries.map(\.name) == ["v"])
    }

    @Test("complex numbers are read as bytes, and no real numbers are made of them")
    func complex() throws {
        let archive = try open(Spell.dictionary(Spell.text("table") + Spell.tensor(count: 2, shape: [2], storage: "ComplexFloatStorage")))
        let array = try archive.array("table")
        #expect(array.elementType == .c64 && array.shape == [2])
        #expect(try array.withContiguousBytes { $0.count } == 16)
        #expect(throws: ArchiveError.self) { try array.doubles() }
    }
}
