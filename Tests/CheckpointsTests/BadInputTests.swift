import Archives
import Foundation
import Networks
import Tensors
import Testing
@testable import Checkpoints

/// Files of parameters that are wrong in the ways that files of parameters are wrong: each is refused with the layer, what was expected and
/// what was found, or opened with the assumption stated.
@Suite("Bad checkpoints") struct BadInputTests {
    static let threeLayers = """
        input = [4]
        [[layer]]
        kind = "linear"
        name = "fc1"
        [[layer]]
        kind = "activation"
        [[layer]]
        kind = "linear"
        name = "fc2"
        """

    /// A checkpoint of zeros with these shapes, and an architecture file beside it where one is given.
    func opened(_ shapes: [(String, [Int])], architecture: String? = nil) throws -> Checkpoint {
        let folder = try TemporaryFolder()
        let path = folder.path + "/net.safetensors"
        try Archive.write(
            shapes.map { OutgoingArray($0, [Float](repeating: 0, count: $1.reduce(1, *)), shape: $1) }, to: path, as: .safetensors)
        if let architecture { try folder.write(architecture, to: "net.arch.toml") }
        return try Checkpoint.open(path)
    }

    func reason(_ shapes: [(String, [Int])], architecture: String? = nil) -> String {
        do { return "opened as \(try opened(shapes, architecture: architecture).stored.architecture.family)" } catch { return "\(error)" }
    }

    @Test("a missing parameter names the layer that needs it and what the file holds")
    func missing() {
        let text = reason([("fc1.weight", [3, 4]), ("fc1.bias", [3])], architecture: Self.threeLayers)
        #expect(
            text.contains(
                "net.safetensors: layer fc2: the checkpoint has no parameter fc2.weight (it has fc1.bias, fc1.weight)"
            ), "\(text)")
        // Without an architecture file, a ResNet that lacks its stem says so.
        #expect(
            reason([("layer1.0.conv1.weight", [4, 4, 3, 3]), ("layer1.0.conv2.weight", [4, 4, 3, 3]), ("fc.weight", [2, 4])]).contains(
                "there is no convolution conv1"))
    }

    @Test("an extra parameter is named with its shape, whether the network was recognised or described")
    func extra() {
        let described = reason([("fc1.weight", [3, 4]), ("fc2.weight", [2, 3]), ("fc3.weight", [2, 2])], architecture: Self.threeLayers)
        #expect(described.contains("no layer of the architecture uses fc3.weight"), "\(described)")
        let recognised = reason([
            ("conv1.weight", [4, 3, 3, 3]), ("layer1.0.conv1.weight", [4, 4, 3, 3]), ("layer1.0.conv2.weight", [4, 4, 3, 3]),
            ("fc.weight", [2, 4]), ("layer1.0.gate", [4]),
        ])
        #expect(recognised.contains("'layer1.0.gate' (4)") && recognised.contains("no layer of that uses it"), "\(recognised)")
    }

    @Test("swapped dimensions name the layer, what it should read and what it gets")
    func swapped() {
        #expect(
            reason([("fc1.weight", [5, 4]), ("fc2.weight", [5, 3])]).contains("fc2.weight: it reads 3 values, but fc1 has 5 outputs"))
        let described = reason([("fc1.weight", [5, 4]), ("fc2.weight", [5, 3])], architecture: Self.threeLayers)
        #expect(described.contains("layer fc2: fc2.weight should have shape out × 5, but has 5×3"), "\(described)")
    }

    @Test("a batch norm saved without its running statistics is named with what it lacks, whatever the family")
    func missingStatistics() {
        let norm: [(String, [Int])] = [("1.weight", [6]), ("1.bias", [6])]
        func stripped(_ entries: [(String, [Int])]) -> String { reason(entries) }
        let perceptron = stripped([("0.weight", [6, 4])] + norm + [("3.weight", [2, 6])])
        #expect(
            perceptron.contains("the normalisation 1 has no running_mean and no running_var")
                && perceptron.contains("Save the state dict with its buffers"))
        let half = stripped([("0.weight", [6, 4])] + norm + [("1.running_var", [6]), ("3.weight", [2, 6])])
        #expect(half.contains("1 has no running_mean:"))
        let convolutions: [(String, [Int])] = [
            ("features.0.weight", [8, 3, 3, 3]), ("features.1.weight", [8]), ("features.1.bias", [8]), ("classifier.weight", [10, 2048]),
        ]
        #expect(stripped(convolutions).contains("the normalisation features.1 has no running_mean"))
        let residual: [(String, [Int])] = [
            ("conv1.weight", [4, 3, 3, 3]), ("bn1.weight", [4]), ("bn1.bias", [4]), ("layer1.0.conv1.weight", [4, 4, 3, 3]),
            ("layer1.0.conv2.weight", [4, 4, 3, 3]),
            ("linear.weight", [10, 4]), ("linear.bias", [10]),
        ]
        #expect(stripped(residual).contains("the normalisation bn1 has no running_mean"))
    }

    @Test("swapped dimensions of a convolution, a bias and a normalisation are told apart")
    func swappedElsewhere() {
        let head: [(String, [Int])] = [("fc.weight", [2, 36])]
        #expect(
            reason([("conv1.weight", [6, 1, 3, 3]), ("conv2.weight", [6, 9, 3, 3])] + head).contains(
                "conv2.weight: it reads 9 channels, but conv1 has 6 channels"))
        #expect(
            reason(
                [("0.weight", [6, 4]), ("0.bias", [4]), ("2.weight", [2, 6])],
                architecture: Self.threeLayers.replacingOccurrences(of: "fc1", with: "0").replacingOccurrences(of: "fc2", with: "2")
            )
            .contains("layer 0: 0.bias should have shape 6, but has 4"))
        let norm: [(String, [Int])] = [("1.weight", [5]), ("1.bias", [5]), ("1.running_mean", [5]), ("1.running_var", [5])]
        let text = reason([("0.weight", [6, 4])] + norm + [("3.weight", [2, 6])])
        #expect(text.contains("1.running_mean") && text.contains("5") && text.contains("6"), "\(text)")
    }

    @Test("parameters that fit two networks open as one of them, and the assumption says so")
    func ambiguous() throws {
        let alike = try opened([("beta.weight", [4, 4]), ("alpha.weight", [4, 4])])
        #expect(alike.assumptions.contains { $0.contains("the file's order") && $0.contains("fit another order as well") })
        #expect(try !opened([("b.weight", [3, 4]), ("a.weight", [4, 8])]).assumptions.contains { $0.contains("order") })
        // 16 positions are left of 8×8 images by a pool, by a stride, and of 4×4 images without either: what the network computes is not decided.
        let pools = reason([("conv1.weight", [2, 1, 3, 3]), ("fc.weight", [5, 2 * 16])])
        #expect(pools.contains("strides, padding and pools are not in names and shapes") && pools.contains("--hint pool=1"), "\(pools)")
    }

    @Test(
        "a graph with a circle, a dangling layer or no way to its output is refused with the layers' names",
        arguments: [
            (
                "[[layer]]\nkind = \"add\"\nid = \"a\"\nfrom = [\"(input)\", \"b\"]\n[[layer]]\nkind = \"flatten\"\nid = \"b\"\nfrom = [\"a\"]\n",
                "the layers a, b form a cycle"
            ),
            (
                "[[layer]]\nkind = \"flatten\"\nid = \"a\"\n[[layer]]\nkind = \"flatten\"\nid = \"b\"\nfrom = [\"(input)\"]\n",
                "nothing uses the layers a, b"
            ),
            ("[[layer]]\nkind = \"flatten\"\nid = \"a\"\nfrom = [\"c\"]\n", "layer “a” takes its input from “c”, which does not exist"),
            ("[[layer]]\nkind = \"flatten\"\nid = \"a\"\n[[layer]]\nkind = \"tanh\"\n", "is “tanh”, which is none of linear"),
        ])
    func graphs(layers: String, expected: String) {
        let text = reason([("fc1.weight", [3, 4])], architecture: "input = [4]\n" + layers)
        #expect(text.contains(expected) && text.contains("net.arch.toml"), "\(text)")
    }

    @Test("parameters of a layer that is not supported are named with their shape, and the way out")
    func unsupported() {
        let text = reason([("lstm.weight_ih_l0", [8, 4]), ("lstm.weight_hh_l0", [8, 2]), ("fc.weight", [3, 2])])
        #expect(text.contains("lstm.weight_ih_l0") && text.contains("8×4") && text.contains("NAME.arch.toml"), "\(text)")
    }
}
