import Dispatch
import Fusion
import Networks
import Provenance
import Runs

extension LiveEngine {
    func neurons(_ request: NeuronRequest, control: JobControl) throws -> NeuronSnapshot {
        let start = DispatchTime.now().uptimeNanoseconds
        var quiet = request.recipe
        quiet.evaluation = nil
        let run = try FusionRun(quiet, parents: try parents(request.recipe.parents))
        let isLabelled = run.inputs?.dataset.isLabelled ?? false
        let importance = Importance(request.score, target: isLabelled ? .label : .predicted)
        guard run.inputs != nil || !importance.needsSamples else {
            throw RunError.unsuitable(
                reason:
                    "importance by \(request.score.rawValue) needs samples, but the recipe has no data: set “data” on screen 4, or press i for l1 or l2"
            )
        }
        let inspector = NeuronInspector(importance, inputs: run.inputs)
        var owners: [NeuronOwner] = []
        for (index, parent) in run.parents.enumerated() {
            control.progress(Double(index) / Double(run.parents.count + 1), "looking at \(parent.name)")
            owners.append(
                NeuronOwner(
                    role: .parent(index),
                    sheet: try inspector.sheet(of: parent.network, group: request.group, isCancelled: control.isCancelled)))
        }
        let fused = self.fused(of: request.recipe.parents)
        if let fused, fused.network.groups.all.contains(where: { $0.name == request.group }) {
            owners.append(
                NeuronOwner(
                    role: .fused, sheet: try inspector.sheet(of: fused.network, group: request.group, isCancelled: control.isCancelled)))
        }
        let shown = Set(owners.flatMap { ($0.activity?.top ?? []).joined().map(\.sample) }).sorted()
        let places = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
        for index in owners.indices {
            guard var activity = owners[index].sheet.activity else { continue }
            activity.top = activity.top.map { tops in
                tops.compactMap { top in places[top.sample].map { NeuronActivity.Top(sample: $0, value: top.value) } }
            }
            owners[index].sheet.activity = activity
        }
        let note: String? =
            if run.inputs == nil {
                "no data: top-activating samples and dead neurons are unknown"
            } else if owners.allSatisfy({
                $0.activity == nil
            }) { "no layer gives these neurons' values alone: top-activating samples and dead neurons are unknown" } else { nil }
        return NeuronSnapshot(
            group: request.group, score: request.score, owners: owners, samples: try inspector.images(shown),
            classNames: run.inputs?.dataset.classNames,
            fusedRecipe: fused?.recipe, note: note,
            seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
    }
}
