import ArgumentParser
import Foundation
import Provenance
import Runs

/// The command line: every action of the workbench has a spoken twin here.
struct Amalgam: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amalgam",
        abstract: "Fuses trained neural networks into one.",
        discussion: """
            Without a subcommand the workbench opens, on the networks named or on the sample models.
            Exit codes: 0 done, 1 it could not be done, 2 wrong usage, 70 a defect, 130 interrupted.
            """,
        version: Version.current,
        subcommands: [
            Open.self, Inspect.self, Fuse.self, Plan.self, Train.self, FineTune.self, Evaluate.self, BarrierCommand.self,
            ImportanceCommand.self,
            RunsCommand.self, ReportCommand.self, Recipes.self, DataCommand.self, Samples.self, Themes.self, DoctorCommand.self,
        ],
        defaultSubcommand: Open.self)
}

@main struct Main {
    static func main() {
        do {
            var command = try Amalgam.parseAsRoot(FineTuningOptions.expanded(Array(CommandLine.arguments.dropFirst())))
            Interruption.listen()
            // A limit on the size of files is a reason why one could not be written, not the end of the program.
            signal(SIGXFSZ, SIG_IGN)
            try command.run()
            exit(ExitStatus.done.rawValue)
        } catch let error as RunError {
            exit(Console.fail(error).rawValue)
        } catch let status as ExitStatus {
            exit(status.rawValue)
        } catch {
            let isQuestion = Amalgam.exitCode(for: error) == .success
            let text = Amalgam.fullMessage(for: error)
            if isQuestion { print(text) } else { Console.note(text) }
            exit(isQuestion ? ExitStatus.done.rawValue : ExitStatus.usage.rawValue)
        }
    }
}
