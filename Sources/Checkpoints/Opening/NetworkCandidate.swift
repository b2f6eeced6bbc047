import Archives

/// One of several networks in a file.
public struct NetworkCandidate: Sendable, Codable, Equatable {
    /// How it is chosen.
    package enum Selector: String, Sendable, Codable { case key, prefix }

    package let selector: Selector
    /// The key of the file's dictionary, or what its parameters' names begin with.
    package let name: String
    package let tensors: Int
    /// How many numbers the tensors hold.
    package let numbers: Int
    package let isOpened: Bool

    init(_ selector: Selector, _ name: String, tensors: Int, numbers: Int, isOpened: Bool) {
        self.selector = selector
        self.name = name
        self.tensors = tensors
        self.numbers = numbers
        self.isOpened = isOpened
    }

    init(_ network: StoredNetwork) {
        self.init(.key, network.key, tensors: network.tensors, numbers: network.elements, isOpened: network.isOpened)
    }

    /// The option that opens it, such as `--key model_ema`.
    package var option: String {
        let isPlain = name.allSatisfy { $0.isLetter || $0.isNumber || "._-/".contains($0) }
        return "--\(selector.rawValue) \(isPlain ? name : "'\(printable(name))'")"
    }

    /// As shown: "model_ema (6 tensors, 13098 numbers)".
    public var description: String { "\(printable(name)) (\(tensors) \(tensors == 1 ? "tensor" : "tensors"), \(numbers) numbers)" }
}

/// The roles of several networks, inferred from their names.
enum NetworkRoles {
    /// Names of averages over the course of a training.
    private static let averages: Set<String> = ["ema", "averaged", "average", "avg", "swa", "shadow"]
    /// Names of networks that are trained together and are different ones.
    private static let pairs: [(String, String)] = [
        ("generator", "discriminator"), ("gen", "disc"), ("gen", "dis"), ("g", "d"), ("netg", "netd"), ("student", "teacher"),
        ("online", "target"), ("actor", "critic"),
        ("policy", "target"), ("q", "k"), ("base", "momentum"),
    ]

    enum Choice: Equatable {
        /// Parts of one network, judging by names.
        case all
        /// These are the network, or its parts; the others are averages of it.
        case these([Int])
        /// Different networks, and nothing says which is meant.
        case unclear
    }

    static func words(_ name: String) -> [String] { name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init) }

    static func choice(among names: [String]) -> Choice {
        let words = names.map { Self.words($0) }
        let bases = words.map { $0.filter { !averages.contains($0) } }
        let own = words.indices.filter { words[$0] == bases[$0] }
        // “model_ema” is the average of “model”; “ema” that of whatever stands beside it.
        let averaged = words.indices.filter { index in
            words[index] != bases[index] && own.contains { bases[index].isEmpty || words[$0] == bases[index] }
        }
        let rest = words.indices.filter { !averaged.contains($0) }
        for (first, second) in pairs {
            // One letter says something only as the end of a name, or as all of it.
            func has(_ word: String, _ index: Int) -> Bool {
                word.count > 1
                    ? words[index].contains(word)
                    : ["q", "k"].contains(word) ? words[index].count > 1 && words[index].last == word : words[index].last == word
            }
            if rest.contains(where: { has(first, $0) }), rest.contains(where: { has(second, $0) }) { return .unclear }
        }
        return averaged.isEmpty ? .all : .these(rest)
    }
}
