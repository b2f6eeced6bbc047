import Checkpoints
import Datasets
import Foundation
import Fusion

/// All inputs and outputs of a command, checked before any work, so that no file is lost to a wrong name.
///
/// ```swift
/// var files = Outputs(replacing: force ? .anything : .own)
/// files.read(recipe)
/// files.write(output, "--output", .network)
/// try files.check()
/// ```
///
/// Refused are: two outputs in one file; an output that is an input, under whatever name (links, `./`); and an existing file, unless this
/// program wrote it (``Output/Kind/wrote(_:)``). `--force` allows the last two.
package struct Outputs: Sendable {
    private struct Input: Sendable {
        let path: String
        /// Such as "parent A".
        let role: String
    }

    private var inputs: [Input] = []
    private var outputs: [Output] = []
    private let replacing: Output.Replacing

    package init(replacing: Output.Replacing = .own) { self.replacing = replacing }

    // MARK: Inputs

    /// A file, or a folder with all files in it; nil reads nothing.
    package mutating func read(_ path: String?, as role: String) {
        if let path, !path.isEmpty { inputs.append(Input(path: path, role: role)) }
    }

    /// A network's file, and the architecture file beside it.
    package mutating func read(network path: String?, as role: String) {
        guard let path else { return }
        read(path, as: role)
        read(ArchitectureFile.beside(path), as: "the architecture of \(role)")
    }

    /// The files of data. What is no data spec reads nothing: opening it says why.
    package mutating func read(data text: String?, as role: String) {
        guard let text, let spec = try? DataSpec(text) else { return }
        read(spec.path, as: role)
        read(network: spec.trainedBy, as: "the network that \(role) names")
    }

    package mutating func read(_ recipe: Recipe) {
        for (index, path) in recipe.parents.enumerated() { read(network: path, as: "parent \(FusionError.letter(index))") }
        read(recipe.load.architecture, as: "the architecture file")
        read(data: recipe.data, as: "the data")
        read(data: recipe.validation, as: "the validation data")
        read(data: recipe.evaluation, as: "the evaluation data")
    }

    package mutating func read(_ recipe: FineTuningRecipe) {
        switch recipe.start {
        case .network(let path): read(network: path, as: "the initial network")
        case .fresh(let blueprint) where blueprint.hasPrefix("like:"):
            read(network: String(blueprint.dropFirst(5)), as: "the network of like:")
        case .fresh: break
        }
        for (index, path) in recipe.teachers.enumerated() { read(network: path, as: "teacher \(FusionError.letter(index))") }
        for (index, path) in recipe.controls.enumerated() { read(network: path, as: "control \(FusionError.letter(index))") }
        read(data: recipe.data, as: "the data")
        read(data: recipe.validation, as: "the validation data")
        read(data: recipe.evaluation, as: "the evaluation data")
    }

    // MARK: Outputs

    /// - Parameter option: how the user names it, such as `--output`.
    package mutating func write(_ path: String?, _ option: String, _ kind: Output.Kind) {
        if let path { outputs.append(Output(path, option, kind)) }
    }

    // MARK: Check

    /// Whether something stands there that writing would replace.
    package static func isTaken(_ path: String) -> Bool { FileIdentity.isTaken(path) }

    package func check() throws(RunError) {
        var names: [FileIdentity: Output] = [:]
        for output in outputs {
            try output.checkPlace()
            guard let identity = FileIdentity(output.path) else { continue }
            if let other = names.updateValue(output, forKey: identity) {
                throw RunError.file(
                    path: output.path, line: nil,
                    reason:
                        "\(output.option) is the file of \(other.option)\(other.path == output.path ? "" : ", \(other.path)"): choose another file"
                )
            }
            guard FileIdentity.isTaken(output.path) else { continue }
            if case .anything = replacing { continue }
            if let input = inputs.first(where: { Self.isFile(output, identity, of: $0) }) {
                throw RunError.file(
                    path: output.path, line: nil,
                    reason:
                        "\(output.option) would replace \(input.role)\(input.path == output.path ? "" : ", \(input.path)"): choose another file, or overwrite it with --force"
                )
            }
            if case .existing = replacing { continue }
            guard output.kind.wrote(output.path) else {
                throw RunError.file(
                    path: output.path, line: nil,
                    reason:
                        "the file exists and was not written by Amalgam, or was edited since: choose another file for \(output.option), or overwrite it with --force"
                )
            }
        }
    }

    /// Whether the output is the input, or one of the files in it.
    private static func isFile(_ output: Output, _ identity: FileIdentity, of input: Input) -> Bool {
        if FileIdentity(input.path) == identity { return identity.exists }
        if output.isFolder, identity.exists {
            // What is replaced is the whole folder, and an input may stand in it.
            let folder = URL(fileURLWithPath: output.path).resolvingSymlinksInPath().path,
                file = URL(fileURLWithPath: input.path).resolvingSymlinksInPath().path
            if file.hasPrefix(folder + "/") { return true }
        }
        var isFolder: ObjCBool = false
        guard identity.exists, FileManager.default.fileExists(atPath: input.path, isDirectory: &isFolder), isFolder.boolValue else {
            return false
        }
        // What this program wrote into a folder of data is none of them.
        guard !output.kind.wrote(output.path) else { return false }
        let folder = URL(fileURLWithPath: input.path).resolvingSymlinksInPath().path,
            file = URL(fileURLWithPath: output.path).resolvingSymlinksInPath().path
        if file.hasPrefix(folder + "/") { return true }
        // Only a file of several names may stand in the folder under another one.
        guard identity.links > 1 else { return false }
        let names = FileManager.default.enumerator(atPath: input.path)
        while let name = names?.nextObject() as? String {
            if FileIdentity(input.path + "/" + name) == identity { return true }
        }
        return false
    }
}
