import ArgumentParser
import Provenance
import Runs

/// Whether existing files may be replaced, shared by every command that writes.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Overwrites existing files that Amalgam did not write, even inputs.")
    var force = false

    /// Which existing files may be replaced.
    ///
    /// - Parameter usual: without `--force`.
    func replacing(_ usual: Output.Replacing = .own) -> Output.Replacing { force ? .anything : usual }
}
