import Networks
import Tensors

/// The network while it is trained: parameters on the device that change in place, and the optimisers' memory of them.
final class LiveNetwork {
    let network: Network
    /// Trained parameters of all groups, in order, and each group's optimiser.
    let variables: [Tensor]
    private let optimizers: [Optimizer]
    private let trained: TrainedParameters
    private let device: Device
    /// Moving averages of everything that training changes, by name, on the device; nil where the settings ask for none.
    private(set) var averages: [String: Tensor]?
    /// What the training began with, by name, on the processor, where the result is a mean with it.
    private(set) var start: [String: Tensor]?

    init(_ tuner: FineTuner) throws {
        let settings = tuner.settings
        device = settings.device
        trained = tuner.trained
        var parameters: [String: Tensor] = [:]
        for name in tuner.network.parameterNames { parameters[name] = try tuner.network.parameter(name).moved(to: device).copied() }
        var variables: [Tensor] = [], optimizers: [Optimizer] = []
        for group in trained.groups {
            let own = try group.names.map { name in try Self.variable(parameters[name], name) }
            for (name, variable) in zip(group.names, own) { parameters[name] = variable }
            optimizers.append(
                try Optimizer(settings.optimizer, parameters: own, weightDecay: settings[FineTuning.weightDecay], factor: group.factor))
            variables += own
        }
        self.variables = variables
        self.optimizers = optimizers
        network = try tuner.network.with(parameters: parameters)
        if settings[FineTuning.ema] > 0 { averages = try copies(on: device) }
        if settings[FineTuning.startShare] > 0 { start = try snapshot() }
    }

    private static func variable(_ value: Tensor?, _ name: String) throws -> Tensor {
        guard let value else { throw TrainingError.data(reason: "the parameter \(name) is missing") }
        guard try value.dtype().isFloatingPoint else {
            throw TrainingError.data(reason: "the parameter \(name) holds integers and cannot be trained")
        }
        return try value.asVariable()
    }

    /// How batch norms and dropout behave in a step of this seed.
    func mode(seed: UInt64) throws -> ForwardMode { .training(try Generator(seed: seed), keptStatistics: trained.keptStatistics) }

    /// One for each of ``variables``; zeros for one without a part in the loss (a dead branch).
    func gradients(of loss: Tensor) throws -> [Tensor] {
        try zip(loss.optionalGradients(of: variables), variables).map { gradient, variable in
            try gradient ?? Tensor.zeros(variable.shape, dtype: variable.dtype(), device: device)
        }
    }

    /// Moves every group by its optimiser.
    func step(_ gradients: [Tensor], learningRate: Double) throws {
        var start = 0
        for (optimizer, group) in zip(optimizers, trained.groups) {
            try optimizer.step(Array(gradients[start..<start + group.names.count]), learningRate: learningRate)
            start += group.names.count
        }
    }

    /// Moves the averages towards the parameters after a step. The decay grows with the steps, so that few of them count, too.
    func average(decay: Double, steps: Int) throws {
        guard let averages else { return }
        let decay = min(decay, (1 + Double(steps)) / (10 + Double(steps)))
        for (name, average) in averages {
            let value = try network.parameter(name).detached()
            try average.copyInPlace(value.dtype().isFloatingPoint ? average * decay + value * (1 - decay) : value)
        }
    }

    /// The network that is validated and kept: that of the averages, where there are any.
    func kept() throws -> Network {
        guard let averages else { return network }
        return try network.with(parameters: network.parameters.merging(averages) { $1 })
    }

    func isFinite() throws -> Bool { try variables.allSatisfy { try $0.allFinite() } }

    // MARK: States

    /// Trained parameters and the statistics that follow the batches.
    private var changedNames: [String] { trained.names + statisticNames }

    private var statisticNames: [String] {
        network.trace.layers.filter { !trained.keptStatistics.contains($0.id) }
            .flatMap { $0.parameters.filter { $0.role == .statistic && !$0.isShared }.map(\.fullName) }
    }

    /// The statistics that follow the batches, where they are no counters.
    func statistics() throws -> [Tensor] {
        try statisticNames.map { try network.parameter($0).detached() }.filter { try $0.dtype().isFloatingPoint }
    }

    /// Copies of everything that training changes, on the processor.
    func snapshot() throws -> [String: Tensor] { try copies(on: .cpu) }

    /// The same of what is kept.
    func keptSnapshot() throws -> [String: Tensor] { try averageSnapshot() ?? snapshot() }

    /// Copies of the averages, on the processor.
    func averageSnapshot() throws -> [String: Tensor]? { try averages?.mapValues { try $0.moved(to: .cpu).copied() } }

    private func copies(on device: Device) throws -> [String: Tensor] {
        var copies: [String: Tensor] = [:]
        for name in changedNames { copies[name] = try network.parameter(name).detached().moved(to: device).copied() }
        return copies
    }

    /// Each group's names and optimiser, for a checkpoint.
    var groups: [(names: [String], optimizer: Optimizer)] { Array(zip(trained.groups.map(\.names), optimizers)) }

    /// Takes up what a checkpoint holds.
    ///
    /// - Returns: the parameters of its best epoch.
    func restore(_ checkpoint: TrainingCheckpoint) throws -> [String: Tensor]? {
        let stored = try checkpoint.values(
            names: changedNames, groups: trained.groups.map(\.names), hasAverages: averages != nil, hasStart: start != nil)
        if start != nil { start = stored.start }
        try withoutRecording {
            for name in changedNames {
                guard let value = stored.live[name] else { continue }
                try network.parameter(name).copyInPlace(value)
                if let average = stored.averages?[name] { try averages?[name]?.copyInPlace(average) }
            }
            for (optimizer, memory) in zip(optimizers, stored.memories) {
                try optimizer.restore(first: memory.first, second: memory.second, count: memory.count)
            }
        }
        return stored.best
    }
}
