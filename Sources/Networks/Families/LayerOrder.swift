/// The order of layers as far as their names determine it: inputs first, outputs last, numbers counting up between.
enum LayerOrder {
    static let first: Set<Substring> = ["input", "first", "stem", "in"]
    static let last: Set<Substring> = ["output", "out", "last", "final", "head", "classifier", "logits"]

    /// −1 for names of an input layer, 1 for names of an output layer, else 0.
    static func rank(_ name: String) -> Int {
        let words = name.lowercased().split { !$0.isLetter }
        if words.contains(where: first.contains) { return -1 }
        return words.contains(where: last.contains) ? 1 : 0
    }

    static func sorted(_ names: [String]) -> [String] {
        names.sorted { rank($0) == rank($1) ? NaturalOrder.precedes($0, $1) : rank($0) < rank($1) }
    }
}

/// The order people expect of names with numbers in them: fc2 before fc10.
enum NaturalOrder {
    static func precedes(_ first: String, _ second: String) -> Bool {
        let (a, b) = (pieces(first), pieces(second))
        for (x, y) in zip(a, b) where x != y {
            if let m = Int(x), let n = Int(y), m != n { return m < n }
            return x < y
        }
        return a.count < b.count
    }

    private static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        for character in text {
            let isDigit = character.isASCII && character.isNumber
            if let last = pieces.last?.last, (last.isASCII && last.isNumber) == isDigit {
                pieces[pieces.count - 1].append(character)
            } else {
                pieces.append(String(character))
            }
        }
        return pieces
    }
}
