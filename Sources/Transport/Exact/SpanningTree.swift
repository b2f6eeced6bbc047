/// The basis of the network simplex: a spanning tree of rows and columns under an artificial root.
///
/// Mass flows from rows to columns, so that the kind of a node determines the direction of the arc to its parent: up from a row, down to a
/// column. A tree is *strongly feasible* when every arc without flow points up. The root has arcs from rows only and neither mass nor
/// arcs to columns; what leaves rows towards it must be zero always, and no price is needed to keep it so.
final class SpanningTree {
    private struct Node {
        var parent: Int32 = -1
        var firstChild: Int32 = -1
        var next: Int32 = -1
        var previous: Int32 = -1
        var depth: Int32 = 0
        /// Flow on the arc to the parent.
        var flow: Int64 = 0
    }

    private let rows: Int
    private let columns: Int
    private let root: Int32
    private let nodes: UnsafeMutablePointer<Node>
    private let stack: UnsafeMutablePointer<Int32>
    /// Potentials with rowPotential[i] + columnPotential[j] = cost[i, j] on the tree.
    let rowPotential: UnsafeMutablePointer<Double>
    let columnPotential: UnsafeMutablePointer<Double>

    /// A tree from the flows of a plan whose pairs form a forest, and the potential of each row that is joined to the root.
    init(
        rows: Int, columns: Int, flows: [(row: Int, column: Int, flow: Int64)], rootPotential: [Double], cost: Matrix
    ) {
        self.rows = rows
        self.columns = columns
        root = Int32(rows + columns)
        nodes = .allocate(capacity: rows + columns + 1)
        nodes.initialize(repeating: Node(), count: rows + columns + 1)
        stack = .allocate(capacity: rows + columns + 1)
        stack.initialize(repeating: 0, count: rows + columns + 1)
        rowPotential = .allocate(capacity: max(rows, 1))
        rowPotential.initialize(repeating: 0, count: max(rows, 1))
        columnPotential = .allocate(capacity: max(columns, 1))
        columnPotential.initialize(repeating: 0, count: max(columns, 1))
        build(flows: flows, rootPotential: rootPotential, cost: cost)
    }

    deinit {
        nodes.deallocate()
        stack.deallocate()
        rowPotential.deallocate()
        columnPotential.deallocate()
    }

    /// Hangs every connected part of the forest from its first row under the root.
    private func build(flows: [(row: Int, column: Int, flow: Int64)], rootPotential: [Double], cost: Matrix) {
        var neighbours = [[(node: Int32, flow: Int64)]](repeating: [], count: rows + columns)
        for (row, column, flow) in flows {
            neighbours[row].append((Int32(rows + column), flow))
            neighbours[rows + column].append((Int32(row), flow))
        }
        for first in 0..<rows where nodes[first].parent < 0 {
            attach(Int32(first), to: root)
            nodes[first].depth = 1
            rowPotential[first] = rootPotential[first]
            var top = 1
            stack[0] = Int32(first)
            while top > 0 {
                top -= 1
                let node = stack[top]
                for (next, flow) in neighbours[Int(node)] where next != nodes[Int(node)].parent {
                    attach(next, to: node)
                    nodes[Int(next)].flow = flow
                    nodes[Int(next)].depth = nodes[Int(node)].depth + 1
                    setPotential(of: next, from: node, cost: cost)
                    stack[top] = next
                    top += 1
                }
            }
        }
    }

    // MARK: Pivot

    /// Brings the pair (row, column) into the tree and takes out the first pair whose flow it exhausts.
    func pivot(row: Int, column: Int, cost: Double) {
        let i = Int32(row), j = Int32(rows + column)
        // Walk up from both ends to the join. Mass goes round join → … → row → column → … → join; of the pairs that run dry first,
        // the last on that round leaves, which keeps the tree strongly feasible.
        var one = i, other = j
        var least = Int64.max
        var leaving: Int32 = -1
        var isOnRowSide = true
        while one != other {
            if nodes[Int(one)].depth >= nodes[Int(other)].depth {
                if one < rows, nodes[Int(one)].flow < least {
                    least = nodes[Int(one)].flow
                    leaving = one
                    isOnRowSide = true
                }
                one = nodes[Int(one)].parent
            } else {
                if other >= rows, nodes[Int(other)].flow <= least {
                    least = nodes[Int(other)].flow
                    leaving = other
                    isOnRowSide = false
                }
                other = nodes[Int(other)].parent
            }
        }
        let join = one
        if least > 0 {
            one = i
            while one != join {
                nodes[Int(one)].flow += one < rows ? -least : least
                one = nodes[Int(one)].parent
            }
            other = j
            while other != join {
                nodes[Int(other)].flow += other < rows ? least : -least
                other = nodes[Int(other)].parent
            }
        }
        let reduced = cost - rowPotential[row] - columnPotential[column]
        if isOnRowSide {
            hang(from: i, under: j, cutting: leaving, flow: least)
            shift(below: i, rowsBy: reduced)
        } else {
            hang(from: j, under: i, cutting: leaving, flow: least)
            shift(below: j, rowsBy: -reduced)
        }
    }

    /// Turns round the path from `node` up to `cut`, so that the part below `cut` hangs from `node` under `parent`.
    private func hang(from node: Int32, under parent: Int32, cutting cut: Int32, flow: Int64) {
        var current = node, above = parent, carried = flow
        while true {
            let next = nodes[Int(current)].parent
            let own = nodes[Int(current)].flow
            detach(current)
            attach(current, to: above)
            nodes[Int(current)].flow = carried
            if current == cut { break }
            carried = own
            above = current
            current = next
        }
    }

    /// Adds to the potentials below `top` and sets the depths there.
    private func shift(below top: Int32, rowsBy amount: Double) {
        nodes[Int(top)].depth = nodes[Int(nodes[Int(top)].parent)].depth + 1
        var count = 1
        stack[0] = top
        while count > 0 {
            count -= 1
            let node = stack[count]
            if node < rows { rowPotential[Int(node)] += amount } else { columnPotential[Int(node) - rows] -= amount }
            let depth = nodes[Int(node)].depth + 1
            var child = nodes[Int(node)].firstChild
            while child >= 0 {
                nodes[Int(child)].depth = depth
                stack[count] = child
                count += 1
                child = nodes[Int(child)].next
            }
        }
    }

    /// Computes all potentials anew from the costs on the tree.
    func refreshPotentials(cost: Matrix) {
        var count = 0
        var child = nodes[Int(root)].firstChild
        while child >= 0 {
            stack[count] = child
            count += 1
            child = nodes[Int(child)].next
        }
        while count > 0 {
            count -= 1
            let node = stack[count]
            if nodes[Int(node)].parent != root { setPotential(of: node, from: nodes[Int(node)].parent, cost: cost) }
            var child = nodes[Int(node)].firstChild
            while child >= 0 {
                stack[count] = child
                count += 1
                child = nodes[Int(child)].next
            }
        }
    }

    // MARK: Links

    private func setPotential(of node: Int32, from parent: Int32, cost: Matrix) {
        if node < rows {
            let column = Int(parent) - rows
            rowPotential[Int(node)] = cost.values[Int(node) * columns + column] - columnPotential[column]
        } else {
            let column = Int(node) - rows
            columnPotential[column] = cost.values[Int(parent) * columns + column] - rowPotential[Int(parent)]
        }
    }

    private func attach(_ node: Int32, to parent: Int32) {
        let first = nodes[Int(parent)].firstChild
        nodes[Int(node)].parent = parent
        nodes[Int(node)].next = first
        nodes[Int(node)].previous = -1
        if first >= 0 { nodes[Int(first)].previous = node }
        nodes[Int(parent)].firstChild = node
    }

    private func detach(_ node: Int32) {
        let (previous, next) = (nodes[Int(node)].previous, nodes[Int(node)].next)
        if previous >= 0 { nodes[Int(previous)].next = next } else { nodes[Int(nodes[Int(node)].parent)].firstChild = next }
        if next >= 0 { nodes[Int(next)].previous = previous }
    }

    // MARK: Answers

    func forEachFlow(_ visit: (_ row: Int, _ column: Int, _ flow: Int64) -> Void) {
        for node in 0..<rows + columns where nodes[node].parent != root && nodes[node].flow > 0 {
            let parent = Int(nodes[node].parent)
            if node < rows { visit(node, parent - rows, nodes[node].flow) } else { visit(parent, node - rows, nodes[node].flow) }
        }
    }
}
