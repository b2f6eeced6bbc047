import Dispatch
import Foundation
import Synchronization

extension ZipFile {
    /// Bytes from which on several threads read.
    private static let large = 1 << 22
    /// What is read keeps the memory busy; more threads than these do not help.
    private static let mostThreads = 4

    /// The first stored member that is not what its checksum says, in the order of the directory.
    ///
    /// - Throws: what reading the first such member throws.
    func firstMismatch() throws(ArchiveError) -> ZipMember? {
        let stored = members.filter { $0.compression == .stored }
        let total = stored.reduce(0.0) { $0 + Double($1.storedSize) }
        let threads = min(Self.mostThreads, ProcessInfo.processInfo.activeProcessorCount, stored.count)
        guard total >= Double(Self.large), threads > 1 else {
            for member in stored where try !matchesChecksum(member) { return member }
            return nil
        }
        // Members are taken in turn, and none behind one that is known to be wrong.
        let next = Atomic(0), first = Mutex<(place: Int, failure: ArchiveError?)>((stored.count, nil))
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            while true {
                let place = next.add(1, ordering: .relaxed).oldValue
                guard place < stored.count, place < first.withLock({ $0.place }) else { return }
                let failure: ArchiveError?
                do throws(ArchiveError) {
                    if try matchesChecksum(stored[place]) { continue }
                    failure = nil
                } catch { failure = error }
                first.withLock { if place < $0.place { $0 = (place, failure) } }
            }
        }
        let found = first.withLock { $0 }
        if let failure = found.failure { throw failure }
        return found.place < stored.count ? stored[found.place] : nil
    }
}
