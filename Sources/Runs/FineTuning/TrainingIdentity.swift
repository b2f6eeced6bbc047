import Foundation
import Provenance
import Training

/// Which run a checkpoint of a training belongs to: enough to take it up from any folder, and to write the same file at the end as a training that was not interrupted.
struct TrainingIdentity: Sendable {
    /// With paths from the root.
    var recipe: FineTuningRecipe
    let output: String
    /// As the user wrote them; the manifest records this.
    var givenRecipe: FineTuningRecipe
    let givenOutput: String
    /// SHA-256 of the samples.
    let data: String
    let validation: String?
    /// What the training began with, and its teachers.
    let origins: [Manifest.Source]
    /// The records that the network which it began with was trained on: they decide what is held out.
    let seen: Set<Int>
    /// What the network will have seen; nil where unknown.
    let classCounts: ClassCounts?

    private enum Key {
        static let recipe = "recipe", output = "output", givenRecipe = "recipe as given", givenOutput = "output as given", data = "data",
            validation = "validation"
        static let origins = "origins", seen = "seen", classes = "class counts"
    }

    init(
        recipe: FineTuningRecipe, output: String, data: String, validation: String?, origins: [Manifest.Source], seen: Set<Int>,
        classCounts: ClassCounts?
    ) {
        self.recipe = recipe.absolute()
        self.output = Paths.absolute(output)
        givenRecipe = recipe
        givenOutput = output
        self.data = data
        self.validation = validation
        self.origins = origins
        self.seen = seen
        self.classCounts = classCounts
    }

    /// As a checkpoint keeps it.
    init(_ checkpoint: TrainingCheckpoint) throws {
        func text(_ key: String) throws -> String {
            guard let text = checkpoint.identity[key] else {
                throw RunError.file(
                    path: checkpoint.path, line: nil, reason: "it does not specify its run: “\(key)” is missing")
            }
            return text
        }
        recipe = try FineTuningRecipe(toml: text(Key.recipe), path: "")
        output = try text(Key.output)
        givenRecipe = try FineTuningRecipe(toml: text(Key.givenRecipe), path: "")
        givenOutput = try text(Key.givenOutput)
        data = try text(Key.data)
        validation = checkpoint.identity[Key.validation]
        let origins = try text(Key.origins)
        self.origins = try JSONDecoder().decode([Manifest.Source].self, from: Data(origins.utf8))
        seen = try checkpoint.identity[Key.seen].map { try JSONDecoder().decode(Set<Int>.self, from: Data($0.utf8)) } ?? []
        classCounts = checkpoint.identity[Key.classes].flatMap { ClassCounts(text: $0, data: []) }
    }

    /// As a checkpoint keeps it.
    var texts: [String: String] {
        get throws {
            var texts = [
                Key.recipe: recipe.toml(), Key.output: output, Key.givenRecipe: givenRecipe.toml(), Key.givenOutput: givenOutput,
                Key.data: data,
                Key.origins: try RunJSON.text(origins, pretty: false),
            ]
            texts[Key.validation] = validation
            if !seen.isEmpty { texts[Key.seen] = try RunJSON.text(seen.sorted(), pretty: false) }
            texts[Key.classes] = classCounts?.text
            return texts
        }
    }

    /// The checksum of a teacher's file at the beginning.
    func checksum(ofTeacher letter: String) -> String? { origins.first { $0.letter == Self.letter(ofTeacher: letter) }?.sha256 }

    static let startLetter = "start"
    static func letter(ofTeacher letter: String) -> String { "teacher \(letter)" }
}
