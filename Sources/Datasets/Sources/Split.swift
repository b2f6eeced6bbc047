/// The part of a source that is meant.
public enum Split: String, Sendable, CaseIterable {
    case train, test
    /// Both, the training part first.
    case all
}
