import Checkpoints
import Datasets
import Dispatch
import Formatting
import Foundation
import Fusion
import Networks
import Provenance
import Runs
import Screen
import Store
import Synchronization
import Training

/// The engine of Amalgam behind the workbench's port: opens, plans, fuses, and turns what comes of it into plain values.
///
/// Parents stay open between calls, so that changing a hyperparameter does not read files again.
final class LiveEngine: Engine {
    private struct Opened: Sendable {
        var paths: [String]
        var parents: [Parent]
        /// What the permutation check found.
        var notes: [String]
    }

    /// The network fused last, for screens that look inside it.
    struct Fused: Sendable {
        var recipe: Recipe
        var network: Network
        /// How its parameters go into a file.
        var layout: StateDictLayout?
        /// Its record, which a fine-tuning continues.
        var run: RunID?
        /// Saves it with what belongs to it: names, descriptions, manifest.
        var write: @Sendable (String) throws -> Void
    }

    /// What planning a recipe has given so far.
    private struct Planned: Sendable {
        var recipe: Recipe
        var groups: [GroupPlan]
        var seconds: Double
        /// Groups whose cost matrices were handed over; they are not kept twice.
        var handedOver: Set<String> = []
    }

    private let opened = Mutex<Opened?>(nil)
    /// Some methods plan all layers in one go; the others are then there already.
    private let planned = Mutex<Planned?>(nil)
    let fused = Mutex<Fused?>(nil)
    let measuredSpeed = Mutex<MeasuredSpeed?>(nil)

    /// Kept open: opening and closing it touches its files, which would look like news to who watches them.
    private let openedStore = Mutex<RunStore?>(nil)

    let load: LoadOptions

    /// - Parameter load: how parents are opened where a recipe does not say.
    init(load: LoadOptions = LoadOptions()) { self.load = load }

    /// The store of runs. Who only reads makes none where there is none.
    func store(toRecord: Bool = false) throws(RunError) -> RunStore {
        if let known = openedStore.withLock({ $0 }) { return known }
        let store = try RunStore(forReading: !toRecord)
        // One that may not be written now may be written later: it is opened again.
        if !store.isReadOnly { openedStore.withLock { $0 = store } }
        return store
    }

    func samples() throws -> [SampleSetSummary] {
        let library: SampleLibrary
        do { library = try SampleLibrary() } catch {
            // A program without its samples is not broken: the screen says how to make them.
            if case .missing = error { return [] }
            throw error
        }
        return library.sets.filter(\.isComplete).map { SampleSetSummary(id: $0.id, title: $0.title, story: $0.story, recipe: $0.recipe) }
    }

    // MARK: Parents

    func parents(_ paths: [String]) throws -> [Parent] {
        if let known = opened.withLock({ $0 }), known.paths == paths {
            try checkUnchanged(known.parents)
            return known.parents
        }
        let (parents, notes) = try Parent.open(paths, load).proven()
        opened.withLock { $0 = Opened(paths: paths, parents: parents, notes: notes) }
        return parents
    }

    func isOpen(_ paths: [String]) -> Bool { opened.withLock { $0?.paths == paths } }

    /// Refuses parents whose files changed since they were opened, and closes them, so that the next call opens what is there now.
    private func checkUnchanged(_ parents: [Parent]) throws {
        do { try Parent.checkUnchanged(parents) } catch {
            opened.withLock { $0 = nil }
            planned.withLock { $0 = nil }
            throw error
        }
    }

    /// The network fused last, where it came from these parents.
    func fused(of paths: [String]) -> Fused? { fused.withLock { $0 }.flatMap { $0.recipe.parents == paths ? $0 : nil } }

    func open(_ paths: [String], control: JobControl) throws -> OpenedParents {
        opened.withLock { $0 = nil }
        planned.withLock { $0 = nil }
        let parents = try parents(paths)
        if control.isCancelled() { throw JobCancelled() }
        let mismatch: String? = parents.count < 2 ? "a fusion needs two parents or more, there is \(parents.count)" : mismatch(parents)
        return OpenedParents(
            parents: parents.map(summary), groups: groups(parents), mismatch: mismatch,
            notes: (opened.withLock { $0?.notes } ?? []) + Set(parents.flatMap(\.checkpoint.openingNotes)).sorted())
    }

    private func summary(_ parent: Parent) -> ParentSummary {
        let network = parent.network
        let widths = network.groups.all.map(\.neurons)
        return ParentSummary(
            path: parent.path, name: parent.name, format: parent.checkpoint.provenance, family: network.architecture.family,
            parameters: network.parameterCount, widths: widths, architecture: ArchitectureSummary.words(network))
    }

    /// Why the parents are not of one graph, nil where they are.
    private func mismatch(_ parents: [Parent]) -> String? {
        do {
            _ = try ParentSet(parents.map(\.network), reference: parents.count - 1)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func groups(_ parents: [Parent]) -> [GroupSummary] {
        guard let model = parents.last?.network else { return [] }
        return model.groups.all.map { group in
            let shapes = group.producers.compactMap { producer in
                model.trace.layers.first { $0.id == producer }?.parameters.first.map { $0.shape.map(String.init).joined(separator: "×") }
            }
            let neurons = parents.map { parent in
                let others = parent.network.groups.all
                return others.indices.contains(group.id) ? others[group.id].neurons : 0
            }
            let role: GroupSummary.Role =
                switch group.role {
                case .input, .fixed: .input
                case .classes: .classes
                case .hidden: .hidden
                }
            return GroupSummary(
                name: group.name, role: role, neurons: neurons, layers: group.producers.joined(separator: ", "), shape: shapes.first ?? "")
        }
    }

    func measure(_ recipe: Recipe, control: JobControl) throws -> [Double] {
        guard recipe.evaluation != nil else { return [] }
        var quiet = recipe
        quiet.data = nil
        let run = try FusionRun(quiet, parents: try parents(recipe.parents))
        guard let data = run.evaluation else { return [] }
        let measured = try Evaluator(data).evaluate(run.parents.map(\.network), isCancelled: control.isCancelled)
        try checkUnchanged(run.parents)
        return measured.compactMap { $0.task.givesOneClass ? $0.accuracy : nil }
    }

    // MARK: Plans

    func plan(_ recipe: Recipe, group: String, control: JobControl) throws -> GroupSnapshot {
        var quiet = recipe
        quiet.evaluation = nil
        guard let (planned, seconds) = try groupPlan(quiet, group: group, control: control) else {
            return GroupSnapshot(group: group, couplings: [], isUntouched: true, seconds: 0)
        }
        let networks = try parents(recipe.parents).map(\.network)
        let snapshots = try planned.couplings.map { coupling in
            let network = networks.indices.contains(coupling.parent) ? networks[coupling.parent] : nil
            let group = network?.groups.all.first { $0.name == group }
            let importance: [Double]? = if let network, let group { try NeuronInspector.fanIn(of: network, group: group) } else { nil }
            return try snapshot(coupling, selects: planned.selection != nil, importance: importance)
        }
        let selection = planned.selection.map { SelectionSummary(selected: $0.kept, neurons: $0.parentNeurons, errors: $0.errors) }
        self.planned.withLock { known in
            guard known?.recipe == quiet, let place = known?.groups.firstIndex(where: { $0.group.name == group }) else { return }
            known?.groups[place] = planned.withoutCosts()
            known?.handedOver.insert(group)
        }
        // Parents that are matched come first; the reference parent keeps its order.
        return GroupSnapshot(
            group: group, couplings: snapshots.filter { !$0.isIdentity } + snapshots.filter(\.isIdentity), selection: selection,
            seconds: seconds)
    }

    /// One group's plan and the seconds that planning took; nil where the method does not change the group.
    ///
    /// A group that is asked for once more is planned again, because its costs are no longer here.
    private func groupPlan(_ recipe: Recipe, group: String, control: JobControl) throws -> (plan: GroupPlan, seconds: Double)? {
        func found(_ groups: [GroupPlan]) -> GroupPlan? { groups.last { $0.group.name == group } }
        let known = planned.withLock { $0 }.flatMap { $0.recipe == recipe ? $0 : nil }
        if let known, let planned = found(known.groups), !known.handedOver.contains(group) { return (planned, known.seconds) }
        let run = try FusionRun(recipe, parents: try parents(recipe.parents))
        let start = DispatchTime.now().uptimeNanoseconds
        var options = FusionControl(isCancelled: control.isCancelled, keepsCosts: true)
        // A layer that depends on earlier ones goes on from those that are planned.
        options.planned = FusionPlan(groups: (known?.groups ?? []).filter { $0.group.name != group })
        let plan = try run.fuser().plan(only: group, control: options)
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        if control.isCancelled() { throw JobCancelled() }
        try checkUnchanged(run.parents)
        let names = Set(plan.groups.map(\.group.name)), others = (known?.groups ?? []).filter { !names.contains($0.group.name) }
        let handedOver = (known?.handedOver ?? []).subtracting([group])
        let fresh = plan.groups.map { handedOver.contains($0.group.name) ? $0.withoutCosts() : $0 }
        planned.withLock { $0 = Planned(recipe: recipe, groups: others + fresh, seconds: seconds, handedOver: handedOver) }
        guard let planned = found(plan.groups) else { return nil }
        return (planned, seconds)
    }

    private func snapshot(_ coupling: Coupling, selects: Bool, importance: [Double]?) throws -> CouplingSnapshot {
        var isIdentity = false
        if case .identity = coupling.map { isIdentity = true }
        let cost = coupling.cost.flatMap { ValueGrid(rows: $0.rows, columns: $0.columns, values: $0.values.map(Float.init)) }
        // The cost of a pair is the residual 1 − R².
        let explained =
            selects && !isIdentity
            ? cost.flatMap { ValueGrid(rows: $0.rows, columns: $0.columns, values: $0.values.map { 1 - $0 }) } : nil
        return try CouplingSnapshot(
            parent: coupling.parent, plan: coupling.plan, cost: cost, explained: explained, rowMass: coupling.source,
            columnMass: coupling.target,
            importance: importance?.count == coupling.plan.rows ? importance : nil,
            transportCost: coupling.transport?.transportCost, certificate: coupling.transport?.certificate, isIdentity: isIdentity)
    }

    // MARK: Fusing

    func fuse(_ recipe: Recipe, control: JobControl) throws -> FusionResult {
        var recipe = recipe
        recipe.load = load.overridden(by: recipe.load)
        let run = try FusionRun(recipe, parents: try parents(recipe.parents))
        let (recorder, refusal) = record { store throws(RunError) in try store.begin(recipe: recipe, command: recipe.command()) }
        let start = DispatchTime.now().uptimeNanoseconds,
            budget = recipe.method == Automatic.method ? recipe.settings[Automatic.time] : nil
        var result: FusionRun.Result
        do {
            result = try run.run(checksums: recorder != nil, isCancelled: control.isCancelled) { progress in
                recorder?.progress(progress)
                if case .fusing(.diagnostics(let found)) = progress, let trial = found as? AutomaticTrial { control.tried(trial) }
                var (fraction, words) = Self.position(progress)
                // How many recipes will be tried is not known; how long they may be is.
                if let budget, case .fusing = progress {
                    fraction = min(0.7, 0.7 * Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 / budget)
                }
                control.progress(fraction, words)
            }
            // A worker that was abandoned may come to its end all the same; what it made is not wanted any more.
            if control.isCancelled() { throw JobCancelled() }
            result.report.run = recorder?.id
            try recorder?.record(result)
        } catch {
            recorder?.end(with: error)
            throw error
        }
        let kept = result
        recorder?.artifact("fused.safetensors", kind: "network") { try kept.save(to: $0) }
        recorder?.finish()
        fused.withLock {
            $0 = Fused(recipe: recipe, network: result.outcome.network, layout: result.layout, run: recorder?.id) { try kept.save(to: $0) }
        }
        let report = result.report
        return FusionResult(
            rows: report.rows.map { row in
                ResultRow(
                    role: row.role, name: row.name,
                    accuracy: row.evaluation.flatMap { $0.task.givesOneClass ? $0.accuracy : nil }, loss: row.evaluation?.loss,
                    parameters: row.parameters, note: row.note,
                    measured: row.evaluation.flatMap { $0.task.givesOneClass ? nil : "\($0.figure.name) \($0.valueText)" },
                    classes: row.evaluation?.classes.map(\.accuracy) ?? [], confusion: row.evaluation?.confusion ?? [])
            }, recipe: recipe, fuseSeconds: report.seconds.fuse,
            notes: report.assumed.map { "assumed: \($0)" } + report.notes + [refusal, recorder?.problem].compactMap(\.self),
            trials: report.trials, run: recorder.map { "\($0.id)" })
    }

    /// Begins a record; a store that cannot be written never stops the work, the reason comes along instead.
    func record(_ begin: (RunStore) throws(RunError) -> RunRecorder) -> (recorder: RunRecorder?, refusal: String?) {
        do throws(RunError) { return (try begin(try store(toRecord: true)), nil) } catch {
            return (nil, "This run is not recorded: \(error)")
        }
    }

    /// Where a run stands as one number: reading activations a fifth, planning two fifths, combining a tenth, measuring the rest.
    private static func position(_ progress: FusionRun.Progress) -> (Double, String) {
        func part(_ done: Int, _ count: Int) -> Double { count > 0 ? Double(done) / Double(count) : 0 }
        switch progress {
        case .fusing(.activations(let done, let count)): return (0.2 * part(done, count), "recording activations, \(done) of \(count)")
        case .fusing(.planning(let group, let index, let count)):
            return (0.2 + 0.4 * part(index, count), "planning \(group), \(index + 1) of \(count)")
        case .fusing(.planned(let planned)): return (0.2, "planned \(planned.group.name)")
        case .fusing(.fitting(let level, let epoch, let count, _, let validation)):
            return (
                0.2 + 0.4 * part(epoch, count), "fitting \(level), epoch \(epoch) of \(count), loss \(String(format: "%.4g", validation))"
            )
        case .fusing(.diagnostics(let found)):
            return (0.4, (found as? AutomaticTrial).map { "tried \($0.title): \(Format.percent($0.score))" } ?? "fusing")
        case .fusing(.combining(let parameter, let index, let count)): return (0.6 + 0.1 * part(index, count), "combining \(parameter)")
        case .evaluating(let done, let count): return (0.7 + 0.3 * part(done, count), "evaluating, \(done) of \(count) samples")
        case .saving(let path): return (1, "saving \(path)")
        }
    }
}
