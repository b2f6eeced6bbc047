import Foundation

/// One file brought over the network by `curl`, from where it stopped the last time.
///
/// The program and not a library: it is on every machine that has this one's other needs, knows the user's proxies, certificates and `.curlrc`,
/// and costs nothing when the workbench starts (FoundationNetworking is four more libraries to load).
struct CurlTransfer {
    let url: String
    /// Where it goes.
    let part: String
    /// What to do when it cannot be had.
    let advice: String

    enum Outcome {
        case complete
        /// The server has nothing behind what is there, or cannot start in the middle.
        case cannotResume
    }

    /// Seconds without a byte after which a server is given up.
    private static let patience = "60"

    func run(isCancelled: () -> Bool, progress: (Int) -> Void) throws -> Outcome {
        let curl = Process(), complaints = Pipe()
        let resumes = Fetcher.size(part) > 0
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        curl.arguments = [
            "curl", "--fail", "--location", "--silent", "--show-error", "--retry", "2", "--connect-timeout", "20", "--speed-limit", "1",
            "--speed-time", Self.patience,
            "--continue-at", "-", "--output", part, url,
        ]
        curl.standardInput = FileHandle.nullDevice
        curl.standardOutput = FileHandle.nullDevice
        curl.standardError = complaints
        do { try curl.run() } catch { throw failed("curl could not be started") }
        while curl.isRunning {
            if isCancelled() {
                // Not `terminate`: a child of a worker thread inherits that thread's blocked signals. What is on the disc stays.
                kill(curl.processIdentifier, SIGKILL)
                curl.waitUntilExit()
                throw DatasetError.cancelled
            }
            progress(Fetcher.size(part))
            usleep(50_000)
        }
        curl.waitUntilExit()
        let said = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        progress(Fetcher.size(part))
        // Ctrl-C reaches curl as well.
        if isCancelled() { throw DatasetError.cancelled }
        if curl.terminationStatus == 0 { return .complete }
        // 33: it cannot start in the middle; 22 with status 416: there is nothing from there on (newer ones call that done); 36: what is there does not fit.
        if resumes, [33, 36].contains(curl.terminationStatus) || (curl.terminationStatus == 22 && said.contains("416")) {
            return .cannotResume
        }
        throw failed(Self.sentence(curl.terminationStatus, said))
    }

    private func failed(_ reason: String) -> DatasetError { .fetch(file: url, reason: reason, next: advice) }

    /// curl's exit code in words, with its own words where they say more.
    private static func sentence(_ code: Int32, _ said: String) -> String {
        let words = said.split(separator: "\n").last.map { $0.replacingOccurrences(of: "curl: ", with: "") } ?? "curl ended with \(code)"
        return switch code {
        case 5, 6: "no network connection, or no such server (\(words))"
        case 7: "the server does not answer (\(words))"
        case 22: "the server does not have the file (\(words))"
        case 28: "the server timed out (\(words))"
        case 35, 51, 53, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91: "no secure connection could be made (\(words))"
        case 127: "the program curl is not installed"
        default: words
        }
    }
}
