import CTorchInterface
import Foundation
import Synchronization

/// Several processes that work on one task, each with the same program, by libtorch's own process groups (c10d, Gloo).
///
/// All of them call the same methods in the same order. Once a call has failed, every later one fails with the same words: those that are left
/// have lost their common state.
package final class ProcessGroup: @unchecked Sendable {
    // One thread at a time uses it; the store locks itself.
    package let rank: Int
    package let size: Int
    package let place: ProcessPlace
    /// How long the others are waited for.
    package let seconds: Double
    private let store: ProcessStore
    private let table: amg_torch
    private let reference: amg_group_ref
    private let state = Mutex(State())

    private struct State {
        /// Calls so far.
        var step = 0
        var failure: TensorError?
        var bytes = 0
    }

    /// Waits until all processes are there.
    ///
    /// - Parameters:
    ///   - version: of this program, which all must have.
    ///   - seconds: how long each waits for the others, now and in every call.
    /// - Throws: ``TensorError/process(reason:)``, which names the rank that is missing, came twice or differs.
    package init(_ place: ProcessPlace, version: String, seconds: Double) throws(TensorError) {
        let table = try Torch.table(), store = try ProcessStore(place, seconds: seconds)
        try Arrival(place, store, version: "\(version), libtorch \(Torch.version())", seconds: seconds).waitForAll()
        var network = place.interface
        if network == nil {
            switch place.meeting {
            case .file: network = "127.0.0.1"
            case .port(_, let host, _): network = LocalAddress.towards(host)
            }
        }
        guard let network else {
            throw .process(
                reason: "rank \(place.rank) finds no way to \(place.meetingText): set GLOO_SOCKET_IFNAME to its network interface")
        }
        var error = amg_error()
        let made = table.make_group(
            store.reference, store.key("gloo"), Int32(place.rank), Int32(place.size), network, place.interface != nil,
            Int64(seconds * 1000),
            &error)
        guard let made else {
            throw .process(
                reason:
                    "rank \(place.rank) of \(place.size), at \(network), cannot connect to the others: \(ProcessStore.brief(TensorError.text(of: error))); GLOO_SOCKET_IFNAME names the network interface to use"
            )
        }
        (rank, size, self.place, self.seconds) = (place.rank, place.size, place, seconds)
        (self.store, self.table, reference) = (store, table, made)
    }

    deinit { table.release_group(reference) }

    /// Whether this is the process that writes and speaks.
    package var isFirst: Bool { rank == 0 }

    /// Bytes that this process has taken part in moving.
    package var bytes: Int { state.withLock { $0.bytes } }

    // MARK: Calls

    /// The tensors of every process, in the order of their ranks. Those of different processes need not have one number, type or shape.
    package func gathered(_ own: [Tensor]) throws(TensorError) -> [[Tensor]] {
        var all: [[Tensor]] = []
        for root in 0..<size { all.append(try shared(root == rank ? own : [], from: root)) }
        return all
    }

    /// The tensors of one process, in all.
    package func shared(_ own: [Tensor], from root: Int) throws(TensorError) -> [Tensor] {
        let parcel = root == rank ? try TensorParcel(own) : nil
        let length = try Tensor([Int64(parcel?.count ?? 0)])
        try broadcast(length, from: root)
        let count = Int(try length.item())
        if let parcel {
            try broadcast(parcel.tensor, from: root)
            return own
        }
        let received = try TensorParcel(room: count)
        try broadcast(received.tensor, from: root)
        return try received.contents()
    }

    private func broadcast(_ tensor: Tensor, from root: Int) throws(TensorError) {
        try step(tensor) { error in table.broadcast(reference, tensor.reference, Int32(root), &error) }
    }

    /// Gives every process the sum over all, in the memory of its tensor. The same bits in all, but not for another number of processes.
    package func sumInPlace(_ tensor: Tensor) throws(TensorError) {
        try step(tensor) { error in table.sum_over(reference, tensor.reference, &error) }
    }

    /// Waits until all have come here.
    package func barrier() throws(TensorError) { try sumInPlace(Tensor([0] as [Float])) }

    /// Checks that all processes have the same texts.
    ///
    /// - Throws: ``TensorError/process(reason:)``, which names the first that differs.
    package func agree(on texts: [(what: String, text: String)]) throws(TensorError) {
        let whole = texts.map { "\($0.what)\u{0}\($0.text)" }.joined(separator: "\u{1}")
        let all = try gathered([Tensor(Array(whole.utf8))])
        var parts: [[Substring]] = []
        for own in all {
            let bytes = try own.first?.array(of: UInt8.self) ?? []
            parts.append(String(decoding: bytes, as: UTF8.self).split(separator: "\u{1}", omittingEmptySubsequences: false))
        }
        guard let first = parts.first else { return }
        for (other, own) in parts.enumerated() where own != first {
            let place = zip(own, first).enumerated().first { $1.0 != $1.1 }?.offset ?? min(own.count, first.count)
            let what = (first.indices.contains(place) ? first[place] : own[place]).prefix { $0 != "\u{0}" }
            throw fail(.process(reason: "rank \(other) has another \(what) than rank 0: start all ranks with the same command and files"))
        }
    }

    /// Says to the others why this process ends, so that they can say it too.
    package func leave(saying sentence: String) {
        guard state.withLock({ $0.failure == nil }) else { return }
        // The others notice the lost connection in any case.
        try? store.set("failed/\(rank)", String(sentence.prefix(1000)))
    }

    // MARK: Failures

    /// - Parameter tensor: in the memory of which the call leaves its result.
    private func step(_ tensor: Tensor, _ call: (inout amg_error) -> Bool) throws(TensorError) {
        let (number, failure) = state.withLock { state in
            state.step += 1
            return (state.step, state.failure)
        }
        if let failure { throw failure }
        guard tensor.count > 0 else { return }
        do { try store.set("at/\(rank)", "\(number)") } catch { throw fail(lost(at: number, nil)) }
        var error = amg_error()
        guard withExtendedLifetime(tensor, { call(&error) }) else { throw fail(lost(at: number, TensorError.text(of: error))) }
        let size = try tensor.count * tensor.dtype().byteCount
        state.withLock { $0.bytes += size }
    }

    private func fail(_ error: TensorError) -> TensorError {
        state.withLock { $0.failure = error }
        return error
    }

    /// Who is missing at a step, by what the processes say of themselves.
    ///
    /// - Parameter message: what libtorch says; nil where the store did not answer.
    private func lost(at step: Int, _ message: String?) -> TensorError {
        guard let message else { return .process(reason: rank == 0 ? "the ranks' meeting place is gone" : "rank 0 is gone") }
        let isLate = message.lowercased().contains("timed out") || message.lowercased().contains("timeout")
        // What another rank says of its end may come a moment after its connection is closed.
        for wait in [0.0, 0.1, 0.4] {
            Thread.sleep(forTimeInterval: wait)
            do {
                for other in 0..<size where other != rank {
                    if let sentence = try store.get("failed/\(other)") { return .process(reason: "rank \(other) stopped: \(sentence)") }
                }
                if isLate { break }
            } catch { return .process(reason: "rank 0 is gone") }
        }
        let behind = (0..<size).filter { other in
            other != rank && ((try? store.get("at/\(other)")) ?? nil).flatMap { Int($0) } ?? 0 < step
        }
        let names = Self.names(behind)
        guard let names else {
            return .process(reason: "the connection between the ranks was lost: \(ProcessStore.brief(message))")
        }
        return .process(
            reason: isLate
                ? "\(names) did not answer within \(Self.text(seconds)); --timeout sets how long is waited"
                : "\(names) ended before the work was done")
    }

    /// `rank 1`, `ranks 1 and 2`; nil for none.
    static func names(_ ranks: [Int]) -> String? {
        guard let last = ranks.last else { return nil }
        guard ranks.count > 1 else { return "rank \(last)" }
        return "ranks " + ranks.dropLast().map(String.init).joined(separator: ", ") + " and \(last)"
    }

    static func text(_ seconds: Double) -> String { seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s" }
}
