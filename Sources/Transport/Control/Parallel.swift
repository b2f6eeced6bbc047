import Dispatch

/// Work shared out over threads, such that the result does not depend on how many there are.
enum Parallel {
    /// Calls `body` once for each index; indices must not touch each other's memory.
    static func forEach(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
        let workers = min(threads, count)
        guard workers > 1 else {
            for index in 0..<count { body(index) }
            return
        }
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            for index in count * worker / workers..<count * (worker + 1) / workers { body(index) }
        }
    }
}

/// A pointer into memory that the threads of one ``Parallel`` call share without overlap.
struct SendablePointer<Element>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Element>

    init(_ pointer: UnsafeMutablePointer<Element>) {
        self.pointer = pointer
    }
}
