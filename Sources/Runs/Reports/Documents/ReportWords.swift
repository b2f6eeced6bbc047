import Foundation

/// Numbers and times as reports write them.
enum ReportWords {
    static func percent(_ share: Double?) -> String { share.map { String(format: "%.2f %%", 100 * $0) } ?? "–" }
    static func decimals(_ number: Double?, _ places: Int = 4) -> String { number.map { String(format: "%.\(places)f", $0) } ?? "–" }

    static func duration(_ seconds: Double) -> String {
        // What another program wrote may be any number.
        guard seconds < 1e9 else { return "–" }
        return switch seconds {
        case ..<0.0005: "< 1 ms"
        case ..<0.9995: String(format: "%.0f ms", seconds * 1000)
        case ..<60: String(format: "%.2f s", seconds)
        case ..<3600: String(format: "%d min %02d s", Int(seconds) / 60, Int(seconds) % 60)
        default: String(format: "%d h %02d min", Int(seconds) / 3600, Int(seconds) / 60 % 60)
        }
    }

    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) bytes"
        case ..<1_000_000: String(format: "%.1f kB", Double(count) / 1e3)
        case ..<1_000_000_000: String(format: "%.1f MB", Double(count) / 1e6)
        default: String(format: "%.2f GB", Double(count) / 1e9)
        }
    }

    /// In universal time, to the second.
    static func time(_ date: Date) -> String {
        date.formatted(
            .iso8601.year().month().day().dateSeparator(.dash).dateTimeSeparator(.space).time(includingFractionalSeconds: false)
                .timeSeparator(.colon)) + " UTC"
    }

    static func checksum(_ text: String) -> String { text.count > 16 ? text.prefix(16) + "…" : text }

    /// A number for an axis or a table: as many digits as it needs, at most five.
    static func short(_ number: Double) -> String {
        if !number.isFinite { return number.isNaN ? "NaN" : number > 0 ? "∞" : "−∞" }
        return String(format: "%.5g", number)
    }
}
