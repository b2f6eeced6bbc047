import ArgumentParser
import Datasets
import Foundation
import Fusion
import Provenance
import Reports
import Runs

struct ImportanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "importance", abstract: "Scores the importance of each neuron.",
        discussion: """
            Examples:
              amalgam importance a.pt --kind l2 --group fc1
              amalgam importance a.pt b.pt --kind conductance --data digits:train --samples 200
            """)

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "file"))
    var files: [String]

    @Option(help: "The score: \(Importance.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind = Importance.Kind.l2.rawValue

    @Option(help: "A neuron group. Default: all.")
    var group: String?

    @Option(help: ArgumentHelp("Data, for scores that need samples.", valueName: "spec"))
    var data: String?

    @Option(help: "Number of samples.")
    var samples = 400

    @Option(help: "Random seed of the sample order.")
    var seed: UInt64 = 0

    @Option(help: "Attribution target: label, predicted, or a class index.")
    var target = "label"

    @Option(help: "Integration steps for conductance.")
    var steps = 10

    @Option(help: "Number of neurons to list, the most important first; 0 for all.")
    var top = 10

    @OptionGroup var opening: OpeningOptions

    @Flag(help: "Prints one JSON object with every score.")
    var json = false

    func run() throws {
        guard let kind = Importance.Kind(rawValue: kind) else {
            throw ValidationError("--kind should be one of \(Importance.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let explained: Importance.Target
        switch target {
        case "label": explained = .label
        case "predicted": explained = .predicted
        default:
            guard let number = Int(target), number >= 0 else {
                throw ValidationError("--target should be label, predicted, or a class index")
            }
            explained = .given(number)
        }
        let report: ImportanceReport
        report = try ImportanceRun(files, data: data.map { try DataSpec($0) }, load: opening.options())
            .run(
                Importance(kind, target: explained, steps: steps), group: group, samples: samples, seed: seed,
                isCancelled: { Interruption.isRequested })
        if json { try Console.json(report) } else { Console.lines(report.lines(top: top)) }
    }
}
