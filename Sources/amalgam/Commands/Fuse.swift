import ArgumentParser
import Formatting
import Foundation
import Fusion
import Provenance
import Reports
import Runs
import Store
import Tensors

struct Fuse: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fuses networks, evaluates the result beside its parents, and saves it.",
        discussion: """
            Examples:
              amalgam fuse non-iid-pair
              amalgam fuse a.pt b.pt --data mnist:data/mnist --output fused.safetensors
              amalgam fuse a.pt b.pt --set source=weights --output fused.pt
              amalgam fuse a.pt b.pt --set source=weights --set fc1/solver=sinkhorn --set fc1/pin=A:3:7
              amalgam fuse two-widths --sweep blend=0:1:0.1
            """)

    @OptionGroup var options: RecipeOptions

    @Option(
        name: .shortAndLong,
        help:
            "File to save the fused network to (.safetensors, .pt, .pth), or a folder (a name that ends in a slash) for config, weights and a model card."
    )
    var output: String?

    @Option(help: "Saves all couplings with their marginals and certificates: .safetensors or .npz.")
    var couplings: String?

    @Option(help: "Fuses along saved couplings (from `amalgam plan --export` or --couplings).")
    var plan: String?

    @Option(
        help: ArgumentHelp(
            "Fuses once per value of a hyperparameter and compares with the plain average: KEY=FROM:TO:STEP or KEY=VALUE,VALUE,…",
            valueName: "key=values"))
    var sweep: String?

    @Option(help: "Saves the recipe, for --recipe.")
    var saveRecipe: String?

    @Option(help: "Writes the report: \(ReportFormat.suffixes.joined(separator: ", ")).")
    var report: String?

    @OptionGroup var budget: BudgetOptions

    @OptionGroup var outputs: OutputOptions

    @OptionGroup var recording: RecordingOptions

    @Flag(help: "Prints the report as one JSON object.")
    var json = false

    func validate() throws {
        guard sweep == nil || (output == nil && couplings == nil && plan == nil && report == nil) else {
            throw ValidationError("--sweep prints a table; --output, --couplings, --plan and --report need a single fusion")
        }
    }

    func run() throws {
        let group = try Ranks.join()
        if sweep != nil, group != nil { throw ValidationError("--sweep works in one process") }
        let (recipe, note) = try options.made()
        if let group, !group.isFirst { return try assist(recipe, group) }
        if json, let note { Console.note("note: \(note)") }
        if let sweep { return try printSweep(sweep, recipe, note) }
        try checkFiles(recipe)
        let planned = try plan.map(CouplingFile.open)
        var run = try FusionRun(recipe)
        run.planFile = planned
        run.processes = group
        let forecast = try budget.applied(to: &run)
        try run.agree()
        let notes = [note].compactMap(\.self) + run.dataNotes + forecast
        if !json { Console.notes(notes) }
        if budget.isForecastOnly { return }
        let recorder = recording.begin(recipe: run.recipe, command: run.recipe.command(output: output))
        let opened = run, pace = EvaluationPace(data: recipe.evaluation)
        let result = try recording.recording(recorder) {
            var result = try opened.run(
                output: output, along: planned?.plan, checksums: recorder != nil || report != nil, replacing: outputs.replacing(),
                warn: { Console.note("warning: \($0)") }, isCancelled: { Interruption.isRequested }
            ) { progress in
                recorder?.progress(progress)
                // The table of the automatic choice grows line by line.
                if case .fusing(.diagnostics(let found)) = progress, let trial = found as? AutomaticTrial {
                    Console.clearProgress()
                    Console.note(progress.sentence + (trial.failure.map { ": \($0)" } ?? ""))
                } else {
                    pace.show(progress)
                }
            }
            Console.clearProgress()
            if let couplings { try CouplingFile.write(result.outcome.plan, to: couplings) }
            if let saveRecipe { try opened.recipe.save(to: saveRecipe) }
            result.report.run = recorder?.id
            try recorder?.record(result)
            return result
        }
        if let recorder {
            if let couplings { recorder.artifact((couplings as NSString).lastPathComponent, kind: "couplings", at: couplings) }
            recording.keep(result, recorder)
            recording.finish(recorder)
        }
        if let report { try recording.report(RunAccount(result), json: result.report.json(), recorder, to: report) }
        if json { Console.print(try result.report.json()) } else { Console.lines(result.report.lines, after: notes) }
    }

    /// As another rank than the first: what is divided, and nothing else.
    private func assist(_ recipe: Recipe, _ group: ProcessGroup) throws {
        let planned = try plan.map(CouplingFile.open)
        var run = try FusionRun(recipe)
        run.planFile = planned
        run.processes = group
        try run.agree()
        try run.assist(along: planned?.plan) { Interruption.isRequested }
    }

    /// Before any work: no input is written over, nor a file that someone else made.
    private func checkFiles(_ recipe: Recipe) throws {
        var files = Outputs(replacing: outputs.replacing())
        files.read(recipe)
        files.read(options.recipe, as: "the recipe")
        files.read(plan, as: "the plan")
        files.write(output, "--output", .network)
        files.write(couplings, "--couplings", .couplings)
        files.write(saveRecipe, "--save-recipe", .recipe)
        files.write(report, "--report", .report)
        try files.check()
    }

    private func printSweep(_ text: String, _ recipe: Recipe, _ note: String?) throws {
        try checkFiles(recipe)
        if let saveRecipe { try recipe.save(to: saveRecipe) }
        let sweep = try Sweep(text, method: recipe.method)
        let run = try FusionRun(recipe)
        if !json { Console.notes([note].compactMap(\.self) + run.dataNotes) }
        let recorder = recording.recorder { store in try store.begin(sweep, of: recipe, title: recording.title) }
        var number = 0
        let points = try recording.recording(recorder) {
            try run.sweep(sweep, isCancelled: { Interruption.isRequested }) {
                Console.progress($0.sentence)
            } found: { point in
                number += 1
                recorder?.record(point, number: number)
            }
        }
        if let recorder {
            recorder.record(points, of: sweep, sources: try run.sources())
            recording.finish(recorder)
        }
        Console.clearProgress()
        if json { try Console.json(points) } else { Console.lines(FusionRun.lines(points, key: sweep.key)) }
    }
}

extension FusionRun.Progress {
    /// One line of progress.
    var sentence: String {
        switch self {
        case .fusing(.activations(let done, let count)): "recording activations \(done) of \(count)"
        case .fusing(.planning(let group, let index, let count)): "planning \(group) (\(index + 1) of \(count))"
        case .fusing(.planned(let plan)): "planned \(plan.group.name)"
        case .fusing(.fitting(let level, let epoch, let count, let training, let validation)):
            "fitting \(level), epoch \(epoch) of \(count), loss \(String(format: "%.4g, validation %.4g", training, validation))"
        case .fusing(.diagnostics(let found)):
            (found as? AutomaticTrial).map { trial in
                "round \(trial.round), \(trial.samples) samples, \(Format.decimal(trial.seconds, 2)) s, divergence \(Format.significant(trial.divergence, 3)), agreement with the teacher \(Format.percent(trial.score)): \(trial.title)"
            } ?? "fusing"
        case .fusing(.combining(let parameter, let index, let count)): "combining \(parameter) (\(index + 1) of \(count))"
        case .evaluating(let done, let count): "evaluating, \(done) of \(count) samples"
        case .saving(let path): "saving \(path)"
        }
    }
}
