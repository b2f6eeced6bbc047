import Datasets
import Networks

extension PredictionTask {
    /// The network's task, inferred from its outputs and from the kind of targets in the data.
    ///
    /// Maps of outputs are a segmentation; rows of 0 and 1 are several labels; real numbers are a regression; one output with labels 0 and 1 is a binary classifier by its
    /// sign; tokens, or a row of outputs at every position where nothing else is asked, are next tokens; everything else is a classification.
    ///
    /// - Parameters:
    ///   - shape: of the outputs for one sample.
    ///   - data: what it is measured on or trained on; nil where none are labelled.
    public static func recognised(outputs shape: [Int], data: Dataset?) throws(TrainingError) -> PredictionTask {
        let outputs = shape.reduce(1, *)
        if shape.count == 3, shape[1] * shape[2] > 1 { return .segmentation }
        switch data?.targets {
        case let targets?:
            switch targets.kind {
            case .maps: return .segmentation
            case .tokens: return .nextToken
            case .multiLabel: return targets.size == 1 ? .binary : .multilabel
            case .real: return targets.size == 1 && targets.values.allSatisfy { $0 == 0 || $0 == 1 } ? .binary : .regression
            }
        case nil:
            if shape.count == 2, shape.allSatisfy({ $0 > 1 }), !(data?.isLabelled ?? false) { return .nextToken }
            guard outputs == 1, let data, data.isLabelled else { return outputs == 1 ? .binary : .classification }
            guard let largest = data.labels.max(), largest > 1 else { return .binary }
            throw .data(
                reason:
                    "\(data.name) has labels up to \(largest) and the network has one output: set  --task regression  if they are values to predict"
            )
        }
    }

    /// Refuses data whose targets do not fit the task, or the number of outputs.
    public func check(_ data: Dataset, outputs shape: [Int]) throws(TrainingError) {
        let outputs = shape.reduce(1, *)
        func refused(_ needs: String) -> TrainingError {
            .data(reason: "\(rawValue) needs \(needs), but \(data.name) has \(data.answersInWords)")
        }
        switch self {
        case .classification:
            guard data.isLabelled else { throw refused("a class for each sample") }
            guard data.classCount == outputs else { throw .unfit(what: "classes", data: "\(data.classCount)", network: "\(outputs)") }
        case .binary:
            guard outputs == 1 else {
                throw .unfit(what: "one label, 0 or 1,", data: "", network: "\(outputs) outputs: choose another --task")
            }
            guard
                data.isLabelled
                    ? data.labels.allSatisfy({ $0 <= 1 })
                    : data.targets.map({ !$0.kind.holdsClasses && $0.size == 1 && $0.values.allSatisfy { $0 == 0 || $0 == 1 } }) ?? false
            else {
                throw refused("labels that are 0 or 1")
            }
        case .multilabel:
            if data.isLabelled {
                if let label = data.labels.max(), label >= outputs {
                    throw .unfit(what: "label \(label)", data: "", network: "has \(outputs) outputs")
                }
            } else {
                guard let targets = data.targets,
                    targets.kind == .multiLabel || targets.kind == .real && targets.values.allSatisfy({ $0 == 0 || $0 == 1 })
                else { throw refused("rows of 0 and 1") }
                guard targets.size == outputs else {
                    throw .unfit(what: "labels for each sample", data: "\(targets.size)", network: "\(outputs)")
                }
            }
        case .regression:
            let numbers = data.targets.map { $0.kind.holdsClasses ? 0 : $0.size } ?? (data.isLabelled ? 1 : 0)
            guard numbers > 0 else { throw refused("numbers to predict") }
            guard numbers == outputs else { throw .unfit(what: "numbers to predict", data: "\(numbers)", network: "\(outputs)") }
        case .nextToken:
            guard let targets = data.targets, targets.kind == .tokens else { throw refused("a token for every position") }
            // [positions, vocabulary]
            guard shape.count == 2, shape[0] == targets.size, targets.classCount <= shape[1] else {
                throw .unfit(
                    what: "tokens for \(targets.size) positions, up to \(targets.classCount - 1),", data: "",
                    network: "gives \(shape.map(String.init).joined(separator: "×"))")
            }
        case .segmentation:
            guard let targets = data.targets, targets.kind == .maps else { throw refused("a class for every pixel") }
            guard shape.count == 3, Array(shape.dropFirst()) == targets.shape, targets.classCount <= shape[0] else {
                throw .unfit(
                    what: "maps of \(targets.shape.map(String.init).joined(separator: "×")) and \(targets.classCount) classes", data: "",
                    network: "gives \(shape.map(String.init).joined(separator: "×"))")
            }
        }
    }
}

extension Dataset {
    /// Whether there is anything to measure on or to learn from.
    public var isAnswered: Bool { isLabelled || targets != nil }
}
