/// Where a training stands between two steps: with the tensors of the same moment, everything that what follows depends on.
struct TrainingPosition: Codable, Equatable {
    /// Epochs done.
    var epoch = 0
    /// Steps done in the present epoch.
    var step = 0
    /// Steps done since the beginning.
    var steps = 0
    /// Sums over the present epoch.
    var tally = Tally()
    var watch: DivergenceWatch
    var history: [TrainingEpoch] = []
    var best: TrainingValidation?
    /// Epochs since the validation got better.
    var idleEpochs = 0

    struct Tally: Codable, Equatable {
        var loss = 0.0
        var samples = 0
        var correct = 0
        var gradientNorm = 0.0
        var gradientNorms = 0
        var learningRate = 0.0
        var seconds = 0.0
    }
}
