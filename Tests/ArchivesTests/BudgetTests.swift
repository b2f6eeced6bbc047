import Foundation
import Testing

@testable import Archives

/// Small files that stand for much: each kind is refused before it takes what it asks for.
@Suite struct BudgetTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func message(_ pickle: [UInt8], _ location: SourceLocation = #_sourceLocation) throws -> String {
        try refusal(of: try torchFile(pickle, in: folder), in: folder, limits: .standard, location)
    }

    private static let memory = "would take more bytes of memory"
    private static let none: UInt8 = 0x4E, list: UInt8 = 0x6C, mark: UInt8 = 0x28, tuple: UInt8 = 0x74, tuple1: UInt8 = 0x85,
        pop: UInt8 = 0x30

    @Test(
        "a call that copies a container is paid for each time",
        arguments: [
            ("copyreg", "_reconstructor", false), ("builtins", "list", true), ("builtins", "tuple", true), ("builtins", "set", true),
            ("torch", "Size", true),
        ])
    func copies(module: String, name: String, isWrapped: Bool) throws {
        // A tuple of 20 000 values, kept in the memo, and 2 000 calls with it of 5 bytes each.
        let values =
            [Self.mark] + [UInt8](repeating: Self.none, count: 20_000) + [Self.tuple] + (isWrapped ? [Self.tuple1] : []) + Spell.put(0)
        let calls = (0..<2000).flatMap { _ in Spell.get(1) + Spell.get(0) + Spell.reduce }
        #expect(try message(Spell.proto(values, Spell.global(module, name) + Spell.put(1), calls)).contains(Self.memory))
    }

    @Test("a shape of many axes is refused where a tensor is made of it, however often")
    func shapes() throws {
        let shape = [Self.mark] + (0..<2000).flatMap { _ in [0x4B, 1] as [UInt8] } + [Self.tuple] + Spell.put(0)
        let storage =
            Spell.tuple(Spell.text("storage"), Spell.global("torch", "FloatStorage"), Spell.text("0"), Spell.text("cpu"), Spell.integer(4))
            + [0x51] + Spell.put(1)
        let tensor =
            Spell.get(2) + Spell.tuple(Spell.get(1), Spell.integer(0), Spell.get(0), Spell.get(0), Spell.newFalse, Spell.dictionary())
            + Spell.reduce
        let rebuild = Spell.global("torch._utils", "_rebuild_tensor_v2") + Spell.put(2)
        let body = Spell.proto(shape, storage, rebuild, Spell.dictionary(Spell.text("w"), tensor))
        #expect(try message(body).contains("has 2000 axes, more than 64"))
    }

    @Test("names that grow with every level are refused")
    func names() throws {
        let inner = Spell.dictionary(Spell.text("a"), Spell.tensor(), Spell.text("b"), Spell.tensor())
        let outer = Spell.dictionary(Spell.text("c"), Spell.tensor(), Spell.text(String(repeating: "k", count: 30_000)), inner)
        #expect(
            try message(Spell.proto(outer)).contains(
                "is longer, more than the limit of"))
    }

    @Test("expanded tensors are counted together, and one that someone keeps is read")
    func expanded() throws {
        let tensor = Spell.tensor(shape: [1 << 11, 1 << 11], strides: [0, 0])
        let few = Spell.dictionary(Spell.text("w0"), tensor)
        let path = try folder.file("few", try torchFile(Spell.proto(few), in: folder))
        #expect(try Archive.open(path).array("w0").count == 1 << 22)
        let entries: [UInt8] = (0..<40).flatMap { Spell.text("w\($0)") + tensor }
        let many: [UInt8] = [0x7D, 0x28] + entries + [0x75]
        #expect(try message(Spell.proto(many)).contains("stands for 4194304 elements, and with the arrays before it"))
    }

    @Test("modules that share one table of attributes do not repeat it without end")
    func attributes() throws {
        let network = Spell.global("net", "Net") + [0x29, 0x81]
        let texts = (0..<500).flatMap { Spell.text("k\($0)") + Spell.text(String(repeating: "v", count: 900)) }
        let state =
            [0x7D, 0x28] + texts + Spell.text("_modules") + [0x7D] + Spell.text("_parameters")
            + Spell.dictionary(Spell.text("w"), Spell.tensor()) + [0x75] + Spell.put(7)
        let first = Spell.text("m") + network + state + Spell.build
        let others = (0..<3000).flatMap { Spell.text("m\($0)") + network + Spell.get(7) + Spell.build }
        let text = try message(Spell.proto([0x7D, 0x28] + first + others + [0x75]))
        #expect(text.contains(Self.memory) || text.contains("repeated more often"), "\(text)")
    }

    @Test(
        "strides of axes along which no step is taken may be any number",
        arguments: [
            ([1, 4], [Int.max, 1]), ([4, 1], [1, .max]), ([1, 1], [.max, .max]), ([0, 3], [.max, .max]), ([2, 1, 2], [2, .max - 1, 1]),
        ])
    func strides(shape: [Int], strides: [Int]) throws {
        let pickle = Spell.proto(Spell.dictionary(Spell.text("w"), Spell.tensor(shape: shape, strides: strides)))
        let array = try Archive.open(folder.file("strides", try torchFile(pickle, in: folder))).array("w")
        #expect(try array.floats().count == shape.reduce(1, *) && array.withContiguousBytes { $0.count } == 4 * shape.reduce(1, *))
    }

    @Test(
        "an array without elements may have any other sizes, in both orders",
        arguments: ["(0, 9223372036854775807, 9223372036854775807)", "(9223372036854775807, 2, 0)"], ["True", "False"])
    func emptyArrays(shape: String, order: String) throws {
        var header = "{'descr': '<f4', 'fortran_order': \(order), 'shape': \(shape), }"
        header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        // Either answer will do; what is read is read whole.
        if let archive = try? Archive.open(folder.file("empty.npy", bytes)) { #expect(try archive.entries[0].floats().isEmpty) }
    }

    @Test("real files are far from the budget: thirty thousand tensors, and a list of half a million numbers")
    func realFiles() throws {
        let path = folder.path("many.pt")
        try Archive.write(
            (0..<3000).map { OutgoingArray("layer\($0 / 4).part\($0 % 4).weight", [Float](repeating: 1, count: 9), shape: [3, 3]) },
            to: path, as: .torch)
        var limits = ArchiveLimits.standard
        // A quarter of what the size earns is enough, without the floor.
        (limits.memoryFloor, limits.memoryPerByte) = (0, ArchiveLimits.standard.memoryPerByte / 4)
        #expect(try Archive.open(path, limits: limits).entries.count == 3000)
        let numbers = [Self.mark] + (0..<500_000).flatMap { _ in [0x4B, 7] as [UInt8] } + [Self.list]
        let pickle = Spell.proto(Spell.dictionary(Spell.text("w"), Spell.tensor(), Spell.text("indices"), numbers))
        #expect(try Archive.open(folder.file("list", try torchFile(pickle, in: folder))).integerLists["indices"]?.count == 500_000)
    }

    @Test("a temporary file that a killed writer left is removed by the next one; one that is being written is not")
    func leftovers() throws {
        let left = try folder.file(".model.pt.partial-3w5e11264sgsf", [1, 2, 3]), other = try folder.file(".notes.partial-draft.txt", [1])
        let writer = try AtomicFile(folder.path("model.pt"))
        #expect(try folder.names.contains(".model.pt.partial-3w5e11264sgsf") == false, "\(left)")
        let second = try AtomicFile(folder.path("other.pt"))
        try writer.write([1])
        try second.write([2])
        try writer.commit()
        try second.commit()
        #expect(try folder.names.contains("model.pt") && folder.names.contains("other.pt") && FileManager.default.fileExists(atPath: other))
    }
}
