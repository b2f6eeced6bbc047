import Foundation

/// Numbers as people read them: the only place that rounds one for a screen, a report, the command line or a note, so that all of them show the same digits.
///
/// What is missing is a dash; what is not finite says so. Files for programs (JSON, CSV, the store) keep every digit and do not come through here.
package enum Format {
    /// What stands for a number that there is not.
    package static let none = "–"

    // MARK: Shares

    /// 0.88125 as `88.12 %`; accuracies have two digits everywhere.
    package static func percent(_ share: Double?, digits: Int = 2) -> String {
        share.map { percentDigits($0, digits: digits) + " %" } ?? none
    }

    /// The same without the sign, for a column whose title has it: `88.12`.
    package static func percentDigits(_ share: Double, digits: Int = 2) -> String { fixed(100 * share, digits) }

    /// A difference of two shares, in percentage points with its sign: `+1.20`.
    package static func points(_ difference: Double, digits: Int = 2) -> String {
        difference.isFinite ? String(format: "%+.\(digits)f", 100 * difference) : notFinite(difference)
    }

    // MARK: Numbers

    /// With so many digits after the point: losses and calibration errors have four.
    package static func decimal(_ number: Double?, _ digits: Int = 4) -> String { number.map { fixed($0, digits) } ?? none }

    /// With as many digits as it needs, at most so many: `0.001`, `1.2346e-07`.
    package static func significant(_ number: Double?, _ digits: Int = 5) -> String {
        number.map { $0.isFinite ? String(format: "%.\(digits)g", $0) : notFinite($0) } ?? none
    }

    /// An order of magnitude: `3e-09`.
    package static func magnitude(_ number: Double) -> String { number.isFinite ? String(format: "%.0e", number) : notFinite(number) }

    /// 1234567 as `1 234 567`.
    package static func grouped(_ number: Int) -> String {
        var digits = String(number.magnitude), text = ""
        while digits.count > 3 {
            text = " " + digits.suffix(3) + text
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + digits + text
    }

    /// In a narrow place: `5018`, `12.3k`, `1.25M`.
    package static func compact(_ number: Double) -> String {
        switch abs(number) {
        case ..<10_000: fixed(number, 0)
        case ..<1_000_000: significant(number / 1e3, 3) + "k"
        case ..<1_000_000_000: significant(number / 1e6, 3) + "M"
        default: significant(number / 1e9, 3) + "G"
        }
    }

    /// `1 sample`, `20 samples`.
    package static func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }

    // MARK: Time and size

    /// How long something took: `41 ms`, `2.35 s`, `3 min 05 s`.
    package static func duration(_ seconds: Double) -> String {
        // What another program wrote may be any number.
        guard seconds < 1e9 else { return none }
        return switch seconds {
        case ..<0.0005: "< 1 ms"
        case ..<0.9995: String(format: "%.0f ms", seconds * 1000)
        case ..<60: String(format: "%.2f s", seconds)
        case ..<3600: String(format: "%d min %02d s", Int(seconds) / 60, Int(seconds) % 60)
        default: String(format: "%d h %02d min", Int(seconds) / 3600, Int(seconds) / 60 % 60)
        }
    }

    /// How long something will take, to the second: `42 s`, `3 min 5 s`.
    package static func remaining(_ seconds: Double) -> String {
        guard seconds.isFinite else { return none }
        let whole = Int(min(max(seconds, 0), 1e9).rounded())
        return whole >= 3600
            ? "\(whole / 3600) h \(whole % 3600 / 60) min" : whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
    }

    /// The size of a file or of memory, in powers of a thousand: `512 B`, `9.9 MB`.
    package static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) B"
        case ..<1_000_000: String(format: "%.1f kB", Double(count) / 1e3)
        case ..<1_000_000_000: String(format: "%.1f MB", Double(count) / 1e6)
        default: String(format: "%.2f GB", Double(count) / 1e9)
        }
    }

    /// A date in universal time, to the second.
    package static func time(_ date: Date) -> String {
        date.formatted(
            .iso8601.year().month().day().dateSeparator(.dash).dateTimeSeparator(.space).time(includingFractionalSeconds: false)
                .timeSeparator(.colon)) + " UTC"
    }

    // MARK: Other

    /// The shape of a tensor: `3×32×32`.
    package static func shape(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }

    /// The beginning of a checksum.
    package static func checksum(_ text: String, _ digits: Int = 16) -> String { text.count > digits ? text.prefix(digits) + "…" : text }

    private static func fixed(_ number: Double, _ digits: Int) -> String {
        number.isFinite ? String(format: "%.\(digits)f", number) : notFinite(number)
    }

    private static func notFinite(_ number: Double) -> String { number.isNaN ? "NaN" : number > 0 ? "∞" : "−∞" }
}
