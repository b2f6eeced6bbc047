import Checkpoints
import Formatting
import Foundation
import Fusion
import Networks
import Provenance
import Runs
import Store

extension LiveEngine {
    /// Saves a network in the format of the suffix, or as a folder.
    ///
    /// - Returns: nil where something stands there and `overwrites` is false.
    func save(_ source: NetworkSource, to path: String, overwrites: Bool) throws -> SavedNetwork? {
        if !overwrites, Outputs.isTaken(path) { return nil }
        let recipe: Recipe, write: @Sendable (String) throws -> Void
        switch source {
        case .current:
            guard let fused = fused.withLock({ $0 }) else {
                throw RunError.unsuitable(reason: "there is no fused network yet: F fuses one")
            }
            (recipe, write) = (fused.recipe, fused.write)
        case .run(let run):
            let found = try recorded(run)
            (recipe, write) = (found.recipe, found.write)
        }
        var files = Outputs(replacing: .existing)
        files.read(recipe)
        files.write(path, "the network", .network)
        try files.check()
        try write(path)
        return SavedNetwork(path: path, bytes: Self.bytes(at: path))
    }

    /// Opens what a run made as the network of this session: it can be fine-tuned, saved and looked into like one fused now.
    func load(run: String, control: JobControl) throws -> LoadedRun {
        let found = try recorded(run), account = found.account
        if control.isCancelled() { throw JobCancelled() }
        let isTuned = account.run.kind != .fuse
        fused.withLock {
            $0 = Fused(recipe: found.recipe, network: found.parent.network, layout: found.layout, run: account.run.id, write: found.write)
        }
        let rows = account.evaluations.map { row in
            ResultRow(
                role: row.role, name: row.role.isOutcome ? (isTuned ? "fine-tuned" : "fused") : row.name, accuracy: row.accuracy,
                loss: row.loss, parameters: row.parameters, note: row.note,
                measured: row.value.map { "\(row.figure.name) \(row.figure.text($0))" })
        }
        let result = FusionResult(
            rows: rows, recipe: found.recipe, fuseSeconds: account.run.seconds(now: Date()), notes: account.notes, loadedFrom: run)
        return LoadedRun(
            network: CurrentNetwork(kind: isTuned ? .tuned : .fused, run: run, path: Paths.shown(found.parent.path)), result: result)
    }

    /// A run of the store with the network that it made.
    struct Recorded {
        var account: RunAccount
        /// Of the fusion that the run is or continues.
        var recipe: Recipe
        /// What the run itself was evaluated on.
        var evaluation: String?
        var parent: Parent
        var layout: StateDictLayout
        var write: @Sendable (String) throws -> Void
    }

    func recorded(_ run: String) throws -> Recorded {
        let store = try store(), account = try store.account(try store.run(named: run).id)
        guard let file = account.artifacts.first(where: { $0.kind == "network" }) else {
            throw RunError.unsuitable(
                reason: "\(run) keeps no network: \(Self.endWords(account.run.status))"
            )
        }
        let path = store.path(of: file)
        guard FileManager.default.fileExists(atPath: path) else {
            throw RunError.file(
                path: path, line: nil, reason: "the network of \(run) is no longer there; fuse its recipe again (u on screen 6)")
        }
        let parent = try Parent.open([path])[0], recipe = try fusionRecipe(of: account, in: store)
        var layout = parent.checkpoint.layout
        if layout.program == nil { layout.program = try graph(of: recipe)?.program }
        let checkpoint = parent.checkpoint, kept = layout
        let tuning = account.run.kind == .fuse ? nil : try FineTuningRecipe(toml: account.run.recipe, path: run).shown()
        return Recorded(
            account: account, recipe: recipe, evaluation: tuning?.evaluation ?? recipe.evaluation, parent: parent, layout: layout
        ) { place in
            try Checkpoint.save(
                checkpoint.stored, to: place, like: kept, description: checkpoint.description, metadata: checkpoint.metadata)
            try checkpoint.checkUnchanged()
        }
    }

    /// The exported graph of a recipe's parents: it is written beside weights of its own shapes, and stands in the parents' files, not in the store's.
    func graph(of recipe: Recipe) throws -> StateDictLayout? {
        guard let reference = recipe.parents.last(where: { $0.lowercased().hasSuffix(".pt2") }),
            FileManager.default.fileExists(atPath: reference)
        else { return nil }
        return try Parent.open([reference], load.overridden(by: recipe.load))[0].checkpoint.layout
    }

    private static func endWords(_ status: Run.Status) -> String {
        switch status {
        case .finished: "it made none"
        case .failed: "it failed"
        case .running: "it is still running"
        case .cancelled: "it was cancelled"
        case .lost: "its process ended before it was done"
        }
    }

    /// The recipe of the fusion that a run is or continues; that of a training alone has its data and no parents.
    private func fusionRecipe(of account: RunAccount, in store: RunStore) throws -> Recipe {
        var run = account.run, seen: Set<RunID> = [run.id], data: (training: String?, evaluation: String?)?
        while run.kind == .finetune || run.kind == .train {
            let tuning = try FineTuningRecipe(toml: run.recipe, path: "\(run.id)").shown()
            if data == nil { data = (tuning.data, tuning.evaluation) }
            guard let before = run.parent, seen.insert(before).inserted else {
                return Recipe(parents: [], data: data?.training, evaluation: data?.evaluation, seed: tuning.seed)
            }
            run = try store.account(before).run
        }
        return try Recipe(toml: run.recipe, path: "\(run.id)").shown()
    }

    /// The size of a file, or of all files of a folder.
    private static func bytes(at path: String) -> Int {
        let manager = FileManager.default
        func size(_ path: String) -> Int { (try? manager.attributesOfItem(atPath: path)[.size] as? Int) ?? 0 }
        guard Checkpoint.isFolder(path) else { return size(path) }
        return ((try? manager.contentsOfDirectory(atPath: path)) ?? []).reduce(0) { $0 + size(path + "/" + $1) }
    }
}
