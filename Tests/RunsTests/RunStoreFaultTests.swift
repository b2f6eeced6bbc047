import Foundation
import Fusion
import GRDB
import Testing
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

@Suite("A store in trouble") struct RunStoreFaultTests {
    @Test("a store of the first schema opens with everything in it, and takes new runs")
    func migration() throws {
        let scratch = try Scratch()
        let sql = try String(contentsOfFile: packageFolder + "/Tests/Fixtures/runs/store-1.sql", encoding: .utf8)
        let statements = sql.replacingOccurrences(of: "BEGIN TRANSACTION;", with: "").replacingOccurrences(of: "COMMIT;", with: "")
        do {
            var configuration = Configuration()
            configuration.foreignKeysEnabled = false  // the dump lists tables by name
            let old = try DatabaseQueue(path: RunStore.file(in: scratch.path), configuration: configuration)
            try old.write { try $0.execute(sql: statements) }
            try old.close()
        }
        let store = try RunStore(folder: scratch.path)
        let account = try store.account(RunID(number: 1))
        #expect(account.run.title == nil && account.run.method == "otfusion" && account.parents.map(\.sha256) == ["aa11", "bb22"])
        #expect(account.series(named: "loss/training")?.points.map(\.step) == [1, 2, 3] && account.series[0].points[1].value.isNaN)
        #expect(abs(account.run.seconds() - 2.375) < 1e-9, "two times to the millisecond")
        try store.setTitle("from long ago", of: account.run.id)
        let next = try store.begin(recipe: .example, command: "", title: "new")
        next.finish()
        #expect(try store.list().map { $0.run.title } == ["new", "from long ago"])
    }

    @Test(
        "a folder that another process keeps locked, perhaps stopped, is read all the same, and an error with a reason to who wants to write"
    )
    func heldForGood() throws {
        let test = try TestStore()
        try test.store.begin(recipe: .example, command: "", title: "before").finish()
        let lock = try FolderLock(test.scratch.path)
        defer { lock.release() }
        #expect(try RunStore(folder: test.scratch.path, forReading: true).list().map { $0.run.title } == ["before"])
        #expect(error { _ = try FolderLock(test.scratch.path, patience: 0.05) }.contains("locked"))
    }

    @Test("a half migrated store goes on where it was")
    func halfway() throws {
        let scratch = try Scratch()
        _ = try RunStore(folder: scratch.path, forReading: false, schema: RunSchema.first, pages: nil)
        let store = try RunStore(folder: scratch.path)
        #expect(try store.read { try $0.columns(in: "run").map(\.name) }.contains("title"))
    }

    @Test("a store of a newer version is not touched")
    func newer() throws {
        let test = try TestStore()
        try test.sql("INSERT INTO grdb_migrations VALUES ('99 what comes later')")
        #expect(error { _ = try RunStore(folder: test.scratch.path) }.contains("newer version"))
    }

    @Test("a file that is no database is named, left as it is, and moved aside only on request")
    func notADatabase() throws {
        let scratch = try Scratch()
        let path = RunStore.file(in: scratch.path),
            garbage = Data("this is no database at all, but somebody's notes ".utf8) + Data(repeating: 7, count: 5000)
        try garbage.write(to: URL(fileURLWithPath: path))
        for reading in [false, true] {
            let said = error { _ = try RunStore(folder: scratch.path, forReading: reading) }
            #expect(said.contains(path) && said.contains("damaged") && said.contains("amalgam runs repair"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == garbage)
        let repair = try StoreRepair.carryOut(folder: scratch.path)
        let aside = try #require(repair.movedTo)
        #expect(try Data(contentsOf: URL(fileURLWithPath: aside)) == garbage)
        #expect(!repair.losses.isEmpty && repair.lines.contains { $0.contains(aside) })
        #expect(try RunStore(folder: scratch.path).list().isEmpty)
        #expect(try StoreRepair.carryOut(folder: scratch.path).movedTo == nil, "what is whole is left alone")
    }

    @Test("of a store with damaged pages repair saves what can be read")
    func damagedPages() throws {
        let scratch = try Scratch()
        var id = RunID(number: 0)
        do {
            let store = try RunStore(folder: scratch.path)
            let recorder = try store.begin(recipe: .example, command: "amalgam fuse", title: "precious")
            for step in 0..<8_000 { recorder.metric("loss", step: step, value: Double(step)) }
            recorder.finish()
            id = recorder.id
            try store.write { _ in }
            _ = try? DatabaseQueue(path: store.file).writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        }
        let path = RunStore.file(in: scratch.path)
        let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        try handle.seek(toOffset: UInt64(size * 3 / 4))
        try handle.write(contentsOf: Data(repeating: 0xff, count: size / 8))
        try handle.close()
        let repair = try StoreRepair.carryOut(folder: scratch.path)
        #expect(repair.movedTo != nil && repair.losses["point"] != nil)
        let store = try RunStore(folder: scratch.path)
        #expect(try store.run(id).title == "precious")
        let points = try store.account(id).series(named: "loss")?.points ?? []
        #expect(points.count > 1000 && points.allSatisfy { $0.value == Double($0.step) })
    }

    @Test("a place where nothing may be written is refused with what to do")
    func unwritable() throws {
        let scratch = try Scratch()
        try "a file".write(toFile: scratch("file"), atomically: true, encoding: .utf8)
        let said = error { _ = try RunStore(folder: scratch("file") + "/runs") }
        #expect(said.contains("AMALGAM_RUNS") && said.contains(scratch("file")))
    }

    @Test("a disk that fills up stops nothing: the run goes on, says so, and what was told later arrives when there is room")
    func fullDisk() throws {
        let scratch = try Scratch()
        let store = try RunStore(folder: scratch.path, forReading: false, schema: nil, pages: 50)
        let recorder = try store.begin(recipe: .example, command: "")
        for step in 0..<20_000 { recorder.metric("loss", step: step, value: 1) }
        recorder.settle()
        let problem = try #require(recorder.problem)
        #expect(problem.contains("the disk is full"))
        try store.write { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        recorder.finish()
        #expect(try store.account(recorder.id).series(named: "loss")?.points.count == 20_000)
        #expect(try store.run(recorder.id).status == .finished)
    }

    @Test("reading makes no store where there is none")
    func reading() throws {
        let scratch = try Scratch()
        let store = try RunStore(folder: scratch("runs"), forReading: true)
        #expect(try store.list().isEmpty && store.isReadOnly)
        #expect(!FileManager.default.fileExists(atPath: scratch("runs")))
        #expect(error { _ = try store.begin(recipe: .example, command: "") }.contains("read-only"))
    }

    @Test("the folder of runs is the one that is named, then Amalgam's own, then the user's")
    func places() {
        #expect(Home.runs(["AMALGAM_RUNS": "/a", "AMALGAM_HOME": "/b"]) == "/a")
        #expect(Home.runs(["AMALGAM_RUNS": "", "AMALGAM_HOME": "/b"]) == "/b/runs")
        #expect(Home.runs(["XDG_DATA_HOME": "/d", "HOME": "/h"]) == "/d/amalgam/runs")
        #expect(Home.runs(["HOME": "/h"]) == "/h/.local/share/amalgam/runs")
    }
}
