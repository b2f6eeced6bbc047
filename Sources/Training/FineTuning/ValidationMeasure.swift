import Datasets
import Networks
import Tensors

/// Loss and accuracy on data set aside; without labels, the distillation loss and the agreement with the teachers' ensemble.
struct ValidationMeasure {
    private let dataset: Dataset
    private let device: Device
    private let teachers: Teachers?
    private static let batch = 500

    init(_ dataset: Dataset, teachers: Teachers?, device: Device) throws {
        guard dataset.isAnswered || teachers != nil else {
            throw TrainingError.data(reason: "\(dataset.name) has no labels and there are no teachers, so it cannot be used for validation")
        }
        self.dataset = dataset
        self.device = device
        self.teachers = dataset.isAnswered ? nil : try teachers?.moved(to: device)
    }

    /// - Returns: the loss and the value of the task's figure; without labels, of a task that does not answer with one class, the loss for both.
    func measure(_ network: Network, isCancelled: () -> Bool) throws -> (loss: Double, value: Double) {
        if network.task != .classification { return try measureTask(network, isCancelled) }
        return try withoutRecording {
            var loss = 0.0, correct = 0.0
            for start in stride(from: 0, to: dataset.count, by: Self.batch) {
                if isCancelled() { throw TrainingError.cancelled }
                let range = start..<min(start + Self.batch, dataset.count)
                let x = try dataset.batch(range, next: range.upperBound..<dataset.count).moved(to: device)
                let logits = try network.logits(x), size = Double(range.count)
                let predicted = try logits.largestIndex(axis: 1)
                if let teachers {
                    let target = try teachers.target(x)
                    loss += try teachers.distillation.penalty(of: logits, towards: target, task: network.task).item() * size
                    correct += try predicted.equals(target.largestIndex(axis: 1)).sum().item()
                } else {
                    let labels = try Tensor(range.map { dataset.labels[$0] }).moved(to: device)
                    loss += try logits.crossEntropy(labels).item() * size
                    correct += try predicted.equals(labels).sum().item()
                }
            }
            return (loss / Double(dataset.count), correct / Double(dataset.count))
        }
    }

    private func measureTask(_ network: Network, _ isCancelled: () -> Bool) throws -> (loss: Double, value: Double) {
        try withoutRecording {
            var tally = network.task.tally(for: dataset), loss = 0.0
            for start in stride(from: 0, to: dataset.count, by: Self.batch) {
                if isCancelled() { throw TrainingError.cancelled }
                let range = start..<min(start + Self.batch, dataset.count)
                let x = try dataset.batch(range, next: range.upperBound..<dataset.count).moved(to: device), outputs = try network.logits(x)
                if let teachers {
                    loss +=
                        try teachers.distillation.penalty(of: outputs, towards: teachers.target(x), task: network.task).item()
                        * Double(range.count)
                } else {
                    try tally.add(outputs, range, of: dataset)
                }
            }
            // Equal values leave the choice to the loss.
            if teachers != nil { return (loss / Double(dataset.count), 0) }
            let found = tally.evaluation
            // No sample has a label: there is no figure, and the loss chooses.
            return (found.loss, found.value.isNaN ? 0 : found.value)
        }
    }
}

extension Teachers {
    func moved(to device: Device) throws -> Teachers {
        if case .cpu = device { return self }
        return Teachers(networks: try networks.map { try $0.moved(to: device) }, distillation: distillation, weights: weights)
    }

    private init(networks: [Network], distillation: DistillationLoss, weights: [[Double]]) {
        self.networks = networks
        self.distillation = distillation
        self.weights = weights
    }
}
