import ArgumentParser
import Foundation
import Hyperparameters
import Networks
import Provenance
import Reports
import Runs
import Store
import Tensors
import Training

/// The options of `train` and `finetune`.
///
/// The key of every hyperparameter is also a flag: `--epochs 3` is `--set epochs=3`.
struct FineTuningOptions: ParsableArguments {
    @Option(help: "A recipe file; other options override it.")
    var recipe: String?

    @Option(
        help: ArgumentHelp(
            "Training data: KIND:PATH[:SPLIT][?OPTION=VALUE&…], such as digits, mnist:data/mnist, images:FOLDER or arrays:FILE. Default split: train.",
            valueName: "spec"))
    var data: String?

    @Option(
        help: ArgumentHelp("Validation data for selecting the best epoch. Default: a fraction of the training data.", valueName: "spec"))
    var validate: String?

    @Option(help: ArgumentHelp("Evaluation data.", valueName: "spec"))
    var evaluate: String?

    @Option(name: .customLong("teacher"), help: ArgumentHelp("A teacher for distillation; repeatable.", valueName: "file"))
    var teachers: [String] = []

    @Option(
        name: .customLong("control"),
        help: ArgumentHelp("A parent to fine-tune with the same recipe, for comparison; repeatable.", valueName: "file"))
    var controls: [String] = []

    @Option(
        help:
            "The prediction task. Default: inferred from the outputs and the data."
    )
    var task: PredictionTask?

    @Option(help: "A preset: \(FineTuning.table.presets.map(\.id).joined(separator: ", ")).")
    var preset: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Sets a hyperparameter; repeatable. Each key is also a flag: --epochs 3.", valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: "Random seed.")
    var seed: UInt64?

    @Option(
        name: .shortAndLong,
        help:
            "File to save the trained network to (.safetensors, .pt, .pth), or a folder (a name that ends in a slash) for config, weights and a model card."
    )
    var output: String?

    @Flag(help: "Starts over although there is a checkpoint of an interrupted training beside the output.")
    var restart = false

    @Option(help: "Saves the recipe, for --recipe.")
    var saveRecipe: String?

    @Option(help: "Writes the report: \(ReportFormat.suffixes.joined(separator: ", ")).")
    var report: String?

    @Option(help: "Writes each event as a line of JSON.")
    var events: String?

    @OptionGroup var saved: SavedType

    @OptionGroup var outputs: OutputOptions

    @OptionGroup var recording: RecordingOptions

    @Flag(help: "Prints the report as one JSON object.")
    var json = false

    /// The recipe that the options make up, beginning with `start` where that is given.
    func made(start: FineTuningRecipe.Start?) throws -> FineTuningRecipe {
        var made: FineTuningRecipe
        if let recipe {
            made = try FineTuningRecipe(file: recipe, start: start)
            if let data { made.data = data }
        } else {
            guard let start else { throw RunError.unsuitable(reason: "no network: give one, or a recipe with --recipe") }
            guard let data else {
                throw RunError.unsuitable(reason: "no training data: give some with --data, such as digits or mnist:data/mnist")
            }
            made = FineTuningRecipe(start, data: data)
        }
        if let preset { made.settings = try FineTuning.table.settings(preset: preset) }
        for text in assignments { try made.settings.apply(assignment: text) }
        if let validate { made.validation = validate }
        if let evaluate { made.evaluation = evaluate }
        if !teachers.isEmpty { made.teachers = teachers }
        if !controls.isEmpty { made.controls = controls }
        if let task { made.task = task }
        if let seed { made.seed = seed }
        if let type = saved.type { made.dtype = type }
        return made
    }

    /// Before any work: no input is written over, nor a file that someone else made.
    ///
    /// - Parameter output: where the network goes; nil for a resumed training, which may overwrite its own output.
    func check(_ training: FineTuningRecipe, output: String?, resuming checkpoint: String? = nil) throws {
        var files = Outputs(replacing: outputs.replacing())
        files.read(training)
        files.read(recipe, as: "the recipe")
        files.read(checkpoint, as: "the checkpoint to resume")
        if let output {
            files.write(output, "--output", .network)
            files.write(FineTuningRun.checkpointPath(for: output), "the training's checkpoint", .trainingCheckpoint)
            for path in FineTuningRun.controlPaths(for: output, training) { files.write(path, "the control's output", .network) }
        }
        files.write(saveRecipe, "--save-recipe", .recipe)
        files.write(report, "--report", .report)
        files.write(events, "--events", .events)
        try files.check()
    }

    /// Opens what a recipe names and trains; the first of several processes alone looks at the files that it will write.
    func carryOut(_ recipe: FineTuningRecipe, _ group: ProcessGroup?) throws {
        let writes = group?.isFirst ?? true
        if writes { try check(recipe, output: output) }
        try carryOut(
            FineTuningRun(recipe, output: writes ? output : nil, restarts: restart, replacing: outputs.replacing()), group)
    }

    /// Trains with progress on standard error, then the controls; prints and saves the results.
    func carryOut(_ opened: FineTuningRun, _ group: ProcessGroup?) throws {
        var run = opened
        run.processes = group
        // Opened before anything is trained, so that what is wrong with one is said at once.
        let controls = try run.controls(restarts: restart, replacing: outputs.replacing()).map { control in
            var control = control
            control.processes = group
            return control
        }
        for each in [run] + controls { try each.agree() }
        if let group, !group.isFirst {
            Interruption.listenToEnds()
            for each in [run] + controls { try each.assist(control: TrainingControl(isCancelled: { Interruption.isRequested })) }
            return
        }
        // What a training rests on is known before it, not after.
        if !json { Console.lines(run.assumptions.map { "assumed: \($0)" }) }
        let (trained, recorder) = try train(run, title: recording.title, events: events)
        var result = trained
        do {
            for (parent, control) in zip(run.recipe.controls, controls) {
                Console.note("the control \(parent):")
                let (other, record) = try train(control, title: recording.title.map { "\($0), control" }, events: nil)
                let known = result.report.rows.count
                result.report.add(control: other.report, of: parent, run: record?.id)
                for row in result.report.rows.dropFirst(known) { recorder?.evaluation(RunEvaluation(row)) }
            }
        } catch  where (error as? ExitStatus) == .interrupted || RunError(wrapping: error).isCancellation {
            // What is trained already is not held back by a control that was not.
            Console.lines(result.report.lines)
            throw error
        }
        recorder?.settle()
        if let saveRecipe { try TextFile.write(run.recipe.toml(), to: saveRecipe, signed: .hash) }
        if let report { try recording.report(RunAccount(result), json: result.report.json(), recorder, to: report) }
        if json { Console.print(try result.report.json()) } else { Console.lines(result.report.lines) }
        guard result.report.summary.reason != .diverged else { throw ExitStatus.failed }
    }

    /// One training, recorded.
    private func train(_ run: FineTuningRun, title: String?, events: String?) throws -> (FineTuningRun.Result, RunRecorder?) {
        Interruption.listenToEnds()
        let display = TrainingDisplay(events: events)
        let recorder = recording.recorder { store in try store.begin(run, title: title) }
        var result: FineTuningRun.Result
        do {
            result = try recording.recording(recorder) {
                try run.run(control: TrainingControl(isCancelled: { Interruption.isRequested })) { event in
                    recorder?.record(event)
                    display.show(event)
                }
            }
        } catch {
            let failure = RunError(wrapping: error)
            if failure.isOfProcesses, let checkpoint = run.output.map(FineTuningRun.checkpointPath),
                FileManager.default.fileExists(atPath: checkpoint)
            {
                Console.clearProgress()
                Console.note("amalgam: the training is not lost: continue with  amalgam finetune --resume \(checkpoint)")
            } else if failure.isCancellation, let checkpoint = run.output.map(FineTuningRun.checkpointPath),
                FileManager.default.fileExists(atPath: checkpoint)
            {
                Console.clearProgress()
                Console.note("amalgam: interrupted; continue with  amalgam finetune --resume \(checkpoint)")
                throw ExitStatus.interrupted
            }
            throw error
        }
        if let recorder {
            recorder.record(result)
            recording.keep(result, recorder)
            recording.finish(recorder, failure: result.report.summary.reason == .diverged ? "the training diverged" : nil)
            result.report.run = recorder.id
        }
        Console.clearProgress()
        try display.finish()
        return (result, recorder)
    }

    /// `--epochs 3` as `--set epochs=3`, for every key of the table; `--nesterov` alone as `--set nesterov=true`.
    static func expanded(_ arguments: [String]) -> [String] {
        guard let command = arguments.first, ["train", "finetune"].contains(command) else { return arguments }
        var expanded: [String] = [], index = 0
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard word.hasPrefix("--"), let hyperparameter = FineTuning.table.hyperparameter(String((sides.first ?? "").dropFirst(2)))
            else {
                expanded.append(word)
                continue
            }
            var value = sides.count == 2 ? String(sides[1]) : nil
            let isFlag = hyperparameter.kind == .flag
            if value == nil, index < arguments.count,
                !isFlag || ["true", "false", "yes", "no", "on", "off"].contains(arguments[index].lowercased())
            {
                value = arguments[index]
                index += 1
            }
            expanded += ["--set", "\(hyperparameter.key)=\(value ?? (isFlag ? "true" : ""))"]
        }
        return expanded
    }

    /// The hyperparameters for a help text.
    static var listing: String {
        "Hyperparameters, each also a flag (--epochs 3); `amalgam recipe defaults fine-tuning` explains them:\n"
            + FineTuning.table.hyperparameters.map { "  \($0.key) = \($0.text($0.fallback))   [\($0.range)]  \($0.help)" }.joined(
                separator: "\n")
    }
}
