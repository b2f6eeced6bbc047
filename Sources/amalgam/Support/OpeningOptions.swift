import ArgumentParser
import Networks
import Runs

/// How checkpoints are opened, shared by every command that opens some.
struct OpeningOptions: ParsableArguments {
    @Option(help: "An architecture file for all networks; it goes before what is recognised.")
    var architecture: String?

    @Option(help: "The number of attention heads of vision transformers, which parameters do not tell; the usual one for the width is assumed, and said, when not given.")
    var heads: Int?

    @Option(name: .customLong("hint"), help: ArgumentHelp(
        "What recognition need not assume; may be repeated: \(RecognitionHints.Key.allCases.map { "\($0.rawValue)=… (\($0.help))" }.joined(separator: "; ")).", valueName: "key=value"))
    var texts: [String] = []

    /// The hints that the options make up.
    func hints() throws(RunError) -> RecognitionHints {
        do {
            var hints = RecognitionHints()
            for text in texts { try hints.add(text) }
            if let heads { try hints.set(.heads, "\(heads)") }
            return hints
        } catch { throw RunError(wrapping: error) }
    }

    /// Opens checkpoints as the options say.
    func parents(_ paths: [String]) throws(RunError) -> [Parent] { try Parent.open(paths, architecture: architecture, hints: hints()) }
}

extension PredictionTask: @retroactive ExpressibleByArgument {}
