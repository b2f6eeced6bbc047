import Synchronization
import Tensors

/// The parents' logits on the most recent inputs, batch by batch: classes are few, so logits are small where inputs are large, and a fusion reads them
/// many times.
final class TeacherCache: Sendable {
    private struct State {
        var inputs: ExpandedInputs.Identity?
        var logits: [Int: [Tensor]] = [:]
        var room = TeacherCache.memory
    }

    /// Bytes of logits that are kept; the others are computed again each time.
    private static let memory = 64 << 20

    private let state = Mutex(State())

    func logits(_ batch: Int, of inputs: ExpandedInputs) -> [Tensor]? {
        state.withLock { $0.inputs === inputs.identity ? $0.logits[batch] : nil }
    }

    func store(_ logits: [Tensor], _ batch: Int, of inputs: ExpandedInputs) {
        let size = logits.reduce(0) { $0 + 8 * $1.count }
        state.withLock { state in
            if state.inputs !== inputs.identity { state = State(inputs: inputs.identity) }
            guard state.logits[batch] == nil, size <= state.room else { return }
            state.logits[batch] = logits
            state.room -= size
        }
    }
}
