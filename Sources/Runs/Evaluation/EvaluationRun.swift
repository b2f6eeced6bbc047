import Datasets
import Fusion
import Networks
import Provenance
import Reports
import Store
import Training

/// Networks, their ensembles and their plain average measured on the same data in one pass, beside the parents they came from.
package struct EvaluationRun: Sendable {
    /// Parents, then the other networks.
    package let parents: [Parent]
    package let networks: [Parent]
    package let dataset: Dataset
    package let data: String
    /// Shown before the result.
    package let warnings: [String]
    private let preparation: [String]
    private let taskNote: String?

    /// What is measured beside the networks.
    package struct Options: Sendable {
        /// Ensembles of the parents, or of all networks where no parents are named.
        package var rules: [Ensemble.Rule]
        package var weights: [Double]?
        package var includesAverage: Bool
        /// Whether all rules are requested: those that the task has.
        var isEveryRule: Bool { Set(rules) == Set(Ensemble.Rule.allCases) }

        package init(rules: [Ensemble.Rule] = [], weights: [Double]? = nil, includesAverage: Bool = false) {
            self.rules = rules
            self.weights = weights
            self.includesAverage = includesAverage
        }
    }

    /// - Parameters:
    ///   - parents: the networks' parents: agreement with them and retained skills are reported.
    ///   - task: what the outputs are for; nil where it follows from outputs and data.
    package init(
        _ files: [String], parents: [String] = [], data spec: DataSpec, load options: LoadOptions = LoadOptions(),
        task: PredictionTask? = nil
    ) throws {
        let named = try Parent.open(parents + files, options)
        let prepared = try PreparedData(spec, default: .test, for: named, needsClasses: true)
        let order = try ClassOrder(Parent.taking([prepared.dataset], named).choosing(task: task, on: [prepared.dataset]), isStrict: false),
            opened = order.networks
        taskNote = opened.taskNote(asked: task)
        self.parents = Array(opened.prefix(parents.count))
        networks = Array(opened.dropFirst(parents.count))
        data = spec.description
        dataset = prepared.dataset
        warnings = ClassOrder.warnings(order.names, data: dataset, spec: data)
        preparation = order.notes + prepared.notes
        try FusionRun.check(dataset, fits: opened, spec: data, needsClasses: true, option: "--data")
    }

    /// What was assumed of the data, and what to expect of few samples: said before the result.
    package var dataNotes: [String] {
        warnings.map { "warning: \($0)" } + [FewSamples.measuring(on: dataset.count)].compactMap(\.self) + dataset.notes
    }

    /// The first parameters, and how many places in each.
    private static func listed(_ broken: [(parameter: String, count: Int)]) -> String {
        let shown = broken.prefix(5).map { "\($0.parameter) in \($0.count) place\($0.count == 1 ? "" : "s")" }.joined(separator: ", ")
        return shown + (broken.count > 5 ? " and \(broken.count - 5) more parameters" : "")
    }

    package func run(
        _ options: Options = Options(), isCancelled: @escaping @Sendable () -> Bool = { false },
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws -> EvaluationReport {
        let all = parents + networks, task = all.task
        let members = parents.isEmpty ? Array(networks.indices) : Array(parents.indices)
        var measured = all.map(\.network),
            notes =
                [taskNote].compactMap(\.self) + all.flatMap { parent in parent.checkpoint.remarks.map { "\(parent.name): \($0)" } }
                + preparation + dataNotes
        for parent in all {
            let broken = try parent.checkpoint.nonFinite()
            if !broken.isEmpty { notes.append("! \(parent.name) contains NaN or infinity: \(Self.listed(broken))") }
        }
        if options.includesAverage {
            do {
                measured.append(
                    try Fuser(parents: members.map { all[$0].network }, recipe: Recipe(method: Averaging.method)).fuse().network)
            } catch {
                guard case .widths = error else { throw error }
                notes.append("no plain average: the widths differ")
            }
        }
        // Checks the weights.
        let rules = options.isEveryRule && !task.isSoftmax ? [.logits] : options.rules
        let ensembles = try rules.map { rule in
            (
                members: members, rule: rule,
                weights: try Ensemble(members.map { all[$0].network }, rule: rule, weights: options.weights).weights
            )
        }
        let found = try Evaluator(dataset).measure(measured, ensembles: ensembles, isCancelled: isCancelled, progress: progress)
        let judges = parents.isEmpty || !task.givesOneClass ? [] : Array(found.prefix(parents.count))
        func row(
            _ name: String, _ role: EvaluationRole, path: String? = nil, parameters: Int, _ measurement: Measurement
        ) -> EvaluationRow {
            EvaluationRow(
                role, name, path: path, parameters: parameters, measurement.evaluation,
                agreement: judges.map { measurement.agreement(with: $0) },
                transfer: judges.isEmpty || role == .parent || role == .ensemble
                    ? nil : SkillTransfer(of: measurement, parents: judges, labels: dataset.labels))
        }
        var rows = all.enumerated().map { index, network in
            row(
                network.name, index < parents.count ? .parent : .network, path: network.path,
                parameters: network.network.parameterCount, found[index])
        }
        let size = members.reduce(0) { $0 + all[$1].network.parameterCount }
        for (index, ensemble) in ensembles.enumerated() {
            rows.append(
                row(
                    task.isSoftmax ? "ensemble, \(ensemble.rule.title)" : "ensemble, mean of outputs", .ensemble, parameters: size,
                    found[measured.count + index]))
        }
        if measured.count > all.count {
            rows.append(row("plain average", .average, parameters: measured[all.count].parameterCount, found[all.count]))
        }
        try Parent.checkUnchanged(all)
        return EvaluationReport(
            data: data, samples: dataset.count, classNames: dataset.classNames, rows: rows, assumed: Parent.assumptions(of: all),
            notes: notes)
    }
}

extension Ensemble.Rule {
    /// In words, for tables.
    package var title: String {
        switch self {
        case .logProbabilities: "log-probabilities"
        case .logits: "logits"
        case .probabilities: "probabilities"
        case .vote: "vote"
        }
    }
}
