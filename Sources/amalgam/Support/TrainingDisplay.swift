import Archives
import Formatting
import Foundation
import Networks
import Provenance
import Runs
import Training

/// A training's events on standard error, a line for each epoch and one that moves; and in a file, if one is given.
final class TrainingDisplay {
    private let path: String?
    private var lines: [String] = []
    private var lastDrawn = Date.distantPast

    init(events path: String?) { self.path = path }

    func show(_ event: TrainingEvent) {
        if path != nil, let data = try? JSONEncoder().encode(event) { lines.append(String(decoding: data, as: UTF8.self)) }
        switch event {
        case .started(let overview):
            let place = overview.resumedEpoch.map { ", resumed after epoch \($0), step \(overview.resumedStep ?? 0)" } ?? ""
            Console.note(
                "training \(Format.grouped(overview.trainedParameters)) of \(Format.grouped(overview.parameters)) parameters on \(overview.trainingSamples) samples, "
                    + "\(overview.validationSamples) for validation, \(overview.device), \(overview.threads) thread\(overview.threads == 1 ? "" : "s"), \(overview.precision)\(place)"
            )
        case .step(let step):
            guard Date().timeIntervalSince(lastDrawn) > 0.1 else { return }
            lastDrawn = Date()
            Console.progress(
                String(
                    format: "epoch %d of %d, step %d of %d, loss %.4f, learning rate %.3g, %.0f samples/s, %@ left", step.epoch,
                    step.epochs,
                    step.step, step.steps, step.loss, step.learningRate,
                    step.samplesPerSecond, Format.remaining(step.secondsLeft)))
        case .epochFinished(let epoch):
            Console.clearProgress()
            let validation =
                epoch.validation.map {
                    String(format: ", validation loss %.4f, ", $0.loss)
                        + "\(($0.figure ?? .accuracy).name) \($0.text)\($0.isBest ? ", best so far" : "")"
                } ?? ""
            Console.note(
                String(
                    format: "epoch %d: loss %.4f%@%@", epoch.epoch, epoch.loss,
                    epoch.accuracy.map { ", accuracy \(Format.percent($0))" } ?? "", validation))
        case .checkpointFailed(let path, let reason):
            Console.clearProgress()
            Console.note("the checkpoint \(path) could not be written (\(reason)); training continues")
        case .diverged(let epoch, let step, let loss, let kept):
            Console.clearProgress()
            Console.note("training diverged in epoch \(epoch), step \(step), at a loss of \(loss); the last good epoch is \(kept)")
        case .note(let text):
            Console.clearProgress()
            Console.note(text)
        case .epochStarted, .validated, .checkpointSaved, .paused, .resumed, .finished: break
        }
    }

    /// Writes the events to the file, if one is given.
    func finish() throws { if let path { try TextFile.write(lines.joined(separator: "\n") + "\n", to: path) } }
}
