/// A split of a data source.
public enum Split: String, Sendable, CaseIterable {
    case train, test
    /// Both, the training part first.
    case all
}
