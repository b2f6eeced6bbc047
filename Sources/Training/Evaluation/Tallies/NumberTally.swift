import Datasets
import Networks
import Tensors

/// Real numbers: squared errors, and how much of the targets' variance they leave.
struct NumberTally: OutputTally {
    let predicted: [Int] = []
    private var squares: [Double] = []
    private var mean: [Double] = []
    /// Σ (y − ȳ)², updated sample by sample (Welford 1962).
    private var spread: [Double] = []
    private var nonFinite = 0, samples = 0

    mutating func add(_ outputs: Tensor, _ positions: Range<Int>, of dataset: Dataset) throws {
        let rows = try OutputRows(outputs, positions, of: dataset, task: .regression)
        if squares.isEmpty {
            let nothing = [Double](repeating: 0, count: rows.width)
            (squares, mean, spread) = (nothing, nothing, nothing)
        }
        for sample in 0..<rows.count {
            samples += 1
            var isFinite = true
            for column in 0..<rows.width {
                let output = rows.outputs[sample * rows.width + column], target = rows.targets[sample * rows.width + column]
                if output.isFinite { squares[column] += (output - target) * (output - target) } else { isFinite = false }
                let before = target - mean[column]
                mean[column] += before / Double(samples)
                spread[column] += before * (target - mean[column])
            }
            if !isFinite { nonFinite += 1 }
        }
    }

    var evaluation: Evaluation {
        // An output that is no number is infinitely wrong.
        let errors = squares.map { nonFinite > 0 ? .infinity : $0 / Double(max(1, samples)) }
        let mse = errors.isEmpty ? .nan : errors.reduce(0, +) / Double(errors.count)
        let explained = zip(errors, spread).map { error, spread in spread > 0 ? 1 - error * Double(samples) / spread : error == 0 ? 1 : 0 }
        return Evaluation(
            samples: samples, loss: mse, nonFinite: nonFinite, task: .regression, value: mse,
            second: explained.isEmpty ? .nan : explained.reduce(0, +) / Double(explained.count), parts: errors)
    }
}
