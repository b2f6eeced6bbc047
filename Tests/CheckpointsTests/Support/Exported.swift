import Foundation
import Networks
import Tensors

@testable import Archives
@testable import Checkpoints

/// The small networks that `Tests/Fixtures/exported/make.py` exported.
enum Exported {
    static let folder = Repository.tests + "/Fixtures/exported"
    static let names = ["mlp", "residual", "encoder", "encoder-one", "dynamic", "gru", "heads", "tied", "windows"]

    static func path(_ name: String) -> String { "\(folder)/\(name).pt2" }

    /// Three samples, and what PyTorch computes of them.
    static func samples(_ name: String, _ result: String = "y") throws -> (x: Tensor, y: Tensor) {
        let archive = try Archive.open("\(folder)/\(name).safetensors")
        return (try archive.array("x").tensor(), try archive.array(result).tensor())
    }

    /// A copy of a file in which one member is other, or left out where the change gives nil.
    static func changed(
        _ name: String, in folder: TemporaryFolder, member suffix: String = "models/model.json", _ change: (String) -> String?
    ) throws -> String {
        let zip = try ZipFile(ByteView(try MappedFile(path(name))), file: name, limits: .standard)
        let target = "\(folder.path)/\(name)-changed.pt2", file = try AtomicFile(target)
        var writer = ZipWriter(file), budget = 1 << 24, isFound = false
        for member in zip.members {
            let bytes = try zip.contents(member, budget: &budget).withUnsafeBytes { Array($0) }
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
