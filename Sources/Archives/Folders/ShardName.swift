/// A file name such as `model-00001-of-00002.safetensors`: one part of a network that was split by size.
struct ShardName: Equatable {
    let stem: String
    let number: Int
    let count: Int
    let suffix: String

    /// Nil where the name is no shard's.
    init?(_ name: String) {
        guard let point = name.lastIndex(of: ".") else { return nil }
        let words = name[..<point].split(separator: "-", omittingEmptySubsequences: false)
        guard words.count >= 4, words[words.count - 2] == "of", let number = Self.number(words[words.count - 3]),
            let count = Self.number(words[words.count - 1]),
            (1...max(count, 1)).contains(number)
        else { return nil }
        stem = words.dropLast(3).joined(separator: "-")
        self.number = number
        self.count = count
        suffix = String(name[name.index(after: point)...])
    }

    /// The names of all shards, in order, with as many digits as `name` has.
    static func all(like name: String) -> [String]? {
        guard let shard = ShardName(name), shard.count <= ArchiveLimits.standard.shards else { return nil }
        let digits = name.dropLast(shard.suffix.count + 1).split(separator: "-").last?.count ?? 5
        func padded(_ value: Int) -> String { String(repeating: "0", count: max(0, digits - "\(value)".count)) + "\(value)" }
        return (1...shard.count).map { "\(shard.stem)-\(padded($0))-of-\(padded(shard.count)).\(shard.suffix)" }
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...9).contains(text.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
