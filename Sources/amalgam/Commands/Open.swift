import ArgumentParser
import Foundation
import Provenance
import Runs
import Screen
import Workbench

struct Open: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Opens the workbench on checkpoints, or on the sample models.",
        discussion:
            """
            If standard output is not a terminal (a pipe, a notebook, a CI job), the parents are fused and the report is printed as text;
            without parents the first sample set is, step by step. --linear asks and answers in sentences.
            """
    )

    @Argument(help: ArgumentHelp("The parents' checkpoints, or the name of a sample set.", valueName: "parent"))
    var parents: [String] = []

    @Option(help: ArgumentHelp("Unlabelled data used by the methods: KIND:PATH[:SPLIT].", valueName: "spec"))
    var data: String?

    @Option(help: ArgumentHelp("Evaluation data. Default: the test split of --data.", valueName: "spec"))
    var evaluate: String?

    @OptionGroup var opening: OpeningOptions

    @Option(help: "Colour theme: ember, paper, cobalt, cvd-safe, high-contrast, mono, terminal, or your own.")
    var theme: String?

    @Option(
        name: [.customLong("color"), .customLong("colour")], help: "Colour depth: mono, 8, 16, 256, 16m. Default: detected.")
    var colour: String?

    @Option(help: "Glyphs: ascii, block, braille.")
    var glyphs: String?

    @Flag(name: .customLong("no-mouse"), help: "Disables mouse support.")
    var withoutMouse = false

    @Option(help: "Random seed.")
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Runs the key presses in a file without a terminal and prints the screen.", valueName: "file"))
    var script: String?

    @Option(help: ArgumentHelp("Screen size without a terminal.", valueName: "columnsxrows"))
    var size: String?

    @Flag(help: "Prints the screen without a terminal.")
    var dumpScreen = false

    @Flag(help: "Line mode: sentences and numbered choices instead of a screen, for screen readers, pipes and limited terminals.")
    var linear = false

    @Flag(help: "Freezes the clock, so that printed screens are reproducible.")
    var fakeClock = false

    @Flag(help: "Ignores the saved session.")
    var fresh = false

    @Flag(
        help:
            "Prints timings at the end: key latency, idle cost, first screen, drawing a 512×512 plan."
    )
    var profile = false

    @Flag(help: "Prints the key bindings.")
    var printKeys = false

    @Flag(help: "Prints the report as text instead of opening the workbench.")
    var plain = false

    @Option(help: ArgumentHelp("Crashes on purpose, in “main” or a “worker”.", visibility: .hidden))
    var crashTest: String?

    func validate() throws {
        if let colour, ColourDepth(name: colour) == nil {
            throw ValidationError("--color should be one of \(ColourDepth.allCases.map(\.name).joined(separator: ", "))")
        }
        if let glyphs, GlyphSet(rawValue: glyphs) == nil {
            throw ValidationError("--glyphs should be one of \(GlyphSet.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if let size, Size(size) == nil { throw ValidationError("--size should be like 80x24") }
        if let crashTest, !["main", "worker"].contains(crashTest) { throw ValidationError("--crash-test should be main or worker") }
    }

    func run() throws {
        if printKeys { return Console.print(WorkbenchProgram.keys(environment: ProcessInfo.processInfo.environment), terminator: "") }
        var options = WorkbenchOptions()
        options.parents = parents
        if parents.count == 1, let set = try? SampleLibrary().named(parents[0]) {
            options.recipe = set.recipe
            options.parents = set.recipe.parents
        }
        options.data = data
        options.evaluation = evaluate ?? data
        options.theme = theme
        options.colour = colour.flatMap { ColourDepth(name: $0) }
        options.glyphs = glyphs.flatMap { GlyphSet(rawValue: $0) }
        options.isMouseOn = !withoutMouse
        options.seed = seed
        options.script = script
        options.size = size.flatMap { Size($0) }
        options.dumpScreen = dumpScreen
        options.fakeClock = fakeClock
        options.isLineMode = linear
        options.isFresh = fresh
        options.profiles = profile
        options.crashTest = crashTest
        guard options.isHeadless || options.isLineMode || (isatty(1) == 1 && !plain) else { return try printReport() }
        do {
            // Written at once: a reader gets each sentence at once.
            let code = try WorkbenchProgram.run(options, load: opening.options()) { Console.print($0, terminator: "") }
            if code != .done { throw ExitStatus(rawValue: code.rawValue) }
        } catch let error as ScreenError {
            Console.note("amalgam: \(error)")
            throw error.isAboutTheTerminal ? ExitStatus.usage : ExitStatus.failed
        }
    }

    /// A fusion as plain lines, where there is no terminal to draw on: of the parents, or step by step of the first sample set.
    private func printReport() throws {
        let isBare = parents.isEmpty && data == nil && evaluate == nil && seed == 0
        if isBare, try opening.options().arguments.isEmpty { return try DemoCommand.parse([]).run() }
        var words = parents
        if let data { words += ["--data", data] }
        if let evaluate { words += ["--evaluate", evaluate] }
        if seed != 0 { words += ["--seed", "\(seed)"] }
        words += try opening.options().arguments
        if parents.isEmpty {
            guard let first = try SampleLibrary().sets.first else {
                throw RunError.unsuitable(reason: "no sample sets found: give two checkpoints, or run  amalgam samples build")
            }
            words.append(first.id)
        }
        try Fuse.parse(words).run()
    }
}

extension ScreenError {
    /// Whether it lies in how the program was started rather than in what it was to do.
    var isAboutTheTerminal: Bool {
        switch self {
        case .terminalUnknown, .terminalTooPlain, .notATerminal: true
        default: false
        }
    }
}
