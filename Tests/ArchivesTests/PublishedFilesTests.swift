import Foundation
import Testing

@testable import Archives

/// Files as PyTorch and NumPy wrote them; expected.json holds what they said was in them.
@Suite struct WrittenByOthersTests {
    struct Expected: Decodable {
        let name: String
        let type: String
        let shape: [Int]
        let values: [Double]
    }

    static let expected: [String: [Expected]] = {
        guard let data = try? Data(contentsOf: Fixtures.archives.appendingPathComponent("expected.json")) else { return [:] }
        return (try? JSONDecoder().decode([String: [Expected]].self, from: data)) ?? [:]
    }()

    static let kinds: [String: Archive.Kind] = [
        "state.pt": .torchZip, "state_protocol4.pt": .torchZip, "legacy.pt": .torchLegacy, "legacy_protocol4.pt": .torchLegacy,
        "module.pt": .torchZip,
        "legacy_module.pt": .torchLegacy, "wrapped.pt": .torchZip, "deflated.pt": .torchZip, "big_endian.pt": .torchZip, "plain.npz": .npz,
        "compressed.npz": .npz, "fortran.npy": .npy,
    ]

    @Test("every file says what it said to the program that wrote it", arguments: kinds.keys.sorted())
    func values(file: String) throws {
        let archive = try Archive.open(Fixtures.archive(file))
        let expected = try #require(Self.expected[file])
        #expect(archive.kind == Self.kinds[file])
        // What DataParallel puts before every name stays.
        let prefix = file == "wrapped.pt" ? "module." : ""
        #expect(archive.entries.map(\.name) == expected.map { prefix + $0.name })
        for array in expected {
            let found = try archive.array(prefix + array.name)
            #expect(found.shape == array.shape)
            #expect(found.elementType.torchName == array.type)
            #expect(try found.doubles() == array.values, "\(array.name)")
            #expect(try found.floats() == array.values.map { Float($0) })
            if !found.elementType.isFloatingPoint { #expect(try found.integers() == array.values.map { Int($0) }) }
        }
        try archive.verifyChecksums()
    }

    @Test("views of one storage share it, and a tied weight is one tensor under two names")
    func sharing() throws {
        for file in ["state.pt", "legacy.pt"] {
            let archive = try Archive.open(Fixtures.archive(file))
            let (view, transposed) = (try archive.array("view"), try archive.array("transposed"))
            #expect(view.sharesStorage(with: transposed))
            #expect(transposed.strides == [1, 6] && !transposed.layout.isContiguous)
            let (tied, parameter) = (try archive.array("tied"), try archive.array("parameter"))
            #expect(tied.sharesStorage(with: parameter) && tied.layout == parameter.layout)
            #expect(!tied.sharesStorage(with: view))
            #expect(try transposed.withContiguousBytes { $0.loadUnaligned(fromByteOffset: 4, as: Float.self) } == 6)
        }
    }

    @Test("a whole module is walked in the order of its state dict and tells its classes and options")
    func module() throws {
        for file in ["module.pt", "legacy_module.pt"] {
            let archive = try Archive.open(Fixtures.archive(file))
            #expect(archive.provenance == "whole pickled module of class __main__.Net")
            #expect(archive.integerLists["train_indices"] == [5, 3, 60000, 7])
            #expect(archive.modules.map(\.path) == ["", "block", "block.conv", "block.norm", "head", "head.0", "head.1", "head.2"])
            let convolution = archive.modules[2]
            #expect(convolution.className == "torch.nn.modules.conv.Conv2d")
            #expect(convolution.attributes["stride"] == "(2, 2)" && convolution.attributes["padding"] == "(1, 1)")
            #expect(archive["block.scratch"] == nil, "a buffer that is not persistent is no part of the state dict")
        }
    }

    @Test("TorchScript keeps its tensors under the same names")
    func script() throws {
        let script = try Archive.open(Fixtures.archive("script.pt"))
        for array in try #require(Self.expected["module.pt"]) {
            #expect(try script.array(array.name).doubles() == array.values, "\(array.name)")
        }
        #expect(script.provenance.hasPrefix("TorchScript module"))
    }

    @Test("a wrapper is opened, and what stands beside it is told")
    func wrapper() throws {
        let archive = try Archive.open(Fixtures.archive("wrapped.pt"))
        #expect(archive.provenance == "state dict under key 'model_state_dict'")
        #expect(archive.facts["epoch"] == "12")
        #expect(archive.facts["accuracy"] == "97.25")
        #expect(archive.facts["args.lr"] == "0.125" && archive.facts["args.name"] == "mlp")
        #expect(archive.ignored == ["optimizer"])
    }

    @Test(
        "what is no dense array of numbers is refused by name",
        arguments: [
            ("sparse.pt", "tensor 'weight': it is a sparse tensor"), ("quantized.pt", "tensor 'weight': it is a quantized tensor"),
            ("no_tensor.pt", "without a tensor"), ("objects.npy", "Python objects"),
        ])
    func refused(file: String, reason: String) throws {
        let error = #expect(throws: ArchiveError.self) { try Archive.open(Fixtures.archive(file)) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
}

/// The published checkpoints and golden cases, where the shared folder stands beside the package (it is never copied into the repository).
@Suite(.enabled(if: Fixtures.shared != nil, "the published files stand in ../shared")) struct PublishedFilesTests {
    @Test("the OTFusion checkpoints: legacy files with their accuracy beside them", arguments: [0, 1])
    func otfusion(index: Int) throws {
        let folder = try #require(Fixtures.shared)
        let archive = try Archive.open(folder.appendingPathComponent("models/otfusion/model_\(index).checkpoint").path)
        #expect(archive.kind == .torchLegacy)
        #expect(archive.provenance == "state dict under key 'model_state_dict'")
        #expect(archive.entries.map(\.name) == ["fc1.weight", "fc2.weight", "fc3.weight", "fc4.weight"])
        #expect(archive.entries.map(\.shape) == [[400, 784], [200, 400], [100, 200], [10, 100]])
        #expect(archive.facts["epoch"] == "10")
        #expect(archive.facts["test_accuracy"]?.hasPrefix(index == 0 ? "97.72" : "97.75") == true)
        for array in archive.entries { #expect(try array.nonFiniteCount() == 0) }
    }

    @Test(
        "the Neuron Interpolation checkpoints: whole modules with their training indices",
        arguments: ["mnist-split-by-2", "mnist-split-by-4"])
    func neuronInterpolation(set: String) throws {
        let folder = try #require(Fixtures.shared).appendingPathComponent("models/neuron-interpolation/\(set)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(files.count == (set.hasSuffix("2") ? 2 : 4))
        for file in files {
            let archive = try Archive.open(folder.appendingPathComponent(file).path)
            #expect(archive.kind == .torchZip && archive.provenance == "whole pickled module of class models.mlp.MLPNet")
            #expect(archive.entries.map(\.name) == ["level1.1.weight", "level1.1.bias", "level2.1.weight", "level2.1.bias"])
            #expect(archive.entries.map(\.shape) == [[256, 784], [256], [10, 256], [10]])
            #expect(archive.modules.first?.attributes["hidden_size"] == "256")
            let indices = try #require(archive.integerLists["train_indices"])
            #expect(indices.count > 1000 && indices.allSatisfy { (0..<60000).contains($0) })
            try archive.verifyChecksums()
        }
    }

    @Test("every golden case opens")
    func golden() throws {
        let folder = try #require(Fixtures.shared).appendingPathComponent("golden")
        let files = (FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []).filter {
            $0.hasSuffix(".safetensors")
        }
        #expect(files.count > 100)
        for file in files {
            let archive = try Archive.open(folder.appendingPathComponent(file).path)
            #expect(archive.kind == .safetensors && !archive.entries.isEmpty)
        }
    }
}
