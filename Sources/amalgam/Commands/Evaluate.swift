import ArgumentParser
import Datasets
import Foundation
import Networks
import Provenance
import Runs
import Training

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Evaluates networks: accuracy, loss, calibration, per-class accuracy, confusion, agreement with their parents.",
        discussion: """
            Examples:
              amalgam eval a.pt b.pt --data mnist:data/mnist --ensemble
              amalgam eval fused.pt --parent a.pt --parent b.pt --data digits --average --per-class
            """)

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "file"))
    var files: [String]

    @Option(name: .customLong("parent"), help: ArgumentHelp("A parent to compare with; repeatable.", valueName: "file"))
    var parents: [String] = []

    @OptionGroup var source: EvaluationData

    @OptionGroup var opening: OpeningOptions

    @Flag(help: "Also evaluates ensembles of the parents (or of the networks, without --parent) under every rule.")
    var ensemble = false

    @Option(
        name: .customLong("rule"),
        help: ArgumentHelp(
            "Also evaluates the ensemble under this rule: \(Ensemble.Rule.allCases.map(\.rawValue).joined(separator: ", ")); repeatable."))
    var rules: [String] = []

    @Option(help: "Ensemble weights, such as 2,1.")
    var weights: String?

    @Flag(help: "Also evaluates the plain average of the parameters.")
    var average = false

    @Flag(help: "Prints per-class accuracy and retained skills.")
    var perClass = false

    @Flag(help: "Prints the confusion matrices.")
    var confusion = false

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
        var options = EvaluationRun.Options(rules: ensemble ? Ensemble.Rule.allCases : [], includesAverage: average)
        for word in rules {
            guard let rule = Ensemble.Rule(rawValue: word) else {
                throw ValidationError("--rule should be one of \(Ensemble.Rule.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            if !options.rules.contains(rule) { options.rules.append(rule) }
        }
        if let weights {
            let numbers = weights.split(separator: ",").map { Double($0) }
            guard numbers.allSatisfy({ $0 != nil }) else {
                throw ValidationError("--weights should be numbers separated by commas, such as 2,1")
            }
            options.weights = numbers.compactMap { $0 }
        }
        let run = try EvaluationRun(files, parents: parents, data: source.spec(), load: opening.options(), task: source.task)
        if !json { Console.notes(run.dataNotes) }
        let report = try run.run(options, isCancelled: { Interruption.isRequested }) { Console.progress("evaluating \($0) of \($1)") }
        Console.clearProgress()
        if json {
            try Console.json(report)
        } else {
            Console.lines(report.lines(showsClasses: perClass, showsConfusion: confusion), after: run.dataNotes)
        }
    }
}

/// What networks are measured on.
struct EvaluationData: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Evaluation data: KIND:PATH[:SPLIT][?OPTION=VALUE&…], such as digits, mnist:data/mnist, images:FOLDER or arrays:FILE?mean=0.5&std=0.5 (docs/datasets.md). Default split: test.",
            valueName: "spec"))
    var data: String

    @Option(
        help:
            "The prediction task. Default: inferred from the outputs and the data."
    )
    var task: PredictionTask?

    @Option(help: "Evaluates a random subset of this many samples.")
    var samples: Int?

    @Option(help: "Random seed of the subset.")
    var seed: UInt64 = 0

    @Option(help: "Mean for normalising pixels.")
    var mean: Float?

    @Option(name: .customLong("std"), help: "Standard deviation for normalising pixels.")
    var deviation: Float?

    func validate() throws {
        if let samples, !Counts.samples.contains(samples) { throw ValidationError("--samples should be \(Counts.words(Counts.samples))") }
    }

    func spec() throws -> DataSpec {
        var spec = try DataSpec(data)
        if let mean { spec.mean = [mean] }
        if let deviation { spec.standardDeviation = [deviation] }
        if let samples {
            spec.samples = samples
            spec.seed = seed
        }
        return spec
    }
}
