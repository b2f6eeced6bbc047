import Datasets
import Networks
import Tensors

/// Adds up over batches what a task's figure follows from.
protocol OutputTally {
    /// - Parameters:
    ///   - outputs: of the network, for these samples.
    mutating func add(_ outputs: Tensor, _ positions: Range<Int>, of dataset: Dataset) throws
    var evaluation: Evaluation { get }
    /// The class said of each sample; empty for tasks that do not answer with one.
    var predicted: [Int] { get }
}

extension PredictionTask {
    func tally(for dataset: Dataset) -> any OutputTally {
        switch self {
        case .classification: ClassTally(classes: dataset.classCount)
        case .binary: BinaryTally()
        case .multilabel: LabelTally()
        case .regression: NumberTally()
        case .segmentation: PixelTally()
        case .nextToken: TokenTally()
        }
    }
}

/// Rows of outputs beside rows of targets, [samples][outputs], in double precision.
struct OutputRows {
    let outputs: [Double]
    let targets: [Double]
    let width: Int
    var count: Int { width > 0 ? outputs.count / width : 0 }

    init(_ outputs: Tensor, _ positions: Range<Int>, of dataset: Dataset, task: PredictionTask) throws {
        let count = positions.count, width = outputs.shape.first == count ? outputs.count / max(1, count) : 0
        let targets = try task.prepared(dataset.targetBatch(positions), outputs: width, dtype: .float64)
        guard width > 0, targets.count == count * width else {
            throw TrainingError.unfit(what: "targets of \(targets.count / max(1, count)) numbers", data: "", network: "gives \(width)")
        }
        self.outputs = try outputs.moved(to: .cpu).converted(to: .float64).reshaped([-1]).contiguous().array(of: Double.self)
        self.targets = try targets.reshaped([-1]).contiguous().array(of: Double.self)
        self.width = width
    }
}
