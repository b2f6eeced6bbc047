import Archives
import Foundation
import Networks
import Tensors
import Testing
@testable import Checkpoints

@Suite("Checkpoints with tied parameters") struct TiedCheckpointTests {
    private func values(_ count: Int, _ start: Float = 0) -> [Float] { (0..<count).map { Float($0 % 7) * 0.1 - 0.3 + start } }

    /// fc1 and fc2 of one weight, as PyTorch writes it: one storage under two names.
    private func arrays(tiedBias: Bool = false) -> [OutgoingArray] {
        [
            OutgoingArray("fc1.weight", values(36), shape: [6, 6]), OutgoingArray("fc1.bias", values(6), shape: [6]),
            OutgoingArray("fc2.weight", values(36), shape: [6, 6], tiedTo: "fc1.weight"),
            OutgoingArray("fc2.bias", values(6, 1), shape: [6], tiedTo: tiedBias ? "fc1.bias" : nil),
            OutgoingArray("fc3.weight", values(18, 0.05), shape: [3, 6]), OutgoingArray("fc3.bias", values(3), shape: [3]),
        ]
    }

    private func write(
        _ arrays: [OutgoingArray], _ name: String, in folder: TemporaryFolder, metadata: [String: String] = [:]
    ) throws -> String {
        let path = "\(folder.path)/\(name)"
        try Archive.write(arrays, metadata: metadata, to: path, as: try #require(Archive.Format(path: path)))
        return path
    }

    @Test("two names over one storage open as one parameter, and are saved under both names in either format")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let opened = try Checkpoint.open(write(arrays(), "tied.pt", in: folder))
        #expect(opened.layout.aliases == ["fc2.weight": "fc1.weight"])
        #expect(opened.stored.sharedNames == ["fc1.weight"])
        #expect(opened.openingNotes.contains("tied: fc1.weight and fc2.weight are one parameter each"))
        for name in ["saved.pt", "saved.safetensors"] {
            let path = "\(folder.path)/\(name)"
            try Checkpoint.save(opened.network(), to: path)
            let archive = try Archive.open(path)
            #expect(Set(archive.entries.map(\.name)) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"])
            if name.hasSuffix(".pt") { #expect(try archive.array("fc1.weight").sharesStorage(with: archive.array("fc2.weight"))) }
            let again = try Checkpoint.open(path)
            #expect(again.stored.sharedNames == ["fc1.weight"] && again.layout.aliases == opened.layout.aliases)
            #expect(again.doubtfulTies.isEmpty)
        }
    }

    @Test("what safetensors.torch.save_model left out is found by its metadata")
    func savedModel() throws {
        let folder = try TemporaryFolder()
        let path = try write(
            arrays().filter { $0.name != "fc2.weight" }, "model.safetensors", in: folder,
            metadata: ["fc2.weight": "fc1.weight", "format": "pt"])
        let opened = try Checkpoint.open(path)
        #expect(opened.stored.sharedNames == ["fc1.weight"] && opened.stored.architecture.parameterised.map(\.id) == ["fc1", "fc2", "fc3"])
    }

    @Test("equal numbers in a format that cannot share are two parameters, and that is said; a share in an architecture file ties them")
    func equalNumbers() throws {
        let folder = try TemporaryFolder()
        let path = try write(arrays(), "copies.safetensors", in: folder)
        let opened = try Checkpoint.open(path)
        #expect(opened.layout.aliases.isEmpty && opened.stored.sharedNames.isEmpty)
        #expect(opened.openingNotes.contains { $0.hasPrefix("fc1.weight and fc2.weight have identical values") })
        let text = try ArchitectureFile.text(of: opened.stored.architecture).replacingOccurrences(
            of: "name = \"fc2\"", with: "name = \"fc2\"\nshare.weight = \"fc1.weight\"")
        let file = "\(folder.path)/tied.arch.toml"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try Checkpoint.open(path, LoadOptions(architecture: file)).stored.sharedNames == ["fc1.weight"])
        // The same file for other numbers is refused.
        var apart = arrays()
        apart[2] = OutgoingArray("fc2.weight", values(36, 0.5), shape: [6, 6])
        let other = try write(apart, "apart.safetensors", in: folder)
        #expect { try Checkpoint.open(other, LoadOptions(architecture: file)) } throws: {
            "\($0)".contains("ties fc2.weight to fc1.weight, but their values differ")
        }
    }

    @Test("a share stands in the architecture file and is read again; a wrong one is refused with its layer")
    func architectureFile() throws {
        let architecture = try MultilayerPerceptron.architecture(layers: ["a", "b"], inputWidth: 4).sharing(["b.weight": "a.weight"])
        let text = try ArchitectureFile.text(of: architecture)
        #expect(text.contains("share.weight = \"a.weight\""))
        #expect(try ArchitectureFile.architecture(from: text, file: "test").aliases.map(\.original) == ["a.weight"])
        #expect {
            try ArchitectureFile.architecture(from: text.replacingOccurrences(of: "share.weight", with: "share.weights"), file: "test")
        } throws: {
            "\($0)".contains("layer b, share: “weights” is none of the layer's parameters; this kind has weight, bias")
        }
    }

    @Test("a module under two names is one layer where a second would not fit")
    func registeredTwice() throws {
        let folder = try TemporaryFolder()
        var all = [
            OutgoingArray("fc1.weight", values(30), shape: [5, 6]), OutgoingArray("fc1.bias", values(5), shape: [5]),
            OutgoingArray("fc2.weight", values(15), shape: [3, 5]), OutgoingArray("fc2.bias", values(3), shape: [3]),
        ]
        all += [
            OutgoingArray("layers.0.weight", values(30), shape: [5, 6], tiedTo: "fc1.weight"),
            OutgoingArray("layers.0.bias", values(5), shape: [5], tiedTo: "fc1.bias"),
            OutgoingArray("layers.1.weight", values(15), shape: [3, 5], tiedTo: "fc2.weight"),
            OutgoingArray("layers.1.bias", values(3), shape: [3], tiedTo: "fc2.bias"),
        ]
        let opened = try Checkpoint.open(write(all, "twice.pt", in: folder))
        #expect(opened.stored.architecture.parameterised.map(\.id) == ["fc1", "fc2"])
        #expect(opened.layout.aliases.count == 4)
    }

    @Test("a layer all of whose parameters are tied is a layer of its own, and that is an assumption")
    func wholeLayer() throws {
        let folder = try TemporaryFolder()
        let opened = try Checkpoint.open(write(arrays(tiedBias: true), "whole.pt", in: folder))
        #expect(opened.stored.architecture.parameterised.map(\.id) == ["fc1", "fc2", "fc3"])
        #expect(opened.assumptions.contains { $0.hasPrefix("fc2 is computed as a separate layer") })
    }
}
