import ArgumentParser
import Foundation
import Provenance
import Reports
import Runs
import Store

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes a report on a run, or a comparison of several: text, Markdown, JSON, or an HTML page.",
        discussion: """
            Examples:
              amalgam report last --output report.html
              amalgam report r1 r2 --format md
            """)

    @Argument(help: "A run, or several runs to compare.")
    var runs: [String]

    @Option(name: .shortAndLong, help: "The file; its suffix selects the format. Default: standard output.")
    var output: String?

    @Option(help: "Format: \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: ReportFormat?

    @OptionGroup var outputs: OutputOptions

    func run() throws {
        var files = Outputs(replacing: outputs.replacing())
        files.write(output, "--output", .report)
        try files.check()
        let form = try format ?? output.map { path in try ReportFormat(file: path) } ?? .text
        let store = try RunStore(forReading: true)
        let accounts = try runs.map { try store.account(store.run(named: $0).id) }
        let text: String
        if let account = accounts.first, accounts.count == 1 {
            text = try form.text(ReportDocument(account), json: RunJSON.text(account))
        } else {
            let comparison = try RunComparison(accounts)
            text = try form.text(ReportDocument(comparison), json: RunJSON.text(comparison))
        }
        guard let output else { return Console.print(text, terminator: "") }
        try form.write(text, to: output)
        Console.note("wrote \(output)")
    }
}
