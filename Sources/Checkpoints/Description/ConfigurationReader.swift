import Archives

/// Reads members of a configuration file; what is there and is not what it should be is refused by its name.
struct ConfigurationReader {
    let json: JSONValue
    let file: String
    var section: String?

    func fault(_ key: String, _ reason: String) -> CheckpointError {
        .configuration(file: file, key: section.map { "\($0).\(key)" } ?? key, reason: reason)
    }

    /// The first of these members that is there.
    func first(_ keys: [String]) -> (key: String, value: JSONValue)? {
        for key in keys { if let value = json[key] { return (key, value) } }
        return nil
    }

    /// A whole number from 1 on; nil where none of the members is there, or it is no number (a name, a list by stage).
    func size(_ keys: [String]) throws -> (key: String, value: Int)? {
        guard let (key, found) = first(keys), case .number = found else { return nil }
        guard let value = found.int, (1...65536).contains(value) else { throw fault(key, "should be a whole number from 1 to 65536") }
        return (key, value)
    }

    func number(_ key: String) throws -> Double? {
        guard let found = json[key] else { return nil }
        guard let value = found.double, value.isFinite, value > 0 else { throw fault(key, "should be a number greater than 0") }
        return value
    }

    /// One number, or a list of at most 4096 numbers.
    func numbers(_ key: String, positive: Bool = false) throws -> [Double]? {
        guard let found = json[key] else { return nil }
        let items = found.items ?? [found], values = items.compactMap(\.double)
        guard (1...4096).contains(items.count), values.count == items.count, values.allSatisfy({ $0.isFinite && (!positive || $0 > 0) })
        else {
            throw fault(key, "should be \(positive ? "numbers greater than 0" : "finite numbers"), one for each channel")
        }
        return values
    }

    /// A size as the libraries write it: 224, [224, 224], {"height": 224, "width": 224}, {"shortest_edge": 224}.
    func sizes(_ key: String) throws -> [Int]? {
        guard let found = json[key] else { return nil }
        let items: [JSONValue?] =
            if let items = found.items { items } else if found.members != nil {
                found["shortest_edge"].map { [$0] } ?? found["longest_edge"].map { [$0] } ?? [found["height"], found["width"]]
            } else { [found] }
        let values = items.compactMap { $0?.int }
        guard (1...3).contains(items.count), values.count == items.count, values.allSatisfy({ (1...65536).contains($0) }) else {
            throw fault(key, "should be a size, such as 224 or [224, 224]")
        }
        return values
    }
}
