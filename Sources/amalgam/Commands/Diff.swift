import ArgumentParser
import Datasets
import Provenance
import Runs

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compares two networks tensor by tensor: names, shapes, norms, cosines before and after alignment, answers.",
        discussion: """
            The first network's neurons are permuted to the second's by weight matching before the aligned cosines.

            Examples:
              amalgam diff a.pt b.pt
              amalgam diff a.pt fused.pt --data digits --json
            """)

    @Argument(help: ArgumentHelp("The first checkpoint.", valueName: "A"))
    var first: String

    @Argument(help: ArgumentHelp("The second checkpoint.", valueName: "B"))
    var second: String

    @Option(help: ArgumentHelp("Compares the answers on this data, too: KIND:PATH[:SPLIT].", valueName: "spec"))
    var data: String?

    @Flag(help: "Skips the alignment.")
    var plain = false

    @OptionGroup var opening: OpeningOptions

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
        let diff = try NetworkDiff(
            first, second, load: opening.options(), aligns: !plain, data: data.map { try DataSpec($0) },
            isCancelled: { Interruption.isRequested },
            files: { known in
                guard !json else { return }
                Console.clearProgress()
                Console.lines(known.fileLines)
            }
        ) { Console.progress("\($0), \($1) of \($2)") }
        Console.clearProgress()
        if json { try Console.json(diff) } else { Console.lines(diff.comparisonLines) }
    }
}
