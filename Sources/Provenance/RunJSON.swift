import Foundation

/// How records are written as JSON: times as ISO 8601 with milliseconds, numbers that are none as text.
package enum RunJSON {
    package static func encoder(pretty: Bool) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(text(date))
        }
        return encoder
    }

    package static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = try? Date(text, strategy: style) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "“\(text)” is not an ISO 8601 time")
            }
            return date
        }
        return decoder
    }

    package static func text(_ value: some Encodable, pretty: Bool = true) throws -> String {
        escaped(String(decoding: try encoder(pretty: pretty).encode(value), as: UTF8.self))
    }

    /// JSON with every control and invisible character of its texts as `\u…`: what a name holds does not steer the terminal on which it is read.
    static func escaped(_ json: String) -> String {
        if json.utf8.allSatisfy({ $0 < 0x7F }) { return json }
        var escaped = String.UnicodeScalarView()
        for scalar in json.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control where scalar.value < 0x20: escaped.append(scalar)  // the line breaks between members
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    escaped.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
                }
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// In universal time.
    package static func text(_ date: Date) -> String { date.formatted(style) }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
