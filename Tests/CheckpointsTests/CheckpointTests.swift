import Archives
import Foundation
import Networks
import Tensors
import Testing
@testable import Checkpoints

@Suite("Checkpoints") struct CheckpointTests {
    static let parent = Repository.golden + "/digits/nt-mlp2/parent_0.safetensors"

    @Test("a checkpoint opens with its family, format and size")
    func opens() throws {
        let checkpoint = try Checkpoint.open(Self.parent)
        #expect(checkpoint.architectureSource == .recognised(family: "MLP"))
        #expect(checkpoint.provenance == "safetensors")
        #expect(checkpoint.stored.architecture.parameterised.map(\.id) == ["input_layer", "hidden_layers.0", "output_layer"])
        #expect(checkpoint.types.map(\.type) == [.float32])
        #expect(checkpoint.types.map(\.count) == [checkpoint.stored.parameterCount])
        #expect(checkpoint.byteCount == (try Data(contentsOf: URL(fileURLWithPath: Self.parent)).count))
        #expect(try checkpoint.nonFinite().isEmpty)
        let output = try checkpoint.network()(Tensor.zeros([2, 8, 8]))
        #expect(output.shape == [2, 10])
    }

    @Test("parameters are views of the file's memory, and converting to the type they have copies nothing")
    func viewsOnly() throws {
        func address(_ network: Network) throws -> UInt {
            try network.parameter("input_layer.weight").withBytes { UInt(bitPattern: $0.baseAddress) }
        }
        let checkpoint = try Checkpoint.open(Self.parent)
        #expect(try address(checkpoint.network()) == address(checkpoint.stored))
        #expect(try address(checkpoint.stored.copied()) != address(checkpoint.stored))
        let archive = try Archive.open(Self.parent)
        let array = try archive.array("input_layer.weight")
        let (inside, memory) = (try array.tensor(), try array.withContiguousBytes { UInt(bitPattern: $0.baseAddress) })
        let isAligned = memory % 4 == 0
        #expect(try inside.withBytes { UInt(bitPattern: $0.baseAddress) == memory } == isAligned)
    }

    @Test("a saved network opens again bit for bit, in both formats and in every type", arguments: [".safetensors", ".pt", ".pth"])
    func roundTrip(suffix: String) throws {
        let folder = try TemporaryFolder()
        let network = try MultilayerPerceptron.fresh(widths: [6, 5, 4], bias: true, seed: 7)
        for dtype in [DType.float32, .float64, .float16, .bfloat16] {
            let converted = try network.converted(to: dtype)
            let path = "\(folder.path)/saved\(suffix)"
            try Checkpoint.save(converted, to: path, metadata: ["recipe": "none"])
            let opened = try Checkpoint.open(path)
            #expect(opened.metadata["recipe"] == "none")
            #expect(opened.architectureSource == .embedded)
            #expect(opened.types.map(\.type) == [dtype])
            for name in network.parameterNames {
                #expect(try opened.stored.parameter(name).array(of: Double.self) == converted.parameter(name).array(of: Double.self))
            }
            #expect(try opened.network()(Tensor.ones([1, 6])).dtype() == .float32)
        }
    }

    @Test("a suffix that names no format is refused before anything is written")
    func unknownSuffix() throws {
        let network = try MultilayerPerceptron.fresh(widths: [2, 2], bias: false, seed: 1)
        #expect(throws: CheckpointError.suffix(file: "net.onnx", known: [".safetensors", ".pt", ".pth", ".pt2"])) {
            try Checkpoint.save(network, to: "net.onnx")
        }
    }

    @Test("what frameworks put before every name is taken off")
    func wrappers() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/wrapped.safetensors"
        try Archive.write([OutgoingArray("module.model.fc.weight", [1, 2, 3, 4] as [Float], shape: [2, 2])], to: path, as: .safetensors)
        let checkpoint = try Checkpoint.open(path)
        #expect(checkpoint.layout.prefix == "module.model.")
        #expect(checkpoint.stored.parameterNames == ["fc.weight"])
    }

    @Test("values that are not finite are counted by parameter")
    func nonFinite() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/sick.safetensors"
        try Archive.write(
            [
                OutgoingArray("fc1.weight", [1, .nan, .infinity, 4] as [Float], shape: [2, 2]),
                OutgoingArray("fc2.weight", [1, 2] as [Float], shape: [1, 2]),
            ], to: path, as: .safetensors)
        let found = try Checkpoint.open(path).nonFinite()
        #expect(found.map(\.parameter) == ["fc1.weight"])
        #expect(found.map(\.count) == [2])
    }

    @Test("a file without parameters, of unknown type or of no family says so and names the file")
    func refusals() throws {
        let folder = try TemporaryFolder()
        let blob = folder.path + "/blob.safetensors"
        try Archive.write([OutgoingArray("blob", [1, 2] as [Float], shape: [1, 1, 2])], to: blob, as: .safetensors)
        #expect { _ = try Checkpoint.open(blob) } throws: { "\($0)".contains("blob.safetensors") && "\($0)".contains("arch.toml") }
        let wide = folder.path + "/wide.npz"
        try Archive.write(
            [
                OutgoingArray(name: "fc.weight", elementType: .u32, shape: [1, 1]) { (sink) throws(ArchiveError) in
                    let bytes: [UInt8] = [0, 0, 0, 0]
                    let outcome = bytes.withUnsafeBytes { bytes in Result { () throws(ArchiveError) in try sink(bytes) } }
                    try outcome.get()
                }
            ], to: wide, as: .npz)
        #expect(throws: CheckpointError.elementType(file: wide, array: "fc.weight", type: "uint32")) { _ = try Checkpoint.open(wide) }
        #expect { _ = try Checkpoint.open(folder.path + "/absent.pt") } throws: { "\($0)".contains("absent.pt") }
    }

    @Test("the checksum is the file's SHA-256")
    func checksum() throws {
        let folder = try TemporaryFolder()
        // FIPS 180-4's own examples: one block, two blocks; and a length whose padding takes a block of its own.
        #expect(try SHA256.ofFile(folder.write("abc", to: "1")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
        #expect(try SHA256.ofFile(folder.write(long, to: "2")) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(try SHA256.ofFile(folder.write("", to: "3")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        var pieces = SHA256()
        for piece in [Array(long.utf8.prefix(3)), Array(long.utf8.dropFirst(3))] { pieces.update(piece) }
        #expect(pieces.hexadecimal() == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }
}
