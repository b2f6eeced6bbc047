import Foundation
import Networks
import Tensors
import Testing
@testable import Checkpoints

@Suite("Architecture files") struct ArchitectureFileTests {
    static let residual = """
        # A small residual network
        family = "tiny"
        input = [1, 8, 8]

        [[layer]]
        kind = "conv2d"
        name = "stem"
        padding = 1

        [[layer]]
        kind = "activation"
        id = "relu"
        function = "relu"

        [[layer]]
        kind = "conv2d"
        name = "branch"
        padding = [1, 1]

        [[layer]]
        kind = "add"
        from = ["relu", "branch"]

        [[layer]]
        kind = "adaptive_average_pool"

        [[layer]]
        kind = "flatten"

        [[layer]]
        kind = "linear"
        name = "head"

        """

    @Test("a file gives the graph it describes, and what is written reads back as the same graph")
    func roundTrip() throws {
        let architecture = try ArchitectureFile.architecture(from: Self.residual, file: "tiny.arch.toml")
        #expect(architecture.family == "tiny")
        #expect(architecture.inputShape == [1, 8, 8])
        #expect(architecture.nodes.map(\.id) == ["stem", "relu", "branch", "add4", "adaptive_average_pool5", "flatten6", "head"])
        #expect(architecture.nodes[3].sources == ["relu", "branch"])
        let written = try ArchitectureFile.text(of: architecture)
        #expect(try ArchitectureFile.text(of: ArchitectureFile.architecture(from: written, file: "again")) == written)
        #expect(written.contains("from = [\"relu\", \"branch\"]"))
    }

    @Test("a file beside the checkpoint is used, and one named explicitly goes before it")
    func discovery() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/net.pt"
        try Checkpoint.save(MultilayerPerceptron.fresh(widths: [4, 3, 2], bias: false, seed: 1), to: path)
        func text(_ function: String) -> String {
            """
            input = [4]
            [[layer]]
            kind = "linear"
            name = "fc1"
            [[layer]]
            kind = "activation"
            function = "\(function)"
            [[layer]]
            kind = "linear"
            name = "fc2"
            """
        }
        #expect(try Checkpoint.open(path).architectureSource == .embedded)
        let beside = try folder.write(text("tanh"), to: "net.arch.toml")
        #expect(ArchitectureFile.path(for: path) == beside)
        let found = try Checkpoint.open(path)
        #expect(found.architectureSource == .file(beside))
        let named = try folder.write(text("gelu"), to: "other.toml")
        let opened = try Checkpoint.open(path, LoadOptions(architecture: named))
        #expect(opened.architectureSource == .file(named))
        let x = try Tensor([0.5, -1, 2, 0.1] as [Float], shape: [1, 4])
        #expect(try found.network()(x).array(of: Float.self) != opened.network()(x).array(of: Float.self))
    }

    @Test(
        "an error names the file, the line, the layer and the option",
        arguments: [
            ("input = [4]\n[[layer]]\nkind = \"linear\"\nname = \"a\"\nwidth = 3\n", "net.toml, line 5, layer a, width: is unknown"),
            (
                "input = [4]\n[[layer]]\nkind = \"liner\"\nname = \"a\"\n",
                "net.toml, line 3, layer a, kind: is “liner”, which is none of linear"
            ),
            ("input = [4]\n[[layer]]\nkind = \"linear\"\n", "net.toml, line 2, layer number 1, name: is missing"),
            ("input = [4]\n[[layer]]\nkind = \"flatten\"\nname = \"a\"\n", "line 4, layer a, name: names parameters"),
            (
                "input = [1, 4, 4]\n[[layer]]\nkind = \"conv2d\"\nname = \"a\"\nstride = 0\n",
                "line 5, layer a, stride: is [0, 0], but must be"
            ),
            ("input = [4]\n[[layer]]\nkind = \"flatten\"\nfrom = 3\n", "line 4, layer flatten1, from: should be a list"),
            ("input = [4]\n[[layer]]\nkind = \"flatten\"\nfrom = [\"b\"]\n", "takes its input from “b”, which does not exist"),
            (
                "input = [4]\n[[layer]]\nkind = \"flatten\"\nid = \"a\"\nfrom = [\"b\"]\n[[layer]]\nkind = \"flatten\"\nid = \"b\"\n",
                "form a cycle"
            ),
            ("input = [0]\n[[layer]]\nkind = \"flatten\"\n", "line 1, input: should be one sample's shape"),
            ("inptu = [4]\n", "line 1, inptu: is unknown"),
            ("input = [4]\n", "layer: should be a list of layers"),
            ("input = [4\n[[layer]]\n", "net.toml, line 2: not TOML"),
            ("input = [4]\nlayer = [{kind = 3}]\n", "layer number 1, kind: is missing or not a text"),
            ("input = [4]\n[[layer]]\nkind = \"dropout\"\nrate = 2.0\n", "line 4, layer dropout1, rate: is 2.0"),
            (
                "input = [1, 8, 8]\n[[layer]]\nkind = \"conv2d\"\nname = \"a\"\npadding = 9223372036854775807\n",
                "line 5, layer a, padding: is [9223372036854775807, 92"
            ),
            ("input = [3037000500, 3037000500, 3]\n[[layer]]\nkind = \"flatten\"\n", "too large"),
            ("input = [4]\n[[layer]]\nkind = \"dropout\"\nrate = 1979-05-27\n", "line 4, layer dropout1, rate: should be a number"),
        ])
    func errors(text: String, expected: String) {
        #expect { _ = try ArchitectureFile.architecture(from: text, file: "net.toml") } throws: {
            "\($0)".contains(expected)
        }
    }

    @Test(
        "shapes that no network has are refused before anything is computed with them",
        arguments: [
            "input = [2, 8, 8]\n[[layer]]\nkind = \"adaptive_average_pool\"\nsize = [65536, 65536]\n[[layer]]\nkind = \"flatten\"\n",
            "input = [2, 65536, 4096]\n[[layer]]\nkind = \"tokens\"\n[[layer]]\nkind = \"flatten\"\n",
            "input = [2, 8, 8]\n[[layer]]\nkind = \"tokens\"\n[[layer]]\nkind = \"attention\"\nheads = 65536\n",
        ])
    func hugeShapes(text: String) throws {
        let architecture = try ArchitectureFile.architecture(from: text, file: "huge.toml")
        #expect(throws: NetworkError.self) { _ = try Network(architecture, parameters: [:]) }
    }

    @Test("every kind of layer and every option of the page that describes the format exists, and its example can be read")
    func documentation() throws {
        let page = try String(contentsOfFile: Repository.tests + "/../docs/architecture-files.md", encoding: .utf8)
        for kind in LayerCatalogue.all { #expect(page.contains("| `\(kind.kind)` |"), "\(kind.kind) is not described") }
        let example = try #require(page.components(separatedBy: "```toml\n").dropFirst().first?.components(separatedBy: "```").first)
        #expect(try ArchitectureFile.architecture(from: example, file: "the page's example").nodes.count == 8)
        for row in page.split(separator: "\n") where row.hasPrefix("| `") {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            for option in cells[1].split(separator: "`").filter({ $0.allSatisfy { $0.isLetter || $0 == "_" } }) {
                // An option of the wrong kind is refused by its own name; an unknown one would be called unknown.
                let kind = cells[0].replacingOccurrences(of: "`", with: "")
                var options: [String: OptionValue] = [String(option): .ints([1, 2, 3])]
                if option == "count_include_pad" { options["function"] = .string("average") }
                for required in ["kernel", "groups", "heads", "size"] where required != option && cells[1].contains("`\(required)`") {
                    options[required] = .int(1)
                }
                #expect { _ = try LayerCatalogue.make(kind: kind, layer: "x", options: options) } throws: {
                    "\($0)".contains("option \(option):") && !"\($0)".contains("unknown")
                }
            }
        }
    }

    @Test("parameters that do not fit the file's graph name the layer and both shapes")
    func mismatch() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/net.pt"
        try Checkpoint.save(MultilayerPerceptron.fresh(widths: [4, 3, 2], bias: false, seed: 1), to: path)
        let named = try folder.write(
            "input = [5]\n[[layer]]\nkind = \"linear\"\nname = \"fc1\"\n[[layer]]\nkind = \"linear\"\nname = \"fc2\"\n", to: "a.toml")
        #expect { _ = try Checkpoint.open(path, LoadOptions(architecture: named)) } throws: {
            "\($0)".contains("layer fc1: fc1.weight should have shape out × 5, but has 3×4")
        }
    }
}
