import ArgumentParser
import Datasets
import Fusion
import Provenance
import Reports
import Runs
import Training

struct BarrierCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "barrier", abstract: "Measures loss and accuracy along the linear path between two networks, plain and aligned.",
        discussion: """
            Example:
              amalgam barrier a.pt b.pt --data mnist:data/mnist --fusion-data mnist:data/mnist:train --method git-rebasin
            """)

    @Argument(help: ArgumentHelp("Two checkpoints.", valueName: "file"))
    var files: [String]

    @OptionGroup var source: EvaluationData

    @Option(
        help: ArgumentHelp("Unlabelled data for alignment by activations and for re-estimating batch-norm statistics.", valueName: "spec"))
    var fusionData: String?

    @Option(help: "Alignment method: otfusion, git-rebasin, …; none measures the plain path only.")
    var method = GitRebasin.method.id

    @Option(name: .customLong("set"), help: ArgumentHelp("Sets a hyperparameter of the method; repeatable.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: "Number of points on the path, including both ends.")
    var points = InterpolationPath.usualPoints

    @Option(help: "Samples for re-estimating batch-norm statistics at each point.")
    var repairSamples = 1000

    @OptionGroup var opening: OpeningOptions

    @Flag(help: "Prints one JSON object.")
    var json = false

    func validate() throws {
        guard InterpolationPath.possiblePoints.contains(points) else {
            throw ValidationError(
                "--points should be \(InterpolationPath.possiblePoints.lowerBound) to \(InterpolationPath.possiblePoints.upperBound)")
        }
        guard Counts.samples.contains(repairSamples) else {
            throw ValidationError("--repair-samples should be \(Counts.words(Counts.samples))")
        }
    }

    func run() throws {
        let report: BarrierReport
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
        Console.clearProgress()
        if json { try Console.json(report) } else { Console.lines(report.lines) }
    }
}
