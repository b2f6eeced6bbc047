/// How a caller watches and stops a solver.
///
/// Nothing here changes the result: with one thread or many the bits are the same.
package struct SolverControl: Sendable {
    /// Asked every few iterations; a solver also stops when the task it runs in is cancelled.
    package var isCancelled: @Sendable () -> Bool
    /// Told of the state of an iterative solver, on the solver's own thread.
    package var progress: (@Sendable (SolverProgress) -> Void)?
    /// How many plans to hand to `progress` on the way, spread over the logarithm of the iteration; 0 for none.
    package var keyFrames: Int
    /// Most threads to use at once.
    package var threads: Int

    package init(
        isCancelled: @escaping @Sendable () -> Bool = { false }, progress: (@Sendable (SolverProgress) -> Void)? = nil,
        keyFrames: Int = 0, threads: Int = 1
    ) {
        self.isCancelled = isCancelled
        self.progress = progress
        self.keyFrames = keyFrames
        self.threads = max(threads, 1)
    }

    /// One thread, never cancelled, silent.
    package static let standard = SolverControl()

    func checkCancellation() throws(TransportError) {
        if Task.isCancelled || isCancelled() { throw .cancelled }
    }
}
