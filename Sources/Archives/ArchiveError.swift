/// An error while reading or writing a file of arrays.
///
/// Every message says what happened, where and why, and where there is a remedy, what to do. Text that comes from a file is shown with its control characters escaped.
public enum ArchiveError: Error, Equatable, Sendable {
    /// The file could not be opened or mapped.
    case cannotOpen(file: String, reason: String)
    /// The content is of no format that is read here.
    case unrecognised(file: String, found: String, advice: String)
    /// The content contradicts its own format at a byte of the file (or of the named part of it).
    case damaged(file: String, place: String?, offset: Int, reason: String)
    /// The content is sound but of a kind that is not read.
    case unsupported(file: String, place: String, reason: String, advice: String)
    /// Following the file would take more memory or time than the limit allows.
    case exceedsLimit(file: String, place: String, what: String, limit: Int)
    /// The file holds no array of this name.
    case missingArray(file: String, name: String, present: [String])
    /// A PyTorch file holds no network under this key.
    case missingNetwork(file: String, key: String, present: [String])
    /// An element does not fit the requested type.
    case notRepresentable(file: String, array: String, index: Int, value: String, type: String)
    /// The file was changed by someone else since it was opened.
    case changed(file: String)
    /// The arrays given to a writer cannot form a file.
    case cannotWrite(file: String, reason: String)
}

extension ArchiveError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotOpen(let file, let reason):
            "\(printable(file)): cannot be opened: \(reason)"
        case .unrecognised(let file, let found, let advice):
            "\(printable(file)): not a checkpoint: \(printable(found)); \(advice)"
        case .damaged(let file, let place, let offset, let reason):
            "\(printable(file)): damaged at byte \(offset)\(place.map { " of " + printable($0) } ?? ""): \(printable(reason))"
        case .unsupported(let file, let place, let reason, let advice):
            "\(printable(file)): \(printable(place)): \(printable(reason)); \(advice)"
        case .exceedsLimit(let file, let place, let what, let limit):
            "\(printable(file)): \(printable(place)): \(printable(what)), more than the limit of \(limit); the file was not read further"
        case .missingArray(let file, let name, let present):
            "\(printable(file)): no array named '\(printable(name))'; it holds \(listed(present))"
        case .missingNetwork(let file, let key, let present):
            "\(printable(file)): no network under the key '\(printable(key))'; \(present.isEmpty ? "the file keeps none under keys" : "there are \(listed(present))")"
        case .notRepresentable(let file, let array, let index, let value, let type):
            "\(printable(file)): array '\(printable(array))', element \(index): \(value) is not representable as \(type)"
        case .changed(let file):
            "\(printable(file)): the file changed while it was in use: another program wrote to it after it was opened; run this again when the file is complete"
        case .cannotWrite(let file, let reason):
            "\(printable(file)): not written: \(printable(reason))"
        }
    }
}

/// The text with what would move the cursor or hide itself written out: ESC as `^[`, DEL as `^?`, other invisible scalars as `\u{…}`.
package func printable(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control where scalar.value < 0x20:
            shown.append("^")
            shown.append(Unicode.Scalar(UInt8(scalar.value + 0x40)))
        case .control where scalar.value == 0x7F:
            shown.append(contentsOf: "^?".unicodeScalars)
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            shown.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
        default:
            shown.append(scalar)
        }
    }
    return String(shown)
}

/// The first few names, and how many more there are.
private func listed(_ names: [String]) -> String {
    guard !names.isEmpty else { return "none" }
    let first = names.prefix(8).map(printable).joined(separator: ", ")
    return names.count > 8 ? "\(first) and \(names.count - 8) more" : first
}
