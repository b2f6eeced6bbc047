/// A text as a shell reads it back.
package enum ShellWord {
    /// In single quotes where a shell would take a character amiss.
    package static func quoted(_ text: String) -> String {
        let plain = text.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=+,@%".contains($0) }
        return plain && !text.isEmpty
            ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
