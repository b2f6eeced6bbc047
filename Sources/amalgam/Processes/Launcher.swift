import Foundation
import Synchronization
import Tensors

/// Starts copies of this program that work together on one machine, and ends with them.
struct Launcher {
    let options: ProcessOptions
    let processes: Int

    /// How long processes that are told to end may take, in looks at them.
    private static let patience = 250
    private static let pause: UInt32 = 20_000
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// How a process ended.
    private struct End {
        let rank: Int
        /// As `wait` gives it.
        let status: Int32

        var signal: Int32 { status & 0x7f }
        var code: Int32 { signal == 0 ? (status >> 8) & 0xff : 128 + signal }

        /// In words.
        var sentence: String {
            signal == 0
                ? "rank \(rank) ended with exit code \(code)"
                : "rank \(rank) was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
        }
    }

    /// Runs all processes to their end.
    ///
    /// - Returns: the status of rank 0, or of the first that failed.
    func run() throws -> ExitStatus {
        let folder = try Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        if processes > cores {
            Console.note(
                "note: \(processes) processes on \(cores) processor\(cores == 1 ? "" : "s") take turns; more than one for each is no faster"
            )
        }
        Self.listen()
        var running: [pid_t: Int] = [:]
        for rank in 0..<processes {
            do { running[try start(rank, meeting: folder + "/meeting")] = rank } catch {
                Self.send(SIGKILL, to: running)
                Self.wait(&running)
                throw error
            }
        }
        return watch(&running)
    }

    // MARK: Watching

    private func watch(_ running: inout [pid_t: Int]) -> ExitStatus {
        var ends: [End] = [], forwarded = 0, failed: [End] = [], looks = 0
        while !running.isEmpty {
            let asked = Self.requests.load(ordering: .relaxed), signal = Self.lastSignal.load(ordering: .relaxed)
            while forwarded < asked {
                Self.send(signal, to: running)
                forwarded += 1
            }
            ends += Self.ended(&running)
            if failed.isEmpty, forwarded == 0, ends.contains(where: { $0.status != 0 }) {
                // Others may have ended for the same reason, in the same moment.
                usleep(3 * Self.pause)
                ends += Self.ended(&running)
                failed = ends.filter { $0.status != 0 }
                // They may have a checkpoint to write, or a record to end.
                Self.send(SIGUSR1, to: running)
                Self.send(SIGCONT, to: running)
            }
            if !failed.isEmpty {
                looks += 1
                if looks == Self.patience { Self.send(SIGKILL, to: running) }
            }
            usleep(Self.pause)
        }
        return verdict(ends, failed: failed, wasAsked: forwarded > 0)
    }

    /// What to say of the ends, and the program's own.
    ///
    /// - Parameter failed: those that ended badly of themselves.
    private func verdict(_ ends: [End], failed: [End], wasAsked: Bool) -> ExitStatus {
        guard !wasAsked else { return ExitStatus(rawValue: ends.first { $0.rank == 0 }?.code ?? ExitStatus.interrupted.rawValue) }
        // Who was killed is the cause; those who lost it are not.
        guard let cause = failed.first(where: { $0.signal != 0 }) ?? failed.first else { return .done }
        if cause.rank != 0 || cause.signal != 0 { Console.complain("amalgam: \(cause.sentence); the other ranks were ended") }
        return ExitStatus(rawValue: cause.code)
    }

    private static func ended(_ running: inout [pid_t: Int]) -> [End] {
        var ends: [End] = []
        for (process, rank) in running.sorted(by: { $0.value < $1.value }) {
            var status: Int32 = 0
            guard waitpid(process, &status, WNOHANG) == process else { continue }
            running[process] = nil
            ends.append(End(rank: rank, status: status))
        }
        return ends
    }

    private static func wait(_ running: inout [pid_t: Int]) {
        for process in running.keys { waitpid(process, nil, 0) }
        running = [:]
    }

    private static func send(_ signal: Int32, to running: [pid_t: Int]) { for process in running.keys { kill(process, signal) } }

    // MARK: Signals

    private static let requests = Atomic<Int>(0), lastSignal = Atomic<Int32>(SIGINT)

    /// What reaches this process goes on to all.
    private static func listen() {
        for name in signals {
            var before = sigaction()
            // Where someone ignores it (nohup), the work goes on; Ctrl-C is heard in any case, as by one process.
            guard sigaction(name, nil, &before) == 0, name == SIGINT || !isIgnored(before) else { continue }
            signal(name) { received in
                Launcher.lastSignal.store(received, ordering: .relaxed)
                Launcher.requests.add(1, ordering: .relaxed)
            }
        }
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    // MARK: Starting

    private func start(_ rank: Int, meeting: String) throws -> pid_t {
        var environment = ProcessInfo.processInfo.environment
        for name in environment.keys where name.hasPrefix("SLURM_") || name.hasPrefix("OMPI_") || name.hasPrefix("TORCHELASTIC_") {
            environment[name] = nil
        }
        environment["RANK"] = "\(rank)"
        environment["LOCAL_RANK"] = "\(rank)"
        environment["WORLD_SIZE"] = "\(processes)"
        environment[ProcessPlace.fileVariable] = meeting
        environment[Ranks.launcherVariable] = "\(getpid())"
        if let timeout = options.timeout { environment[ProcessOptions.timeoutVariable] = "\(timeout)" }
        // Each has its share of the threads.
        let threads = environment["OMP_NUM_THREADS"].flatMap { Int($0) } ?? 1
        environment["OMP_NUM_THREADS"] = "\(max(1, threads / processes))"

        var actions = posix_spawn_file_actions_t(), attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        if rank > 0 { posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) }
        // A group of its own: a terminal's Ctrl-C comes once, from here.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        let words = ([CommandLine.arguments.first ?? "amalgam"] + options.arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, words, variables)
        guard failure == 0 else {
            throw LaunchError(description: "rank \(rank) of \(processes) cannot be started: \(String(cString: strerror(failure)))")
        }
        return process
    }

    struct LaunchError: Error, CustomStringConvertible { let description: String }

    /// A folder that only this user can enter, made at once with its name: ranks find each other by a file in it.
    private static func temporaryFolder() throws -> String {
        var template = Array((NSTemporaryDirectory() + "amalgam-processes-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LaunchError(description: "\(NSTemporaryDirectory()): \(String(cString: strerror(errno)))")
        }
        return template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    // MARK: In a process that was started

    /// The end of the launcher, whatever it is, is the end of this process too.
    static func endWithLauncher() throws {
        guard let text = ProcessInfo.processInfo.environment[Ranks.launcherVariable], let launcher = pid_t(text) else { return }
        try ProcessPlace.endWith(parent: launcher)
    }
}
