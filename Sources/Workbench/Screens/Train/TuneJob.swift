/// Fine-tunes the network that was fused last, or goes on with a fine-tuning that was interrupted.
struct TuneJob: Job {
    static let lane = JobLane.fusion
    static let title = "fine-tuning"

    var request: TuningRequest
    /// The run that is taken up.
    var resumed: String?

    func run(on engine: any Engine, _ control: JobControl) throws -> TuningResult {
        try resumed.map { try engine.resume($0, request, control: control) } ?? engine.tune(request, control: control)
    }

    func receive(_ result: TuningResult, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.receiveTuned(result, now: now)
    }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.train.live?.phase = .failed(reason)
        model.refuse("\(reason) · t tries again")
        return []
    }

    func receiveCancellation(_ model: inout Model, now: Double) {
        model.train.live?.phase = .ended("cancelled")
        model.say(.warn, "Fine-tuning cancelled, nothing kept; t starts it again", now: now)
    }
}
