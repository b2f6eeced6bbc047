import ArgumentParser
import Foundation
import Fusion
import Provenance
import Reports
import Runs
import Transport

struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Computes and shows the couplings: which neurons correspond, with certificates.",
        discussion: """
            Examples:
              amalgam plan non-iid-pair --group fc1
              amalgam plan a.pt b.pt --set source=weights --group fc1 --export fc1.csv
            """)

    @OptionGroup var options: RecipeOptions

    @Option(help: "A neuron group. Default: all.")
    var group: String?

    @Option(help: "A parent by its letter: A, B, …")
    var parent: String?

    @Option(help: "Saves the couplings: .safetensors, .npz, or .csv for a single one.")
    var export: String?

    @OptionGroup var outputs: OutputOptions

    @Option(help: "Width of the drawing in columns.")
    var width = 64

    @Flag(help: "Prints certificates and matches as one JSON object.")
    var json = false

    func validate() throws {
        guard (4...400).contains(width) else { throw ValidationError("--width should be 4 … 400") }
    }

    func run() throws {
        let (recipe, note) = try options.made()
        var files = Outputs(replacing: outputs.replacing())
        files.read(recipe)
        files.read(options.recipe, as: "the recipe")
        files.write(export, "--export", .couplings)
        try files.check()
        let run = try FusionRun(recipe)
        let control = FusionControl(isCancelled: { Interruption.isRequested }, keepsCosts: true)
        let plan = try chosen(run.fuser().plan(only: group, control: control), parents: run.parents)
        if let export { try CouplingFile.write(plan, to: export) }
        let views = try plan.groups.flatMap { planned in
            // The reference's own coupling says nothing beside one that a solver found.
            let solved = planned.couplings.filter { $0.transport != nil }
            return try (solved.isEmpty ? planned.couplings : solved).map { try CouplingText(planned, $0, width: width) }
        }
        let assumed = [note].compactMap(\.self).map { "note: \($0)" } + run.assumptions.map { "assumed: \($0)" }
        // The object is a list of couplings, as it always was.
        if json {
            assumed.forEach { Console.note($0) }
            try Console.json(views)
        } else {
            Console.lines(assumed + views.flatMap(\.lines))
        }
    }

    /// Only the requested group and parent.
    private func chosen(_ plan: FusionPlan, parents: [Parent]) throws -> FusionPlan {
        if let parent, !parents.contains(where: { $0.letter == parent.uppercased() }) {
            throw RunError.unsuitable(reason: "there is no parent \(parent); there are \(parents.map(\.letter).joined(separator: ", "))")
        }
        let groups = plan.groups.filter { group == nil || $0.group.name == group }.map { planned in
            GroupPlan(
                group: planned.group,
                couplings: planned.couplings.filter { coupling in
                    parent.map { FusionError.letter(coupling.parent) == $0.uppercased() } ?? true
                }, seconds: planned.seconds)
        }
        return FusionPlan(groups: groups)
    }
}
