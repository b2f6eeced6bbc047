/// What following neurons through one graph may cost. A graph of a few lines can ask for labels without end: a value that is joined to itself twenty
/// times has a million entries, and one that is joined four thousand times to another has eighty million in all.
///
/// Networks have parameters in proportion to what is followed in them, so that what they may cost grows with their parameters: ViT-B/16 moves 0.6
/// elements for each parameter and takes 0.05 labels, a U-Net of half a million parameters on images of 256 × 256 moves 8 million elements.
struct LabelBudget {
    /// Labels that all values may have together, and entries of one axis.
    private var labels: Int
    /// Labels that all operations together may read: a thousand parts of one wide value cost a thousand times its labels.
    private var reads: Int
    /// Elements that all operations together may move while labels are followed through them.
    private var elements: Int
    /// Elements that one operation may move.
    private let elementsAtOnce: Int

    static let labelFloor = 1 << 22, labelsPerParameter = 2
    static let readFloor = 1 << 25, readsPerParameter = 16
    static let elementFloor = 1 << 26, elementsPerParameter = 16
    static let elementsAtOnceFloor = 1 << 22, elementsAtOncePerParameter = 2

    /// - Parameter parameters: how many numbers the network's parameters have.
    init(parameters: Int) {
        func limit(_ floor: Int, _ factor: Int) -> Int {
            let (product, tooLarge) = parameters.multipliedReportingOverflow(by: factor)
            return max(floor, tooLarge ? .max : product)
        }
        labels = limit(Self.labelFloor, Self.labelsPerParameter)
        reads = limit(Self.readFloor, Self.readsPerParameter)
        elements = limit(Self.elementFloor, Self.elementsPerParameter)
        elementsAtOnce = limit(Self.elementsAtOnceFloor, Self.elementsAtOncePerParameter)
    }

    /// Whether so many labels may still be made.
    func holds(_ count: Int) -> Bool { count <= labels }

    /// Takes so many labels.
    mutating func take(_ count: Int, layer: String) throws {
        guard count <= labels else {
            throw NetworkError.input(
                layer: layer,
                expected: "a graph with at most \(Self.labelFloor) places of neurons, or \(Self.labelsPerParameter) for each parameter",
                found: "more up to here")
        }
        labels -= count
    }

    /// Takes the labels that an operation reads.
    mutating func read(_ count: Int, layer: String) throws {
        guard count <= reads else {
            throw NetworkError.input(
                layer: layer,
                expected:
                    "a graph whose operations read at most \(Self.readFloor) places of neurons, or \(Self.readsPerParameter) for each parameter",
                found: "more up to here")
        }
        reads -= count
    }

    /// Takes the elements that an operation moves; false where it may not: then nothing is said of its neurons but that they stay in place.
    mutating func takesMoving(_ count: Int) -> Bool {
        guard count <= elementsAtOnce, count <= elements else { return false }
        elements -= count
        return true
    }
}
