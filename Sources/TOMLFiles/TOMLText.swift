@_exported import TOMLKit

/// Why a text is no TOML that is read here: one sentence, and the line where that is known.
package struct TOMLFault: Error, Equatable, Sendable {
    package let line: Int?
    package let reason: String
}

extension TOMLTable {
    /// The most bytes that a TOML file may have. The largest that is written by hand or by Amalgam has a few thousand.
    package static let mostBytes = 1 << 20

    /// Reads a TOML text. This is the only entrance: themes, keys, recipes, sets and architecture files come in here.
    ///
    /// The library ends the process over some texts and runs out of stack over others, so what it cannot take is refused before it sees it (``TOMLCheck``).
    package convenience init(checking text: String) throws(TOMLFault) {
        guard text.utf8.count <= Self.mostBytes else {
            throw TOMLFault(line: nil, reason: "a text of \(text.utf8.count) bytes; at most \(Self.mostBytes) are read")
        }
        var check = TOMLCheck(text)
        try check.run()
        do { try self.init(string: text) } catch {
            guard let parse = error as? TOMLParseError else { throw TOMLFault(line: nil, reason: "\(error)") }
            throw TOMLFault(line: Int(exactly: parse.source.begin.line), reason: parse.description)
        }
    }
}
