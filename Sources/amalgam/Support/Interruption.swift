import Foundation
import Synchronization

/// Ctrl-C: the first press stops the work at the next batch or iteration; the second ends the program.
enum Interruption {
    fileprivate static let presses = Atomic<Int>(0)

    fileprivate static let end = Atomic(false)

    /// Whether it was pressed, or the work is in vain.
    static var isRequested: Bool { presses.load(ordering: .relaxed) > 0 || isEnded }
    /// Whether whoever started several processes ends this one because of another, which is said there.
    static var isEnded: Bool { end.load(ordering: .relaxed) }

    /// Lets the signals through that the program answers: a process inherits what the one that started it has blocked, and would neither end when it is
    /// told to nor notice that its terminal is gone.
    static func unblock() {
        var answered = sigset_t()
        sigemptyset(&answered)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGWINCH, SIGCONT, SIGTSTP] { sigaddset(&answered, number) }
        pthread_sigmask(SIG_UNBLOCK, &answered, nil)
    }

    static func listen() {
        signal(SIGUSR1) { _ in Interruption.end.store(true, ordering: .relaxed) }
        signal(SIGINT) { _ in
            if Interruption.presses.add(1, ordering: .relaxed).oldValue > 0 { _exit(ExitStatus.interrupted.rawValue) }
        }
    }

    /// A training also stops at the next batch where it is told to end or its terminal goes away, so that its checkpoint is the last step's.
    static func listenToEnds() {
        signal(SIGTERM) { _ in Interruption.presses.add(1, ordering: .relaxed) }
        // A terminal that goes away says so more than once. Where someone ignores it (nohup), the work goes on.
        var before = sigaction()
        if sigaction(SIGHUP, nil, &before) == 0, before.__sigaction_handler.sa_handler == nil {
            signal(SIGHUP) { _ in Interruption.presses.add(1, ordering: .relaxed) }
        }
    }
}
