import Archives

// Token ids, several inputs, and what is to be said at every position.

extension ArrayReading {
    /// The arrays of several inputs as rows of one.
    mutating func add(_ inputs: [InputArray], _ names: ArrayNames) throws {
        let arrays = try ([names.images] + names.others).map { try archive.array($0) }, count = arrays[0].shape.first ?? 0
        var parts: [any PixelSource<Float>] = []
        for (input, array) in zip(inputs, arrays) {
            // checked: a list of sizes, none of which is computed with
            let wanted = [count] + input.shape
            guard array.shape == wanted || input.shape.isEmpty && array.shape == [count, 1] else {
                throw DatasetError.damaged(
                    file: archive.path, place: "array '\(array.name)'",
                    reason: "it has shape \(array.shape), but \(network?.name ?? "the network") takes \(input.name) of shape \(wanted)")
            }
            let source = StoredPixels<Float>(array)
            if input.holdsIntegers {
                try source.scan { sample, values throws(DatasetError) in
                    guard let bad = values.first(where: { $0.magnitude >= 16_777_216 || $0 != $0.rounded() }) else { return true }
                    throw DatasetError.damaged(
                        file: archive.path, place: "array '\(array.name)'",
                        reason:
                            "sample \(sample) holds \(bad), but \(network?.name ?? "the network") takes whole numbers below 16777216")
                }
            }
            parts.append(source)
        }
        guard [nil, 1].contains(options.scale), options.mean == nil, options.standardDeviation == nil else {
            throw DatasetError.mismatch(
                file: archive.path,
                reason: "\(network?.name ?? "the network") takes \(inputs.count) inputs, which are not scaled: omit scale, mean and std")
        }
        shape = [inputs.reduce(0) { $0 + $1.count }]
        let rows = Pixels.floats(InputPixels(parts))
        pixels = pixels?.joined(with: rows) ?? rows
        self.count += count
        sources.append(names.images)
        try addAnswers(named: options.labels ?? names.labels, count: count, shape: arrays[0].shape)
    }

    /// What the network should say at every position: the labels; where there are none, or where they are the tokens themselves, as Hugging Face's models
    /// take them, the token after each.
    func nextTokens(
        _ answers: Targets?, of pixels: Pixels, _ positions: Int, _ notes: inout [String]
    ) throws -> Targets? {
        guard answers == nil || answers?.kind == .tokens, case .floats(let source) = pixels else { return answers }
        let size = shape.reduce(1, *), inputs = network?.inputs ?? []
        func start(_ isMeant: (InputArray) -> Bool) -> Int? {
            inputs.firstIndex { $0.shape == [positions] && isMeant($0) }.map { inputs[..<$0].reduce(0) { $0 + $1.count } }
        }
        let own = inputs.isEmpty ? size == positions ? 0 : nil : start { $0.holdsIntegers && $0.name != "attention_mask" }
        guard let own, size > 0 else { return answers }
        let mask = start { $0.name == "attention_mask" }
        // The targets, which are made of them, take as much.
        let values = try source.all()
        func token(_ sample: Int, _ place: Int) -> Float { values[sample * size + own + place] }
        let samples = values.count / size
        if let answers {
            let isSame = (0..<samples).allSatisfy { sample in
                (0..<positions).allSatisfy { place in
                    let label = answers.values[sample * positions + place]
                    return label == Targets.ignored || label == token(sample, place)
                }
            }
            guard isSame else {
                notes.append("the labels are the targets at their positions and were not shifted")
                return answers
            }
        }
        var shifted: [Float] = []
        shifted.reserveCapacity(samples * positions)
        for sample in 0..<samples {
            for place in 1..<positions {
                let isIgnored =
                    mask.map { values[sample * size + $0 + place] == 0 } ?? false
                    || answers.map { $0.values[sample * positions + place] == Targets.ignored } ?? false
                shifted.append(isIgnored ? Targets.ignored : token(sample, place))
            }
            shifted.append(Targets.ignored)
        }
        notes.append(
            (answers == nil ? "no labels" : "the labels are the tokens themselves") + ": the target at each position is the token after it"
                + (mask == nil ? "" : ", where the mask has it"))
        return try Targets(.tokens, shape: [positions], values: shifted)
    }

    /// Token ids as they are: whole numbers from 0 on, each of which a float holds exactly.
    func tokens(of pixels: Pixels) throws -> Pixels {
        guard [nil, 1].contains(options.scale), options.mean == nil, options.standardDeviation == nil else {
            throw DatasetError.mismatch(
                file: archive.path,
                reason: "\(network?.name ?? "the network") takes token ids, which are not scaled: omit scale, mean and std")
        }
        let source: any PixelSource<Float> =
            switch pixels {
            case .floats(let source): source
            case .bytes(let source):
                ConvertedPixels<UInt8, Float>(base: source, sampleSize: source.sampleSize) { bytes, values in
                    for place in values.indices { values[place] = Float(bytes[place]) }
                }
            }
        try source.scan { sample, values throws(DatasetError) in
            guard let bad = values.first(where: { !(0..<16_777_216).contains($0) || $0 != $0.rounded() }) else { return true }
            throw DatasetError.mismatch(
                file: archive.path,
                reason:
                    "\(network?.name ?? "the network") takes token ids, whole numbers from 0 to 16777215, but sample \(sample) of '\(sources.first ?? "")' holds \(bad)"
            )
        }
        return .floats(source)
    }
}
