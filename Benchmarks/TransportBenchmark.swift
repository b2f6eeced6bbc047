import ArgumentParser
import Foundation
import Transport

/// Transport solvers against POT, SciPy and scikit-learn.
struct TransportBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transport", abstract: "Assignment, exact and entropic transport, and costs, against SciPy, POT and scikit-learn.")

    @Option(help: "Numbers of points to measure.") var sizes: [Int] = [256, 512, 1024, 2048, 4096]
    @Option(help: "Runs of each side; the median is reported.") var repetitions = 5
    @Option(help: "Only tasks whose name contains this text.") var only: String?
    @Option(help: "Where the rivals' Python packages are installed.") var packages = ".deps/bench"

    func validate() throws {
        guard repetitions > 0 else { throw ValidationError("--repetitions must be at least 1") }
        guard sizes.allSatisfy({ $0 >= 4 && $0 <= 8192 }) else { throw ValidationError("--sizes must lie within 4 and 8192") }
    }

    func run() throws {
        let rivals = try RivalProcess(packages: packages)
        print("| task | ours, ms | rival | rival, ms | ratio | check |")
        print("|---|---|---|---|---|---|")
        for task in tasks where only.map({ task.name.contains($0) }) ?? true {
            print(try task.row(repetitions: repetitions, rivals: rivals))
        }
    }

    private var tasks: [TransportTask] {
        var tasks: [TransportTask] = []
        for size in sizes {
            for kind in CostKind.allCases { tasks.append(.assignment(kind, size)) }
        }
        for size in sizes where size <= 2048 {
            for kind in [CostKind.gauss, .perm] { tasks.append(.exactUniform(kind, size)) }
        }
        for size in sizes where size <= 2048 {
            for kind in [CostKind.gauss, .perm] { tasks.append(.exactRandom(kind, size, size * 3 / 4)) }
        }
        for size in sizes where size == 512 || size == 1024 {
            for (epsilon, hasRival) in [(0.05, true), (0.01, true), (0.001, false), (0.0002, false)] {
                tasks.append(.sinkhorn(size, epsilon, hasRival: hasRival))
            }
        }
        for size in sizes where size >= 1024 { tasks.append(.distances(size, 400)) }
        return tasks
    }
}
