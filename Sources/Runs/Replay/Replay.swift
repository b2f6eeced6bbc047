import Checkpoints
import Foundation
import Fusion
import Provenance
import Reports
import Store
import Training

/// A run carried out again, and what came of it.
package struct Replay: Sendable, Codable {
    /// Something that is not as it was.
    package struct Difference: Sendable, Codable, Equatable {
        package enum Subject: String, Sendable, Codable { case parent, data, version, machine }

        package let subject: Subject
        package let what: String
        package let recorded: String
        package let found: String

        /// Whether another network must be expected; else it may be the same.
        package var isDecisive: Bool { subject == .parent || subject == .data }
    }

    package enum Verdict: String, Sendable, Codable {
        /// The same parameters, bit for bit.
        case same
        /// Other parameters.
        case different
        /// What went in is not what it was, so that nothing was fused.
        case inputsDiffer = "inputs differ"
    }

    /// "r12", or the file whose manifest was repeated.
    package let origin: String
    package let verdict: Verdict
    package let differences: [Difference]
    /// The checksums of the parameters.
    package let recorded: String
    package let found: String?

    package var lines: [String] {
        var lines: [String] = []
        if !differences.isEmpty {
            var table = PlainTable([("difference", .left), ("recorded", .left), ("now", .left)])
            for difference in differences { table.add([difference.what, difference.recorded, difference.found]) }
            lines += table.lines + [""]
        }
        switch verdict {
        case .same: lines.append("\(origin) replayed: the same network, bit for bit (parameters \(recorded.prefix(16))…)")
        case .different:
            lines.append(
                "\(origin) replayed: a different network (parameters \(found?.prefix(16) ?? "–")…, recorded \(recorded.prefix(16))…)")
            lines.append(
                differences.isEmpty
                    ? "no recorded difference: check the environment (OMP_NUM_THREADS, other libraries), or report it"
                    : "possible causes are in the table")
        case .inputsDiffer:
            lines.append("\(origin) was not replayed: its inputs have changed. --anyway replays it nevertheless")
        }
        return lines
    }
}

/// Carries out a recorded fusion or training again and compares the parameters.
package struct Replayer: Sendable {
    private enum Work: Sendable {
        case fusion(Recipe)
        case training(FineTuningRecipe)
    }

    private let origin: String
    private let work: Work
    private let network: String
    private let sources: [RunSource]
    private let machine: [(what: String, recorded: String, subject: Replay.Difference.Subject, now: @Sendable (Machine) -> String)]

    /// A run of a store.
    package init(_ account: RunAccount) throws {
        let run = account.run
        guard let network = run.network else {
            throw RunError.unsuitable(
                reason:
                    "\(run.id) \(run.status == .finished ? "has no network" : "is \(run.status.rawValue)"), so there is nothing to replay"
            )
        }
        origin = run.id.description
        self.network = network
        work = try Self.work(run.kind, recipe: run.recipe, path: run.id.description)
        sources = account.sources
        machine = [
            ("amalgam", run.amalgam, .version, { $0.amalgam }), ("libtorch", run.libtorch, .version, { $0.libtorch }),
            ("Swift", run.swift, .version, { $0.swift }),
            ("system", run.system, .machine, { $0.system }), ("processor", run.processor, .machine, { $0.processor }),
            ("threads", "\(run.threads)", .machine, { "\($0.threads)" }),
        ]
    }

    /// The manifest in a file that Amalgam saved. Paths are taken from the working folder.
    package init(file path: String) throws {
        let checkpoint = try Checkpoint.open(path)
        guard let manifest = Manifest(of: checkpoint) else {
            throw RunError.file(path: path, line: nil, reason: "it has no manifest, so it was not saved by Amalgam")
        }
        origin = path
        work = try Self.work(manifest.kind ?? .fuse, recipe: manifest.recipe, path: "")
        network = if let recorded = manifest.network { recorded } else { try ParameterChecksum.of(checkpoint.network()) }
        var sources = manifest.parents.map { source in
            let isTeacher = source.letter.hasPrefix("teacher ")
            if source.letter == RunSource.Role.plan.rawValue { return RunSource(role: .plan, name: source.path, sha256: source.sha256) }
            return RunSource(
                role: isTeacher ? .teacher : .parent,
                letter: source.letter == "start" ? nil : isTeacher ? String(source.letter.dropFirst(8)) : source.letter, name: source.path,
                sha256: source.sha256)
        }
        if let data = manifest.data { sources.append(RunSource(role: .data, name: "", sha256: data)) }
        self.sources = sources
        machine = [
            ("amalgam", manifest.amalgam, .version, { $0.amalgam }), ("libtorch", manifest.libtorch, .version, { $0.libtorch }),
            ("Swift", manifest.swift ?? "", .version, { $0.swift }), ("system", manifest.system ?? "", .machine, { $0.system }),
            ("processor", manifest.processor ?? "", .machine, { $0.processor }),
            ("threads", manifest.threads.map(String.init) ?? "", .machine, { "\($0.threads)" }),
        ]
    }

    /// Measuring is not repeated: it cannot change the network.
    private static func work(_ kind: Run.Kind, recipe: String, path: String) throws -> Work {
        guard !kind.trains else {
            var training = try FineTuningRecipe(toml: recipe, path: path)
            (training.evaluation, training.controls) = (nil, [])
            return .training(training)
        }
        var fusion = try Recipe(toml: recipe, path: path)
        (fusion.evaluation, fusion.validation) = (nil, nil)
        return .fusion(fusion)
    }

    private var isFusion: Bool { if case .fusion = work { true } else { false } }

    /// Does the work again and compares.
    ///
    /// - Parameters:
    ///   - anyway: also where a parent or the data changed.
    ///   - output: where the network that came out is saved; nil saves none.
    ///   - replacing: which existing file it may take the place of.
    /// - Throws: what keeps the recipe from being carried out, such as a parent that is gone.
    package func replay(
        anyway: Bool = false, output: String? = nil, replacing: Output.Replacing = .existing,
        isCancelled: @escaping @Sendable () -> Bool = { false }, progress: (@Sendable (FusionRun.Progress) -> Void)? = nil,
        observer: @escaping (TrainingEvent) -> Void = { _ in }
    ) throws -> Replay {
        switch work {
        case .fusion(let recipe):
            var run = try FusionRun(recipe)
            run.planFile = try sources.first { $0.role == .plan }.map { source in try CouplingFile.open(source.name) }
            let opened = run
            return try compared(run.sources(), anyway: anyway) {
                try opened.run(
                    output: output, along: opened.planFile?.plan, replacing: replacing, isCancelled: isCancelled, progress: progress
                ).report.network
            }
        case .training(let recipe):
            let run = try FineTuningRun(recipe, output: output, replacing: replacing)
            return try compared(run.sources(), anyway: anyway) {
                try run.run(control: TrainingControl(isCancelled: isCancelled), observer: observer).report.network
            }
        }
    }

    /// - Parameter again: gives the checksum of the parameters that come out.
    private func compared(_ now: [RunSource], anyway: Bool, again: () throws -> String) throws -> Replay {
        let here = try Machine.current()
        var differences: [Replay.Difference] = []
        for source in sources where source.role != .evaluation && !(source.role == .validation && isFusion) {
            let found = now.first { $0.role == source.role && $0.letter == source.letter }?.sha256 ?? "nothing"
            guard found != source.sha256 else { continue }
            let what =
                source.isFile
                ? "\(source.role.rawValue) \(source.letter.map { "\($0), " } ?? "")\(Paths.shown(source.name))"
                : "\(source.role.rawValue) \(source.name)"
            differences.append(
                .init(
                    subject: source.isFile ? .parent : .data, what: what, recorded: "sha256 \(source.sha256.prefix(12))…",
                    found: "sha256 \(found.prefix(12))…"))
        }
        for fact in machine where !fact.recorded.isEmpty && fact.recorded != fact.now(here) {
            differences.append(.init(subject: fact.subject, what: fact.what, recorded: fact.recorded, found: fact.now(here)))
        }
        if !anyway, differences.contains(where: \.isDecisive) {
            return Replay(origin: origin, verdict: .inputsDiffer, differences: differences, recorded: network, found: nil)
        }
        let found = try again()
        return Replay(
            origin: origin, verdict: found == network ? .same : .different, differences: differences, recorded: network, found: found)
    }
}
