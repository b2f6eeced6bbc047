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

    @Option(help: "Writes the report: \(ReportFormat.suffixes.joined(separator: ", ")).")
    var report: String?

    @OptionGroup var recording: RecordingOptions

    @Flag(help: "Prints the report as one JSON object.")
    var json = false

    func run() throws {
        let recipe = try options.made()
        if let couplings { try Output.check(couplings, suffixes: CouplingFile.suffixes) }
        if let saveRecipe { try Output.check(saveRecipe, suffixes: [".toml"]) }
        if let report { try Output.check(report, suffixes: ReportFormat.suffixes) }
        let run = try FusionRun(recipe, architecture: options.architecture)
        let recorder = recording.begin(recipe: recipe, command: recipe.command(output: output))
        let result = try recording.recording(recorder) {
            var result = try run.run(output: output, checksums: recorder != nil || report != nil, isCancelled: { Interruption.isRequested }) { progress in
                recorder?.progress(progress)
                Console.progress(progress.sentence)
            }
            Console.clearProgress()
            if let couplings { try CouplingFile.write(result.outcome.plan, to: couplings) }
            if let saveRecipe { try TextFile.write(recipe.relative(toFileAt: saveRecipe).toml(), to: saveRecipe) }
            result.report.run = recorder?.id
            try recorder?.record(result)
            return result
        }
        if let recorder {
            if let couplings { recorder.artifact((couplings as NSString).lastPathComponent, kind: "couplings", at: couplings) }
            recording.keep(result, recorder)
            recording.finish(recorder)
        }
        if let report { try write(result, recorder, to: report) }
        if json { print(try result.report.json()) } else { Console.lines(result.report.lines) }
    }

    /// From the record, which has curves too; from the result where there is none.
    private func write(_ result: FusionRun.Result, _ recorder: RunRecorder?, to path: String) throws {
        var account = try RunAccount(result)
        if let recorder, recorder.problem == nil { account = try recorder.store.account(recorder.id) }
        try ReportFormat.write(ReportDocument(account), to: path, json: result.report.json())
        guard let recorder else { return }
        recorder.artifact((path as NSString).lastPathComponent, kind: "report", at: path)
        recorder.settle()
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
        case .fusing(.combining(let parameter, let index, let count)): "combining \(parameter) (\(index + 1) of \(count))"
        case .evaluating(let done, let count): "evaluating \(done) of \(count)"
        case .saving(let path): "saving \(path)"
        }
    }
}
