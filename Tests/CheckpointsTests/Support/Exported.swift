import Foundation
import Networks
import Tensors

@testable import Archives
@testable import Checkpoints

/// The small networks that `Tests/Fixtures/exported/make.py` exported.
enum Exported {
    static let folder = Repository.tests + "/Fixtures/exported"
    static let names = ["mlp", "residual", "encoder", "encoder-one", "dynamic", "gru", "heads", "tied", "windows", "inputs"]

    static func path(_ name: String) -> String { "\(folder)/\(name).pt2" }

    /// Three samples, and what PyTorch computes of them.
    static func samples(_ name: String, _ result: String = "y") throws -> (x: Tensor, y: Tensor) {
        let archive = try Archive.open("\(folder)/\(name).safetensors")
        let y = try archive.array(result).tensor()
        if archive["x"] != nil { return (try archive.array("x").tensor(), y) }
        // Several inputs stand one after another.
        let parts = try ["picture", "ids", "mask", "kind"].map { try archive.array($0).tensor().converted(to: .float32).reshaped([3, -1]) }
        return (try .concatenated(parts, axis: 1), y)
    }

    /// A copy of a file in which one member is other, or left out where the change gives nil.
    static func changed(
        _ name: String, in folder: TemporaryFolder, member suffix: String = "models/model.json", _ change: (String) -> String?
    ) throws -> String {
        let zip = try ZipFile(
            ByteView(try MappedFile(path(name))), file: name, budget: FileBudget(size: 1 << 40, file: name, limits: .standard))
        let target = "\(folder.path)/\(name)-changed.pt2", file = try AtomicFile(target)
        var writer = ZipWriter(file), isFound = false
        for member in zip.members {
            let bytes = try zip.contents(member).withUnsafeBytes { Array($0) }
            guard member.name.hasSuffix(suffix) else {
                try writer.add(member.name, bytes)
                continue
            }
            isFound = true
            let text = String(decoding: bytes, as: UTF8.self)
            guard let other = change(text) else { continue }
            guard other != text else { throw Unchanged(member: member.name) }
            try writer.add(member.name, Array(other.utf8))
        }
        try writer.finish()
        try file.commit()
        guard isFound else { throw Unchanged(member: suffix) }
        return target
    }

    /// A network of other nodes than the file “mlp” has, on its input `x` (2×6) and its parameters; its result is called `linear_1`.
    ///
    /// - Parameters:
    ///   - values: type (7 float32, 5 int64, 12 bool) and shape of what the nodes compute.
    ///   - change: a last change of the JSON.
    static func graph(
        in folder: TemporaryFolder, _ nodes: [String], values: [String: (type: Int, sizes: [Int])], change: (String) -> String = { $0 }
    ) throws -> String {
        try changed("mlp", in: folder) { text in
            guard let start = text.range(of: "\"nodes\":["), let end = text.range(of: "],\"tensor_values\":{") else { return nil }
            let own = values.map { name, value in
                "\"\(name)\":{\"dtype\":\(value.type),\"sizes\":[\(value.sizes.map { "{\"as_int\":\($0)}" }.joined(separator: ","))]},"
            }
            let rest = ["linear", "relu", "dropout", "linear_1"].reduce(String(text[end.upperBound...])) { rest, name in
                rest.replacingOccurrences(of: "\"\(name)\":{\"dtype\"", with: "\"former_\(name)\":{\"dtype\"")
            }
            return change(
                text[..<start.upperBound] + nodes.joined(separator: ",") + text[end.lowerBound..<end.upperBound] + own.sorted().joined()
                    + rest)
        }
    }

    /// A node: the operation, its arguments as "NAME: VALUE" where `$name` is a tensor and everything else JSON, and its result.
    static func node(_ operation: String, _ arguments: [(name: String, value: String)], _ result: String) -> String {
        let inputs = arguments.map { name, value in
            let json = value.hasPrefix("$") ? "{\"as_tensor\":{\"name\":\"\(value.dropFirst())\"}}" : value
            return "{\"name\":\"\(name)\",\"arg\":\(json),\"kind\":1}"
        }
        return "{\"target\":\"torch.ops.aten.\(operation)\",\"inputs\":[\(inputs.joined(separator: ","))],"
            + "\"outputs\":[{\"as_tensor\":{\"name\":\"\(result)\"}}],\"metadata\":{},\"name\":\"\(result)\"}"
    }

    /// The first and the second linear layer of “mlp”.
    static func first(of value: String = "x", _ result: String = "h") -> String {
        node("linear.default", [("input", "$\(value)"), ("weight", "$p_net_0_weight"), ("bias", "$p_net_0_bias")], result)
    }
    static func second(of value: String, _ result: String = "linear_1") -> String {
        node("linear.default", [("input", "$\(value)"), ("weight", "$p_net_3_weight"), ("bias", "$p_net_3_bias")], result)
    }

    /// An edit that found nothing to edit would prove nothing.
    struct Unchanged: Error { let member: String }
}

extension Tensor {
    /// The largest difference, in units of the largest number of `other`; infinite for another shape.
    func difference(to other: Tensor) throws -> Double {
        guard shape == other.shape else { return .infinity }
        return try (self - other).magnitude().maximum().item() / max(1e-12, other.magnitude().maximum().item())
    }
}
