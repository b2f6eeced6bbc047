import ArgumentParser
import Foundation
import Runs

struct Open: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Opens the workbench on networks, or on the sample models when none is named.")

    @Argument(help: ArgumentHelp("Checkpoints.", valueName: "parent"))
    var parents: [String] = []

    func run() throws {
        // Where there is no terminal to draw on, the first sample set is fused and its report printed as plain lines.
        let recipe = try SampleLibrary().sets.first?.recipe
        guard let recipe else { throw RunError.unsuitable(reason: "there are no sample sets: name two checkpoints, or run  amalgam samples build") }
        Console.lines(try FusionRun(recipe).run(isCancelled: { Interruption.isRequested }).report.lines)
    }
}
