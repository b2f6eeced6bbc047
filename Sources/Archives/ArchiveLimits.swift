/// Limits on what a file may require, so that an untrusted file cannot exhaust memory or run forever.
public struct ArchiveLimits: Sendable, Equatable {
    /// Bytes of a safetensors header (the format's own limit is 100 MB).
    package var headerBytes = 100_000_000
    /// Bytes of a JSON file, such as the index of a folder's shards.
    package var jsonBytes = 32 << 20
    /// Shards of one folder.
    package var shards = 10_000
    /// Members of a zip file.
    package var zipMembers = 1_000_000
    /// Bytes that all deflated members of a zip file may inflate to together.
    package var inflatedBytes = 4 << 30
    /// Members larger than `inflationFloor` may not inflate to more than this many times their size.
    package var inflationRatio = 200
    /// Below this size a high ratio is no danger: zeros deflate a thousandfold.
    package var inflationFloor = 16 << 20
    /// Bytes of one pickle.
    package var pickleBytes = 512 << 20
    /// Containers, objects and tensors that one pickle may create.
    package var pickleObjects = 4_000_000
    /// Values that one pickle may push and store in all.
    package var pickleValues = 32_000_000
    /// Dictionaries or modules inside one another on the way to a tensor; lists and objects of a JSON file inside one another.
    package var nesting = 128
    /// Arrays of one file.
    package var arrays = 1_000_000
    /// Texts of all arrays of texts of one file.
    package var texts = 4_000_000
    /// Axes of one array.
    package var axes = 64
    /// Elements of an array that stands for more elements than are stored (an expanded tensor).
    package var expandedElements = 1 << 24

    package init() {}

    public static let standard = ArchiveLimits()
}
