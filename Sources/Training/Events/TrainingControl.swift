import Foundation
import Synchronization

/// The reins of a training that runs on another thread: pause and go on, stop and keep, cancel.
///
/// A request is noticed at the next step. Cancelling wins over everything; a checkpoint on disk stays.
package final class TrainingControl: Sendable {
    package enum Request: Sendable, Equatable { case none, pause, stop, cancel }

    private let request = Mutex(Request.none)
    private let isCancelledElsewhere: @Sendable () -> Bool

    /// - Parameter isCancelled: another source of cancellation, such as Ctrl-C; polled at every step.
    package init(isCancelled: @escaping @Sendable () -> Bool = { false }) { isCancelledElsewhere = isCancelled }

    package func pause() { change(.pause, unless: [.stop, .cancel]) }
    /// Goes on after a pause.
    package func resume() { change(.none, unless: [.stop, .cancel]) }
    /// Ends the training after the present step and keeps what it has reached.
    package func stop() { change(.stop, unless: [.cancel]) }
    /// Ends the training after the present step; nothing is kept but the last checkpoint on disk.
    package func cancel() { change(.cancel, unless: []) }

    package var current: Request { isCancelledElsewhere() ? .cancel : request.withLock { $0 } }

    private func change(_ next: Request, unless stronger: [Request]) {
        request.withLock { if !stronger.contains($0) { $0 = next } }
    }

    /// Waits while paused; reports the pause and its end.
    func waitWhilePaused(_ observer: (TrainingEvent) -> Void) -> Request {
        guard current == .pause else { return current }
        observer(.paused)
        while current == .pause { Thread.sleep(forTimeInterval: 0.02) }
        if current == .none { observer(.resumed) }
        return current
    }
}
