import Synchronization

/// Limits on what a file may require, so that an untrusted file cannot exhaust memory or run forever.
///
/// These are the bounds of the formats; what all parts of a file may cost together, in proportion to its size, is a ``FileBudget``.
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
    /// Bytes of one pickle.
    package var pickleBytes = 512 << 20
    /// Dictionaries or modules inside one another on the way to a tensor; lists and objects of a JSON file inside one another.
    package var nesting = 128
    /// Arrays of one file.
    package var arrays = 1_000_000
    /// Texts of all arrays of texts of one file.
    package var texts = 4_000_000
    /// Axes of one array.
    package var axes = 64
    /// Elements of one array that stands for more elements than are stored (an expanded tensor).
    package var expandedElements = 1 << 24
    /// Bytes of a tensor's name with all keys on the way to it.
    package var nameBytes = 4096
    /// Bytes of memory that a file may take however small it is, and for each of its bytes: see ``FileBudget``.
    package var memoryFloor = 40 << 20
    package var memoryPerByte = 64
    /// Steps of a walk over a file's objects, however small it is, and for each of its bytes.
    package var stepsFloor = 1_000_000
    package var stepsPerByte = 8

    /// Whether the members of zip files are compared with their checksums when a file is opened.
    package var verifiesChecksums = true

    public init() {}

    /// The limits of every file that is opened without others.
    public static var standard: ArchiveLimits {
        var limits = ArchiveLimits()
        limits.verifiesChecksums = !skipsChecksums.load(ordering: .relaxed)
        return limits
    }

    /// Set once by a command that was asked not to verify; everything opened afterwards is not compared with its checksums.
    package static let skipsChecksums = Atomic<Bool>(false)
}
