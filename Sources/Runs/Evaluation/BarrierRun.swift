import Datasets
import Fusion
import Networks
import Provenance
import Reports
import Training

/// Loss and accuracy along the linear path between two networks: as they are, and with the first aligned to the second.
package struct BarrierRun: Sendable {
    package let parents: [Parent]
    package let dataset: Dataset
    package let data: String
    private let inputs: Dataset?
    private let preparation: [String]

    /// - Parameters:
    ///   - fusionData: unlabelled data for the alignment and for batch-norm statistics; nil for none.
    package init(
        _ files: [String], data: DataSpec, fusionData: DataSpec?, load options: LoadOptions = LoadOptions(), task: PredictionTask? = nil
    ) throws {
        guard files.count == 2 else { throw RunError.unsuitable(reason: "a barrier needs two networks, got \(files.count)") }
        let opened = try Parent.open(files, options)
        self.data = data.description
        let prepared = try PreparedData(data, default: .test, for: opened, needsClasses: true)
        dataset = prepared.dataset
        inputs = try fusionData.map { try PreparedData($0, default: .train, for: opened, needsClasses: false).dataset }
        let order = try ClassOrder(Parent.taking([prepared.dataset], opened).choosing(task: task, on: [dataset])), parents = order.networks
        self.parents = parents
        preparation = order.notes + prepared.notes
        try FusionRun.check(dataset, fits: parents, spec: self.data, needsClasses: true, option: "--data")
        if let inputs, let fusionData { try FusionRun.check(inputs, fits: parents, spec: fusionData.description, needsClasses: false) }
    }

    /// Plain and aligned curves, each also with batch norms repaired where there are any.
    ///
    /// - Parameters:
    ///   - recipe: the method that aligns, with its settings; nil measures the plain segment alone.
    ///   - repairSamples: how many samples batch-norm statistics are estimated on at each place.
    package func run(
        aligning recipe: Recipe?, points: Int = InterpolationPath.usualPoints, repairSamples: Int = 1000,
        isCancelled: @escaping @Sendable () -> Bool = { false },
        progress: ((_ curve: String, _ done: Int, _ of: Int) -> Void)? = nil
    ) throws -> BarrierReport {
        let alike = try AlikeNetworks(parents.map(\.network))
        let (a, b) = (alike.networks[0], alike.networks[1])
        var starts: [(name: String, network: Network)] = [("plain", a)],
            notes =
                Parent.assumptions(of: parents).map { "assumed: \($0)" } + preparation + dataset.notes + (inputs?.notes ?? [])
                + alike.notes
        if a.parameterNames.map({ a.parameters[$0]?.shape }) != b.parameterNames.map({ b.parameters[$0]?.shape }) {
            starts = []
            notes.append("the widths differ, so there is no plain path")
        }
        if var recipe {
            // The segment's other end is the second network, and what is carried is carried as it is.
            for (key, value) in [("reference", HyperparameterValue.choice("last")), (Repair.kind.key, .choice("none"))]
            where recipe.method.hyperparameter(key) != nil {
                try recipe.settings.set(key, value)
            }
            starts.append(("aligned by \(recipe.method.title)", try aligned(a, to: b, recipe, isCancelled)))
        }
        var repair: Dataset?
        if !b.normalizationLayers.isEmpty {
            if let inputs {
                repair = try inputs.subset(samples: min(repairSamples, inputs.count), seed: recipe?.seed ?? 0)
            } else {
                notes.append(
                    "batch-norm statistics were not re-estimated: this needs unlabelled data (--fusion-data)"
                )
            }
        }
        var curves: [BarrierReport.Curve] = []
        for start in starts {
            let variants: [(String, Dataset?)] = repair.map { [("", nil), (", batch-norm statistics re-estimated", $0)] } ?? [("", nil)]
            for (suffix, data) in variants {
                let name = start.name + suffix
                let barrier = try InterpolationPath(from: start.network, to: b, repairedOn: data)
                    .barrier(on: dataset, points: points, isCancelled: isCancelled) { progress?(name, $0, $1) }
                curves.append(BarrierReport.Curve(name: name, barrier: barrier))
            }
        }
        try Parent.checkUnchanged(parents)
        return BarrierReport(
            first: parents[0].name, second: parents[1].name, data: data, curves: curves, figure: parents.task.figure, notes: notes)
    }

    private func aligned(_ a: Network, to b: Network, _ recipe: Recipe, _ isCancelled: @escaping @Sendable () -> Bool) throws -> Network {
        do {
            let fuser = try Fuser(parents: [a, b], recipe: recipe, inputs: inputs.map { DatasetInputs($0, seed: recipe.seed) })
            return try fuser.plan(control: FusionControl(isCancelled: isCancelled)).aligned(parent: 0, of: fuser.parents)
        } catch {
            guard case FusionError.noSamples = error else { throw error }
            throw RunError.unsuitable(
                reason:
                    "alignment by \(recipe.method.id) needs samples: add unlabelled data with --fusion-data, align by weights (--method git-rebasin), or measure the plain path only (--method none)"
            )
        }
    }
}
