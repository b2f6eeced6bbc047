import ArgumentParser

@main struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amalgam-bench",
        abstract: "Measures Amalgam's solvers and the field's own on the same inputs, in one run, on one thread.",
        subcommands: [TransportBenchmark.self], defaultSubcommand: TransportBenchmark.self)
}
