import ArgumentParser
import Foundation
import Fusion
import Runs

struct Fuse: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fuses networks, measures the result beside its parents, and saves it.",
        discussion: """
            Examples:
              amalgam fuse non-iid-pair
              amalgam fuse a.pt b.pt --data mnist:data/mnist --output fused.safetensors
              amalgam fuse a.pt b.pt --set source=weights --output fused.pt
            """)

    @OptionGroup var options: RecipeOptions

    @Option(name: .shortAndLong, help: "Where the fused network goes: .safetensors, .pt or .pth.")
    var output: String?

    @Option(help: "Writes every coupling with its masses and certificate: .safetensors or .npz.")
    var couplings: String?

    @Option(help: "Writes the recipe, to run again with --recipe.")
    var saveRecipe: String?

    @Option(help: "Writes the report as lines of text, or as JSON where the name ends in .json.")
    var report: String?

    @Flag(help: "Prints the report as one JSON object.")
    var json = false

    func run() throws {
        let recipe = try options.made()
        if let couplings { try Output.check(couplings, suffixes: CouplingFile.suffixes) }
        if let saveRecipe { try Output.check(saveRecipe, suffixes: [".toml"]) }
        if let report { try Output.check(report, suffixes: [".txt", ".json"]) }
        let run = try FusionRun(recipe, architecture: options.architecture)
        let result = try run.run(output: output, isCancelled: { Interruption.isRequested }) { progress in
            // The table of the automatic choice grows line by line.
            if case .fusing(.tried(let trial)) = progress {
                Console.clearProgress()
                Console.note(progress.sentence + (trial.failure.map { ": \($0)" } ?? ""))
            } else {
                Console.progress(progress.sentence)
            }
        }
        Console.clearProgress()
        if let couplings { try CouplingFile.write(result.outcome.plan, to: couplings) }
        if let saveRecipe { try TextFile.write(recipe.toml(), to: saveRecipe) }
        if let report { try TextFile.write(report.lowercased().hasSuffix(".json") ? result.report.json() : result.report.lines.joined(separator: "\n") + "\n", to: report) }
        if json { print(try result.report.json()) } else { Console.lines(result.report.lines) }
    }
}

extension FusionRun.Progress {
    /// One line for a person who waits.
    var sentence: String {
        switch self {
        case .fusing(.activations(let done, let count)): "reading activations \(done) of \(count)"
        case .fusing(.planning(let group, let index, let count)): "planning \(group) (\(index + 1) of \(count))"
        case .fusing(.planned(let plan)): "planned \(plan.group.name)"
        case .fusing(.fitting(let level, let epoch, let count, let training, let validation)):
            "fitting \(level), epoch \(epoch) of \(count), loss \(String(format: "%.4g, validation %.4g", training, validation))"
        case .fusing(.tried(let trial)):
            String(format: "round %d, %d samples, %.2f s, score %.2f %%: %@", trial.round, trial.samples, trial.seconds, 100 * trial.score, trial.title)
        case .fusing(.combining(let parameter, let index, let count)): "combining \(parameter) (\(index + 1) of \(count))"
        case .evaluating(let done, let count): "evaluating \(done) of \(count)"
        case .saving(let path): "saving \(path)"
        }
    }
}
