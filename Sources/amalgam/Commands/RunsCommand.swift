import ArgumentParser
import Foundation
import Reports
import Runs
import Store

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Lists, shows, compares, replays, exports and deletes recorded runs.",
        discussion: """
            Runs are stored in \(RunStore.fileName) in $AMALGAM_RUNS, else $AMALGAM_HOME/runs, else the user's data folder.
            Runs are named r12, 12, or last.
            """,
        subcommands: [List.self, Show.self, Compare.self, Replay.self, Export.self, Title.self, Delete.self, Repair.self],
        defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists runs, newest first.")

        @Option(help: "Filter by kind: \(words(Run.Kind.self)).")
        var kind: Run.Kind?

        @Option(help: "Filter by method.")
        var method: String?

        @Option(help: "Filter by status: \(words(Run.Status.self)).")
        var status: Run.Status?

        @Option(help: "Filter by parent: part of its path, a prefix of its SHA-256, or the run it continues.")
        var parent: String?

        @Option(help: "Sort by: \(words(RunOrder.self)).")
        var sort: RunOrder = .newest

        @Option(help: "Maximum number of runs.")
        var limit: Int?

        @Flag(help: "Prints one JSON object.")
        var json = false

        func validate() throws {
            if let limit, !Counts.samples.contains(limit) { throw ValidationError("--limit should be \(Counts.words(Counts.samples))") }
        }

        private struct Listing: Encodable {
            let store: String
            let runs: [RunSummary]
            /// Those that cannot be read.
            let damaged: [DamagedRun]
        }

        func run() throws {
            let store = try RunStore(forReading: true)
            let (found, damaged) = try store.listing(
                RunFilter(kind: kind, method: method, status: status, parent: parent), by: sort, limit: limit)
            for run in damaged { Console.complain(run.sentence) }
            if json { return try Console.json(Listing(store: store.folder, runs: found, damaged: damaged)) }
            guard !found.isEmpty else { return Console.note("no \(damaged.isEmpty ? "runs" : "other runs") in \(store.folder)") }
            Console.lines(RunList(found).lines)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows a run in full.")

        @Argument(help: ArgumentHelp("The run.", valueName: "run"))
        var name: String

        @Flag(help: "Prints one JSON object.")
        var json = false

        func run() throws {
            let store = try RunStore(forReading: true)
            let account = try store.account(store.run(named: name).id)
            if json { try Console.json(account) } else { Console.lines(TextReport.lines(ReportDocument(account))) }
        }
    }

    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Compares runs: results, and differences between their recipes.")

        @Argument(help: "Two runs or more.")
        var runs: [String]

        @Flag(help: "Prints one JSON object.")
        var json = false

        func run() throws {
            let store = try RunStore(forReading: true)
            let comparison = try RunComparison(runs.map { try store.account(store.run(named: $0).id) })
            if json { try Console.json(comparison) } else { Console.lines(TextReport.lines(ReportDocument(comparison))) }
        }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Repeats a fusion or training and compares the parameters bit for bit.",
            discussion:
                "Exit code 0 for the same network, 1 for a different one. A file saved by Amalgam is replayed from its own manifest.")

        @Argument(help: ArgumentHelp("A run, or a file saved by Amalgam.", valueName: "run"))
        var name: String

        @Flag(help: "Replays even if a parent or the data changed.")
        var anyway = false

        @Option(name: .shortAndLong, help: "Saves the resulting network.")
        var output: String?

        @OptionGroup var outputs: OutputOptions

        @Flag(help: "Prints one JSON object.")
        var json = false

        func run() throws {
            let found = try replayer().replay(
                anyway: anyway, output: output, replacing: outputs.replacing(.existing), isCancelled: { Interruption.isRequested }
            ) { Console.progress($0.sentence) }
            Console.clearProgress()
            if json { try Console.json(found) } else { Console.lines(found.lines) }
            if found.verdict != .same { throw ExitStatus.failed }
        }

        private func replayer() throws -> Replayer {
            if name != "last", RunID(name) == nil { return try Replayer(file: name) }
            let store = try RunStore(forReading: true)
            return try Replayer(store.account(store.run(named: name).id))
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Exports runs: JSON Lines, CSV, TensorBoard.",
            discussion: "Example:\n  amalgam runs export r1 r2 --format tensorboard --output boards && tensorboard --logdir boards")

        @Argument(help: "Runs. Default: all.")
        var runs: [String] = []

        @Option(help: "Format: \(words(RunExport.self)).")
        var format: RunExport = .jsonLines

        @Option(name: .shortAndLong, help: "A file, or a folder for tensorboard. Default: standard output.")
        var output: String?

        @OptionGroup var outputs: OutputOptions

        func run() throws {
            let store = try RunStore(forReading: true)
            let ids = try runs.isEmpty ? store.list(by: .oldest).map(\.run.id) : runs.map { try store.run(named: $0).id }
            let accounts = try ids.map { try store.account($0) }
            guard let output else { return Console.print(try format.text(accounts), terminator: "") }
            for path in try format.write(accounts, to: output, replacing: outputs.replacing()) { Console.note("wrote \(path)") }
        }
    }

    struct Title: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Sets the title of a run, or removes it.")

        @Argument(help: ArgumentHelp("The run.", valueName: "run"))
        var name: String

        @Argument(help: "The title; none removes it.")
        var title: String?

        func run() throws {
            let store = try RunStore()
            try store.setTitle(title, of: store.run(named: name).id)
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Deletes runs and their files in the store; files elsewhere are kept.")

        @Argument(help: "Runs.")
        var runs: [String]

        func run() throws {
            let store = try RunStore()
            // All names are looked up before anything is deleted.
            for id in Set(try runs.map { try store.run(named: $0).id }).sorted() {
                try store.delete(id)
                Console.note("deleted \(id)")
            }
        }
    }

    struct Repair: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Moves a damaged store aside and recovers what can still be read.")

        @Flag(help: "Prints one JSON object.")
        var json = false

        func run() throws {
            let repair = try StoreRepair.carryOut()
            if json { try Console.json(repair) } else { Console.lines(repair.lines) }
        }
    }
}

/// The raw values of an option, for its help.
private func words<Choice: CaseIterable & RawRepresentable>(_ type: Choice.Type) -> String where Choice.RawValue == String {
    type.allCases.map(\.rawValue).joined(separator: ", ")
}

extension Run.Kind: ExpressibleByArgument {}
extension Run.Status: ExpressibleByArgument {}
extension RunOrder: ExpressibleByArgument {}
extension RunExport: ExpressibleByArgument {}
extension ReportFormat: ExpressibleByArgument {}
