/// The entrance of a residual network: the convolution `conv1`, or a sequence of convolutions with normalisations and nonlinearities between them
/// (`conv1.0`, `conv1.1`, `conv1.3` …, a deep stem). `bn1` and a nonlinearity follow.
struct ResidualStem {
    private let root: String
    private let convolutions: [String]
    private let kernel: Int
    /// Of the images.
    let channels: Int
    /// Channels behind it.
    let width: Int

    init?(_ table: ParameterTable, root: String) {
        self.root = root
        if table.kind("\(root)conv1") == .convolution {
            convolutions = ["\(root)conv1"]
        } else {
            convolutions = table.prefixes.compactMap { prefix in SequencePlace(prefix).map { (prefix, $0) } }
                .filter { $0.1.stem == "\(root)conv1" && table.kind($0.0) == .convolution }.sorted { $0.1.index < $1.1.index }.map(\.0)
        }
        guard let first = convolutions.first, let last = convolutions.last else { return nil }
        kernel = table.width(first, 2)
        channels = table.width(first, 1)
        width = table.width(last, 0)
    }

    var isDeep: Bool { convolutions.count > 1 }
    /// Whether it takes images of ImageNet's size: stride 2, then a pool.
    var reduces: Bool { isDeep || kernel == 7 }
    var pool: Pooling? { reduces ? Pooling(.max, kernel: 3, stride: 2, padding: 1) : nil }

    var assumption: String {
        let name = isDeep ? "deep" : "7×7"
        return reduces
            ? "the \(name) stem has stride 2\(isDeep ? " in its first convolution" : "") and a 3×3 max pool of stride 2 after it"
            : "the stem has stride 1 and no pool"
    }

    func add(_ function: Activation, _ table: ParameterTable, _ builder: inout ArchitectureBuilder) {
        for (index, prefix) in convolutions.enumerated() {
            let stride = index == 0 && reduces ? 2 : 1
            builder.add(Convolution(stride: stride, padding: table.width(prefix, 2) / 2), prefix: prefix)
            if prefix != "\(root)conv1", let place = SequencePlace(prefix) {
                ResidualNetwork.addNorm("\(place.stem).\(place.index + 1)", table, &builder)
            }
            guard prefix != convolutions.last else { continue }
            builder.add(function, id: "\(prefix).\(function.function.rawValue)")
        }
        ResidualNetwork.addNorm("\(root)bn1", table, &builder)
        builder.add(function, id: "\(root)\(function.function.rawValue)")
    }
}
