import Foundation
import Runs
import Synchronization
import Training
import Transport

/// Runs jobs on threads of their own, one lane after the other's pace: opening, planning and fusing do not wait for each other.
final class JobRunner: Sendable {
    private struct Running {
        var ticket: Int
        var job: Job
        var flag: CancelFlag
        /// Of a training; cancelled with the flag.
        let reins: TrainingControl

        init(ticket: Int, job: Job) {
            let flag = CancelFlag()
            self.ticket = ticket
            self.job = job
            self.flag = flag
            reins = TrainingControl { flag.isRaised }
        }
    }

    private struct State {
        var waiting: [Job.Lane: [Running]] = [:]
        var current: [Job.Lane: Running] = [:]
    }

    private let engine: any Engine
    private let queue: EventQueue
    private let state = Mutex(State())

    init(engine: any Engine, queue: EventQueue) {
        self.engine = engine
        self.queue = queue
    }

    func start(_ job: Job, ticket: Int) {
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

    /// Pulls the reins of a running training.
    func steer(ticket: Int, _ pull: (TrainingControl) -> Void) {
        state.withLock { state in
            for running in state.current.values where running.ticket == ticket { pull(running.reins) }
        }
    }

    private func launch(_ first: Running) {
        let thread = Thread { [self] in
            var next: Running? = first
            while let running = next {
                let event = JobWork.perform(running.job, engine: engine, control: control(of: running))
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
        let flag = running.flag, ticket = running.ticket, queue = queue
        return JobControl(
            isCancelled: { flag.isRaised }, progress: { queue.post(.job(ticket: ticket, .progress($0, $1))) },
            training: { queue.post(.job(ticket: ticket, .training($0))) }, tried: { queue.post(.job(ticket: ticket, .tried($0))) },
            reins: running.reins)
    }
}

/// Set once, read from any thread.
final class CancelFlag: Sendable {
    private let raised = Atomic(false)
    func raise() { raised.store(true, ordering: .relaxed) }
    var isRaised: Bool { raised.load(ordering: .relaxed) }
}

/// Turns a job into the engine's call and its answer into an event.
enum JobWork {
    static func perform(_ job: Job, engine: any Engine, control: JobControl) -> JobEvent {
        do {
            switch job {
            case .samples: return .samples(try engine.samples())
            case .open(let paths): return .opened(try engine.open(paths, control: control))
            case .measure(let recipe): return .measured(try engine.measure(recipe, control: control))
            case .plan(let recipe, let group): return .planned(try engine.plan(recipe, group: group, control: control))
            case .arrange(_, _, let plan): return .arranged(.spectral(TransportPlan(plan)))
            case .neurons(let request): return .neurons(try engine.neurons(request, control: control))
            case .browse(let folder): return .listed(try engine.browse(folder, control: control))
            case .inspect(let path): return .inspected(try engine.inspect(path, control: control))
            case .fuse(let recipe): return .fused(try engine.fuse(recipe, control: control))
            case .tune(let request): return .tuned(try engine.tune(request, control: control))
            case .barrier(let recipe): return .barrier(try engine.barrier(recipe, control: control))
            case .runs: return .runs(try engine.runs(control: control))
            case .account(let run): return .account(try engine.account(of: run, control: control))
            case .delete(let run):
                try engine.delete(run: run)
                return .deleted(run)
            case .report(let runs, let path, let overwrites):
                if !overwrites, Outputs.isTaken(path) { return .reportExists(runs, path: path) }
                try engine.report(on: runs, to: path)
                return .reported(path)
            }
        } catch is JobCancelled {
            return .cancelled
        } catch {
            return control.isCancelled() ? .cancelled : .failed("\(error)")
        }
    }
}
