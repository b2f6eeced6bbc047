import ArgumentParser

/// What every benchmark that runs beside PyTorch is told.
struct BenchmarkOptions: ParsableArguments {
    @Option(help: "Measurements of each side, by turns; the median is reported.") var repetitions = 7
    @Option(help: "Threads of both sides.") var threads = 1
    @Option(help: "Only what has this text in its name.") var only: String?

    func validate() throws {
        guard repetitions > 0 else { throw ValidationError("--repetitions must be at least 1") }
        guard threads > 0 else { throw ValidationError("--threads must be at least 1") }
    }

    func includes(_ name: String) -> Bool { only.map { name.contains($0) } ?? true }
}
