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
        abstract: "Measures networks on data: accuracy, loss, calibration, per class, confusion, agreement with their parents.",
        discussion: """
            Examples:
              amalgam eval a.pt b.pt --data mnist:data/mnist --ensemble
              amalgam eval fused.pt --parent a.pt --parent b.pt --data digits --average --per-class
            """)

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "file"))
    var files: [String]

    @Option(name: .customLong("parent"), help: ArgumentHelp("A network that they came from; may be repeated.", valueName: "file"))
    var parents: [String] = []

    @OptionGroup var source: EvaluationData

    @OptionGroup var opening: OpeningOptions

    @Flag(help: "Also measures the parents, or the networks where no parents are named, as ensembles by every rule.")
    var ensemble = false

    @Option(
        name: .customLong("rule"),
        help: ArgumentHelp("An ensemble by one rule: \(Ensemble.Rule.allCases.map(\.rawValue).joined(separator: ", ")); may be repeated."))
    var rules: [String] = []

    @Option(help: "The ensembles' weights, such as 2,1.")
    var weights: String?

    @Flag(help: "Also measures the plain average of weights.")
    var average = false

    @Flag(help: "Prints accuracy, and what was inherited, for each class.")
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
            "KIND:PATH[:SPLIT][?OPTION=VALUE&…], such as digits, mnist:data/mnist, images:FOLDER or arrays:FILE?mean=0.5&std=0.5; the test part when no split is named. docs/datasets.md lists what is read, and the options.",
            valueName: "spec"))
    var data: String

    @Option(
        help:
            "What the networks' outputs are for: \(PredictionTask.allCases.map(\.rawValue).joined(separator: ", ")); told from outputs and data when not given."
    )
    var task: PredictionTask?

    @Option(help: "Measures on so many samples, drawn by --seed.")
    var samples: Int?

    @Option(help: "The seed of that draw.")
    var seed: UInt64 = 0

    @Option(help: "The mean that pixels are normalised by.")
    var mean: Float?

    @Option(name: .customLong("std"), help: "The standard deviation that pixels are normalised by.")
    var deviation: Float?

    func spec() throws(RunError) -> DataSpec {
        do {
            var spec = try DataSpec(data)
            if let mean { spec.mean = [mean] }
            if let deviation { spec.standardDeviation = [deviation] }
            if let samples {
                spec.samples = samples
                spec.seed = seed
            }
            return spec
        } catch {
            throw RunError(wrapping: error)
        }
    }
}
