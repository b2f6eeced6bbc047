import Screen
import Synchronization

/// Events of the workers: one locked list, and a write to the pipe that wakes the screen.
///
/// Progress is coalesced: only the latest of a job is kept, so that a flood costs one frame.
final class EventQueue: Sendable {
    private let events = Mutex<[Event]>([])
    private let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    func post(_ event: Event) {
        events.withLock { events in
            if case .job(let ticket, .progress) = event, case .job(let last, .progress)? = events.last, last == ticket {
                events.removeLast()
            }
            if case .storeChanged = event, events.contains(where: { if case .storeChanged = $0 { true } else { false } }) { return }
            events.append(event)
        }
        wake()
    }

    func take() -> [Event] {
        events.withLock { events in
            defer { events = [] }
            return events
        }
    }
}
