import Datasets
import Networks
import Provenance
import Training

extension Parent {
    /// The same, its outputs being for a task.
    func with(task: PredictionTask?) throws -> Parent {
        let changed = network
        return Parent(
            letter: letter, name: name, checkpoint: checkpoint, network: try changed.with(task: task), classNames: classNames)
    }
}

extension [Parent] {
    /// The networks with their prediction task: as requested, else from their files, else inferred from outputs and data.
    ///
    /// - Parameters:
    ///   - asked: with `--task` or by a recipe.
    ///   - data: the first of them that has labels or targets decides.
    func choosing(task asked: PredictionTask?, on data: [Dataset?]) throws -> [Parent] {
        let task = try chosen(task: asked, on: data)
        // Classification is what a network is for where nothing is said.
        guard task != .classification || contains(where: { $0.network.task != .classification }) else { return self }
        return try map { parent in try parent.with(task: task) }
    }

    private func chosen(task asked: PredictionTask?, on data: [Dataset?]) throws -> PredictionTask {
        if let asked { return asked }
        let said = Set(compactMap(\.network.architecture.task))
        if said.count > 1 {
            throw RunError.unsuitable(
                reason:
                    "the files specify different tasks: \(said.map(\.rawValue).sorted().joined(separator: ", ")); choose one with --task"
            )
        }
        if let task = said.first { return task }
        guard let shape = first?.network.outputShape else { return .classification }
        return try PredictionTask.recognised(outputs: shape, data: data.compactMap(\.self).first(where: \.isAnswered))
    }

    /// What all of them are for.
    var task: PredictionTask { first?.network.task ?? .classification }

    /// How the task was found, in a sentence; nil for classification.
    func taskNote(asked: PredictionTask?) -> String? {
        guard let network = first?.network, network.task != .classification else { return nil }
        let second = network.task.second.map { ", \($0.name)" } ?? ""
        return
            "\(network.task.rawValue)\(asked == nil ? ", inferred from outputs and data (override with --task)" : ""): metric \(network.task.figure.name)\(second); the loss is \(network.task.lossTitle)"
    }
}
