import Foundation
import Testing
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

@Suite("Exports") struct ExportTests {
    @Test("checksums are those of the standard")
    func checksums() {
        // RFC 3720, B.4: 32 bytes of zeros, of ones, and counting up.
        #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.of([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.of(Array(0..<32)) == 0x46dd_794e)
    }

    @Test("event files are those that TensorBoard's own writer makes, byte for byte")
    func tensorBoard() throws {
        // Made by TensorBoard 2.21's RecordWriter and its protocol buffers of the same values.
        let golden = try Data(contentsOf: URL(fileURLWithPath: packageFolder + "/Tests/Fixtures/runs/events.tfevents"))
        #expect(EventFile.bytes(.example()) == Array(golden))
        let scratch = try Scratch()
        let written = try RunExport.tensorBoard.write([.example(), .example(id: 2)], to: scratch("boards"))
        #expect(
            written.map { $0.replacingOccurrences(of: scratch.path, with: "") } == [
                "/boards/r1/events.out.tfevents.1700000000.amalgam.r1", "/boards/r2/events.out.tfevents.1700000000.amalgam.r2",
            ])
        #expect(try Data(contentsOf: URL(fileURLWithPath: written[0])) == golden)
    }

    @Test("rows of one role are told apart by letter or name, in every table of numbers")
    func names() {
        func row(_ role: EvaluationRole, _ letter: String?, _ name: String) -> RunEvaluation {
            RunEvaluation(
                role: role, letter: letter, name: name, parameters: 1, samples: 1, accuracy: 0.5, loss: 1, calibrationError: 0, note: nil)
        }
        let example = RunAccount.example()
        let account = RunAccount(
            run: example.run, sources: [],
            evaluations: [
                row(.parent, "A", "a.pt"), row(.parent, "B", "b.pt"), row(.teacher, nil, "teacher A, a.pt"),
                row(.teacher, nil, "teacher B, b.pt"), row(.network, nil, "after"),
            ],
            couplings: [], timings: [], series: [], events: [], artifacts: [])
        let names = ["parent A", "parent B", "teacher A, a.pt", "teacher B, b.pt", "network"]
        #expect(account.evaluations.map { account.exportName(of: $0) } == names)
        #expect(
            Self.parsed(CSVExport.text([account])).dropFirst().filter { $0[1].hasPrefix("accuracy/") }.map { $0[1] }
                == names.map { "accuracy/" + $0 })
        let events = String(decoding: EventFile.bytes(account), as: UTF8.self)
        for name in names { #expect(events.contains("evaluation accuracy/\(name)")) }
    }

    @Test("JSON Lines give an object a line, numbers that are none as text")
    func jsonLines() throws {
        let lines = try RunExport.jsonLines.text([.example()]).split(separator: "\n")
        let objects = try lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        #expect(objects.first?["type"] as? String == "run" && objects.allSatisfy { $0["run"] as? String == "r1" })
        let points = objects.filter { $0["type"] as? String == "point" }.compactMap { $0["value"] as? [String: Any] }
        #expect(
            points.count == 3 && points.contains { $0["value"] as? String == "nan" } && points.contains { $0["value"] as? Double == 1.125 })
    }

    @Test("CSV holds a row for each number, and no name breaks out of its cell or becomes a formula")
    func csv() throws {
        let hostile = ["=HYPERLINK(\"http://x\")", "a,b", "two\r\nlines", "say \"hi\"", "+1", "@x", "-2"]
        let series = hostile.map { MetricSeries(name: $0, points: [.init(step: 1, value: 0.5, time: 2)]) }
        let text = try RunExport.csv.text([.example(series: series)])
        #expect(text.hasPrefix("run,series,step,value,time\r\n") && text.contains("r1,accuracy/fused,,0.875,1700000010.5\r\n"))
        let rows = Self.parsed(text)
        #expect(rows.allSatisfy { $0.count == 5 }, "\(rows)")
        let names = rows.dropFirst(3).map { $0[1] }
        #expect(names == ["'=HYPERLINK(\"http://x\")", "a,b", "two\r\nlines", "say \"hi\"", "'+1", "'@x", "'-2"])
    }

    /// An independent reader of RFC 4180.
    private static func parsed(_ text: String) -> [[String]] {
        var rows: [[String]] = [], row: [String] = [], cell = "", isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true):
                if scalars.first == "\"" { cell.unicodeScalars.append("\""); scalars.removeFirst() } else { isQuoted = false }
            case ("\"", false): isQuoted = true
            case (",", false): row.append(cell); cell = ""
            case ("\r", false): continue
            case ("\n", false): rows.append(row + [cell]); row = []; cell = ""
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return rows
    }
}
