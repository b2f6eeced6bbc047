/// Which class a name stands for: that of a folder of images, or a label that is a text.
struct ClassAssignment {
    /// The class of each name, in the order of the names.
    let classes: [Int]
    /// Nil where the names do not determine the number of classes.
    let classCount: Int?
    /// By class.
    let classNames: [String]?
    var notes: [String] = []

    /// Why names stand for no classes: what follows "its folders are".
    struct Fault: Error {
        let reason: String
    }

    /// How names without further knowledge are counted.
    enum Order: String, Sendable, CaseIterable {
        /// As texts, as torchvision's `ImageFolder` does: c1, c10, c2.
        case names
        /// By the numbers in them: c1, c2, c10.
        case numbers
    }

    /// - Parameters:
    ///   - names: distinct, in the order of their bytes.
    ///   - listed: what `classes=` says, in order.
    init(_ names: [String], listed: [String]?, order: Order?, for network: NetworkSignature?) throws(Fault) {
        let numbers = names.map { name in name.utf8.allSatisfy { (48...57).contains($0) } ? Int(name) : nil }.compactMap { $0 }
        let isNumbered =
            numbers.count == names.count && Set(numbers).count == names.count && (numbers.max() ?? 0) < ArrayAnswers.mostClasses
        if let listed = listed ?? Self.known(names, to: network) {
            self = try Self.matched(names, to: listed)
            return
        }
        if order == nil, isNumbered, let most = numbers.max(), network.map({ most < $0.outputs }) ?? numbers.contains(0) {
            (classes, classCount, classNames) = (numbers, nil, (0...most).map(String.init))
            if numbers != numbers.sorted(), names.count == network?.outputs ?? names.count {
                notes = [
                    "its class numbers are taken from the folder names; torchvision's ImageFolder sorts names as text (0, 1, 10, 11 …): set order=names for a network trained that way"
                ]
            }
            return
        }
        if let network, names.count != network.outputs {
            let first = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " …" : "")
            let known =
                network.classNames.map { known in
                    let missing = known.filter { !names.contains($0) }
                    return "; missing: \(missing.prefix(8).joined(separator: ", "))\(missing.count > 8 ? " …" : "")"
                } ?? ""
            throw Fault(
                reason:
                    "\(names.count) classes (\(first)), but \(network.name) has \(network.outputs) classes\(known): list all \(network.outputs) class names in the network's order with classes= (classes=a,b,c or a file with one name per line)"
            )
        }
        let natural = names.indices.sorted { Self.precedes(names[$0], names[$1]) }
        if order == nil, natural != Array(names.indices) {
            let swapped = zip(names, natural.map { names[$0] }).first { $0 != $1 }
            throw Fault(
                reason:
                    "named so that, sorted as texts, \(swapped?.0 ?? "") comes before \(swapped?.1 ?? ""): set order=names for classes in that order, as in torchvision's ImageFolder, or order=numbers for the order of the numbers in their names"
            )
        }
        var classes = Array(names.indices)
        if order == .numbers { for (place, index) in natural.enumerated() { classes[index] = place } }
        let sorted = order == .numbers ? natural.map { names[$0] } : names
        (self.classes, classCount, classNames) = (classes, names.count, sorted)
    }

    private init(classes: [Int], classCount: Int?, classNames: [String]?) {
        (self.classes, self.classCount, self.classNames) = (classes, classCount, classNames)
    }

    /// The network's own names, where at least one of the set's is among them.
    private static func known(_ names: [String], to network: NetworkSignature?) -> [String]? {
        guard let own = network?.classNames, own.count == network?.outputs, names.contains(where: own.contains) else { return nil }
        return own
    }

    private static func matched(_ names: [String], to listed: [String]) throws(Fault) -> ClassAssignment {
        var places: [String: Int] = [:]
        for (place, name) in listed.enumerated() {
            guard places.updateValue(place, forKey: name) == nil else {
                throw Fault(reason: "named by a list of classes that has '\(name)' twice")
            }
        }
        var classes: [Int] = []
        for name in names {
            guard let place = places[name] else {
                throw Fault(
                    reason:
                        "not all among the \(listed.count) classes \(listed.prefix(8).joined(separator: ", "))\(listed.count > 8 ? " …" : ""): '\(name)' is none of them"
                )
            }
            classes.append(place)
        }
        return ClassAssignment(classes: classes, classCount: listed.count, classNames: listed)
    }

    /// By runs of digits as numbers, and the rest by bytes.
    static func precedes(_ first: String, _ second: String) -> Bool {
        let (a, b) = (parts(first), parts(second))
        for (left, right) in zip(a, b) where left != right {
            guard let leftNumber = number(left), let rightNumber = number(right) else { return left.lexicographicallyPrecedes(right) }
            if leftNumber != rightNumber {
                return leftNumber.count == rightNumber.count
                    ? leftNumber.lexicographicallyPrecedes(rightNumber) : leftNumber.count < rightNumber.count
            }
        }
        return a.count == b.count ? first.utf8.lexicographicallyPrecedes(second.utf8) : a.count < b.count
    }

    /// A run of digits without leading zeros.
    private static func number(_ part: [UInt8]) -> ArraySlice<UInt8>? {
        guard let first = part.first, (48...57).contains(first) else { return nil }
        return part.drop { $0 == 48 }
    }

    private static func parts(_ text: String) -> [[UInt8]] {
        var parts: [[UInt8]] = [], wasDigit: Bool?
        for byte in text.utf8 {
            let isDigit = (48...57).contains(byte)
            if isDigit == wasDigit { parts[parts.count - 1].append(byte) } else { parts.append([byte]) }
            wasDigit = isDigit
        }
        return parts
    }
}
