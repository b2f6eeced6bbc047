import Checkpoints
import Foundation
import Fusion

/// A run carried out again, and what came of it.
public struct Replay: Sendable, Codable {
    /// Something that is not as it was.
    public struct Difference: Sendable, Codable, Equatable {
        public enum Subject: String, Sendable, Codable { case parent, data, version, machine }

        public let subject: Subject
        public let what: String
        public let recorded: String
        public let found: String

        /// Whether another network must be expected; else it may be the same.
        public var isDecisive: Bool { subject == .parent || subject == .data }
    }

    public enum Verdict: String, Sendable, Codable {
        /// The same parameters, bit for bit.
        case same
        /// Other parameters.
        case different
        /// What went in is not what it was, so that nothing was fused.
        case inputsDiffer = "inputs differ"
    }

    /// "r12", or the file whose manifest was repeated.
    public let origin: String
    public let verdict: Verdict
    public let differences: [Difference]
    /// The checksums of the parameters.
    public let recorded: String
    public let found: String?

    public var lines: [String] {
        var lines: [String] = []
        if !differences.isEmpty {
            var table = PlainTable([("what differs", .left), ("recorded", .left), ("now", .left)])
            for difference in differences { table.add([difference.what, difference.recorded, difference.found]) }
            lines += table.lines + [""]
        }
        switch verdict {
        case .same: lines.append("\(origin) again: the same network, bit for bit (parameters \(recorded.prefix(16))…)")
        case .different:
            lines.append("\(origin) again: another network (parameters \(found?.prefix(16) ?? "–")…, recorded \(recorded.prefix(16))…)")
            lines.append(
                differences.isEmpty
                    ? "nothing that is recorded differs: look at the environment (OMP_NUM_THREADS, other libraries), or report it"
                    : "the table says what may have caused it")
        case .inputsDiffer:
            lines.append("\(origin) was not fused again: what goes in is not what it was. --anyway fuses all the same")
        }
        return lines
    }
}

/// Carries out a recorded fusion again and compares the parameters.
public struct Replayer: Sendable {
    private let origin: String
    private let kind: Run.Kind
    private let recipe: Recipe
    private let network: String
    private let sources: [RunSource]
    private let machine: [(what: String, recorded: String, subject: Replay.Difference.Subject, now: @Sendable (Machine) -> String)]

    /// A run of a store.
    public init(_ account: RunAccount) throws(RunError) {
        let run = account.run
        guard run.kind == .fuse else { throw .unsuitable(reason: "\(run.id) is a \(run.kind.rawValue): only fusions are replayed so far; repeat it with  \(run.command)") }
        guard let network = run.network else {
            throw .unsuitable(reason: "\(run.id) \(run.status == .finished ? "has no network" : "is \(run.status.rawValue)"), so there is nothing to compare with")
        }
        origin = run.id.description
        kind = run.kind
        self.network = network
        recipe = try runs { try Recipe(toml: run.recipe, path: run.id.description) }
        sources = account.sources
        machine = [
            ("amalgam", run.amalgam, .version, { $0.amalgam }), ("libtorch", run.libtorch, .version, { $0.libtorch }), ("Swift", run.swift, .version, { $0.swift }),
            ("system", run.system, .machine, { $0.system }), ("processor", run.processor, .machine, { $0.processor }),
            ("threads", "\(run.threads)", .machine, { "\($0.threads)" }),
        ]
    }

    /// The manifest in a file that Amalgam saved. Paths are taken from the working folder.
    public init(file path: String) throws(RunError) {
        let checkpoint = try runs { try Checkpoint.open(path) }
        guard let manifest = Manifest(of: checkpoint) else { throw .file(path: path, line: nil, reason: "it has no manifest: Amalgam did not save it") }
        guard (manifest.kind ?? .fuse) == .fuse else {
            throw .file(path: path, line: nil, reason: "it was made by \(manifest.kind?.rawValue ?? ""): only fusions are replayed so far; repeat it with  \(manifest.command)")
        }
        origin = path
        kind = .fuse
        recipe = try runs { try Recipe(toml: manifest.recipe, path: "") }
        network = if let recorded = manifest.network { recorded } else { try ParameterChecksum.of(runs { try checkpoint.network() }) }
        var sources = manifest.parents.map { RunSource(role: .parent, letter: $0.letter, name: $0.path, sha256: $0.sha256) }
        if let data = manifest.data { sources.append(RunSource(role: .data, name: recipe.data ?? "", sha256: data)) }
        if let evaluation = manifest.evaluation { sources.append(RunSource(role: .evaluation, name: recipe.evaluation ?? "", sha256: evaluation)) }
        self.sources = sources
        machine = [
            ("amalgam", manifest.amalgam, .version, { $0.amalgam }), ("libtorch", manifest.libtorch, .version, { $0.libtorch }),
            ("Swift", manifest.swift ?? "", .version, { $0.swift }), ("system", manifest.system ?? "", .machine, { $0.system }),
            ("processor", manifest.processor ?? "", .machine, { $0.processor }), ("threads", manifest.threads.map(String.init) ?? "", .machine, { "\($0.threads)" }),
        ]
    }

    /// Fuses again and compares.
    ///
    /// - Parameters:
    ///   - anyway: also where a parent or the data changed.
    ///   - output: where the network that came out is saved; nil saves none.
    /// - Throws: what keeps the recipe from being carried out, such as a parent that is gone.
    public func replay(
        anyway: Bool = false, output: String? = nil, isCancelled: @escaping @Sendable () -> Bool = { false }, progress: (@Sendable (FusionRun.Progress) -> Void)? = nil
    ) throws(RunError) -> Replay {
        // Measuring is not repeated: it cannot change the network.
        var quiet = recipe
        quiet.evaluation = nil
        let run = try FusionRun(quiet)
        let now = try run.sources(), here = try Machine.current()
        var differences: [Replay.Difference] = []
        for source in sources where source.role != .evaluation {
            let found = now.first { $0.role == source.role && $0.letter == source.letter }?.sha256 ?? "nothing"
            guard found != source.sha256 else { continue }
            let what = source.letter.map { "parent \($0), \(Paths.shown(source.name))" } ?? "data, \(source.name)"
            differences.append(.init(
                subject: source.role == .parent ? .parent : .data, what: what, recorded: "sha256 \(source.sha256.prefix(12))…", found: "sha256 \(found.prefix(12))…"))
        }
        for fact in machine where !fact.recorded.isEmpty && fact.recorded != fact.now(here) {
            differences.append(.init(subject: fact.subject, what: fact.what, recorded: fact.recorded, found: fact.now(here)))
        }
        if !anyway, differences.contains(where: \.isDecisive) {
            return Replay(origin: origin, verdict: .inputsDiffer, differences: differences, recorded: network, found: nil)
        }
        let result = try run.run(output: output, isCancelled: isCancelled, progress: progress)
        return Replay(
            origin: origin, verdict: result.report.network == network ? .same : .different, differences: differences, recorded: network,
            found: result.report.network)
    }
}
