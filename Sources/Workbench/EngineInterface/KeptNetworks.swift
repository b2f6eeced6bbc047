/// Which network is meant where one is saved.
enum NetworkSource: Equatable, Sendable {
    /// The one that this session fused, fine-tuned or loaded last.
    case current
    /// What a run of the store made.
    case run(String)
}

/// The network that this session can save and fine-tune.
struct CurrentNetwork: Equatable, Sendable {
    enum Kind: String, Sendable { case fused, tuned }

    var kind: Kind
    /// Its run in the store, nil where it was not recorded.
    var run: String?
    /// Where it was saved last.
    var path: String?

    /// "fused network (r2)".
    var words: String { (kind == .fused ? "fused network" : "fine-tuned network") + (run.map { " (\($0))" } ?? "") }
}

/// A network that was written.
struct SavedNetwork: Equatable, Sendable {
    var path: String
    var bytes: Int
}

/// A run's network, opened again.
struct LoadedRun: Equatable, Sendable {
    var network: CurrentNetwork
    /// What the run recorded; the recipe is that of the fusion that it is or continues, without parents where it continues none.
    var result: FusionResult
}
