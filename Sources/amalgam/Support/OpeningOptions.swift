import ArgumentParser
import Networks
import Provenance
import Runs

/// How checkpoints are opened, shared by every command that opens some.
struct OpeningOptions: ParsableArguments {
    @Option(help: "An architecture file for all networks; it goes before what is recognised.")
    var architecture: String?

    @Option(
        help:
            "The number of attention heads of vision transformers, which parameters do not tell; the usual one for the width is assumed, and said, when not given."
    )
    var heads: Int?

    @Option(
        name: .customLong("hint"),
        help: ArgumentHelp(
            "What recognition need not assume; may be repeated: \(RecognitionHints.Key.allCases.map { "\($0.rawValue)=… (\($0.help))" }.joined(separator: "; ")).",
            valueName: "key=value"))
    var texts: [String] = []

    @Option(
        name: .customLong("ignore"),
        help: ArgumentHelp(
            "Leaves tensors aside that no layer uses, such as 'criterion.*'; they are saved as they are. May be repeated.",
            valueName: "pattern"))
    var ignored: [String] = []

    @Option(help: "Of several networks in a file, opens the one under this key of its dictionary, such as model_ema.")
    var key: String?

    @Option(help: "Of several networks in a file, opens the one whose parameters' names begin so, such as encoder_q.")
    var prefix: String?

    /// What the options say.
    func options() throws(RunError) -> LoadOptions {
        do {
            var hints = RecognitionHints()
            for text in texts { try hints.add(text) }
            if let heads { try hints.set(.heads, "\(heads)") }
            return LoadOptions(architecture: architecture, hints: hints, ignored: ignored, key: key, prefix: prefix)
        } catch { throw RunError(wrapping: error) }
    }

    /// Opens checkpoints as the options say.
    func parents(_ paths: [String]) throws(RunError) -> [Parent] { try Parent.open(paths, options()) }
}

extension PredictionTask: ExpressibleByArgument {}
