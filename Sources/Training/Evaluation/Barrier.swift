import Datasets
import Networks
import Tensors

/// Loss and accuracy along the straight segment between two networks of one shape.
///
/// The barrier is the largest height of the curve over the chord between its ends (Frankle et al. 2020; Entezari et al. 2022).
package struct Barrier: Sendable, Equatable, Codable {
    package struct Point: Sendable, Equatable, Codable {
        /// 0 at the first network, 1 at the second.
        package let place: Double
        package let loss: Double
        /// The value of the figure: the accuracy, or the task's own.
        package let accuracy: Double
    }

    package let points: [Point]

    /// The largest loss above the chord, in nats; 0 where the curve stays below.
    package var lossBarrier: Double { height { $0.loss } }
    /// The largest loss of accuracy below the chord, 0 … 1.
    package var accuracyBarrier: Double { height { -$0.accuracy } }

    private func height(_ value: (Point) -> Double) -> Double {
        guard let first = points.first, let last = points.last else { return 0 }
        return points.reduce(0) { max($0, value($1) - ((1 - $1.place) * value(first) + $1.place * value(last))) }
    }
}

/// The segment between two networks.
package struct InterpolationPath: Sendable {
    private let first: Network
    private let second: Network
    /// Inputs from which batch-norm statistics are estimated anew at each place; nil leaves them mixed like weights.
    private let repair: Dataset?

    /// As many as the plots of the literature.
    package static let usualPoints = 25
    /// More places than these take days and show nothing more.
    package static let possiblePoints = 3...10_001

    /// - Parameter repair: what batch-norm statistics are estimated on; its labels are not used.
    package init(from first: Network, to second: Network, repairedOn repair: Dataset? = nil) throws(TrainingError) {
        let (own, other) = (first.trace.layers, second.trace.layers)
        let isSame =
            own.count == other.count
            && zip(own, other).allSatisfy { a, b in
                a.kind == b.kind && a.parameters.map(\.name) == b.parameters.map(\.name)
                    && a.parameters.map(\.shape) == b.parameters.map(\.shape)
            }
        guard isSame else {
            throw .unfit(
                what: "layers of one shape", data: "",
                network: "at the other end has different ones: interpolation needs networks of equal widths")
        }
        self.first = first
        self.second = second
        self.repair = repair
    }

    /// The network at a place of the segment, 0 … 1.
    package func network(at place: Double) throws(TrainingError) -> Network {
        try lifting {
            var parameters: [String: Tensor] = [:]
            for (name, other) in zip(first.parameterNames, second.parameterNames) {
                let one = try first.parameter(name), two = try second.parameter(other)
                // At the ends the networks themselves: nothing times infinity is no number.
                parameters[name] = try !one.dtype().isFloatingPoint || place == 0 ? one : place == 1 ? two : one * (1 - place) + two * place
            }
            let mixed = try first.with(parameters: parameters)
            guard let repair, !mixed.normalizationLayers.isEmpty, place > 0, place < 1 else { return mixed }
            let estimator = StatisticsEstimator(mixed)
            // Batches of nearly one size, as layers normalise by them.
            let parts = max(1, (repair.count + 128) / 256), size = (repair.count + parts - 1) / parts
            for start in stride(from: 0, to: repair.count, by: size) {
                try estimator.observe(repair.batch(start..<min(start + size, repair.count)))
            }
            return try estimator.network()
        }
    }

    /// Measures the networks at evenly spaced places, both ends included.
    package func barrier(
        on dataset: Dataset, points: Int = usualPoints, isCancelled: () -> Bool = { false },
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(TrainingError) -> Barrier {
        guard Self.possiblePoints.contains(points) else {
            throw .setting(
                name: "points", value: "\(points)", allowed: "\(Self.possiblePoints.lowerBound) to \(Self.possiblePoints.upperBound)")
        }
        var found: [Barrier.Point] = []
        for index in 0..<points {
            let place = Double(index) / Double(points - 1)
            let evaluation = try Evaluator(dataset).evaluate([network(at: place)], isCancelled: isCancelled)[0]
            found.append(Barrier.Point(place: place, loss: evaluation.loss, accuracy: evaluation.value))
            progress?(index + 1, points)
        }
        return Barrier(points: found)
    }
}
