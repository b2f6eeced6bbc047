import ArgumentParser
import Foundation
import Provenance
import Runs

/// The command line: every action of the workbench is also a command.
struct Amalgam: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amalgam",
        abstract: "Fuses trained neural networks into one.",
        discussion: """
            Without a subcommand, opens the workbench on the given checkpoints or on the sample models.
            With --processes N before the command, N processes of this machine share the work of fuse, finetune and train (docs/cluster.md).
            Exit codes: 0 success, 1 failure, 2 usage error, 70 internal error, 130 interrupted.
            """,
        version: Version.current,
        subcommands: [
            Open.self, Inspect.self, Fuse.self, Plan.self, Train.self, FineTune.self, Evaluate.self, Diff.self, BarrierCommand.self,
            ImportanceCommand.self,
            RunsCommand.self, ReportCommand.self, Recipes.self, DataCommand.self, Samples.self, Themes.self, DemoCommand.self,
            DoctorCommand.self,
        ],
        defaultSubcommand: Open.self)
}

@main struct Main {
    static func main() {
        Interruption.unblock()
        Console.open()
        // A limit on the size of files is a reason why one could not be written, not the end of the program.
        signal(SIGXFSZ, SIG_IGN)
        exit(Console.close(run()).rawValue)
    }

    private static func run() -> ExitStatus {
        do {
            let options = try ProcessOptions(Array(CommandLine.arguments.dropFirst()))
            if let processes = options.processes, processes > 1 { return try Launcher(options: options, processes: processes).run() }
            try Ranks.prepare(options)
            var command = try Amalgam.parseAsRoot(FineTuningOptions.expanded(options.arguments))
            Interruption.listen()
            try command.run()
            return .done
        } catch let status as ExitStatus {
            return status
        } catch {
            // The only place where errors of all rooms become one: what the parser of arguments does not know is theirs.
            switch Amalgam.exitCode(for: error) {
            case .success:
                Console.print(Amalgam.fullMessage(for: error))
                return .done
            case .validationFailure:
                Console.usage(Amalgam.fullMessage(for: error))
                return .usage
            default:
                var error = RunError(wrapping: error)
                // Who was told to end, and lost the others who were told the same, was told to end.
                if error.isOfProcesses, Interruption.isRequested, !Interruption.isEnded { error = .cancelled }
                Ranks.leave(with: error)
                return Ranks.waitsToSpeak(error) ? Console.fail(error) : .failed
            }
        }
    }
}
