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

    func isFinite() throws -> Bool { try variables.allSatisfy { try $0.allFinite() } }

    // MARK: States

    /// Trained parameters and the statistics that follow the batches.
    private var changedNames: [String] {
        let statistics = network.trace.layers.filter { !trained.keptStatistics.contains($0.id) }
            .flatMap { $0.parameters.filter { $0.role == .statistic && !$0.isShared }.map(\.fullName) }
        return trained.names + statistics
    }

    /// Copies of everything that training changes, on the processor.
    func snapshot() throws -> [String: Tensor] {
        var copies: [String: Tensor] = [:]
        for name in changedNames { copies[name] = try network.parameter(name).detached().moved(to: .cpu).copied() }
        return copies
    }

    /// Each group's names and optimiser, for a checkpoint.
    var groups: [(names: [String], optimizer: Optimizer)] { Array(zip(trained.groups.map(\.names), optimizers)) }

    /// Takes up what a checkpoint holds.
    ///
    /// - Returns: the parameters of its best epoch.
    func restore(_ checkpoint: TrainingCheckpoint) throws -> [String: Tensor]? {
        let stored = try checkpoint.values(names: changedNames, groups: trained.groups.map(\.names))
        try withoutRecording {
            for name in changedNames {
                guard let value = stored.live[name] else { continue }
                try network.parameter(name).copyInPlace(value)
            }
            for (optimizer, memory) in zip(optimizers, stored.memories) {
                try optimizer.restore(first: memory.first, second: memory.second, count: memory.count)
            }
        }
        return stored.best
    }
}
