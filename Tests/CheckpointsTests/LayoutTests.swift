import Archives
import Foundation
import Networks
import Tensors
import Testing
@testable import Checkpoints

@Suite("What opens comes out the same way") struct LayoutTests {
    @Test(
        "a prefix that was cut is put back on saving, in both formats, and cut again",
        arguments: ["module.", "_orig_mod.", "model.", "module._orig_mod.", "module.model."])
    func prefix(prefix: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file(mlpArrays(prefix)), opened = try Checkpoint.open(path)
        #expect(opened.layout.prefix == prefix)
        #expect(opened.stored.parameterNames == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])
        for name in ["saved.pt", "saved.safetensors"] {
            let saved = folder.path + "/" + name
            try Checkpoint.save(opened.stored, to: saved, like: opened.layout)
            #expect(try Archive.open(saved).entries.map(\.name) == Archive.open(path).entries.map(\.name))
            let again = try Checkpoint.open(saved)
            #expect(again.architectureSource == .embedded && again.layout.prefix == prefix)
            #expect(try values(again, "fc2.weight") == values(opened, "fc2.weight"))
        }
    }

    @Test("an architecture file finds its parameters behind any prefix, which is put back")
    func described() throws {
        let folder = try TemporaryFolder()
        let plain = try Checkpoint.open(folder.file(mlpArrays(), "plain.pt"))
        try folder.write(ArchitectureFile.text(of: plain.stored.architecture), to: "net.arch.toml")
        let opened = try Checkpoint.open(folder.file(mlpArrays("trainer.student_net.")))
        #expect(opened.layout.prefix == "trainer.student_net.")
        #expect(try values(opened, "fc1.weight") == values(plain, "fc1.weight"))
    }

    @Test("counters, masks, complex tables and empty tensors are left aside, said, and saved bit for bit")
    func leftAside() throws {
        let folder = try TemporaryFolder()
        let extra = [
            OutgoingArray("position_ids", [0, 1, 2], shape: [1, 3]), OutgoingArray("mask", .bool, bytes: [1, 0, 1, 1], shape: [2, 2]),
            OutgoingArray("freqs_cis", .c64, bytes: (0..<24).map { UInt8($0) }, shape: [3]),
            OutgoingArray("cache", [] as [Float], shape: [0]),
            OutgoingArray("n_averaged", [7], shape: []), OutgoingArray("module.fc1.total_ops", [12.5] as [Double], shape: [1]),
            OutgoingArray("criterion.weight", [1, 2] as [Float], shape: [2]),
            OutgoingArray("module.rope.inv_freq", [1, 0.1] as [Float], shape: [2]),
        ]
        let path = try folder.file(extra + mlpArrays("module.")), opened = try Checkpoint.open(path)
        // A buffer outside of the prefix does not keep it from being cut.
        #expect(opened.layout.prefix == "module.")
        #expect(opened.layout.leftAside.map(\.name) == extra.map(\.name))
        #expect(opened.notes.contains { $0.contains("not used by any layer") && $0.contains("position_ids") })
        for name in ["saved.pt", "saved.safetensors"] {
            let saved = folder.path + "/" + name
            try Checkpoint.save(opened.stored, to: saved, like: opened.layout)
            for array in extra { #expect(try bytes(array.name, of: saved) == bytes(array.name, of: path), "\(array.name)") }
            #expect(try Checkpoint.open(saved).layout.leftAside.map(\.name).sorted() == extra.map(\.name).sorted())
        }
    }

    @Test(
        "what no layer uses and may matter is an error that names it, whatever stands first in the file",
        arguments: [
            OutgoingArray("logit_scale", [2.5] as [Float], shape: []), OutgoingArray("prompt", [1, 2, 3] as [Float], shape: [1, 3]),
            OutgoingArray("normalise.mean", [1, 2, 3] as [Float], shape: [1, 3, 1, 1]),
            OutgoingArray("gate.scale.value", [1, 2, 3] as [Float], shape: [3]),
        ])
    func matters(extra: OutgoingArray) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file(
            mlpArrays("model.") + [
                OutgoingArray("model.\(extra.name)", [Float](repeating: 2, count: extra.shape.reduce(1, *)), shape: extra.shape)
            ])
        let text = refusal(path)
        #expect(text.contains("'model.\(extra.name)'") && text.contains("--ignore"), "\(text)")
        // With the word of the user it is left aside, by its name or a pattern, and the saved file needs no word.
        for pattern in ["model.\(extra.name)", extra.name, String(extra.name.prefix(3)) + "*"] {
            let opened = try Checkpoint.open(path, LoadOptions(ignored: [pattern])), saved = folder.path + "/saved.safetensors"
            try Checkpoint.save(opened.stored, to: saved, like: opened.layout)
            #expect(try bytes("model.\(extra.name)", of: saved) == bytes("model.\(extra.name)", of: path))
            #expect(try Checkpoint.open(saved).layout.leftAside.count == 1)
        }
    }

    @Test("a mask as large as the weight beside it is not left aside by itself, whatever its type")
    func maskOfWeight() throws {
        let folder = try TemporaryFolder()
        for mask in [
            OutgoingArray("fc1.mask", [Float](repeating: 1, count: 12), shape: [3, 4]),
            OutgoingArray("fc1.mask", .bool, bytes: [UInt8](repeating: 1, count: 12), shape: [3, 4]),
        ] {
            #expect(refusal(try folder.file(mlpArrays() + [mask])).contains("'fc1.mask'"))
        }
    }

    @Test("an architecture file leaves aside what its line ignore names")
    func ignoredByFile() throws {
        let folder = try TemporaryFolder()
        let plain = try Checkpoint.open(folder.file(mlpArrays(), "plain.pt"))
        let path = try folder.file(mlpArrays() + [OutgoingArray("aux.weight", [1, 2] as [Float], shape: [1, 2])])
        try folder.write(ArchitectureFile.text(of: plain.stored.architecture), to: "net.arch.toml")
        #expect(refusal(path).contains("aux.weight"))
        try folder.write(ArchitectureFile.text(of: plain.stored.architecture, ignored: ["aux.*"]), to: "net.arch.toml")
        #expect(try Checkpoint.open(path).layout.leftAside.map(\.name) == ["aux.weight"])
        try folder.write(
            try ArchitectureFile.text(of: plain.stored.architecture).replacingOccurrences(of: "input =", with: "ignore = 3\ninput ="),
            to: "net.arch.toml")
        #expect(refusal(path).contains("ignore"))
    }

    @Test("every parameter keeps its type; a type that was asked for is for floating-point numbers alone")
    func types() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file([
            OutgoingArray("fc.weight", .bf16, bytes: [0x80, 0x3F, 0, 0x40, 0, 0x40, 0x80, 0x3F], shape: [2, 2]),
            OutgoingArray("bn.weight", [2, 3] as [Double], shape: [2]),
            OutgoingArray("bn.bias", [0, 1] as [Float], shape: [2]), OutgoingArray("bn.running_mean", [0, 0] as [Float], shape: [2]),
            OutgoingArray("bn.running_var", [1, 1] as [Float], shape: [2]),
            OutgoingArray("bn.num_batches_tracked", .i32, bytes: [9, 0, 0, 0], shape: []),
            OutgoingArray("out.weight", [1, 2] as [Float], shape: [1, 2]),
        ])
        let opened = try Checkpoint.open(path), network = try opened.network(), saved = folder.path + "/saved.pt"
        try Checkpoint.save(network, to: saved, like: opened.layout)
        let types = Dictionary(uniqueKeysWithValues: try Archive.open(saved).entries.map { ($0.name, $0.elementType) })
        #expect(
            types == [
                "fc.weight": .bf16, "bn.weight": .f64, "bn.bias": .f32, "bn.running_mean": .f32, "bn.running_var": .f32,
                "bn.num_batches_tracked": .i32, "out.weight": .f32,
            ])
        try Checkpoint.save(network, to: saved, like: opened.layout, dtype: .float16)
        let halves = try Archive.open(saved)
        #expect(try halves.array("bn.weight").elementType == .f16 && halves.array("bn.num_batches_tracked").elementType == .i32)
        #expect(try halves.array("fc.weight").doubles() == [1, 2, 2, 1])
    }

    @Test("numbers beyond the range of the type that was asked for are not saved as infinity")
    func overflow() throws {
        let folder = try TemporaryFolder()
        let opened = try Checkpoint.open(folder.file(mlpArrays(scale: 1e6))), saved = folder.path + "/saved.pt"
        #expect { try Checkpoint.save(opened.stored, to: saved, like: opened.layout, dtype: .float16) } throws: {
            "\($0)".contains("fc1.weight") && "\($0)".contains("float16")
        }
        #expect(!FileManager.default.fileExists(atPath: saved))
        try Checkpoint.save(opened.stored, to: saved, like: opened.layout, dtype: .bfloat16)
        #expect(try Archive.open(saved).array("fc1.weight").elementType == .bf16)
    }

    @Test("weights of integers or complex numbers are refused by name", arguments: [ElementType.c64, .i8, .u32])
    func notReal(type: ElementType) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file([
            OutgoingArray("fc1.weight", type, bytes: [UInt8](repeating: 0, count: 12 * type.size), shape: [3, 4]),
            OutgoingArray("fc2.weight", [Float](repeating: 1, count: 6), shape: [2, 3]),
        ])
        #expect(refusal(path).contains("'fc1.weight' holds elements of type"))
    }

    @Test(
        "patterns are those of a shell",
        arguments: [
            ("*", "a.b", true), ("a.*", "a.b.c", true), ("a.*", "ba.b", false), ("*.mask", "x.mask", true), ("*.mask", "x.masks", false),
            ("?.b", "a.b", true), ("?.b", "aa.b", false),
            ("a*b*c", "a.b.b.c", true), ("", "a", false), ("a", "a", true), ("**", "", true),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
        ])
    func patterns(pattern: String, name: String, matches: Bool) { #expect(GlobPattern(pattern).matches(name) == matches) }
}
