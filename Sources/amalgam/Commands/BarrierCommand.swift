import ArgumentParser
import Datasets
import Fusion
import Provenance
import Reports
import Runs
import Training

struct BarrierCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "barrier", abstract: "Measures loss and accuracy along the segment between two networks, plain and aligned.",
        discussion: """
            Example:
              amalgam barrier a.pt b.pt --data mnist:data/mnist --fusion-data mnist:data/mnist:train --method git-rebasin
            """)

    @Argument(help: ArgumentHelp("Two checkpoints.", valueName: "file"))
    var files: [String]

    @OptionGroup var source: EvaluationData

    @Option(help: ArgumentHelp("What the alignment and the repair of batch norms may look at, without labels.", valueName: "spec"))
    var fusionData: String?

    @Option(help: "The method that aligns: otfusion, git-rebasin, …; none measures the plain segment alone.")
    var method = GitRebasin.method.id

    @Option(name: .customLong("set"), help: ArgumentHelp("Sets a hyperparameter of the method; may be repeated.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: "Places along the segment, both ends included.")
    var points = InterpolationPath.usualPoints

    @Option(help: "Samples on which batch norms are repaired at each place.")
    var repairSamples = 1000

    @OptionGroup var opening: OpeningOptions

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
        let report: BarrierReport
        do {
            var recipe: Recipe?
            if method != "none" {
                var made = Recipe(method: try Methods.named(method), seed: source.seed)
                for text in assignments { try made.apply(assignment: text) }
                recipe = made
            }
            report = try BarrierRun(
                files, data: source.spec(), fusionData: fusionData.map { try DataSpec($0) }, load: opening.options(), task: source.task
            )
            .run(aligning: recipe, points: points, repairSamples: repairSamples, isCancelled: { Interruption.isRequested }) {
                Console.progress("\($0): \($1) of \($2)")
            }
        } catch {
            throw RunError(wrapping: error)
        }
        Console.clearProgress()
        if json { try Console.json(report) } else { Console.lines(report.lines) }
    }
}
