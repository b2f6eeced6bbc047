import Screen
import Synchronization

/// Where workers leave what they have to say: one locked list, and a pull on the pipe that ends the screen's wait.
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
            if event == .storeChanged, events.contains(.storeChanged) { return }
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
