import Fusion
import Provenance
import Tensors
import Training

// A training by several processes: all carry it out, each on its part of every batch, and the first measures, saves and records.

extension FineTuningRun {
    /// Checks that all processes train the same network by the same recipe on the same samples.
    ///
    /// - Throws: an error that names the rank that does not, and what is another there.
    package func agree() throws {
        guard let processes else { return }
        var texts = [(what: "recipe", text: recipe.toml()), ("network", try ParameterChecksum.of(tuner.network))]
        for teacher in teachers { texts.append(("teacher \(teacher.letter)", try teacher.checkpoint.checksum())) }
        texts.append(("training data", try tuner.training.fingerprint()))
        if let validation = tuner.validation { texts.append(("validation data", try validation.fingerprint())) }
        if let resumed { texts.append(("checkpoint", "\(resumed.checkpoint.epoch) \(resumed.checkpoint.step)")) }
        try processes.agree(on: texts)
    }

    /// Takes part in the training that the first process carries out by ``run(control:keptAt:observer:)``.
    package func assist(control: TrainingControl) throws { _ = try tuner.run(control: control, resuming: resumed?.checkpoint) }
}
