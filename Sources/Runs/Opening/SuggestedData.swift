import Fusion
import Provenance

extension FusionRun {
    /// Where the recipe names no data: the data that the parents were trained on, as their files say, and how many samples of them a method takes.
    var suggestedData: String? {
        guard recipe.data == nil else { return nil }
        var specs: [String] = []
        for parent in parents {
            guard let manifest = Manifest(of: parent.checkpoint), manifest.kind != .fuse,
                let training = try? FineTuningRecipe(toml: manifest.recipe, path: parent.path)
            else { return nil }
            if !specs.contains(training.data) { specs.append(training.data) }
        }
        guard let first = specs.first else { return nil }
        let others = specs.dropFirst().isEmpty ? "" : " and \(specs.dropFirst().joined(separator: ", "))"
        return
            "no data: the parents were trained on \(first)\(others), as their files say; with --data \(ShellWord.quoted(first)) methods compare activations on \(Interpolation.samples.fallback) unlabelled samples of it, unless --samples says otherwise"
    }
}
