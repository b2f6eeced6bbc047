import ArgumentParser
import Foundation
import Fusion
import Provenance
import Reports
import Runs
import Store

/// Whether and how a command's work is recorded, shared by every command that makes a network.
///
/// A store that cannot be written never stops the work: the reason goes to standard error, once.
struct RecordingOptions: ParsableArguments {
    @Flag(name: .customLong("no-record"), help: "Does not record this run.")
    var withoutRecord = false

    @Option(help: "Title of the recorded run.")
    var title: String?

    @Flag(help: "Keeps the network (and the couplings of a fusion) in the run store.")
    var keep = false

    func validate() throws {
        if withoutRecord, keep || title != nil { throw ValidationError("--keep and --title have no effect with --no-record") }
    }

    /// Begins to record a fusion; nil where that is not wanted, or cannot be.
    func begin(recipe: Recipe, command: String) -> RunRecorder? {
        recorder { store in try store.begin(recipe: recipe, command: command, title: title) }
    }

    /// Begins to record; nil where that is not wanted, or cannot be.
    func recorder(_ begin: (RunStore) throws -> RunRecorder) -> RunRecorder? {
        guard !withoutRecord else { return nil }
        do { return try begin(RunStore()) } catch {
            Console.note("amalgam: this run is not recorded: \(error)")
            return nil
        }
    }

    /// Keeps a fusion's network and couplings in the store, where that is wanted.
    func keep(_ result: FusionRun.Result, _ recorder: RunRecorder) {
        guard keep else { return }
        recorder.artifact("fused.safetensors", kind: "network") { try result.save(to: $0) }
        recorder.artifact("couplings.safetensors", kind: "couplings") { try CouplingFile.write(result.outcome.plan, to: $0) }
    }

    /// Keeps a trained network in the store, where that is wanted.
    func keep(_ result: FineTuningRun.Result, _ recorder: RunRecorder) {
        guard keep else { return }
        recorder.artifact("network.safetensors", kind: "network") { try result.save(to: $0) }
    }

    /// Writes a report: from the record, which has all curves; from the result's own account where there is no record.
    func report(_ account: RunAccount, json: String, _ recorder: RunRecorder?, to path: String) throws {
        let recorded = try recorder.flatMap { $0.problem == nil ? try $0.store.account($0.id) : nil }
        try ReportFormat.write(ReportDocument(recorded ?? account), to: path, json: json)
        guard let recorder else { return }
        recorder.artifact((path as NSString).lastPathComponent, kind: "report", at: path)
        recorder.settle()
    }

    /// Does the work; what stops it ends the record too.
    func recording<Result>(_ recorder: RunRecorder?, _ work: () throws -> Result) throws -> Result {
        do { return try work() } catch {
            recorder?.end(with: error)
            throw error
        }
    }

    /// Ends the record, and says its name or what went wrong with it.
    func finish(_ recorder: RunRecorder, failure: String? = nil) {
        if let failure { recorder.fail(failure) } else { recorder.finish() }
        if let problem = recorder.problem {
            Console.note("amalgam: \(recorder.id) is only partly recorded: \(problem)")
        } else {
            Console.note("recorded as \(recorder.id)")
        }
    }
}
