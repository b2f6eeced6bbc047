import Networks
import Tensors
import Transport

/// The inner products of a parent's neurons with those of a target, over everything that indexes them, the other groups being in the reference's order.
///
/// Where they were computed before, only the features that have moved since are looked at: their change times the target's.
struct NeuronProducts: Sendable {
    let parents: ParentSet
    /// Groups of so many neurons have products in single precision within blocks of features.
    let large: Int

    /// Minus the products, and the partners of all groups that they were computed with.
    typealias Kept = (cost: Matrix, partners: [Int: [Int?]])

    /// Features whose products are summed in single precision, and rows that are multiplied at once: their products stay in the cache.
    private static let block = 2048, rows = 512

    /// Minus Σ ⟨w_i, v_j⟩, [the target's neurons, the parent's], f64; nil where nothing indexes them.
    ///
    /// - Parameters:
    ///   - places: the axes that index the group, in the reference and in the parent.
    ///   - target: parameters in the reference's order.
    ///   - earlier: what this gave before.
    func cost(
        of group: NeuronGroup, at places: [(here: NeuronGroup.Axis, there: NeuronGroup.Axis)], in parent: Int,
        along partners: [Int: [Int?]],
        target: [String: Tensor], earlier: consuming Kept?
    ) throws -> Matrix? {
        let network = parents.networks[parent], own = network.groups[group.id]?.neurons ?? 0
        let before = earlier?.partners
        var sum = earlier?.cost
        earlier = nil
        for (here, there) in places {
            guard let wanted = target[here.parameter] else { continue }
            // Counters and the like are not weights.
            guard try parents.referenceNetwork.parameters[here.parameter]?.dtype().isFloatingPoint == true else { continue }
            var reference = wanted, features: Tensor
            if let before, let axis = try movedAxis(here.parameter, of: parent, from: before, to: partners, except: there.axis) {
                guard let axis else { continue }
                reference = try wanted.gathered(axis: axis.index, Tensor(axis.places))
                features = try change(here.parameter, of: parent, axis, partners, except: there.axis)
            } else {
                features = try carried(here.parameter, of: parent, partners, except: there.axis)
                if let before { features = try features - carried(here.parameter, of: parent, before, except: there.axis) }
            }
            let rows = try Self.rows(reference, here, parents.groups, neurons: group.neurons)
            var total = sum ?? Matrix(rows: group.neurons, columns: own)
            sum = nil
            try subtract(rows, Self.rows(features, there, network.groups, neurons: own), from: &total)
            sum = total
        }
        return sum
    }

    /// A parent's parameter in the reference's order on every axis but one, in its own type.
    func carried(_ name: String, of parent: Int, _ partners: [Int: [Int?]], except kept: Int? = nil) throws -> Tensor {
        let network = parents.networks[parent], own = parents.name(of: name, in: parent)
        return try carried(network.parameter(own), as: own, of: network, partners) { $0 != kept }
    }

    private func carried(
        _ value: Tensor, as name: String, of network: Network, _ partners: [Int: [Int?]], where isCarried: (Int) -> Bool
    ) throws -> Tensor {
        var value = value
        for (axis, layout) in (network.groups.layouts[name] ?? [:]).sorted(by: { $0.key < $1.key }) where isCarried(axis) {
            value = try network.groups.carried(value, axis: axis, layout: layout, along: Self.maps(layout, partners))
        }
        return value
    }

    private static func maps(_ layout: AxisLayout, _ partners: [Int: [Int?]]) -> [Int: NeuronMap] {
        var maps: [Int: NeuronMap] = [:]
        for part in layout.parts { if let own = partners[part.group] { maps[part.group] = .ofSources(own) } }
        return maps
    }

    // MARK: What has moved

    /// Entries of one axis that come from elsewhere than before.
    private struct MovedAxis {
        let index: Int
        /// In the reference's order.
        let places: [Int]
        /// The parent's entries that they come from; nil for zeros.
        let before: [Int?]
        let now: [Int?]
    }

    /// The only axis of a parent's parameter of which entries have moved: nil inside where none has; nil where several have.
    private func movedAxis(
        _ name: String, of parent: Int, from earlier: [Int: [Int?]], to partners: [Int: [Int?]], except kept: Int
    ) throws -> MovedAxis?? {
        let network = parents.networks[parent], own = parents.name(of: name, in: parent), shape = try network.parameter(own).shape
        var found: MovedAxis?
        for (axis, layout) in (network.groups.layouts[own] ?? [:]).sorted(by: { $0.key < $1.key }) where axis != kept {
            guard layout.parts.contains(where: { earlier[$0.group] != partners[$0.group] }) else { continue }
            // Entries are numbered from 1 and carried like the parameter: zero is none.
            let numbers = try Tensor((0..<shape[axis]).map { Double($0 + 1) })
            func sources(_ partners: [Int: [Int?]]) throws -> [Int?] {
                try network.groups.carried(numbers, axis: 0, layout: layout, along: Self.maps(layout, partners)).array(of: Double.self)
                    .map { $0 > 0 ? Int($0) - 1 : nil }
            }
            let before = try sources(earlier), now = try sources(partners)
            let places = now.indices.filter { before[$0] != now[$0] }
            if places.isEmpty { continue }
            guard found == nil else { return nil }
            found = MovedAxis(index: axis, places: places, before: places.map { before[$0] }, now: places.map { now[$0] })
        }
        return .some(found)
    }

    /// By how much a parent's parameter has changed at the places that have moved, in the reference's order on every axis but one.
    private func change(
        _ name: String, of parent: Int, _ moved: MovedAxis, _ partners: [Int: [Int?]], except kept: Int
    ) throws -> Tensor {
        let network = parents.networks[parent], own = parents.name(of: name, in: parent), value = try network.parameter(own)
        func taken(_ sources: [Int?]) throws -> Tensor {
            let entries = try value.gathered(axis: moved.index, Tensor(sources.map { $0 ?? 0 }))
            guard sources.contains(nil) else { return entries }
            var shape = [Int](repeating: 1, count: value.rank)
            shape[moved.index] = sources.count
            return try entries * Tensor(sources.map { $0 == nil ? 0.0 : 1 }, shape: shape).converted(to: value.dtype())
        }
        return try carried(taken(moved.now) - taken(moved.before), as: own, of: network, partners) { $0 != kept && $0 != moved.index }
    }

    // MARK: Products

    /// sum −= x yᵀ. Products of large groups are f32 within blocks of features where the weights are.
    private func subtract(_ x: Tensor, _ y: Tensor, from sum: inout Matrix) throws {
        let isSingle = try min(x.shape[0], y.shape[0]) >= large && x.dtype() == .float32 && y.dtype() == .float32
        for start in stride(from: 0, to: x.shape[1], by: Self.block) {
            let count = min(Self.block, x.shape[1] - start)
            func part(_ value: Tensor) throws -> Tensor {
                let part = try value.narrowed(axis: 1, from: start, count: count)
                return isSingle ? part : try part.converted(to: .float64)
            }
            let (left, right) = try (part(x), part(y).transposed(0, 1))
            for first in stride(from: 0, to: sum.rows, by: Self.rows) {
                let products = try left.narrowed(axis: 0, from: first, count: min(Self.rows, sum.rows - first)).matmul(right)
                if isSingle {
                    try products.withElements(of: Float.self) { sum.subtract($0, from: first * sum.columns) }
                } else {
                    try products.withElements(of: Double.self) { sum.subtract($0, from: first * sum.columns) }
                }
            }
        }
    }

    /// One row for each neuron: everything that the axis indexes.
    private static func rows(_ value: Tensor, _ axis: NeuronGroup.Axis, _ groups: NeuronGroups, neurons: Int) throws -> Tensor {
        try groups.sorted(value, axis: axis.axis, as: axis.parameter, axis.axis).narrowed(
            axis: axis.axis, from: axis.offset, count: neurons * axis.block
        ).transposed(0, axis.axis)
            .reshaped([neurons, axis.block, -1]).reshaped([neurons, -1])
    }
}

extension Matrix {
    /// Subtracts numbers from as many entries, from one place on.
    fileprivate mutating func subtract<Number: BinaryFloatingPoint>(_ numbers: UnsafeBufferPointer<Number>, from place: Int) {
        values.withUnsafeMutableBufferPointer { values in
            let part = UnsafeMutableBufferPointer(rebasing: values[place..<place + numbers.count])
            for index in numbers.indices { part[index] -= Double(numbers[index]) }
        }
    }
}
