import Foundation
import Provenance
import Runs
import Synchronization
import Tensors

/// This process as one of several that fuse or train together, however they were started.
enum Ranks {
    private struct State {
        var place: ProcessPlace?
        var seconds = ProcessOptions.defaultTimeout
        var group: ProcessGroup?
    }

    private static let state = Mutex(State())

    static let launcherVariable = "AMALGAM_LAUNCHER"

    /// Reads which process this is; from then on only rank 0 prints.
    static func prepare(_ options: ProcessOptions) throws {
        try Launcher.endWithLauncher()
        guard ProcessOptions.commands.contains(options.arguments.first ?? ""), options.processes != 1 else { return }
        let place = try ProcessPlace(), seconds = try options.seconds()
        state.withLock { ($0.place, $0.seconds) = (place, seconds) }
        if let place, place.rank > 0 { Console.silence() }
    }

    /// The rank of this process; nil where it works alone.
    static var rank: Int? { state.withLock { $0.place?.rank } }

    /// Meets the others; nil where there are none.
    static func join() throws -> ProcessGroup? {
        let (place, seconds) = state.withLock { ($0.place, $0.seconds) }
        guard let place else { return nil }
        let group = try ProcessGroup(place, version: "amalgam \(Version.current)", seconds: seconds)
        state.withLock { $0.group = group }
        return group
    }

    /// Tells the others why this process ends.
    static func leave(with error: RunError) {
        guard !error.isOfProcesses else { return }
        state.withLock { $0.group }?.leave(saying: error.isCancellation ? "interrupted" : "\(error)")
    }

    /// Waits before an error is printed that another process may be about to explain better: one that died, or rank 0, which found the same.
    ///
    /// - Returns: whether to print it.
    static func waitsToSpeak(_ error: RunError) -> Bool {
        guard let rank else { return true }
        if Interruption.isEnded { return false }
        if error.isCancellation { return rank == 0 }
        guard rank > 0 || error.isOfProcesses, ProcessInfo.processInfo.environment[launcherVariable] != nil else { return true }
        for _ in 0..<250 {
            if Interruption.isEnded { return false }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return true
    }
}

extension RunError {
    /// Whether the processes that work together have lost each other.
    var isOfProcesses: Bool {
        switch self {
        case .tensor(.process), .fusion(.tensor(.process)), .training(.tensor(.process)): true
        default: false
        }
    }
}
