/// What one file may still cost: memory and steps, in proportion to its size. Every reader of the file draws on the same budget, so nothing multiplies.
///
/// Memory is charged as what it takes at worst: a value of a pickle with the growth of the array it stands in, an object with its parts, a text with its
/// bytes, an inflated member with its bytes and those of the numbers made from it, an array that stands for more elements than are stored with what it
/// would take as numbers. A file of n bytes may take ``ArchiveLimits/memoryFloor`` + n · ``ArchiveLimits/memoryPerByte``.
///
/// Why no real file comes near it: a tensor of a state dict costs about 3 KB here and takes at least 400 bytes in its file, which earn it 25 KB; a whole
/// module costs about 60 bytes for each byte of its pickle, and its weights are many times that pickle; a number of a list costs 72 bytes and takes at least
/// two; weights deflate to more than half of their size, pruned ones of 99 % zeros to about a twentieth; tied tensors name their storage two or three times.
///
/// A budget is used by the one thread that opens its file, and by no one afterwards: an archive that is open draws on nothing.
final class FileBudget: @unchecked Sendable {
    let file: String
    let limits: ArchiveLimits
    /// Bytes of the file, and how many bytes there are with what was inflated.
    private let size: Int
    private var available: Int
    private let memory: Int
    private var memoryLeft: Int
    private let steps: Int
    private var stepsLeft: Int
    private var inflatedLeft: Int
    private var elements = 0

    init(size: Int, file: String, limits: ArchiveLimits) {
        self.file = file
        self.limits = limits
        self.size = size
        available = size
        memory = Self.proportional(limits.memoryFloor, limits.memoryPerByte, size)
        memoryLeft = memory
        steps = Self.proportional(limits.stepsFloor, limits.stepsPerByte, size)
        stepsLeft = steps
        inflatedLeft = limits.inflatedBytes
    }

    private static func proportional(_ floor: Int, _ factor: Int, _ size: Int) -> Int {
        let (product, tooLarge) = size.multipliedReportingOverflow(by: factor)
        let (sum, overflow) = product.addingReportingOverflow(floor)
        return tooLarge || overflow ? .max : sum
    }

    /// Takes so many bytes of memory.
    @inline(__always)
    func take(_ bytes: Int, _ place: @autoclosure () -> String) throws(ArchiveError) {
        guard bytes <= memoryLeft else {
            throw exceeded(
                place(),
                "what its \(size) bytes describe would take more bytes of memory than \(limits.memoryFloor) and \(limits.memoryPerByte) for each of them",
                memory)
        }
        memoryLeft -= bytes  // checked: at most what is left, and costs are positive
    }

    /// Takes memory for so many things of one cost.
    func take(_ count: Int, each cost: Int, _ place: @autoclosure () -> String) throws(ArchiveError) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: cost)
        try take(overflow ? .max : bytes, place())
    }

    /// Counts steps of a walk over what a file describes.
    @inline(__always)
    func step(_ count: Int = 1, _ place: @autoclosure () -> String) throws(ArchiveError) {
        guard count <= stepsLeft else { throw exceeded(place(), "shared objects expand to more values", steps) }
        stepsLeft -= count  // checked: at most what is left
    }

    /// Counts a text: its bytes, twice where it is kept under a name as well.
    func text(_ text: String, _ place: @autoclosure () -> String) throws(ArchiveError) {
        try take(text.utf8.count, each: 2, place())
        try take(Cost.text, place())
    }

    /// Counts the bytes that a member inflates to, before they are made.
    func inflate(_ bytes: Int, _ place: @autoclosure () -> String) throws(ArchiveError) {
        guard bytes <= inflatedLeft else {
            throw exceeded(place(), "it inflates to \(bytes) bytes, and with the members before it to more", limits.inflatedBytes)
        }
        inflatedLeft -= bytes  // checked: at most what is left
        try take(bytes, each: Cost.inflatedByte, place())
        let (sum, overflow) = available.addingReportingOverflow(bytes)
        available = overflow ? .max : sum
    }

    /// Counts an array's elements: all arrays together may stand for as many elements as there are bytes, and for more where memory is left.
    func array(_ name: String, elements count: Int, _ place: @autoclosure () -> String) throws(ArchiveError) {
        try take(Cost.array, place())
        let (sum, overflow) = elements.addingReportingOverflow(count)
        elements = overflow ? .max : sum
        guard elements > available else { return }
        let beyond = elements - available  // checked: both are positive
        elements = available
        let (bytes, tooLarge) = beyond.multipliedReportingOverflow(by: Cost.expandedElement)
        guard !tooLarge, bytes <= memoryLeft else {
            throw exceeded(
                place(),
                "array '\(name)' stands for \(count) elements, and with the arrays before it for more than its \(size) bytes can hold",
                memory / Cost.expandedElement)
        }
        memoryLeft -= bytes  // checked: at most what is left
    }

    private func exceeded(_ place: String, _ what: String, _ limit: Int) -> ArchiveError {
        .exceedsLimit(file: file, place: place, what: what, limit: limit)
    }

    /// Bytes of memory that things take at worst.
    enum Cost {
        /// A value on the stack or in a container: 24 bytes, twice that while the array grows.
        static let value = 48
        /// An entry of the memo, in a hash table that grows.
        static let memo = 96
        /// An object of the pickle and its array of parts.
        static let node = 128
        /// What an object of a class, a storage or a tensor keeps beside that.
        static let instance = 64, storage = 128, tensor = 256
        /// A text's own memory, beside its bytes.
        static let text = 32
        static let inflatedByte = 2
        /// An array: its name, its layout, its place in the tables of all that follow.
        static let array = 768
        /// An element that is not stored: twice a 32-bit number, for the array and one copy of it.
        static let expandedElement = 8
        /// A module of a whole pickled module and one of its attributes.
        static let module = 256, attribute = 128
        /// A value of a JSON text, twice while its list grows, and its digits.
        static let json = 128
        /// A member of a zip file and its line in the table of names.
        static let member = 256
    }
}
