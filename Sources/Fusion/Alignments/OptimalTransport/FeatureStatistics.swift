import Tensors

/// Running mean and unbiased deviation of every feature over the samples.
struct FeatureStatistics {
    let divides: Bool
    private var count = 0
    private var sum: Tensor?
    private var squares: Tensor?

    init(divides: Bool) { self.divides = divides }

    mutating func add(_ values: Tensor) throws {
        count += values.shape[0]
        let wide = try values.converted(to: .float64)
        let (sums, products) = (try wide.sum(axes: [0], keepingAxes: true), try wide.squared().sum(axes: [0], keepingAxes: true))
        let (earlierSum, earlierSquares) = (sum, squares)
        sum = if let earlierSum { try earlierSum + sums } else { sums }
        squares = if let earlierSquares { try earlierSquares + products } else { products }
    }

    func applied(to values: Tensor) throws -> Tensor {
        guard let sum, let squares else { return values }
        let mean = try sum / Double(count)
        let centred = try values.converted(to: .float64) - mean
        guard divides else { return try centred.converted(to: .float32) }
        let variance = try ((squares - mean.squared() * Double(count)) / Double(max(1, count - 1))).clamped(from: 0, to: .infinity)
        return try (centred / (variance.squareRoot() + 1e-9)).converted(to: .float32)
    }
}
