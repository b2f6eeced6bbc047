import Archives
import Tensors

/// A weight that a file keeps as several tensors, found by their names: what it is computed of, and how.
struct WeightFolding {
    let name: String
    let kind: FoldedWeight.Kind
    /// Names of the parts, in the order that the kind expects.
    let sources: [String]
    /// LoRA's factor α / r.
    var scale = 1.0

    /// The reparametrisations among these names.
    ///
    /// - Throws: ``CheckpointError/parametrisation`` for one that is not known.
    static func all(in entries: [StateDictEntry], file: String) throws -> [WeightFolding] {
        let shapes = Dictionary(entries.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
        var found: [WeightFolding] = []
        for entry in entries {
            let name = entry.name
            if name.hasSuffix("_g"), case let weight = String(name.dropLast(2)), isWeight(weight), shapes[weight] == nil,
                let direction = shapes[weight + "_v"]
            {
                guard isNorm(entry.shape, of: direction) else { throw refused(weight, "\(name) is no norm of \(weight)_v", file) }
                found.append(WeightFolding(name: weight, kind: .weightNorm, sources: [name, weight + "_v"]))
            } else if name.hasSuffix("_orig"), case let weight = String(name.dropLast(5)), shapes[weight] == nil {
                found.append(try original(name, weight, shapes, file))
            }
        }
        return found + (try parametrised(entries, file))
    }

    private static func isWeight(_ name: String) -> Bool { name.hasSuffix("weight") || name.hasSuffix("bias") }

    private static func refused(_ weight: String, _ reason: String, _ file: String) -> CheckpointError {
        .parametrisation(file: file, weight: weight, reason: reason)
    }

    /// Whether it has the shape that is left of `shape` when all axes but one, or all, are reduced.
    private static func isNorm(_ norm: [Int], of shape: [Int]) -> Bool {
        norm.isEmpty || (norm.count == shape.count && zip(norm, shape).allSatisfy { $0 == 1 || $0 == $1 } && norm.count { $0 > 1 } <= 1)
    }

    /// `weight_orig` of a pruning mask or of spectral normalisation.
    private static func original(
        _ name: String, _ weight: String, _ shapes: [String: [Int]], _ file: String
    ) throws -> WeightFolding {
        let shape = shapes[name] ?? [], (mask, u, v) = (weight + "_mask", weight + "_u", weight + "_v")
        switch (shapes[mask], shapes[u], shapes[v]) {
        case (let found?, nil, nil):
            guard found == shape else { throw refused(weight, "\(mask) has another shape than \(name)", file) }
            return WeightFolding(name: weight, kind: .pruning, sources: [name, mask])
        case (nil, let left?, let right?):
            guard isPair(left, right, of: shape) else { throw refused(weight, "\(u) and \(v) do not fit \(name)", file) }
            return WeightFolding(name: weight, kind: .spectralNorm, sources: [name, u, v])
        case (nil, nil, nil): throw refused(weight, "\(name) has neither \(mask) nor \(u) and \(v) beside it", file)
        default: throw refused(weight, "what stands beside \(name) is neither a pruning mask nor spectral normalisation alone", file)
        }
    }

    private static func isPair(_ u: [Int], _ v: [Int], of shape: [Int]) -> Bool {
        u.count == 1 && v.count == 1 && shape.contains(u[0]) && u[0].multipliedReportingOverflow(by: v[0]) == (shape.reduce(1, *), false)
    }

    /// `parametrizations.weight.…`, as torch.nn.utils.parametrize names the parts.
    private static func parametrised(_ entries: [StateDictEntry], _ file: String) throws -> [WeightFolding] {
        var parts: [String: [String: [Int]]] = [:], order: [(weight: String, base: String)] = []
        for entry in entries {
            let words = entry.name.split(separator: ".", omittingEmptySubsequences: false)
            guard let place = words.firstIndex(of: "parametrizations"), words.count > place + 2 else { continue }
            let base = words[...(place + 1)].joined(separator: ".") + ".",
                weight = (words[..<place] + [words[place + 1]]).joined(separator: ".")
            if parts[base] == nil { order.append((weight, base)) }
            parts[base, default: [:]][String(entry.name.dropFirst(base.count))] = entry.shape
        }
        var found: [WeightFolding] = []
        for (weight, base) in order {
            let shapes = parts[base] ?? [:]
            if Set(shapes.keys) == ["original0", "original1"], let norm = shapes["original0"], let direction = shapes["original1"],
                isNorm(norm, of: direction)
            {
                found.append(WeightFolding(name: weight, kind: .weightNorm, sources: [base + "original0", base + "original1"]))
            } else if Set(shapes.keys) == ["original", "0._u", "0._v"], let original = shapes["original"], let u = shapes["0._u"],
                let v = shapes["0._v"], isPair(u, v, of: original)
            {
                found.append(WeightFolding(name: weight, kind: .spectralNorm, sources: ["original", "0._u", "0._v"].map { base + $0 }))
            } else {
                throw refused(
                    weight,
                    "its parametrisation (\(shapes.keys.sorted().map { base + $0 }.joined(separator: ", "))) is neither weight nor spectral normalisation",
                    file)
            }
        }
        return found
    }

    // MARK: Values

    /// The plain weight, computed in double precision.
    func weight(of parts: [Tensor]) throws -> Tensor {
        let values = try parts.map { try $0.converted(to: .float64) }
        switch kind {
        case .weightNorm:
            // g v / ‖v‖, the norm over the axes in which g has one number.
            let (g, v) = (values[0], values[1]), axes = v.shape.indices.filter { g.shape.isEmpty || g.shape[$0] == 1 }
            return try v * (g / v.norm(axes: Array(axes), keepingAxes: !g.shape.isEmpty))
        case .spectralNorm:
            // W / σ with σ = uᵀ W v, W as a matrix whose rows are those of u's axis.
            let (w, u, v) = (values[0], values[1], values[2]), axis = w.shape.firstIndex(of: u.count) ?? 0
            let matrix = try w.permuted([axis] + w.shape.indices.filter { $0 != axis }).reshaped([u.count, v.count])
            return try w / u.matmul(matrix.matmul(v))
        case .pruning:
            return try values[0] * values[1]
        case .lora:
            // W + (α / r) B A; of a convolution A has the kernel, and B is 1 × 1.
            let (w, a, b) = (values[0], values[1], values[2]), rank = a.shape[0]
            let product = try b.reshaped([b.shape[0], rank]).matmul(a.reshaped([rank, a.count / max(1, rank)])).reshaped(w.shape)
            return try w + product * scale
        }
    }
}

extension StateDict {
    /// Computes the weights whose parts are all there still, and puts them in the place of their parts.
    mutating func fold(_ foldings: [WeightFolding]) throws {
        guard !foldings.isEmpty else { return }
        let places = Dictionary(entries.indices.map { (entries[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
        var gone: Set<Int> = []
        for folding in foldings {
            let own = folding.sources.compactMap { places[$0] }
            guard own.count == folding.sources.count, let type = entries[own[folding.kind == .weightNorm ? 1 : 0]].elementType else {
                continue
            }
            let exact = try folding.weight(of: own.map { try entries[$0].tensor(of: file) })
            let weight = type == .f64 ? exact : try exact.converted(to: .float32)
            entries[own[0]] = StateDictEntry(name: folding.name, folded: weight, type: type)
            gone.formUnion(own.dropFirst())
            folded.append(FoldedWeight(name: folding.name, kind: folding.kind, sources: folding.sources))
        }
        entries = entries.indices.filter { !gone.contains($0) }.map { entries[$0] }
    }

    /// Which weights were computed, a sentence for each kind.
    var foldingNotes: [String] {
        FoldedWeight.Kind.allCases.compactMap { kind in
            let names = folded.filter { $0.kind == kind }.map { printable($0.name) }
            guard !names.isEmpty else { return nil }
            let listed =
                names.count <= 6 ? names.joined(separator: ", ") : names.prefix(6).joined(separator: ", ") + " and \(names.count - 6) more"
            return "folded \(kind.rawValue) into \(listed); saved as plain weights"
        }
    }
}
