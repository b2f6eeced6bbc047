import Synchronization
import Tensors

/// What the parents' output layers read on batches of inputs, kept from a pass that was made for other ends.
final class ParentFeatures: Sendable {
    private struct State {
        var values: [Int: [Int: Tensor]] = [:]
        var room = ParentFeatures.memory
    }

    /// Bytes that are kept; what does not fit is computed again.
    private static let memory = 256 << 20

    /// The node that the output layer reads, as the reference calls it.
    let node: String
    private let state = Mutex(State())

    init(of node: String) { self.node = node }

    func put(_ value: Tensor, _ batch: Int, of parent: Int) {
        let size = 8 * value.count
        state.withLock { state in
            guard size <= state.room, state.values[parent]?[batch] == nil else { return }
            state.values[parent, default: [:]][batch] = value
            state.room -= size
        }
    }

    /// What was kept of a batch.
    func taken(_ batch: Int, of parent: Int) -> Tensor? { state.withLock { $0.values[parent]?[batch] } }
}
