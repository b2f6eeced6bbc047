/// What a method reports beyond what every method gives: the selection of a group, the fit of a layer, the trials of a search.
///
/// Methods attach values of their own types to a plan's groups and to the outcome; the base types know none of them.
public protocol Diagnostics: Sendable {}

/// At most one value of each type of diagnostics.
public struct DiagnosticsSet: Sendable {
    private var values: [ObjectIdentifier: any Diagnostics] = [:]

    public init() {}

    package subscript<Value: Diagnostics>(type: Value.Type) -> Value? {
        get { values[ObjectIdentifier(type)] as? Value }
        set { values[ObjectIdentifier(type)] = newValue }
    }
}
