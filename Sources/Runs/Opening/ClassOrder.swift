import Checkpoints
import Datasets
import Networks
import Provenance

/// Networks whose outputs mean the same classes, brought into one order.
struct ClassOrder {
    /// The networks, those after the first with their outputs in its order.
    let networks: [Parent]
    /// The classes in that order, where a file has them.
    let names: [String]?
    let notes: [String]

    /// - Parameter isStrict: whether networks of different classes are refused; where not, it is said.
    init(_ opened: [Parent], isStrict: Bool = true) throws {
        guard let first = opened.first(where: { $0.classNames != nil }), let names = first.classNames else {
            (networks, names, notes) = (opened, nil, [])
            return
        }
        var ordered: [Parent] = [], notes: [String] = []
        for network in opened {
            guard let own = network.classNames, own != names else {
                ordered.append(network)
                continue
            }
            if let difference = Self.difference(own, names, network.label, first.label) {
                if isStrict { throw RunError.unsuitable(reason: "\(difference): networks of different classes cannot be fused") }
                notes.append("\(difference); outputs are compared by index")
                ordered.append(network)
                continue
            }
            let places = Dictionary(zip(own, own.indices), uniquingKeysWith: { first, _ in first })
            let order = names.compactMap { places[$0] }
            ordered.append(try network.reordering(order, names: names))
            let moved = zip(own, names).filter { $0 != $1 }
            notes.append(
                "the classes of \(network.label) are in another order (\(moved.count) of \(own.count) differ: its output \(own.firstIndex(of: names[0]) ?? 0) is “\(names[0])”); its outputs were permuted to match \(first.label)"
            )
        }
        (networks, self.names, self.notes) = (ordered, names, notes)
    }

    /// Why two lists are not the same classes in another order; nil where they are.
    private static func difference(_ own: [String], _ names: [String], _ network: String, _ first: String) -> String? {
        let (mine, theirs) = (Set(own), Set(names))
        func some(_ names: [String]) -> String {
            names.prefix(3).map { "“\($0)”" }.joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
        }
        let onlyMine = own.filter { !theirs.contains($0) }, onlyTheirs = names.filter { !mine.contains($0) }
        if own.count != names.count {
            return "\(network) has \(own.count) classes, \(first) has \(names.count)"
                + (onlyMine.isEmpty ? "" : "; only the former has \(some(onlyMine))")
                + (onlyTheirs.isEmpty ? "" : "; only the latter has \(some(onlyTheirs))")
        }
        if !onlyMine.isEmpty || !onlyTheirs.isEmpty {
            return
                "\(network) and \(first) have different classes: only the former has \(some(onlyMine)), only the latter \(some(onlyTheirs))"
        }
        if mine.count != own.count { return "\(network) and \(first) have duplicate class names in different orders" }
        return nil
    }

    /// What is to be warned of before data are measured whose classes are known by name.
    static func warnings(_ names: [String]?, data: Dataset, spec: String) -> [String] {
        guard let names, let own = data.classNames, data.isLabelled, names != own, names.count == own.count else { return [] }
        if Set(names) == Set(own) {
            let place = zip(names, own).enumerated().first { $1.0 != $1.1 }
            return [
                "the classes of \(spec) are in another order than the network's: class \(place?.offset ?? 0) is “\(place?.element.1 ?? "")” in the data and “\(place?.element.0 ?? "")” in the network, so accuracies are wrong until the orders match"
            ]
        }
        // "cat" and "Cat", "plane" and "airplane": only numbers are compared.
        return []
    }
}

extension Parent {
    /// The same network with its outputs in another order.
    ///
    /// - Parameter order: new output i is the old output `order[i]`.
    func reordering(_ order: [Int], names: [String]) throws -> Parent {
        guard let classes = network.groups.classes, classes.neurons == order.count else {
            throw RunError.unsuitable(
                reason:
                    "the classes of \(label) are in another order, and its outputs are not a separate neuron group that could be permuted"
            )
        }
        let network = try self.network.carried(along: [classes.id: .selection(order)])
        return Parent(letter: letter, name: name, checkpoint: checkpoint, network: network, classNames: names)
    }
}
