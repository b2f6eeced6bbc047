import Tensors

/// A step that several processes take together: each trains on its part of the batch, and what they found is added up.
struct DividedStep {
    let processes: ProcessGroup

    /// The part of a batch that falls to this process: runs of nearly one length, in the order of the ranks; some are empty where samples are fewer.
    func part(of count: Int) -> Range<Int> { count * processes.rank / processes.size..<count * (processes.rank + 1) / processes.size }

    /// What a step comes to.
    struct Sums {
        var gradients: [Tensor]
        /// Running statistics of batch norms, which each process has moved by its own part.
        var statistics: [Tensor]
        var loss: Double
        var correct: Int
        /// Whether one of the processes was told to end.
        var isCancelled: Bool
    }

    /// One sum over all processes, of one run of numbers: gradients, statistics and loss by each process's share of the samples.
    ///
    /// - Parameter share: of the batch's samples that were in this process's part.
    /// - Returns: the same in all, the tensors in memory of their own.
    func summed(_ own: Sums, share: Double) throws -> Sums {
        let tensors = own.gradients + own.statistics
        // Half precision would lose what is added up.
        let dtype = try tensors.contains { try $0.dtype() == .float64 } ? DType.float64 : .float32
        let numbers = try tensors.map { try ($0.converted(to: dtype).reshaped([-1]) * share).moved(to: .cpu) }
        let figures = try Tensor([own.loss * share, Double(own.correct), own.isCancelled ? 1 : 0])
        let flat = try Tensor.concatenated(numbers.isEmpty ? [Tensor.zeros([1])] : numbers)
        try processes.sumInPlace(figures)
        try processes.sumInPlace(flat)
        var start = 0, found: [Tensor] = []
        for tensor in tensors {
            let part = try flat.narrowed(axis: 0, from: start, count: tensor.count).reshaped(tensor.shape)
            found.append(try part.converted(to: tensor.dtype()).moved(to: tensor.device()))
            start += tensor.count
        }
        let all = try figures.array(of: Double.self)
        return Sums(
            gradients: Array(found.prefix(own.gradients.count)), statistics: Array(found.dropFirst(own.gradients.count)), loss: all[0],
            correct: Int(all[1]), isCancelled: all[2] > 0)
    }
}
