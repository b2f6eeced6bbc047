import Networks
import Tensors

/// How alike two parents are, weight by weight.
package enum ParentSimilarity {
    /// From here on, two parents are reported: networks trained apart are near 0, fine-tuned copies of one network mostly below.
    package static let threshold = 0.999

    /// The smallest cosine between weights of the same place in two networks; nil when their widths differ, or as soon as one is below
    /// `floor`.
    package static func smallestCosine(_ first: Network, _ second: Network, floor: Double = -1) throws -> Double? {
        var smallest: Double?
        for (one, other) in zip(first.trainedNames, second.trainedNames) {
            let (a, b) = try (try first.parameter(one), try second.parameter(other))
            guard a.shape == b.shape else { return nil }
            // Biases and normalisation scales are often alike from the start.
            guard a.rank >= 2 else { continue }
            // Networks that differ usually differ in the first numbers of a weight.
            for count in [min(a.count, 4096), a.count] {
                let found = try cosine(a, b, first: count)
                if found < floor { return nil }
                smallest = min(smallest ?? 1, found)
            }
        }
        return smallest
    }

    private static func cosine(_ first: Tensor, _ second: Tensor, first count: Int) throws -> Double {
        let x = try first.reshaped([first.count]).narrowed(axis: 0, from: 0, count: count).converted(to: .float32)
        let y = try second.reshaped([second.count]).narrowed(axis: 0, from: 0, count: count).converted(to: .float32)
        let norms = try x.norm(axes: [0]).item() * y.norm(axes: [0]).item()
        return norms > 0 ? try (x * y).sum().item() / norms : 1
    }

    /// A sentence for each pair of parents that are almost the same network.
    static func warnings(_ parents: ParentSet) throws -> [String] {
        var warnings: [String] = []
        for first in 0..<parents.count {
            for second in (first + 1)..<parents.count {
                guard let cosine = try smallestCosine(parents.networks[first], parents.networks[second], floor: threshold) else { continue }
                warnings.append(
                    "parents \(FusionError.letter(first)) and \(FusionError.letter(second)) are nearly identical "
                        + "(the cosine similarity of their weights is at least \(HyperparameterValue.real(cosine))): the same neurons are selected twice"
                )
            }
        }
        return warnings
    }
}
