import Datasets
import Fusion
import Networks
import Provenance
import Reports

/// The importance of networks' neurons.
package struct ImportanceRun: Sendable {
    package let parents: [Parent]
    private let dataset: Dataset?

    package init(_ files: [String], data: DataSpec?, load options: LoadOptions = LoadOptions()) throws {
        let opened = try Parent.open(files, options)
        dataset = try data.map { try PreparedData($0, default: .train, for: opened, needsClasses: false).dataset }
        parents = try Parent.taking([dataset], opened)
        if let dataset, let data { try FusionRun.check(dataset, fits: parents, spec: data.description, needsClasses: false) }
    }

    /// - Parameter group: one neuron group by its name; nil for all.
    package func run(
        _ importance: Importance, group: String? = nil, samples: Int = 400, seed: UInt64 = 0,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> ImportanceReport {
        if importance.needsSamples, dataset == nil {
            throw RunError.unsuitable(reason: "importance by \(importance.kind.rawValue) needs samples: use --data")
        }
        if importance.needsLabels, let dataset, !dataset.isLabelled {
            throw RunError.unsuitable(reason: "\(dataset.name) has no labels: use --target predicted")
        }
        let inputs = dataset.map { DatasetInputs($0, seed: seed) }
        var networks: [ImportanceReport.Scored] = []
        for parent in parents {
            let wanted = try group.map { [try parent.network.groups.named($0)] } ?? parent.network.groups.hidden.filter { !$0.isHeadGroup }
            let scores = try importance.scores(
                of: parent.network, at: Array(Set(wanted.flatMap(\.producers))).sorted(), inputs: inputs, samples: samples,
                control: FusionControl(isCancelled: isCancelled))
            let groups = wanted.map { group in
                // Layers that give the same neurons count together.
                ImportanceReport.Group(
                    name: group.name,
                    scores: (0..<group.neurons).map { neuron in
                        group.producers.reduce(0) { $0 + (scores[$1].flatMap { $0.indices.contains(neuron) ? $0[neuron] : nil } ?? 0) }
                    })
            }
            networks.append(ImportanceReport.Scored(letter: parent.letter, name: parent.name, groups: groups))
        }
        try Parent.checkUnchanged(parents)
        return ImportanceReport(
            kind: importance.kind.rawValue, samples: importance.needsSamples ? min(samples, inputs?.count ?? 0) : 0, networks: networks)
    }
}
