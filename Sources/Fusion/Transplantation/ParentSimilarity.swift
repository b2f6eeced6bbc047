import Networks
import Tensors

/// How alike two parents are, weight by weight.
public enum ParentSimilarity {
    /// From here on, two parents are reported: networks trained apart are near 0, fine-tuned copies of one network mostly below.
    public static let threshold = 0.999

    /// The cosine between all trained weights of two networks; nil when their widths differ.
    public static func cosine(_ first: Network, _ second: Network) throws(FusionError) -> Double? {
        var products = (0.0, 0.0, 0.0)
        for (one, other) in zip(first.trainedNames, second.trainedNames) {
            let (a, b) = try networks { () throws(NetworkError) in (try first.parameter(one), try second.parameter(other)) }
            guard a.shape == b.shape else { return nil }
            try tensors { () throws(TensorError) in
                func product(_ left: Tensor, _ right: Tensor) throws(TensorError) -> Double { try left.reshaped([1, -1]).matmul(right.reshaped([-1, 1])).item() }
                let (x, y) = (try a.converted(to: .float32), try b.converted(to: .float32))
                products.0 += try product(x, y)
                products.1 += try product(x, x)
                products.2 += try product(y, y)
            }
        }
        let norms = (products.1 * products.2).squareRoot()
        return norms > 0 ? products.0 / norms : nil
    }

    /// A sentence for each pair of parents that are almost the same network.
    static func warnings(_ parents: ParentSet) throws(FusionError) -> [String] {
        var warnings: [String] = []
        for first in 0..<parents.count {
            for second in (first + 1)..<parents.count {
                guard let cosine = try cosine(parents.networks[first], parents.networks[second]), cosine >= threshold else { continue }
                warnings.append(
                    "parents \(FusionError.letter(first)) and \(FusionError.letter(second)) are almost the same network "
                        + "(cosine of their weights \(HyperparameterValue.real(cosine))): the same neurons are kept twice")
            }
        }
        return warnings
    }
}
