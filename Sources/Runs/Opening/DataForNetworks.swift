import Datasets
import Fusion
import Networks
import Provenance

extension [Parent] {
    /// What data are read for: the first network's inputs and classes. ``FusionRun/check(_:fits:spec:needsClasses:)`` holds the others against the same data.
    func signature(needsClasses: Bool) -> NetworkSignature? {
        first.map { NetworkSignature(of: $0.network, name: $0.name, classNames: $0.classNames, needsClasses: needsClasses) }
    }
}

extension NetworkSignature {
    /// A single output is a binary logit or a number.
    init(of network: Network, name: String = "the network", classNames: [String]? = nil, needsClasses: Bool = true) {
        let outputs = network.trace.outputWidth, shape = network.outputShape, architecture = network.architecture
        // [positions, vocabulary]
        let positions = shape.count == 2 && shape.allSatisfy { $0 > 1 } && architecture.takesTokens ? shape[0] : nil
        self.init(
            name: name, inputShape: network.architecture.inputShape, outputs: max(2, outputs), classNames: classNames,
            needsClasses: needsClasses,
            tellsClasses: outputs > 1 && network.task == .classification, takesTokens: architecture.takesTokens, positions: positions,
            inputs: architecture.elements.parts.map {
                InputArray(name: $0.name, shape: $0.shape, holdsIntegers: $0.elements.holdIntegers)
            })
    }
}

/// What to expect of very few samples.
enum FewSamples {
    /// Evaluation samples that are warned about, at most.
    static let few = 10

    /// - Parameter count: evaluation samples.
    static func measuring(on count: Int) -> String? {
        guard count <= few else { return nil }
        let worst = 50 / Double(count).squareRoot()
        return String(
            format:
                "warning: only %d evaluation sample%@: each is %.3g points of accuracy, and the standard error is up to %.0f points; use a few hundred",
            count, count == 1 ? "" : "s", 100 / Double(count), worst)
    }

    /// - Parameter count: samples used by a method.
    static func looking(at count: Int) -> String? {
        SampleThresholds.warning(samples: count)
    }
}
