import Fusion
import Provenance
import Tensors

// A fusion by several processes: all carry it out, each computes its part of what is divided, and the first measures, saves and records.

extension FusionRun {
    /// Checks that all processes fuse the same networks by the same recipe on the same samples.
    ///
    /// - Throws: an error that names the rank that does not, and what is another there.
    package func agree() throws {
        guard let processes else { return }
        var texts = [(what: "recipe", text: recipe.toml())]
        for parent in parents { texts.append(("parent \(parent.letter)", try parent.checkpoint.checksum())) }
        if let inputs { texts.append(("data", try inputs.dataset.fingerprint())) }
        if let planFile { texts.append(("plan", planFile.sha256)) }
        try processes.agree(on: texts)
    }

    /// Takes part in the fusion that the first process carries out by ``run(output:along:checksums:replacing:warn:isCancelled:progress:)``.
    package func assist(along stored: StoredPlan?, isCancelled: @escaping @Sendable () -> Bool) throws {
        _ = try fused(by: fuser(), along: stored, control: FusionControl(isCancelled: isCancelled))
    }
}
