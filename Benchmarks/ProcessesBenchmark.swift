import ArgumentParser
import Foundation
import Tensors

/// A command of `amalgam` by one process and by several, each with one thread: what each rank takes.
///
/// Ranks share the processors of this machine. Where these are fewer, or others use them, wall time says little, and the largest processor time of a rank is
/// what the command would take with a processor for each.
struct ProcessesBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "processes", abstract: "Wall time, and processor time of every rank, of a command by one and more processes.")

    @Option(help: "Numbers of processes, separated by commas.") var ranks = "1,2"
    @Option(help: "Runs of each number, by turns; the median is reported.") var repetitions = 3
    @ArgumentParser.Argument(parsing: .captureForPassthrough, help: "The command and its options, such as fuse a.pt b.pt --data digits.")
    var command: [String] = []

    /// How a rank ended, in seconds.
    private struct Took {
        let wall: Double
        let processor: [Double]
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    func validate() throws {
        guard sizes.allSatisfy({ $0 > 0 }), !sizes.isEmpty, repetitions > 0 else {
            throw ValidationError("--ranks and --repetitions should be numbers above 0")
        }
    }

    private var sizes: [Int] { ranks.split(separator: ",").map { Int($0) ?? 0 } }

    func run() throws {
        let words = command.filter { $0 != "--" }
        guard !words.isEmpty else { throw Failure(description: "no command: amalgam-bench processes -- fuse a.pt b.pt --data digits") }
        var took: [Int: [Took]] = [:]
        for _ in 0..<repetitions { for size in sizes { took[size, default: []].append(try measured(words, size)) } }
        print("| processes | wall, s | processor s of each rank | largest | of one process, by the number |")
        print("|---|---|---|---|---|")
        var one: Double?
        for size in sizes {
            let all = (took[size] ?? []).sorted { ($0.processor.max() ?? 0) < ($1.processor.max() ?? 0) }, middle = all[all.count / 2]
            let largest = middle.processor.max() ?? 0
            if size == 1 { one = largest }
            let efficiency = one.map { String(format: "%.0f %%", 100 * $0 / (largest * Double(size))) } ?? ""
            print(
                String(
                    format: "| %d | %.2f | %@ | %.2f | %@ |", size, middle.wall,
                    middle.processor.map { String(format: "%.2f", $0) }.joined(separator: ", "), largest, efficiency))
        }
    }

    private func measured(_ words: [String], _ size: Int) throws -> Took {
        let program = (Bundle.main.executablePath.map { ($0 as NSString).deletingLastPathComponent } ?? ".") + "/amalgam"
        let meeting = NSTemporaryDirectory() + "amalgam-bench-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: meeting) }
        let start = Date()
        var processes: [pid_t] = []
        for rank in 0..<size {
            var environment = ProcessInfo.processInfo.environment
            let own = ["OMP_NUM_THREADS": "1", "RANK": "\(rank)", "WORLD_SIZE": "\(size)", ProcessPlace.fileVariable: meeting]
            environment.merge(own) { $1 }
            processes.append(try Self.start(program, words, environment))
        }
        var times: [Double] = []
        for (rank, process) in processes.enumerated() {
            var status: Int32 = 0, usage = rusage()
            guard wait4(process, &status, 0, &usage) == process, status == 0 else {
                throw Failure(description: "rank \(rank) of \(size) failed: run  amalgam \(words.joined(separator: " "))  to see why")
            }
            times.append(Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime))
        }
        return Took(wall: Date().timeIntervalSince(start), processor: times)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// Starts a process that prints nothing.
    private static func start(_ program: String, _ words: [String], _ environment: [String: String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in STDIN_FILENO...STDERR_FILENO { posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0) }
        let arguments = ([program] + words).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, program, &actions, nil, arguments, variables)
        guard failure == 0 else { throw Failure(description: "\(program): \(String(cString: strerror(failure)))") }
        return process
    }
}
