import Dispatch
import Formatting
import Runs
import Synchronization

/// How long an evaluation will take; for one that takes minutes, how to shorten it.
final class EvaluationPace: Sendable {
    private let data: String?
    private let state = Mutex<(began: UInt64?, isSaid: Bool)>((nil, false))

    /// Seconds beyond which it is worth a sentence.
    private static let long = 30.0

    /// - Parameter data: what is measured on.
    init(data: String?) { self.data = data }

    /// The progress with the seconds that are left; once, where they are many, how to have fewer.
    func show(_ progress: FusionRun.Progress) {
        guard case .evaluating(let done, let count) = progress else { return Console.progress(progress.sentence) }
        let now = DispatchTime.now().uptimeNanoseconds
        let (left, isNews): (Double?, Bool) = state.withLock { state in
            guard let began = state.began, done > 0 else {
                state.began = now
                return (nil, false)
            }
            let left = Double(now - began) / 1e9 / Double(done) * Double(count - done)
            let isNews = left > Self.long && !state.isSaid
            if isNews { state.isSaid = true }
            return (left, isNews)
        }
        if isNews, let left, let data {
            Console.clearProgress()
            Console.note(
                "evaluating all networks on \(count) samples takes about \(Format.remaining(left)) more; "
                    + "--evaluate '\(data)\(data.contains("?") ? "&" : "?")samples=1000' evaluates 1000 of them")
        }
        Console.progress(progress.sentence + (left.map { ", \(Format.remaining($0)) left" } ?? ""))
    }
}
