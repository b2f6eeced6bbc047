import Foundation
import Synchronization

/// Ctrl-C: the first press asks the work to stop, which it does at the next batch or iteration; the second ends the program.
enum Interruption {
    fileprivate static let presses = Atomic<Int>(0)

    /// Whether someone asked to stop.
    static var isRequested: Bool { presses.load(ordering: .relaxed) > 0 }

    static func listen() {
        signal(SIGINT) { _ in
            if Interruption.presses.add(1, ordering: .relaxed).oldValue > 0 { _exit(ExitStatus.interrupted.rawValue) }
        }
    }
}
