import Foundation
import Networks
import Tensors
import Testing

@testable import Archives
@testable import Checkpoints

/// Graphs that are damaged, lie, or ask for what no graph may have: each is refused with the node and the reason.
struct HostileGraphTests {
    private func refusal(_ path: String) throws -> String {
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        return "\(try #require(error))"
    }

    private func refusal(_ name: String, replacing old: String, with new: String, member: String = "models/model.json") throws -> String {
        let folder = try TemporaryFolder()
        return try refusal(Exported.changed(name, in: folder, member: member) { $0.replacingOccurrences(of: old, with: new) })
    }

    @Test func operationsThatAreNotOnTheList() throws {
        for name in ["from_file.default", "set_.source_Storage", "_sparse_coo_tensor_unsafe.default", "nothing.default"] {
            let reason = try refusal("mlp", replacing: "torch.ops.aten.relu.default", with: "torch.ops.aten.\(name)")
            #expect(reason.contains("node relu, operation torch.ops.aten.\(name): it is not on the list of operations that Amalgam calls"))
        }
        let other = try refusal("mlp", replacing: "torch.ops.aten.relu.default", with: "torch.ops.prims.collapse.default")
        #expect(other.contains("only operations of torch.ops.aten on its list are"))
    }

    @Test func valuesThatNothingComputes() throws {
        #expect(
            try refusal(
                "mlp", replacing: "\"arg\":{\"as_tensor\":{\"name\":\"relu\"}}", with: "\"arg\":{\"as_tensor\":{\"name\":\"later\"}}"
            ).contains("node dropout, operation torch.ops.aten.dropout.default: it reads “later”, which no node before it computes"))
        // The first layer reads the last: a cycle.
        let folder = try TemporaryFolder()
        let cycle = try Exported.changed("mlp", in: folder) { text in
            text.replacingOccurrences(
                of: "{\"name\":\"input\",\"arg\":{\"as_tensor\":{\"name\":\"x\"}}",
                with: "{\"name\":\"input\",\"arg\":{\"as_tensor\":{\"name\":\"linear_1\"}}")
        }
        let reason = try refusal(cycle)
        #expect(reason.contains("no operation reads its input") || reason.contains("it reads “linear_1”, which no node before it computes"))
    }

    @Test func otherSchemas() throws {
        let reason = try refusal("mlp", replacing: "\"major\":8", with: "\"major\":9")
        #expect(reason.contains("a graph of schema 9.20, written by torch 2.13") && reason.contains("schema 8 is read"))
        #expect(try refusal("mlp", replacing: "schema_version", with: "version").contains("it does not say the version of its schema"))
    }

    @Test func weightsThatLie() throws {
        let folder = try TemporaryFolder()
        let missing = try Exported.changed("mlp", in: folder, member: "data/weights/weight_0") { _ in nil }
        #expect(try refusal(missing).contains("“net.0.weight” is missing: the file has no member mlp/data/weights/weight_0"))
        let list = "model_weights_config.json"
        #expect(
            try refusal(
                "mlp", replacing: "\"sizes\": [{\"as_int\": 5}, {\"as_int\": 6}]",
                with: "\"sizes\": [{\"as_int\": 500000}, {\"as_int\": 6}]", member: list
            ).contains("array 'net.0.weight' of shape [500000, 6]"))
        #expect(try refusal("mlp", replacing: "\"as_int\": 5}", with: "\"as_int\": -5}", member: list).contains("negative size"))
        #expect(
            try refusal("mlp", replacing: "\"use_pickle\": false", with: "\"use_pickle\": true", member: list).contains(
                "a pickled tensor, which may run code"))
        #expect(
            try refusal("mlp", replacing: "\"as_int\": 5}, {\"as_int\": 6}", with: "\"as_int\": 6}, {\"as_int\": 5}", member: list)
                .contains("net.0.weight"))
        #expect(try refusal("mlp", replacing: "net.3.bias", with: "net.3.other", member: list).contains("net.3.bias"))
    }

    @Test func sizesThatWouldFillTheMemory() throws {
        let reason = try refusal("encoder", replacing: "\"as_ints\":[2,1,6,6]", with: "\"as_ints\":[1099511627776,1,6,6]")
        #expect(reason.contains("node zeros") && reason.contains("its argument “size” is larger than any size"))
        let overflowing = try refusal(
            "encoder", replacing: "\"as_ints\":[2,1,6,6]", with: "\"as_ints\":[9223372036854775807,9223372036854775807,6,6]")
        #expect(overflowing.contains("node zeros"))
        #expect(
            try refusal("encoder", replacing: "\"as_ints\":[2,1,6,6]", with: "\"as_ints\":[99999999999999999999]").contains(
                "is not a whole number of 64 bits"))
        #expect(try refusal("encoder", replacing: "\"as_int\":6}", with: "\"as_int\":4611686018427387904}").contains("impossible shape"))
    }

    @Test func batchesThatMix() throws {
        // Softmax, sums and shifts along the batch would make samples depend on one another.
        let reason = try refusal(
            "gru", replacing: "{\"name\":\"dim\",\"arg\":{\"as_int\":1}", with: "{\"name\":\"dim\",\"arg\":{\"as_int\":0}")
        #expect(reason.contains("node select, operation select.int: its result has shape [4, 6], but the file says [2, 6]"))
    }

    @Test func writingWhileRunning() throws {
        // The sum writes into a view of what is read again.
        let reason = try refusal("tied", replacing: "torch.ops.aten.sigmoid.default", with: "torch.ops.aten.copy_.default")
        #expect(reason.contains("node sigmoid"))
    }

    @Test func operationsThatCannotBe() throws {
        func refused(_ node: String, _ sizes: [Int]) throws -> String {
            let folder = try TemporaryFolder()
            let path = try Exported.graph(
                in: folder, [Exported.first(), node, Exported.second(of: "k")],
                values: ["h": (7, [2, 5]), "k": (7, sizes), "linear_1": (7, [2, 3])])
            let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
            return "\(try #require(error))"
        }
        // The file says shapes that would go on: what is between them is impossible, and known to be before anything runs.
        let sum = try refused(Exported.node("add.Tensor", [("self", "$h"), ("other", "$p_net_3_bias")], "k"), [2, 5])
        #expect(sum.contains("node k") && sum.contains("libtorch refuses its operands"), "\(sum)")
        let product = try refused(Exported.first(of: "h", "k"), [2, 5])
        #expect(product.contains("node k") && product.contains("libtorch refuses its operands"), "\(product)")
        let shape = try refused(Exported.node("view.default", [("self", "$h"), ("size", "{\"as_ints\":[2,6]}")], "k"), [2, 6])
        #expect(shape.contains("node k") && shape.contains("libtorch refuses its operands"), "\(shape)")
    }

    @Test func labelsThatMultiply() throws {
        // A value joined to another one again and again: four thousand lines stood for eighty million labels.
        let row = (type: 7, sizes: [2, 5])
        func joined(_ count: Int, width: (Int) -> Int, _ partner: (String) -> String) throws -> String {
            var nodes = [Exported.first()], values: [String: (type: Int, sizes: [Int])] = ["h": row, "linear_1": (7, [2, 3]), "s": row]
            var last = "h"
            for number in 1...count {
                nodes.append(
                    Exported.node(
                        "cat.default",
                        [
                            ("tensors", "{\"as_tensors\":[{\"name\":\"\(last)\"},{\"name\":\"\(partner(last))\"}]}"),
                            ("dim", "{\"as_int\":1}"),
                        ], "c\(number)"))
                values["c\(number)"] = (7, [2, width(number)])
                last = "c\(number)"
            }
            let first = Exported.node(
                "slice.Tensor",
                [("self", "$\(last)"), ("dim", "{\"as_int\":1}"), ("start", "{\"as_int\":0}"), ("end", "{\"as_int\":5}")], "s")
            let folder = try TemporaryFolder()
            let path = try Exported.graph(in: folder, nodes + [first, Exported.second(of: "s")], values: values)
            do {
                return "\(try Checkpoint.open(path).network().groups.hidden.map(\.neurons))"
            } catch { return "\(error)" }
        }
        #expect(try joined(21, width: { 5 << $0 }, { $0 }).contains("a graph with at most 4194304 places of neurons"))
        #expect(try joined(1400, width: { 5 * ($0 + 1) }, { _ in "h" }).contains("a graph with at most 4194304 places of neurons"))
        // What is within bounds is followed, in time that grows with the labels.
        #expect(try joined(200, width: { 5 * ($0 + 1) }, { _ in "h" }) == "[5]")
    }

    @Test func partsOfAWideValue() throws {
        // Every slice reads all labels of the value that it is cut from.
        let width = 400_000, count = 90
        var nodes = [
            Exported.first(), Exported.node("unsqueeze.default", [("self", "$h"), ("dim", "{\"as_int\":2}")], "u"),
            Exported.node("expand.default", [("self", "$u"), ("size", "{\"as_ints\":[2,5,\(width / 5)]}")], "e"),
            Exported.node("reshape.default", [("self", "$e"), ("shape", "{\"as_ints\":[2,\(width)]}")], "a0f"),
            Exported.node(
                "slice.Tensor", [("self", "$a0f"), ("dim", "{\"as_int\":1}"), ("start", "{\"as_int\":0}"), ("end", "{\"as_int\":5}")], "a0"),
        ]
        var values: [String: (type: Int, sizes: [Int])] = [
            "h": (7, [2, 5]), "linear_1": (7, [2, 3]), "u": (7, [2, 5, 1]), "e": (7, [2, 5, width / 5]), "a0f": (7, [2, width]),
            "a0": (7, [2, 5]),
        ]
        for number in 1...count {
            nodes.append(
                Exported.node(
                    "slice.Tensor",
                    [
                        ("self", "$a0f"), ("dim", "{\"as_int\":1}"), ("start", "{\"as_int\":\(number)}"),
                        ("end", "{\"as_int\":\(number + 5)}"),
                    ], "s\(number)"))
            nodes.append(Exported.node("add.Tensor", [("self", "$a\(number - 1)"), ("other", "$s\(number)")], "a\(number)"))
            values["s\(number)"] = (7, [2, 5])
            values["a\(number)"] = (7, [2, 5])
        }
        let folder = try TemporaryFolder()
        let path = try Exported.graph(in: folder, nodes + [Exported.second(of: "a\(count)")], values: values)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        #expect("\(try #require(error))".contains("operations read at most 33554432 places of neurons"))
    }

    @Test func partsOfAWideValueCostTheirPart() throws {
        // Each node reads one neuron of a wide group, and once took the time of the whole group.
        let count = 300, width = 20_000
        var nodes = [
            Exported.first(),
            Exported.node("unsqueeze.default", [("self", "$h"), ("dim", "{\"as_int\":2}")], "u"),
            Exported.node("expand.default", [("self", "$u"), ("size", "{\"as_ints\":[2,5,\(width)]}")], "e"),
        ]
        var values: [String: (type: Int, sizes: [Int])] = [
            "h": (7, [2, 5]), "linear_1": (7, [2, 3]), "u": (7, [2, 5, 1]), "e": (7, [2, 5, width]), "a0": (7, [2, 5]),
        ]
        nodes.append(Exported.node("select.int", [("self", "$e"), ("dim", "{\"as_int\":2}"), ("index", "{\"as_int\":0}")], "a0"))
        for number in 1...count {
            nodes.append(
                Exported.node("select.int", [("self", "$e"), ("dim", "{\"as_int\":2}"), ("index", "{\"as_int\":\(number)}")], "s\(number)"))
            nodes.append(Exported.node("add.Tensor", [("self", "$a\(number - 1)"), ("other", "$s\(number)")], "a\(number)"))
            values["s\(number)"] = (7, [2, 5])
            values["a\(number)"] = (7, [2, 5])
        }
        let folder = try TemporaryFolder()
        let path = try Exported.graph(in: folder, nodes + [Exported.second(of: "a\(count)")], values: values)
        #expect(try Checkpoint.open(path).network().groups.hidden.map(\.neurons) == [5])
    }

    @Test func truncatedAndScrambledFilesNeverTrap() throws {
        let folder = try TemporaryFolder(), bytes = try Data(contentsOf: URL(fileURLWithPath: Exported.path("mlp")))
        for cut in stride(from: 0, to: bytes.count, by: 211) {
            let path = "\(folder.path)/cut.pt2"
            try bytes.prefix(cut).write(to: URL(fileURLWithPath: path))
            #expect(throws: CheckpointError.self) { try Checkpoint.open(path) }
        }
        // Numbers, names and kinds changed at random: refused, or opened; never a trap.
        var random = Mixer(state: 5)
        for _ in 0..<150 {
            let path = try Exported.changed("windows", in: folder) { text in
                var scalars = Array(text.utf8)
                for _ in 0..<3 {
                    let place = Int(random.next() % UInt64(scalars.count))
                    if (48...57).contains(scalars[place]) {
                        scalars[place] = 48 + UInt8(random.next() % 10)
                    } else {
                        scalars.swapAt(place, Int(random.next() % UInt64(scalars.count)))
                    }
                }
                return String(decoding: scalars, as: UTF8.self) + " "
            }
            _ = try? Checkpoint.open(path)
        }
    }
}

/// SplitMix64.
private struct Mixer {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
