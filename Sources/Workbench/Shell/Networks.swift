import Formatting
import Fusion
import Provenance
import Screen

/// Saves a network.
struct SaveNetworkJob: Job {
    static let lane = JobLane.files
    static let title = "saving a network"

    var source: NetworkSource
    var path: String
    var overwrites = false

    func run(on engine: any Engine, _ control: JobControl) throws -> SavedNetwork? {
        try engine.save(source, to: path, overwrites: overwrites)
    }

    func receive(_ saved: SavedNetwork?, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        guard let saved else {
            model.overlay = .confirm(.overwriteNetwork(source, path: path))
            return []
        }
        if source == .current || model.current?.run.map({ .run($0) == source }) == true { model.current?.path = saved.path }
        model.say(.ok, "Saved the \(model.words(source)) to \(saved.path), \(Format.bytes(saved.bytes))", now: now)
        return []
    }
}

/// Opens a run's network as the network of this session.
struct LoadRunJob: Job {
    static let lane = JobLane.fusion
    static let title = "loading a run"

    var run: String

    func run(on engine: any Engine, _ control: JobControl) throws -> LoadedRun { try engine.load(run: run, control: control) }

    func receive(_ loaded: LoadedRun, _ model: inout Model, began: Double, now: Double) -> [Effect] { model.receive(loaded, now: now) }
}

extension Model {
    func words(_ source: NetworkSource) -> String {
        switch source {
        case .current: current?.words ?? "fused network"
        case .run(let run): "network of \(run)"
        }
    }

    /// Asks where to save: on screen 6 the network of the selected run, elsewhere the one of this session.
    mutating func askWhereToSave() -> [Effect] {
        if screen == .compare {
            guard let run = compare.run else {
                inform("No runs yet: F on screen 4 starts the first")
                return []
            }
            ask(.network(.run(run.id)), run.kind == "fuse" ? "\(run.id)-fused.safetensors" : "\(run.id)-tuned.safetensors")
            return []
        }
        guard let current else {
            warn(
                fusion == nil
                    ? "No network to save yet: F fuses one, L on screen 6 loads one of a run"
                    : "The fusion is still running; W saves its network when it is done")
            return []
        }
        ask(.network(.current), current.kind == .fused ? "fused.safetensors" : "tuned.safetensors")
        return []
    }

    /// The selected run of screen 6, where a job on it can begin; otherwise says why none can.
    mutating func runForJob() -> RunRow? {
        guard let run = compare.run else {
            inform("No runs yet: F on screen 4 starts the first")
            return nil
        }
        guard busy == nil else {
            warn("\(busy?.job.capitalizedTitle ?? "A job") is running; x stops it")
            return nil
        }
        return run
    }

    /// Loads the network of the selected run.
    mutating func loadNetwork(now: Double) -> [Effect] {
        guard let run = runForJob() else { return [] }
        inform("Loading \(run.id) …")
        return [jobs.start(LoadRunJob(run: run.id), now: now)]
    }

    mutating func receive(_ loaded: LoadedRun, now: Double) -> [Effect] {
        let recipe = loaded.result.recipe, run = loaded.result.loadedFrom ?? ""
        train.live = nil
        train.shown = nil
        neurons.forget()
        let isSame = opened.value != nil && self.recipe.parents.map { Paths.absolute($0) } == recipe.parents.map { Paths.absolute($0) }
        // Its parents are opened where they are others; where it has none, what is open stays.
        guard !recipe.parents.isEmpty, !isSame else {
            show(loaded.network, loaded.result)
            if isSame { history.record(recipe, "recipe of \(run)") }
            let effects = show(.fuse)
            say(.ok, "Loaded \(run), \(loaded.network.words): t fine-tunes it, W saves it", now: now)
            return effects + (isSame ? replan() : [])
        }
        fuse.awaited = Awaited(network: loaded.network, result: loaded.result)
        (named, own) = (recipe.parents, recipe)
        let effects = show(.fuse)
        say(.info, "Loaded \(run); opening its parents", now: now)
        return effects + [open(recipe)]
    }

    /// Makes a network the one of this session.
    mutating func show(_ network: CurrentNetwork, _ result: FusionResult) {
        current = network
        fuse.result = result
        fuse.firstNote = 0
    }

    /// A loaded network whose parents have been opened, or cannot be.
    mutating func showAwaited() {
        guard let awaited = fuse.awaited else { return }
        fuse.awaited = nil
        show(awaited.network, awaited.result)
    }
}

/// A network that was loaded before its parents.
struct Awaited: Equatable, Sendable {
    var network: CurrentNetwork
    var result: FusionResult
}
