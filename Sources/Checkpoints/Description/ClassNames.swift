import Archives

/// The names of a network's outputs, in their order.
enum ClassNames {
    static let key = "amalgam.classes"
    private static let largest = 1_000_000

    /// `id2label` of a configuration: every number from 0 on, once. Names that only repeat the number (`LABEL_0`) are ignored.
    static func labels(_ json: JSONValue, file: String) throws -> [String]? {
        guard let members = json["id2label"]?.members, !members.isEmpty else { return nil }
        let reader = ConfigurationReader(json: json, file: file)
        guard members.count <= largest else { throw reader.fault("id2label", "has \(members.count) labels") }
        var names = [String?](repeating: nil, count: members.count)
        for member in members {
            guard let number = Int(member.key), names.indices.contains(number) else {
                throw reader.fault(
                    "id2label", "has a label \(member.key), but its \(members.count) labels should be 0 … \(members.count - 1)")
            }
            guard let name = name(member.value) else { throw reader.fault("id2label", "should have a text for \(member.key)") }
            guard names[number] == nil else { throw reader.fault("id2label", "has two labels \(number)") }
            names[number] = name
        }
        return meaningful(names.compactMap(\.self))
    }

    /// timm's `label_names`.
    static func timm(_ json: JSONValue, file: String) throws -> [String]? {
        guard let items = (json["label_names"] ?? json["pretrained_cfg"]?["label_names"])?.items else { return nil }
        let names = items.compactMap(name)
        guard names.count == items.count, items.count <= largest else {
            throw ConfigurationReader(json: json, file: file).fault("label_names", "should be a list of texts")
        }
        return meaningful(names)
    }

    /// The list that Amalgam keeps in a checkpoint's metadata.
    static func metadata(_ json: JSONValue, file: String) throws -> [String] {
        let names = json.items?.compactMap(\.text) ?? []
        guard !names.isEmpty, names.count == json.items?.count else {
            throw CheckpointError.configuration(file: file, key: key, reason: "should be a list of texts")
        }
        return names
    }

    static func text(_ names: [String]) -> String { JSONValue.list(names.map { .text($0) }).json(pretty: false) }

    /// Labels may be written as numbers.
    private static func name(_ value: JSONValue) -> String? {
        if case .number(let digits) = value { return digits }
        return value.text
    }

    private static func meaningful(_ names: [String]) -> [String]? {
        names.enumerated().allSatisfy { $1 == "LABEL_\($0)" } ? nil : names
    }
}
