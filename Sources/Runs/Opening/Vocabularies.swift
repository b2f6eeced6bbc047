import Archives
import Checkpoints
import Provenance

/// The tokenizers and vocabularies in networks' folders: fused networks read the same tokens.
enum Vocabularies {
    private static let names = [
        "tokenizer.json", "vocab.json", "vocab.txt", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model",
    ]

    /// Refuses parents whose folders hold different vocabularies; files that only one has are not compared.
    static func check(_ parents: [Parent]) throws {
        var known: [String: (parent: Parent, path: String, sha256: String)] = [:]
        for parent in parents {
            guard let folder = try FolderContents(parent.path) else { continue }
            for name in names where folder.names.contains(name) {
                let path = folder.file(name), sha256 = try SHA256.ofFile(path)
                guard let first = known[name] else {
                    known[name] = (parent, path, sha256)
                    continue
                }
                guard sha256 != first.sha256, let difference = try difference(name, first.path, path) else { continue }
                throw RunError.unsuitable(
                    reason:
                        "\(first.parent.label) and \(parent.label) read different tokens: \(name) differs, \(difference); networks of different vocabularies cannot be fused"
                )
            }
        }
    }

    /// Where two files differ; nil where only settings differ that no token depends on (padding, truncation).
    private static func difference(_ name: String, _ one: String, _ other: String) throws -> String? {
        guard name.hasSuffix(".json") else {
            return "sha256 \(try SHA256.ofFile(one).prefix(12))… and \(try SHA256.ofFile(other).prefix(12))…"
        }
        let (first, second) = (try JSONValue.read(one), try JSONValue.read(other))
        if name == "tokenizer.json", ["model", "added_tokens", "normalizer", "pre_tokenizer"].allSatisfy({ first[$0] == second[$0] }) {
            return nil
        }
        func vocabulary(_ json: JSONValue) -> [String: Int] {
            let tokens = json["model"]?["vocab"] ?? json
            if let members = tokens.members {
                return Dictionary(
                    members.compactMap { member in member.value.int.map { (member.key, $0) } }, uniquingKeysWith: { first, _ in first })
            }
            return Dictionary(
                (tokens.items ?? []).enumerated().compactMap { place, item in item.items?.first?.text.map { ($0, place) } },
                uniquingKeysWith: { first, _ in first })
        }
        let (mine, theirs) = (vocabulary(first), vocabulary(second))
        let tokens = Set(mine.keys).union(theirs.keys).filter { mine[$0] != theirs[$0] }.sorted().prefix(3)
        guard !tokens.isEmpty else { return "its rules differ" }
        return tokens.map { token in
            "“\(token)” is \(mine[token].map(String.init) ?? "missing") and \(theirs[token].map(String.init) ?? "missing")"
        }.joined(separator: ", ")
    }
}
