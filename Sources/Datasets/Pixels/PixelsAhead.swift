import Foundation

/// A source whose samples are read by worker threads before they are asked for.
///
/// ``expect(_:)`` says what comes next. Workers read that in its order into a store of at most ``PixelsAheadLimits/bytes``, wait while it is full, and end when
/// they have read all of it, or when this object is no longer held; whoever asks for a sample that no worker has begun reads it itself. A sample is the same whoever reads it, so the number of
/// threads, and which of them is quick, change nothing but the time. An error is that of the first sample, in the order in which they are asked for, that cannot be read.
final class PixelsAhead<Element: BitwiseCopyable & Sendable>: PixelSource {
    private let base: any PixelSource<Element>
    private let work: Work

    let count: Int
    let sampleSize: Int
    var whereabouts: PixelWhereabouts { base.whereabouts }

    /// - Parameters:
    ///   - workers: the most threads that read at a time.
    ///   - bytes: the most bytes of samples that wait to be asked for; a sample for each worker may always wait.
    init(_ base: any PixelSource<Element>, workers: Int = PixelsAheadLimits.workers, bytes: Int = PixelsAheadLimits.bytes) {
        self.base = base
        (count, sampleSize) = (base.count, base.sampleSize)
        let sample = max(1, sampleSize * MemoryLayout<Element>.stride)
        work = Work(base, workers: max(1, workers), room: max(workers, bytes / sample))
    }

    deinit { work.drop() }

    func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<Element>) throws(DatasetError) {
        try work.read(place, into: buffer)
    }

    func checkUnchanged() throws(DatasetError) { try base.checkUnchanged() }

    func expect(_ places: [Int]) { work.expect(places) }

    /// What the threads share; it outlives the source by no more than the sample that each of them is reading.
    private final class Work: @unchecked Sendable {
        /// A sample that is expected.
        private enum Slot {
            /// A thread is reading it.
            case begun
            case done([Element])
            case failed(DatasetError)
        }

        private let base: any PixelSource<Element>
        private let most: Int
        /// Samples that may be held.
        private let room: Int
        /// Guards what follows; signalled when a slot changes.
        private let condition = NSCondition()
        private var queue: [Int] = []
        private var next = 0
        private var wanted: Set<Int> = []
        private var slots: [Int: Slot] = [:]
        private var running = 0
        private var isDropped = false

        init(_ base: any PixelSource<Element>, workers: Int, room: Int) { (self.base, most, self.room) = (base, workers, room) }

        func drop() {
            condition.lock()
            isDropped = true
            condition.broadcast()
            condition.unlock()
        }

        func expect(_ places: [Int]) {
            condition.lock()
            defer { condition.unlock() }
            (queue, next, wanted) = (places, 0, Set(places))
            slots = slots.filter { place, slot in
                // One that is being read is left to the thread that reads it.
                if case .begun = slot { true } else { wanted.contains(place) }
            }
            condition.broadcast()
            while running < min(most, queue.count) {
                running += 1
                Thread.detachNewThread { [self] in
                    Thread.current.name = "amalgam.pixels"
                    readAhead()
                }
            }
        }

        func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<Element>) throws(DatasetError) {
            condition.lock()
            while case .begun? = slots[place] { condition.wait() }
            // Overtaken: no worker need read it.
            if next < queue.count, queue[next] == place { next += 1 }
            switch slots[place] {
            case .done(let values):
                slots[place] = nil
                condition.broadcast()
                condition.unlock()
                _ = buffer.update(fromContentsOf: values)
            case .failed(let error):
                // Read anew where it is asked for again: the file may have been mended.
                slots[place] = nil
                condition.unlock()
                throw error
            case nil, .begun:
                slots[place] = .begun
                condition.unlock()
                let failure = load(place, into: buffer)
                condition.lock()
                slots[place] = nil
                condition.broadcast()
                condition.unlock()
                if let failure { throw failure }
            }
        }

        private func load(_ place: Int, into buffer: UnsafeMutableBufferPointer<Element>) -> DatasetError? {
            do throws(DatasetError) { try base.read(place, into: buffer) } catch { return error }
            return nil
        }

        /// A worker's life.
        private func readAhead() {
            while let place = begin() {
                var failure: DatasetError?
                let values = [Element](unsafeUninitializedCapacity: base.sampleSize) { buffer, filled in
                    failure = load(place, into: UnsafeMutableBufferPointer(rebasing: buffer[..<base.sampleSize]))
                    filled = failure == nil ? base.sampleSize : 0
                }
                condition.lock()
                slots[place] = !wanted.contains(place) ? nil : failure.map { .failed($0) } ?? .done(values)
                condition.broadcast()
                condition.unlock()
            }
        }

        /// The next sample that nobody has begun; nil where there is none, which ends the thread.
        private func begin() -> Int? {
            condition.lock()
            defer { condition.unlock() }
            while !isDropped, next < queue.count {
                guard slots.count < room else {
                    condition.wait()
                    continue
                }
                let place = queue[next]
                next += 1
                guard slots[place] == nil else { continue }
                slots[place] = .begun
                return place
            }
            running -= 1
            return nil
        }
    }
}

enum PixelsAheadLimits {
    /// The most bytes of samples that wait to be asked for.
    static let bytes = 64 << 20
    static let workers = max(1, min(8, ProcessInfo.processInfo.activeProcessorCount))
}
