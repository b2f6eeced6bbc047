/// What a file is, identified by its first bytes.
enum FileSignature {
    case zip, numpy, safetensors, pickle
    case foreign(found: String, advice: String)

    /// Whether it may be a PyTorch file, which keeps networks under keys.
    var mayHoldKeys: Bool {
        switch self {
        case .zip, .pickle, .foreign: true
        case .numpy, .safetensors: false
        }
    }

    static let torchMagicLine = "L119547037146038801333356L"

    init(_ view: ByteView, path: String) {
        let start = Array(view.bytes.prefix(64))
        func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }
        if start.isEmpty {
            self = .foreign(found: "the file is empty", advice: "copy or download it again")
        } else if begins("PK\u{3}\u{4}") || begins("PK\u{5}\u{6}") {
            self = .zip
        } else if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
            self = .numpy
        } else if start.count > 8, start[8] == UInt8(ascii: "{"), start[0] != UInt8(ascii: "{") || start[6] == 0 {
            self = .safetensors
        } else if start[0] == 0x80 && (start.count < 2 || start[1] <= 5) || begins(Self.torchMagicLine) {
            self = .pickle
        } else if let finding = ForeignFile.byContent(view, path: path) {
            self = .foreign(found: finding.found, advice: finding.advice)
        } else {
            let bytes = start.prefix(8).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined(separator: " ")
            self = .foreign(found: "unknown content, first bytes \(bytes)", advice: "safetensors, PyTorch, npz and npy files are read")
        }
    }
}
