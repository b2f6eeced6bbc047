import Archives
import Foundation
import Networks
import Tensors
@testable import Checkpoints

/// A small MLP 4-3-2 as arrays of a file, with something before every name.
func mlpArrays(_ prefix: String = "", scale: Float = 1) -> [OutgoingArray] {
    [
        OutgoingArray(prefix + "fc1.weight", (0..<12).map { scale * Float($0 - 5) / 7 }, shape: [3, 4]),
        OutgoingArray(prefix + "fc1.bias", [scale, -1, 2], shape: [3]),
        OutgoingArray(prefix + "fc2.weight", (0..<6).map { scale * Float($0 - 2) / 3 }, shape: [2, 3]),
        OutgoingArray(prefix + "fc2.bias", [0.5, -scale], shape: [2]),
    ]
}

extension OutgoingArray {
    /// An array of any type from its bytes.
    init(_ name: String, _ type: ElementType, bytes: [UInt8], shape: [Int]) {
        self.init(name: name, elementType: type, shape: shape) { (sink) throws(ArchiveError) in
            let outcome = bytes.withUnsafeBytes { bytes in Result { () throws(ArchiveError) in try sink(bytes) } }
            try outcome.get()
        }
    }

    init(_ name: String, doubles values: [Double], shape: [Int]) { self.init(name, values, shape: shape) }
}

extension TemporaryFolder {
    /// Writes arrays, in the format that the suffix names.
    func file(_ arrays: [OutgoingArray], _ name: String = "net.pt") throws -> String {
        let target = path + "/" + name
        try Archive.write(arrays, to: target, as: name.hasSuffix(".pt") ? .torch : .safetensors)
        return target
    }
}

/// The bytes of an array of a file.
func bytes(_ name: String, of path: String) throws -> [UInt8] { try Archive.open(path).array(name).withContiguousBytes { Array($0) } }

/// The elements of a parameter.
func values(_ checkpoint: Checkpoint, _ name: String) throws -> [Double] {
    try checkpoint.stored.parameter(name).converted(to: .float64).array(of: Double.self)
}

/// The message of whatever opening throws.
func refusal(_ path: String, _ options: LoadOptions = LoadOptions()) -> String {
    do {
        let opened = try Checkpoint.open(path, options)
        return "opened: \(opened.stored.parameterNames)"
    } catch {
        return "\(error)"
    }
}
