import Foundation
import Testing

@Suite("The digits of a run") struct SameDigitsTests {
    /// As C rounds a percentage to two digits.
    private func digits(_ share: Double) -> String { String(format: "%.2f", 100 * share) }

    @Test(
        "command line, JSON, reports and the workbench show the same digits of the same run, also where a figure lies half-way between two")
    func same() throws {
        let folder = NSTemporaryDirectory() + "amalgam-\(UUID().uuidString)",
            environment = ["AMALGAM_RUNS": folder + "/runs", "XDG_STATE_HOME": folder]
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func run(_ arguments: String...) throws -> String {
            let result = try Program.run(arguments, environment: environment)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
            return result.output
        }
        // Of 160 samples each is 0.625 points: every odd number of right answers lies half-way between two hundredths.
        let printed = try run("fuse", "non-iid-pair", "--evaluate", "digits:test?samples=160")
        let account = try #require(JSONSerialization.jsonObject(with: Data(run("runs", "show", "r1", "--json").utf8)) as? [String: Any])
        let rows = try #require(account["evaluations"] as? [[String: Any]])
        let accuracies = rows.compactMap { $0["accuracy"] as? Double }
        #expect(accuracies.contains { Int(($0 * 160).rounded()) % 2 == 1 }, "no figure lies half-way: \(accuracies)")
        let fused = try #require(rows.first { $0["role"] as? String == "fused" }?["accuracy"] as? Double)
        for accuracy in accuracies {
            for text in [
                printed, try run("report", "r1", "--format", "md"), try run("report", "r1", "--format", "html"),
                try run("runs", "show", "r1"),
            ] { #expect(text.contains("\(digits(accuracy)) %"), "\(digits(accuracy)) of \(accuracy)") }
        }
        #expect(try run("runs", "list").contains("\(digits(fused)) %"))
        try "6 wait".write(toFile: folder + "/keys", atomically: true, encoding: .utf8)
        let screen = try run("--script", folder + "/keys", "--size", "160x45", "--dump-screen")
        #expect(screen.contains(digits(fused)), "\(digits(fused)) is not on the screen:\n\(screen)")
    }
}
