import Fusion
import Networks
import Screen
import Training

/// A fine-tuning as its events told it.
struct LiveRun: Equatable, Sendable {
    enum Phase: Equatable, Sendable {
        case running, paused, stopping, cancelling
        case ended(String)
        case failed(String)
    }

    var request: TuningRequest
    var phase: Phase = .running
    var overview: TrainingOverview?
    var step: TrainingStep?
    var bestValidation: TrainingValidation?
    var lastValidation: TrainingValidation?
    /// The same names as in the store of runs.
    var curves: [String: CurveHistory] = [:]
    var checkpoint: String?
    /// Seconds since the program began.
    var began: Double
    /// When it last said something: a run that has said nothing for long is shown as stalled.
    var heard: Double
    var result: TuningResult?

    /// Where the run stands as one step number.
    func position(epoch: Int, step: Int) -> Double { Double(max(0, epoch - 1) * (overview?.stepsPerEpoch ?? 1) + step) }

    var fraction: Double {
        guard let step, let overview, overview.epochs > 0, overview.stepsPerEpoch > 0 else { return 0 }
        return min(1, position(epoch: step.epoch, step: step.step) / Double(overview.epochs * overview.stepsPerEpoch))
    }

    var isActive: Bool {
        switch phase {
        case .running, .paused, .stopping, .cancelling: true
        case .ended, .failed: false
        }
    }

    mutating func take(_ event: TrainingEvent, now: Double) {
        heard = now
        func add(_ name: String, _ at: Double, _ value: Double?) {
            if let value { curves[name, default: CurveHistory()].append(step: at, value: value) }
        }
        switch event {
        case .started(let overview): self.overview = overview
        case .epochStarted: break
        case .step(let step):
            self.step = step
            let at = position(epoch: step.epoch, step: step.step)
            add("loss/training", at, step.loss)
            add("accuracy/training", at, step.accuracy)
            add("learning rate", at, step.learningRate)
            add("gradient norm", at, step.gradientNorm)
        case .epochFinished: break
        case .validated(let validation):
            lastValidation = validation
            if validation.isBest { bestValidation = validation }
            let at = Double(validation.epoch * (overview?.stepsPerEpoch ?? 1))
            add("loss/validation", at, validation.loss)
            add("\((validation.figure ?? .accuracy).name)/validation", at, validation.accuracy)
        case .checkpointSaved(let path, let epoch, let step): checkpoint = "\(path), epoch \(epoch) step \(step)"
        case .checkpointFailed(let path, let reason): checkpoint = "\(path) failed: \(reason)"
        case .paused: phase = .paused
        case .resumed: phase = .running
        case .diverged, .note, .finished: break
        }
    }
}

/// The Train screen: how to fine-tune, what runs, and what is drawn.
struct TrainState: Equatable, Sendable {
    var history = History(Settings(FineTuning.table))
    var form = KnobForm()
    var live: LiveRun?
    /// A run from the store that is shown instead: one of another terminal, or an earlier one.
    var shown: String?
    /// Which group of curves: loss, accuracy, …
    var metric = "loss"
    var isLogarithmic = true
    var smoothing = 0.6
    var showsRecent = false
    /// What is drawn while new data arrives; nil draws what there is now.
    var frozen: [String: CurveHistory]?
    /// The place of the cursor along the steps, 0…1; nil without one.
    var cursor: Double?

    var settings: Settings { history.current }

    static let smoothings = [0, 0.6, 0.9, 0.98]
}

/// Which knob is selected and what is being typed into it.
struct KnobForm: Equatable, Sendable {
    var selected = 0
    var editing: TextField?
    var problem: String?
}

/// The Compare screen.
struct CompareState: Equatable, Sendable {
    enum Order: String, CaseIterable, Sendable { case newest, accuracy, loss, seconds, method, kind }

    /// What is drawn of runs.
    enum Look: String, CaseIterable, Sendable {
        case curves
        /// Accuracy against the numbers in a network, and against the time it took to make.
        case size, time

        var next: Look {
            let all = Self.allCases
            return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
        }
    }

    var rows: Loadable<[RunRow]> = .nothing
    var selected = 0
    var order: Order = .newest
    var isReversed = false
    /// Runs whose curves are drawn together and whose recipes are compared, at most four.
    var marked: [String] = []
    var details: [String: RunDetail] = [:]
    var metric = "loss"
    var look: Look = .curves
    /// When the rows were read, seconds since the program began.
    var readAt = 0.0

    static let most = 4

    /// The rows in the chosen order; what has no such value comes last.
    var sorted: [RunRow] {
        let rows = rows.value ?? []
        func by(_ value: (RunRow) -> Double?) -> [RunRow] {
            rows.enumerated().sorted { (value($0.element) ?? .infinity, $0.offset) < (value($1.element) ?? .infinity, $1.offset) }.map(
                \.element)
        }
        let found =
            switch order {
            case .newest: rows.enumerated().sorted { ($0.element.started, $1.offset) > ($1.element.started, $0.offset) }.map(\.element)
            case .accuracy: by { $0.accuracy.map { -$0 } }
            case .loss: by(\.loss)
            case .seconds: by(\.seconds)
            case .method: rows.enumerated().sorted { ($0.element.method, $0.offset) < ($1.element.method, $1.offset) }.map(\.element)
            case .kind: rows.enumerated().sorted { ($0.element.kind, $0.offset) < ($1.element.kind, $1.offset) }.map(\.element)
            }
        return isReversed ? found.reversed() : found
    }

    var run: RunRow? {
        let rows = sorted
        return rows.indices.contains(selected) ? rows[selected] : nil
    }

    /// A run and those that it continues, back to the first that is known.
    static func lineage(of run: RunRow, in rows: [RunRow]) -> [RunRow] {
        var line = [run], seen: Set<String> = [run.id]
        while let id = line.last?.continues, seen.insert(id).inserted, let row = rows.first(where: { $0.id == id }) { line.append(row) }
        return line
    }

    /// The runs that are drawn: the marked ones, and the selected one where there is room.
    var drawn: [String] {
        guard let run, !marked.contains(run.id), marked.count < Self.most else { return marked }
        return marked + [run.id]
    }
}
