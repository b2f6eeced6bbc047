import Tensors

// Work that several processes divide. All of them run the whole program; at the places below each computes its parts, and all receive the parts of all in
// one order, so that what follows has the same bits in every process, whatever their number.

extension FusionControl {
    /// Parts 0 ..< count in turn: `make` computes a part, in one of the processes; `use` receives each in order, in every process.
    ///
    /// Parts that are made at the same time should take about as long.
    func divided(_ count: Int, make: (Int) throws -> [Tensor], use: (Int, [Tensor]) throws -> Void) throws {
        let size = processes?.size ?? 1, rank = processes?.rank ?? 0
        for first in stride(from: 0, to: count, by: size) {
            let own = first + rank
            try check()
            let made = own < count ? try make(own) : []
            guard let processes else {
                try use(own, made)
                continue
            }
            for (offset, part) in try processes.gathered(made).enumerated() where first + offset < count { try use(first + offset, part) }
        }
    }

    /// What one process computes and all receive.
    func once(_ make: () throws -> [Tensor]) throws -> [Tensor] {
        guard let processes else { return try make() }
        return try processes.shared(processes.isFirst ? make() : [], from: 0)
    }

    /// Which of so many parts this process computes, the largest distributed first.
    func ownParts(costs: [Double]) -> Set<Int> {
        guard let processes else { return Set(costs.indices) }
        var load = [Double](repeating: 0, count: processes.size), own: Set<Int> = []
        for part in costs.indices.sorted(by: { (-costs[$0], $0) < (-costs[$1], $1) }) {
            guard let least = load.indices.min(by: { (load[$0], $0) < (load[$1], $1) }) else { continue }
            load[least] += costs[part]
            if least == processes.rank { own.insert(part) }
        }
        return own
    }
}

extension ArraySlice<Tensor> {
    /// The next of the tensors that a part consists of.
    mutating func next() throws -> Tensor {
        guard let tensor = popFirst() else { throw TensorError.unexpectedResult(name: "a part of divided work") }
        return tensor
    }
}
