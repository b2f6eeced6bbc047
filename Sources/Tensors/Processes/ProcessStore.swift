import CTorchInterface

/// A table of keys that all processes of a group see: where they meet, and where each says how far it has come.
final class ProcessStore: @unchecked Sendable {
    // libtorch's stores lock themselves.
    let reference: amg_store_ref
    private let table: amg_torch
    private let prefix: String

    init(_ place: ProcessPlace, seconds: Double) throws(TensorError) {
        let table = try Torch.table()
        guard table.can_group else {
            throw .process(reason: "this libtorch has no process groups (c10d with Gloo): use another, or start one process")
        }
        self.table = table
        prefix = place.attempt.isEmpty ? "amalgam/" : "amalgam \(place.attempt)/"
        var error = amg_error()
        let milliseconds = Int64(seconds * 1000), made: amg_store_ref?
        switch place.meeting {
        case .file(let path): made = table.open_store(path, -1, false, Int32(place.size), milliseconds, &error)
        case .port(let port, let host, let isOpen):
            made = table.open_store(host, Int32(port), place.rank == 0 && !isOpen, Int32(place.size), milliseconds, &error)
        }
        guard let made else { throw Self.failure(TensorError.text(of: error), place, seconds) }
        reference = made
    }

    deinit { table.release_store(reference) }

    private static func failure(_ message: String, _ place: ProcessPlace, _ seconds: Double) -> TensorError {
        guard case .port(let port, let host, let isOpen) = place.meeting else {
            return .process(reason: "rank \(place.rank) cannot open \(place.meetingText): \(message)")
        }
        if place.rank == 0, !isOpen {
            return .process(
                reason: message.contains("address already in use") || message.contains("EADDRINUSE")
                    ? "port \(port) of this machine is in use: set MASTER_PORT to a free one, the same for all ranks"
                    : "rank 0 cannot open port \(port) for the others: \(brief(message))")
        }
        return .process(
            reason:
                "rank \(place.rank) did not reach rank 0 at \(host):\(port) within \(ProcessGroup.text(seconds)): is it started, and are MASTER_ADDR and MASTER_PORT its own?"
        )
    }

    /// The first line of what libtorch says.
    static func brief(_ message: String) -> String { String(message.prefix { !$0.isNewline }.prefix(300)) }

    func key(_ name: String) -> String { prefix + name }

    func set(_ name: String, _ text: String) throws(TensorError) {
        var error = amg_error()
        let bytes = Array(text.utf8)
        guard table.store_set(reference, key(name), bytes, Int64(bytes.count), &error) else { throw Self.unreachable(error) }
    }

    func get(_ name: String) throws(TensorError) -> String? {
        var error = amg_error()
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = table.store_get(reference, key(name), &bytes, Int64(bytes.count), &error)
        guard count >= -1 else { throw Self.unreachable(error) }
        return count < 0 ? nil : String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }

    /// How often this has been called for a name, with this call.
    func count(_ name: String) throws(TensorError) -> Int {
        var error = amg_error()
        let count = table.store_add(reference, key(name), 1, &error)
        guard count >= 0 else { throw Self.unreachable(error) }
        return Int(count)
    }

    private static func unreachable(_ error: amg_error) -> TensorError {
        .process(reason: "the place where the processes meet is gone: \(brief(TensorError.text(of: error)))")
    }
}
