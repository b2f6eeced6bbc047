import Foundation
import Synchronization
import Training

/// Runs jobs on worker threads: one queue per lane, lanes run concurrently.
final class JobRunner: Sendable {
    private struct Running {
        var ticket: Int
        let job: any Job
        var flag: CancelFlag
        /// Raised where a cancelled training keeps its checkpoint.
        let leaving = CancelFlag()
        /// Of a training; cancelled with the flag.
        let training: TrainingControl

        init(ticket: Int, job: any Job) {
            let flag = CancelFlag()
            self.ticket = ticket
            self.job = job
            self.flag = flag
            training = TrainingControl { flag.isRaised }
        }
    }

    private struct State {
        var waiting: [JobLane: [Running]] = [:]
        var current: [JobLane: Running] = [:]
    }

    private let engine: any Engine
    private let queue: EventQueue
    private let state = Mutex(State())

    init(engine: any Engine, queue: EventQueue) {
        self.engine = engine
        self.queue = queue
    }

    /// Carries out what concerns jobs; false for other effects.
    func perform(_ effect: Effect) -> Bool {
        switch effect {
        case .start(let started): start(started.job, ticket: started.ticket)
        case .cancel(let ticket): cancel(ticket: ticket)
        case .pause(let ticket): steer(ticket: ticket) { $0.pause() }
        case .resume(let ticket): steer(ticket: ticket) { $0.resume() }
        case .stop(let ticket): steer(ticket: ticket) { $0.stop() }
        case .leave(let ticket): leave(ticket: ticket)
        case .abandon(let ticket): abandon(ticket: ticket)
        default: return false
        }
        return true
    }

    func start(_ job: any Job, ticket: Int) {
        let running = Running(ticket: ticket, job: job)
        let isFirst = state.withLock { state in
            if let current = state.current[job.lane] {
                // What the new job replaces need not be finished, nor begun.
                state.waiting[job.lane]?.removeAll { job.replaces($0.job) }
                if job.replaces(current.job) { current.flag.raise() }
                state.waiting[job.lane, default: []].append(running)
                return false
            }
            state.current[job.lane] = running
            return true
        }
        if isFirst { launch(running) }
    }

    func cancel(ticket: Int) {
        state.withLock { state in
            for running in state.current.values where running.ticket == ticket { running.flag.raise() }
            for lane in state.waiting.keys { state.waiting[lane]?.removeAll { $0.ticket == ticket } }
        }
    }

    /// Cancels a training and keeps its checkpoint.
    private func leave(ticket: Int) {
        state.withLock { state in
            for running in state.current.values where running.ticket == ticket {
                running.leaving.raise()
                running.flag.raise()
            }
        }
    }

    /// Leaves a worker that does not stop to itself: the next job of its lane begins on another thread.
    func abandon(ticket: Int) {
        let next: Running? = state.withLock { state in
            guard let lane = state.current.first(where: { $0.value.ticket == ticket })?.key, let left = state.current[lane] else {
                return nil
            }
            left.flag.raise()
            let waiting = state.waiting[lane]?.isEmpty == false ? state.waiting[lane]?.removeFirst() : nil
            state.current[lane] = waiting
            return waiting
        }
        if let next { launch(next) }
    }

    /// Pauses, resumes or stops a running training.
    func steer(ticket: Int, _ steer: (TrainingControl) -> Void) {
        state.withLock { state in
            for running in state.current.values where running.ticket == ticket { steer(running.training) }
        }
    }

    /// Waits until the trainings that were stopped have ended, at most so many seconds.
    ///
    /// - Returns: whether there was one.
    func settle(within seconds: Double) -> Bool {
        func isTraining() -> Bool {
            state.withLock { $0.current.values.contains { $0.training.current == .stop || $0.leaving.isRaised } }
        }
        guard isTraining() else { return false }
        let end = ContinuousClock.now + .seconds(seconds)
        while isTraining(), ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.02) }
        return true
    }

    private func launch(_ first: Running) {
        let thread = Thread { [self] in
            var next: Running? = first
            while let running = next {
                let event = running.job.perform(on: engine, control(of: running))
                queue.post(.job(ticket: running.ticket, event))
                next = state.withLock { state in
                    // An abandoned worker's lane belongs to another by now.
                    guard state.current[running.job.lane]?.ticket == running.ticket else { return nil }
                    let waiting = state.waiting[running.job.lane]?.isEmpty == false ? state.waiting[running.job.lane]?.removeFirst() : nil
                    state.current[running.job.lane] = waiting
                    return waiting
                }
            }
        }
        // Solvers recurse and libtorch keeps large frames; the default of half a megabyte is too little.
        thread.stackSize = 16 << 20
        thread.name = "amalgam-\(first.job.lane)"
        thread.start()
    }

    private func control(of running: Running) -> JobControl {
        let flag = running.flag, leaving = running.leaving, ticket = running.ticket, queue = queue
        return JobControl(
            isCancelled: { flag.isRaised }, progress: { queue.post(.job(ticket: ticket, .progress($0, $1))) },
            training: { queue.post(.job(ticket: ticket, .training($0))) },
            references: { queue.post(.job(ticket: ticket, .references($0))) }, tried: { queue.post(.job(ticket: ticket, .tried($0))) },
            trainingControl: running.training, leavesCheckpoint: { leaving.isRaised })
    }
}

/// Set once, read from any thread.
final class CancelFlag: Sendable {
    private let raised = Atomic(false)
    func raise() { raised.store(true, ordering: .relaxed) }
    var isRaised: Bool { raised.load(ordering: .relaxed) }
}
