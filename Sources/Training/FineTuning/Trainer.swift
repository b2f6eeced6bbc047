import Datasets
import Networks
import Tensors

/// What determines a training: the same plan on the same data gives the same bits on one thread of a processor.
public struct TrainingPlan: Sendable, Equatable, Codable {
    public var epochs: Int
    public var batch: Int
    public var optimizer: OptimizerChoice
    public var learningRate: Double
    public var weightDecay: Double
    public var seed: UInt64

    public init(epochs: Int, batch: Int = 64, optimizer: OptimizerChoice = .adam(decoupledDecay: false), learningRate: Double = 1e-3, weightDecay: Double = 0, seed: UInt64 = 0) {
        self.epochs = epochs
        self.batch = batch
        self.optimizer = optimizer
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.seed = seed
    }

    func check() throws(TrainingError) {
        guard epochs >= 0 else { throw .setting(name: "epochs", value: "\(epochs)", allowed: "0 or more") }
        guard batch >= 1 else { throw .setting(name: "batch", value: "\(batch)", allowed: "1 or more") }
        guard learningRate > 0, learningRate.isFinite else { throw .setting(name: "learning rate", value: "\(learningRate)", allowed: "positive numbers") }
        guard weightDecay >= 0, weightDecay.isFinite else { throw .setting(name: "weight decay", value: "\(weightDecay)", allowed: "0 or more") }
    }
}

/// What a training tells while it runs.
public struct TrainingStep: Sendable {
    public let epoch: Int
    public let epochs: Int
    public let step: Int
    public let steps: Int
    public let loss: Double
}

/// Trains a network on labelled data by cross-entropy, in seeded order.
public struct Trainer: Sendable {
    public let plan: TrainingPlan

    public init(_ plan: TrainingPlan) { self.plan = plan }

    /// The trained network; the one given stays as it is.
    public func train(
        _ network: Network, on dataset: Dataset, isCancelled: () -> Bool = { false }, progress: ((TrainingStep) -> Void)? = nil
    ) throws(TrainingError) -> Network {
        try plan.check()
        guard dataset.count > 0 else { throw .data(reason: "\(dataset.name) holds no samples to train on") }
        guard network.trace.outputWidth == dataset.classCount else {
            throw .unfit(what: "classes", data: "\(dataset.classCount)", network: "\(network.trace.outputWidth)")
        }
        return try training {
            let names = network.trainedNames
            var parameters = network.parameters
            for (name, value) in parameters { parameters[name] = try value.copied() }
            let variables = try names.map { name in try network.with(parameters: parameters).parameter(name).asVariable() }
            for (name, variable) in zip(names, variables) { parameters[name] = variable }
            let live = try network.with(parameters: parameters)
            let optimizer = try Optimizer(plan.optimizer, parameters: variables, weightDecay: plan.weightDecay)
            let order = try Generator(seed: plan.seed)
            let dropout = try Generator(seed: plan.seed &+ 0x9e37_79b9_7f4a_7c15)
            let steps = (dataset.count + plan.batch - 1) / plan.batch
            for epoch in 0..<plan.epochs {
                let shuffled = try Tensor.permutation(dataset.count, generator: order).array(of: Int.self)
                for step in 0..<steps {
                    if isCancelled() { throw TrainingError.cancelled }
                    let indices = Array(shuffled[step * plan.batch..<min((step + 1) * plan.batch, dataset.count)])
                    let x = try dataset.batch(indices)
                    let labels = try Tensor(indices.map { dataset.labels[$0] })
                    let logits = try live.forward(x, mode: .training(dropout)).logits
                    let loss = try logits.crossEntropy(labels)
                    let value = try loss.item()
                    guard value.isFinite else { throw TrainingError.diverged(epoch: epoch + 1, step: step + 1, loss: value) }
                    let gradients = try loss.gradients(of: variables)
                    try withoutRecording { try optimizer.step(gradients, learningRate: plan.learningRate) }
                    progress?(TrainingStep(epoch: epoch + 1, epochs: plan.epochs, step: step + 1, steps: steps, loss: value))
                }
            }
            for (name, variable) in zip(names, variables) { parameters[name] = try variable.detached() }
            return try network.with(parameters: parameters)
        }
    }
}
