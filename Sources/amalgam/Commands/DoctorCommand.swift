import ArgumentParser
import Foundation
import Runs

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks the installation: libtorch, threads, devices, terminal, folders, and a fusion against its stored result.")

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
        let findings = Doctor().examine() + [terminal]
        if json {
            try Console.json(findings)
        } else {
            for finding in findings {
                let mark =
                    switch finding.state {
                    case .ok: "✓";
                    case .warning: "!";
                    case .failed: "✗"
                    }
                Console.print("\(mark) \(finding.subject): \(finding.detail)" + (finding.next.isEmpty ? "" : "\n    do: \(finding.next)"))
            }
        }
        if findings.contains(where: { $0.state == .failed }) { throw ExitStatus.failed }
    }

    private var terminal: Doctor.Finding {
        let environment = ProcessInfo.processInfo.environment
        let kind = environment["TERM"] ?? ""
        guard isatty(1) == 1 else {
            return .init("terminal", .ok, "standard output is not a terminal; the workbench prints text there")
        }
        if kind.isEmpty || kind == "dumb" { return .init("terminal", .warning, "TERM is “\(kind)”", next: "export TERM=xterm-256color") }
        let locale = environment["LC_ALL"] ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? ""
        let isUnicode = locale.lowercased().replacingOccurrences(of: "-", with: "").contains("utf8")
        return .init(
            "terminal", isUnicode ? .ok : .warning, "TERM is \(kind), locale \(locale.isEmpty ? "C" : locale)",
            next: isUnicode ? "" : "export LC_ALL=C.UTF-8 for block characters")
    }
}
