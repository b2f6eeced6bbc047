import Archives
import Networks
import Tensors

/// Inputs and the logits that PyTorch computed of them, from a file of arrays: what shows that a network is its author's.
///
/// The arrays are called after the network's inputs, or `inputs`, `input_ids`, `images` or `x` where it takes one; the logits `logits`, `outputs` or `y`.
package struct LogitProbe: Sendable {
    /// The file.
    package let path: String
    /// A batch as the network takes it.
    package let inputs: Tensor
    /// As PyTorch has them: classes after positions, where there are positions.
    package let logits: Tensor

    /// How a network's logits compare with the file's.
    package struct Result: Sendable {
        package let path: String
        package let samples: Int
        /// The largest difference, and the largest of the file's logits.
        package let difference: Double
        package let scale: Double
        /// Of float32 sums in another order, in units of the largest logit.
        package let tolerance: Double

        package var relative: Double { difference / max(scale, .leastNormalMagnitude) }
        package var isEqual: Bool { relative <= tolerance }
    }

    private static let inputNames = ["inputs", "input_ids", "images", "x"], logitNames = ["logits", "outputs", "output", "y", "y0"]

    /// - Throws: ``RunError/unsuitable(reason:)`` where arrays are missing or have other shapes than the network takes.
    package init(_ path: String, for architecture: Architecture) throws {
        let archive = try Archive.open(path), parts = architecture.elements.parts
        func fault(_ reason: String) -> RunError { .unsuitable(reason: "\(path): \(reason)") }
        func find(_ names: [String], _ what: String) throws -> StoredArray {
            guard let found = names.lazy.compactMap({ archive[$0] }).first else {
                throw fault(
                    "it holds no \(what): name the array \(names.joined(separator: " or ")) (it has \(archive.entries.map(\.name).prefix(8).joined(separator: ", ")))"
                )
            }
            return found
        }
        self.path = path
        logits = try find(Self.logitNames, "logits").tensor()
        let arrays = try parts.isEmpty ? [find(Self.inputNames, "inputs")] : parts.map { try find([$0.name], "input \($0.name)") }
        let shapes = parts.isEmpty ? [architecture.inputShape] : parts.map(\.shape)
        guard let count = arrays[0].shape.first, count > 0, logits.shape.first == count else {
            throw fault("it has \(arrays[0].shape.first ?? 0) samples but logits of \(logits.shape.first ?? 0)")
        }
        for (array, shape) in zip(arrays, shapes) where array.shape != [count] + shape {
            throw fault("“\(array.name)” has shape \(array.shape), but the network takes \([count] + shape)")
        }
        inputs =
            try parts.isEmpty
            ? arrays[0].tensor()
            : .concatenated(
                zip(arrays, parts).map { array, part in try array.tensor().converted(to: .float32).reshaped([count, part.count]) }, axis: 1)
    }

    /// The logits of a network on the inputs, beside those of the file.
    package func compare(_ network: Network) throws -> Result {
        var found = try network(inputs)
        // Amalgam has neurons before positions, PyTorch behind them.
        if found.shape != logits.shape, found.rank == 3 { found = try found.transposed(1, 2) }
        guard found.shape == logits.shape else {
            throw RunError.unsuitable(
                reason: "\(path): its logits have shape \(logits.shape), but those of the network are \(found.shape)")
        }
        let expected = try logits.converted(to: found.dtype())
        let difference = try (found - expected).magnitude().maximum().item(), scale = try expected.magnitude().maximum().item()
        let type = try logits.dtype()
        return Result(
            path: path, samples: inputs.shape[0], difference: difference.isNaN ? .infinity : difference, scale: scale,
            tolerance: type == .float64 ? 1e-9 : type == .float32 ? 1e-4 : 3e-2)
    }
}
