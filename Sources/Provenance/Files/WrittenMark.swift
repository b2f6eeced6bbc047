import Archives
import Foundation

/// The last line of a text that this program wrote: a remark with the checksum of the lines above it. Where it fits, nobody has edited the text since.
///
/// ```text
/// # Written by Amalgam 1.2.0; sha256 of the lines above 0f343b0931126a20
/// ```
package enum WrittenMark {
    /// How the text's language writes a remark.
    package enum Remark: Sendable {
        /// TOML.
        case hash
        /// HTML and Markdown.
        case angle
        /// Plain text has none.
        case none
    }

    private static let words = "; sha256 of the lines above ", digits = 16

    /// The text with its mark.
    package static func signed(_ text: String, _ remark: Remark) -> String {
        let body = text.hasSuffix("\n") || text.isEmpty ? text : text + "\n"
        let sentence = "Written by Amalgam \(Version.current)\(words)\(checksum(body))"
        switch remark {
        case .hash: return body + "# \(sentence)\n"
        case .angle: return body + "<!-- \(sentence) -->\n"
        case .none: return body + "\(sentence)\n"
        }
    }

    /// Whether the text is as this program wrote it.
    package static func fits(_ text: String) -> Bool {
        guard text.hasSuffix("\n") else { return false }
        let start = text.dropLast().lastIndex(of: "\n").map { text.index(after: $0) } ?? text.startIndex
        let last = text[start...]
        guard last.contains("Written by Amalgam "), let found = last.range(of: words) else { return false }
        return last[found.upperBound...].prefix(digits) == checksum(String(text[..<start]))
    }

    private static func checksum(_ text: String) -> String { String(SHA256.of(Array(text.utf8)).prefix(digits)) }
}
