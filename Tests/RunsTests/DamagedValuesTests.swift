import Foundation
import GRDB
import Testing

@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

/// SQLite takes a value of any kind in any column, and other programs write to a store.
@Suite("A store with values of the wrong kind") struct DamagedValuesTests {
    /// Every column of every table, as SQLite tells them.
    private static let columns: [(table: String, column: String)] = {
        guard let queue = try? DatabaseQueue(), (try? RunSchema.migrator.migrate(queue)) != nil else { return [] }
        let tables = ["run", "source", "evaluation", "coupling", "timing", "series", "point", "event", "artifact"]
        return (try? queue.read { database in try tables.flatMap { table in try database.columns(in: table).map { (table, $0.name) } } })
            ?? []
    }()

    /// A store with two whole runs, in which one value of the first was changed.
    private func store(_ table: String, _ column: String, _ value: String) throws -> (TestStore, RunID, RunID)? {
        let test = try TestStore()
        var ids: [RunID] = []
        for _ in 0..<2 {
            let recorder = try test.store.begin(recipe: .example, command: "amalgam fuse a.pt b.pt", title: "t")
            recorder.metric("loss", step: 1, value: 1)
            recorder.source(RunSource(role: .parent, letter: "A", name: "/a.pt", sha256: "aa"))
            recorder.evaluation(
                RunEvaluation(
                    role: .fused, letter: nil, name: "fused", parameters: 1, samples: 8, accuracy: 0.5, loss: 0.5, calibrationError: nil,
                    note: nil))
            recorder.timing("fuse", seconds: 0.25)
            recorder.event("note", "all is well")
            recorder.finish()
            ids.append(recorder.id)
        }
        let queue = try DatabaseQueue(path: test.store.file)
        do {
            try queue.write { try $0.execute(sql: "PRAGMA foreign_keys = OFF") }
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "UPDATE \(table) SET \(column) = \(value) WHERE rowid = (SELECT min(rowid) FROM \(table))")
            }
        } catch { return nil }  // a column that SQLite guards itself
        return (test, ids[0], ids[1])
    }

    @Test(
        "no value in any column ends the program: the other run is listed and told, and repair keeps it",
        arguments: [
            "'nan'", "x'00ff'", "NULL", "9223372036854775807", "-9223372036854775808", "1e300", "-1", "''", "'2026-13-45 99:99:99'",
        ])
    func wrongKind(value: String) throws {
        #expect(Self.columns.count > 60)
        for (table, column) in Self.columns {
            guard let (test, _, whole) = try store(table, column, value) else { continue }
            let (runs, damaged) = try test.store.listing()
            let isListed = runs.contains { $0.run.id == whole }
            // Its number, or the run that a part belongs to, may be what was changed.
            #expect(isListed, "\(table).\(column) = \(value)")
            for run in damaged { #expect(!run.reason.isEmpty && run.reason.utf8.count < 400 && !run.sentence.contains("row:")) }
            if isListed, (try? test.store.account(whole)) == nil {
                Issue.record("\(table).\(column) = \(value): the whole run cannot be told")
            }
            for summary in runs {
                do { _ = try RunJSON.text(test.store.account(summary.run.id)) } catch {
                    #expect("\(error)".contains("damaged"), "\(table).\(column) = \(value): \(error)")
                }
            }
            _ = RunList(runs).lines
            let repair = try StoreRepair.carryOut(folder: test.store.folder)
            let again = try RunStore(folder: test.store.folder)
            let (left, none) = try again.listing()
            #expect(none.isEmpty && left.contains { $0.run.id == whole }, "\(table).\(column) = \(value): \(repair.lines)")
            for summary in left { _ = try again.account(summary.run.id) }
        }
    }
}
