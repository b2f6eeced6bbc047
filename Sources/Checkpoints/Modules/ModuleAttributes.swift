import Archives
import Networks

/// The attributes of one pickled module, read as what `torch.nn` keeps in them.
struct ModuleAttributes {
    let module: StoredModule

    func refused(_ reason: String) -> NetworkError { .module(path: module.path, className: module.className, reason: reason) }

    private func unreadable(_ name: String) -> NetworkError {
        guard let text = module.attributes[name] else { return refused("its pickle has no plain value for \(name)") }
        return refused("\(name) = \(text) is not what this class keeps there")
    }

    /// As Python spells it; nil where the pickle has none or it is None.
    func text(_ name: String) -> String? { module.attributes[name].flatMap { $0 == "None" ? nil : $0 } }

    func int(_ name: String, _ fallback: Int? = nil) throws -> Int {
        guard let value = text(name).map({ Int($0) }) ?? fallback else { throw unreadable(name) }
        return value
    }

    func real(_ name: String, _ fallback: Double? = nil) throws -> Double {
        guard let value = text(name).map({ Double($0) }) ?? fallback else { throw unreadable(name) }
        return value
    }

    func flag(_ name: String, _ fallback: Bool) throws -> Bool {
        switch text(name) {
        case nil: return fallback
        case "True", "1": return true
        case "False", "0": return false
        default: throw unreadable(name)
        }
    }

    /// A tuple or list of whole numbers, or one number; None inside counts as `none`.
    func ints(_ name: String, _ fallback: [Int]? = nil, none: Int? = nil) throws -> [Int] {
        guard let text = text(name) else {
            guard let fallback else { throw unreadable(name) }
            return fallback
        }
        var numbers: [Int] = []
        for word in text.split(whereSeparator: { "()[], ".contains($0) }) {
            guard let number = Int(word) ?? (word == "None" ? none : nil) else { throw unreadable(name) }
            numbers.append(number)
        }
        guard !numbers.isEmpty else { throw unreadable(name) }
        return numbers
    }

    /// Two numbers, for height and width; one stands for both.
    func pair(_ name: String, _ fallback: [Int]? = nil, none: Int? = nil) throws -> [Int] {
        let numbers = try ints(name, fallback, none: none)
        if numbers.count == 1 { return [numbers[0], numbers[0]] }
        guard numbers.count == 2 else { throw unreadable(name) }
        return numbers
    }
}
