import Archives
import ArgumentParser
import Networks
import Provenance
import Runs

/// How checkpoints are opened, shared by every command that opens some.
struct OpeningOptions: ParsableArguments {
    @Option(help: "An architecture file for all networks; overrides automatic recognition.")
    var architecture: String?

    @Option(
        help:
            "Number of attention heads of vision transformers, which the parameters do not reveal. Default: the usual number for the width, reported as an assumption."
    )
    var heads: Int?

    @Option(
        name: .customLong("hint"),
        help: ArgumentHelp(
            "Facts that the parameters do not reveal; repeatable: \(RecognitionHints.Key.allCases.map { "\($0.rawValue)=… (\($0.help))" }.joined(separator: "; ")).",
            valueName: "key=value"))
    var texts: [String] = []

    @Option(
        name: .customLong("ignore"),
        help: ArgumentHelp(
            "Ignores unused tensors, such as 'criterion.*'; they are saved unchanged. Repeatable.",
            valueName: "pattern"))
    var ignored: [String] = []

    @Option(help: "For a file with several networks: the dictionary key of the one to open, such as model_ema.")
    var key: String?

    @Option(help: "For a file with several networks: the parameter-name prefix of the one to open, such as encoder_q.")
    var prefix: String?

    @Flag(
        name: .customLong("no-verify"),
        help: "Does not compare PyTorch and npz files with their checksums, which reads each file once.")
    var skipsChecksums = false

    func validate() throws {
        if skipsChecksums { ArchiveLimits.skipsChecksums.store(true, ordering: .relaxed) }
    }

    /// What the options say.
    func options() throws -> LoadOptions {
        var hints = RecognitionHints()
        for text in texts { try hints.add(text) }
        if let heads { try hints.set(.heads, "\(heads)") }
        return LoadOptions(architecture: architecture, hints: hints, ignored: ignored, key: key, prefix: prefix)
    }

    /// Opens checkpoints as the options say.
    func parents(_ paths: [String]) throws -> [Parent] { try Parent.open(paths, options()) }
}

extension PredictionTask: ExpressibleByArgument {}
