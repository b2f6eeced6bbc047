import ArgumentParser
import Foundation
import Reports
import Runs
import Store

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Lists, shows, compares, repeats, exports and deletes recorded runs.",
        discussion: """
            Runs are in \(RunStore.fileName), in $AMALGAM_RUNS; else in $AMALGAM_HOME/runs; else where the system keeps a user's data.
            A run is named r12, 12, or last.
            """,
        subcommands: [List.self, Show.self, Compare.self, Replay.self, Export.self, Title.self, Delete.self, Repair.self],
        defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists runs, the newest first.")

        @Option(help: "Only this kind: \(words(Run.Kind.self)).")
        var kind: Run.Kind?

        @Option(help: "Only this method.")
        var method: String?

        @Option(help: "Only this status: \(words(Run.Status.self)).")
        var status: Run.Status?

        @Option(help: "Only runs of this parent: part of its path, the beginning of its SHA-256, or the run that they continue.")
        var parent: String?

        @Option(help: "By what to sort: \(words(RunOrder.self)).")
        var sort: RunOrder = .newest

        @Option(help: "At most so many.")
        var limit: Int?

        @Flag(help: "Prints one JSON object.")
        var json = false

        func validate() throws {
            if let limit, limit < 1 { throw ValidationError("--limit should be 1 or more") }
        }

        private struct Listing: Encodable {
            let store: String
            let runs: [RunSummary]
        }

        func run() throws {
            let store = try RunStore(forReading: true)
            let found = try store.list(RunFilter(kind: kind, method: method, status: status, parent: parent), by: sort, limit: limit)
            if json { return try Console.json(Listing(store: store.folder, runs: found)) }
            guard !found.isEmpty else { return Console.note("no runs in \(store.folder)") }
            Console.lines(RunList(found).lines)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows all that is known of a run.")

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
        static let configuration = CommandConfiguration(abstract: "Puts runs side by side: results, and what differs in their recipes.")

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
            abstract: "Fuses or trains again and compares the parameters: the same bits, or what differs.",
            discussion:
                "Ends with 0 for the same network, with 1 for another one. A file that Amalgam saved is repeated from its own manifest.")

        @Argument(help: ArgumentHelp("A run, or a file that Amalgam saved.", valueName: "run"))
        var name: String

        @Flag(help: "Also where a parent or the data changed.")
        var anyway = false

        @Option(name: .shortAndLong, help: "Saves the network that comes out.")
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
            abstract: "Writes runs for other programs: JSON Lines, CSV, TensorBoard.",
            discussion: "Example:\n  amalgam runs export r1 r2 --format tensorboard --output boards && tensorboard --logdir boards")

        @Argument(help: "Runs; all when none is named.")
        var runs: [String] = []

        @Option(help: "\(words(RunExport.self)).")
        var format: RunExport = .jsonLines

        @Option(name: .shortAndLong, help: "A file, or a folder for tensorboard; standard output when not given.")
        var output: String?

        @OptionGroup var outputs: OutputOptions

        func run() throws {
            let store = try RunStore(forReading: true)
            let ids = try runs.isEmpty ? store.list(by: .oldest).map(\.run.id) : runs.map { try store.run(named: $0).id }
            let accounts = try ids.map { try store.account($0) }
            guard let output else { return print(try format.text(accounts), terminator: "") }
            for path in try format.write(accounts, to: output, replacing: outputs.replacing()) { Console.note("wrote \(path)") }
        }
    }

    struct Title: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Gives a run a title; none takes it away.")

        @Argument(help: ArgumentHelp("The run.", valueName: "run"))
        var name: String

        @Argument(help: "What it is called.")
        var title: String?

        func run() throws {
            let store = try RunStore()
            try store.setTitle(title, of: store.run(named: name).id)
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Deletes runs and what the store keeps for them; files elsewhere stay.")

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
            abstract: "Moves a damaged store aside and saves what can still be read into a new one.")

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
