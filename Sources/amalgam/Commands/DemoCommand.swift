import ArgumentParser
import Formatting
import Foundation
import Provenance
import Reports
import Runs

/// A fusion of sample models, told step by step: what a newcomer runs first, and what there is to see without a terminal.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Fuses sample models and explains each step. Writes no file.")

    @Argument(help: ArgumentHelp("A sample set (amalgam samples lists them). Default: the first.", valueName: "set"))
    var set: String?

    @Flag(help: "Prints the report as one JSON object.")
    var json = false

    func run() throws {
        let library = try SampleLibrary()
        guard let chosen = try set.map({ name in try library.named(name) }) ?? library.sets.first(where: \.isComplete) else {
            throw RunError.unsuitable(reason: "no complete sample set in \(library.folder): run  amalgam samples build")
        }
        if json { return Console.print(try FusionRun(chosen.recipe).run(isCancelled: { Interruption.isRequested }).report.json()) }
        try tell(chosen)
    }

    private func tell(_ set: SampleSet) throws {
        let names = set.recipe.parents.map { ($0 as NSString).lastPathComponent }
        say("\(set.title): \(set.story)")
        say("1. Open \(names.joined(separator: ", ")): what is in a checkpoint is read, nothing in it is executed.")
        let run = try FusionRun(set.recipe)
        Console.lines(run.parents.map { "   \($0.name): \(Format.grouped($0.network.parameterCount)) parameters" } + [""])

        let samples = run.inputs.map { "from unlabelled samples of \($0.name)" } ?? "from the weights alone"
        say(
            "2. Fuse by the method “\(run.recipe.method.title)”: determine which neurons correspond, then combine their weights, \(samples)."
        )
        let report = try run.run(isCancelled: { Interruption.isRequested }).report
        Console.lines(
            report.groups.map { group in
                "   \(group.name): \(group.parentNeurons.map(String.init).joined(separator: " and ")) neurons become \(group.fusedNeurons)"
            } + ["   \(Format.decimal(report.seconds.fuse, 2)) s", ""])

        say("3. Evaluate all networks on data that neither the parents nor the fusion have seen.")
        var table = PlainTable([("network", .left), ("accuracy", .right), ("parameters", .right)])
        for row in report.rows {
            let name = [row.letter, row.name].compactMap(\.self).joined(separator: " ")
            table.add([name, Format.percent(row.evaluation?.accuracy), Format.grouped(row.parameters)])
        }
        Console.lines(table.lines.map { "   " + $0 } + [""])
        if let sentence = summary(report) { say("4. Compare: \(sentence)") }
        let next = [
            ("amalgam fuse \(set.id) --output fused.pt", "saves the fused network, for torch.load"),
            ("amalgam inspect a.pt b.pt --check", "your own networks: do they fit together?"),
            ("amalgam fuse a.pt b.pt --data images:FOLDER --output fused.pt", "fuses them"),
        ]
        Console.lines(["again: \(report.command)", "", "Next:"] + next.flatMap { ["  # \($0.1)", "  \($0.0)"] })
    }

    private func summary(_ report: FusionReport) -> String? {
        func value(_ row: EvaluationRow?) -> Double? { row?.evaluation?.accuracy }
        guard let fused = value(report.row(.fused)), let parent = report.rows.filter({ $0.role == .parent }).compactMap(value).max() else {
            return nil
        }
        var sentence = "the fused network has \(Format.percent(fused)), the better parent \(Format.percent(parent))"
        if let average = value(report.row(.average)) { sentence += ", the plain average of the weights \(Format.percent(average))" }
        if let ensemble = value(report.row(.ensemble)) {
            sentence += ", the ensemble \(Format.percent(ensemble)) with the parameters of all parents"
        }
        return sentence + "."
    }

    /// A sentence, broken at 80 columns, and an empty line.
    private func say(_ sentence: String) {
        var lines: [String] = [], line = ""
        for word in sentence.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > 80 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        Console.lines(lines + [line, ""])
    }
}
