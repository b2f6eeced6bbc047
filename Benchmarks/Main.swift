import ArgumentParser

@main struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amalgam-bench",
        abstract: "Measures Amalgam and the field's own programs on the same inputs, in one run, on one thread.",
        subcommands: [
            Everything.self, TransportBenchmark.self, FusionBenchmark.self, ScaleBenchmark.self, TrainingBenchmark.self,
            GraphBenchmark.self,
            GraphMethodsBenchmark.self, ProcessesBenchmark.self,
        ],
        defaultSubcommand: Everything.self)

    /// What `make bench` runs.
    struct Everything: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "all", abstract: "All of them, with their usual sizes.")

        func run() throws {
            try TransportBenchmark.parse([]).run()
            print("")
            try FusionBenchmark.parse([]).run()
            print("")
            try TrainingBenchmark.parse([]).run()
        }
    }
}
