import Checkpoints
import Datasets
import Foundation
import Networks
import Training

/// Trains the parents of a sample set as its `set.toml` says, and records what their fusion gives.
public struct SampleBuilder: Sendable {
    public let set: SampleSet

    public init(_ set: SampleSet) { self.set = set }

    /// What a build tells while it goes on.
    public struct Progress: Sendable {
        public let file: String
        public let step: TrainingStep
    }

    /// Trains and saves every parent, fuses them by the set's recipe, and writes `expected.json`.
    public func build(isCancelled: @escaping @Sendable () -> Bool = { false }, progress: ((Progress) -> Void)? = nil) throws(RunError) -> SampleExpectation {
        try runs {
            let whole = try DataSpec(set.data).load(default: .train)
            let parts = try whole.partitioned(set.split.partition(set.folder + "/set.toml"), seed: set.split.seed)
            for (member, path) in zip(set.members, set.parents) {
                guard parts.indices.contains(member.part - 1) else {
                    throw RunError.file(path: set.folder + "/set.toml", line: nil, reason: "\(member.file) asks for part \(member.part) of \(parts.count)")
                }
                let fresh = try MultilayerPerceptron.fresh(widths: member.widths, bias: member.bias, seed: member.seed)
                let settings = try FineTuningSettings([
                    "epochs": .integer(set.training.epochs), "batch": .integer(set.training.batch), "optimizer": .choice("adam"),
                    "learning-rate": .real(set.training.learningRate), "validation-share": .real(0),
                ], seed: member.seed)
                let trained = try FineTuner(fresh, settings: settings, training: parts[member.part - 1])
                    .run(observer: { if case .step(let step) = $0 { progress?(Progress(file: member.file, step: step)) } }, control: TrainingControl(isCancelled: isCancelled))
                guard trained.summary.reason == .completed else { throw RunError.unsuitable(reason: "the training of \(member.file) diverged: lower the learning rate in \(set.folder)/set.toml") }
                try Checkpoint.save(trained.network, to: path, metadata: [
                    "title": set.title, "trained on": parts[member.part - 1].provenance,
                    "data": "UCI Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, 1998, doi 10.24432/C50P49, CC BY 4.0",
                ])
            }
            let expectation = try SampleExpectation(of: FusionRun(set.recipe).run(isCancelled: isCancelled))
            try expectation.write(to: set.folder)
            return expectation
        }
    }
}

/// What the fusion of a sample set by its own recipe is known to give: a check of an installation.
public struct SampleExpectation: Sendable, Codable, Equatable {
    /// Test accuracies of the parents, the plain average (nil for unequal widths) and the fused network.
    public let parents: [Double]
    public let average: Double?
    public let ensemble: Double
    public let fused: Double

    static let file = "expected.json"

    public init(of result: FusionRun.Result) throws(RunError) {
        let rows = result.report.rows
        guard let fused = result.report.row(.fused)?.evaluation?.accuracy, let ensemble = result.report.row(.ensemble)?.evaluation?.accuracy else {
            throw .unsuitable(reason: "the set's recipe names no data to evaluate on")
        }
        parents = rows.filter { $0.role == .parent }.compactMap { $0.evaluation?.accuracy }
        average = result.report.row(.average)?.evaluation?.accuracy
        self.ensemble = ensemble
        self.fused = fused
    }

    public init(folder: String) throws(RunError) {
        let path = (folder as NSString).appendingPathComponent(Self.file)
        do { self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path))) } catch {
            throw .file(path: path, line: nil, reason: "it cannot be read; make it again with  amalgam samples build")
        }
    }

    func write(to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(fileURLWithPath: (folder as NSString).appendingPathComponent(Self.file)), options: .atomic)
    }

    /// The largest difference of an accuracy from `other`'s; infinite where they are not of the same kind.
    public func distance(to other: SampleExpectation) -> Double {
        guard parents.count == other.parents.count, (average == nil) == (other.average == nil) else { return .infinity }
        let pairs = zip(parents + [average ?? 0, ensemble, fused], other.parents + [other.average ?? 0, other.ensemble, other.fused])
        return pairs.reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
}
