import Archives
import Checkpoints
import Networks

/// A layer that is a batch norm with running statistics in one file and was saved without them in another: a difference between two parents, which is said
/// in the place of what the second lacks by itself.
struct StatisticsDifference {
    let error: RunError

    /// Nil where the error is another one, or no other file has the statistics.
    init?(_ error: any Error, paths: [String]) {
        guard case .network(let file, .missingStatistics(let layer, let missing, _))? = error as? CheckpointError else { return nil }
        for path in paths where path != file {
            guard let archive = try? Archive.open(path),
                archive.entries.contains(where: { $0.name == "\(layer).running_mean" || $0.name.hasSuffix(".\(layer).running_mean") })
            else { continue }
            self.error = .unsuitable(
                reason:
                    "layer \(layer) is a batch norm with running statistics in \(path), but \(file) has no \(missing.joined(separator: " and no ")) for it "
                    + "(track_running_stats=False, or another normalisation): these networks normalise differently and cannot be fused")
            return
        }
        return nil
    }
}
