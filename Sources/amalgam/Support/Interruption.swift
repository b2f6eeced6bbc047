import Foundation
import Synchronization

/// Ctrl-C: the first press stops the work at the next batch or iteration; the second ends the program.
enum Interruption {
    fileprivate static let presses = Atomic<Int>(0)

    /// Whether it was pressed.
    static var isRequested: Bool { presses.load(ordering: .relaxed) > 0 }

    static func listen() {
        signal(SIGINT) { _ in
            if Interruption.presses.add(1, ordering: .relaxed).oldValue > 0 { _exit(ExitStatus.interrupted.rawValue) }
        }
    }
}
