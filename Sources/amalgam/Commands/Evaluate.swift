import ArgumentParser
import Datasets
import Foundation
import Networks
import Runs
import Training

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Measures networks on data: accuracy, loss, per class, calibration.",
        discussion: "Example:\n  amalgam eval a.pt b.pt --data mnist:data/mnist")

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("KIND:PATH[:SPLIT], such as digits or mnist:data/mnist; the test part when no split is named.", valueName: "spec"))
    var data: String

    @Option(help: "Measures on so many samples, drawn by --seed.")
    var samples: Int?

    @Option(help: "The seed of that draw.")
    var seed: UInt64 = 0

    @Option(help: "The mean that pixels are normalised by.")
    var mean: Float?

    @Option(name: .customLong("std"), help: "The standard deviation that pixels are normalised by.")
    var deviation: Float?

    @OptionGroup var opening: OpeningOptions

    @Flag(help: "Also measures the networks as an ensemble.")
    var ensemble = false

    @Flag(help: "Prints accuracy for each class.")
    var perClass = false

    @Flag(help: "Prints one JSON object.")
    var json = false

    private struct Row: Encodable, Sendable {
        let name: String
        let path: String?
        let parameters: Int
        /// What was told or assumed of the network.
        let notes: [String]
        let evaluation: Evaluation
    }

    func run() throws {
        let rows = try measured()
        if json {
            try Console.json(["data": AnyEncodable(data), "networks": AnyEncodable(rows)])
            return
        }
        var table = PlainTable([("network", .left), ("accuracy", .right), ("loss", .right), ("calibration error", .right), ("parameters", .right)])
        for row in rows {
            table.add([
                row.name, String(format: "%.2f %%", 100 * row.evaluation.accuracy), String(format: "%.4f", row.evaluation.loss),
                String(format: "%.4f", row.evaluation.calibrationError), FusionReport.grouped(row.parameters),
            ])
        }
        Console.lines(table.lines + ["measured on \(data), \(rows.first?.evaluation.samples ?? 0) samples"])
        for row in rows { for note in row.notes { print("note: \(row.name): \(note)") } }
        for row in rows where row.evaluation.nonFinite > 0 { print("note: \(row.name) gives NaN or infinity on \(row.evaluation.nonFinite) samples, which count as wrong") }
        guard perClass else { return }
        var classes = PlainTable([("network", .left)] + (rows.first?.evaluation.classes.indices.map { ("\($0)", PlainTable.Alignment.right) } ?? []))
        for row in rows { classes.add([row.name] + row.evaluation.classes.map { $0.accuracy.map { String(format: "%.1f", 100 * $0) } ?? "–" }) }
        Console.lines([""] + classes.lines)
    }

    private func measured() throws(RunError) -> [Row] {
        do {
            var spec = try DataSpec(data)
            if let mean { spec.mean = [mean] }
            if let deviation { spec.standardDeviation = [deviation] }
            if let samples {
                spec.samples = samples
                spec.seed = seed
            }
            let dataset = try spec.load(default: .test)
            let parents = try opening.parents(files)
            try FusionRun.check(dataset, fits: parents, spec: data, needsClasses: true)
            var predictors: [any Predictor] = parents.map(\.network)
            if ensemble { predictors.append(Ensemble(parents.map(\.network), rule: .logProbabilities)) }
            let found = try Evaluator(dataset).evaluate(predictors, isCancelled: { Interruption.isRequested }) { Console.progress("evaluating \($0) of \($1)") }
            Console.clearProgress()
            var rows = zip(parents, found).map { Row(name: $0.name, path: $0.path, parameters: $0.network.parameterCount, notes: $0.checkpoint.openingNotes, evaluation: $1) }
            if ensemble, let last = found.last {
                rows.append(Row(name: "ensemble", path: nil, parameters: parents.reduce(0) { $0 + $1.network.parameterCount }, notes: [], evaluation: last))
            }
            return rows
        } catch {
            throw RunError(wrapping: error)
        }
    }
}

/// Any encodable value, for a JSON object of unlike fields.
struct AnyEncodable: Encodable {
    private let write: @Sendable (any Encoder) throws -> Void
    init<Value: Encodable & Sendable>(_ value: Value) { write = { try value.encode(to: $0) } }
    func encode(to encoder: any Encoder) throws { try write(encoder) }
}
