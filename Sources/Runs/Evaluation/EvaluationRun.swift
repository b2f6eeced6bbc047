import Datasets
import Fusion
import Networks
import Training

/// Networks, their ensembles and their plain average measured on the same data in one pass, beside the parents they came from.
public struct EvaluationRun: Sendable {
    /// Parents, then the other networks.
    public let parents: [Parent]
    public let networks: [Parent]
    public let dataset: Dataset
    public let data: String

    /// What is measured beside the networks.
    public struct Options: Sendable {
        /// Ensembles of the parents, or of all networks where no parents are named.
        public var rules: [Ensemble.Rule]
        public var weights: [Double]?
        public var includesAverage: Bool

        public init(rules: [Ensemble.Rule] = [], weights: [Double]? = nil, includesAverage: Bool = false) {
            self.rules = rules
            self.weights = weights
            self.includesAverage = includesAverage
        }
    }

    /// - Parameters:
    ///   - parents: what the networks came from: each network's agreement with them is told, and what it took over.
    public init(_ files: [String], parents: [String] = [], data spec: DataSpec, load options: LoadOptions = LoadOptions()) throws(RunError) {
        let opened = try Parent.open(parents + files, options)
        self.parents = Array(opened.prefix(parents.count))
        networks = Array(opened.dropFirst(parents.count))
        data = spec.description
        dataset = try runs { try spec.load(default: .test) }
        try FusionRun.check(dataset, fits: opened, spec: data, needsClasses: true)
    }

    public func run(
        _ options: Options = Options(), isCancelled: @escaping @Sendable () -> Bool = { false }, progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(RunError) -> EvaluationReport {
        try runs {
            let all = parents + networks
            let members = parents.isEmpty ? Array(networks.indices) : Array(parents.indices)
            var measured = all.map(\.network), notes = all.flatMap { parent in parent.checkpoint.openingNotes.map { "\(parent.name): \($0)" } }
            if options.includesAverage {
                do {
                    measured.append(try Fuser(parents: members.map { all[$0].network }, recipe: Recipe(method: Averaging.method)).fuse().network)
                } catch let error as FusionError {
                    guard case .widths = error else { throw error }
                    notes.append("there is no plain average, for the widths differ")
                }
            }
            // Checks the weights.
            let ensembles = try options.rules.map { rule in
                (members: members, rule: rule, weights: try Ensemble(members.map { all[$0].network }, rule: rule, weights: options.weights).weights)
            }
            let found = try Evaluator(dataset).measure(measured, ensembles: ensembles, isCancelled: isCancelled, progress: progress)
            let judges = parents.isEmpty ? [] : Array(found.prefix(parents.count))
            func row(_ name: String, _ role: EvaluationReport.Role, path: String? = nil, parameters: Int, _ measurement: Measurement) -> EvaluationReport.Row {
                EvaluationReport.Row(
                    name: name, role: role, path: path, parameters: parameters, evaluation: measurement.evaluation,
                    agreement: judges.map { measurement.agreement(with: $0) },
                    transfer: judges.isEmpty || role == .parent || role == .ensemble ? nil : Transfer(of: measurement, parents: judges, labels: dataset.labels))
            }
            var rows = all.enumerated().map { index, network in
                row(network.name, index < parents.count ? .parent : .network, path: network.path, parameters: network.network.parameterCount, found[index])
            }
            let size = members.reduce(0) { $0 + all[$1].network.parameterCount }
            for (index, ensemble) in ensembles.enumerated() { rows.append(row("ensemble, \(ensemble.rule.title)", .ensemble, parameters: size, found[measured.count + index])) }
            if measured.count > all.count { rows.append(row("plain average", .average, parameters: measured[all.count].parameterCount, found[all.count])) }
            return EvaluationReport(data: data, samples: dataset.count, classNames: dataset.classNames, rows: rows, notes: notes)
        }
    }
}

extension Ensemble.Rule {
    /// In words, for tables.
    public var title: String {
        switch self {
        case .logProbabilities: "log-probabilities"
        case .logits: "logits"
        case .probabilities: "probabilities"
        case .vote: "vote"
        }
    }
}
