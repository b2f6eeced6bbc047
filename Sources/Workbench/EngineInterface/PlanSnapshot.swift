import Fusion
import Screen
import Transport

/// One parent's coupling of one group, ready to be drawn.
struct CouplingSnapshot: Equatable, Sendable {
    var parent: Int
    /// Parent neurons × fused neurons: masses, summing to 1 where balanced.
    let plan: ValueGrid
    /// What a pair of neurons costs, where the method has such costs and they were kept.
    private(set) var cost: ValueGrid?
    /// Whether there were costs, which were let go to save memory.
    private(set) var hasForgottenCost = false
    /// Parent neurons × fused neurons: R² of a parent's neuron predicted by a fused one alone, where a method selects neurons instead of mixing them.
    let explained: ValueGrid?
    /// What each neuron maps to: its strongest match, or the selected neuron that explains most of it.
    let best: [Match?]
    /// What the map draws: the plan; or for every neuron the R² of its best substitute, 1 where it is selected itself.
    let shown: ValueGrid
    /// The marginals.
    var rowMass: [Double]
    var columnMass: [Double]
    /// How much each of the parent's neurons counts, where it is known: the norm of its incoming weights.
    var importance: [Double]?
    var transportCost: Double?
    /// What the solver proved, where one was at work.
    var certificate: Certificate?
    /// Every neuron keeps its number by definition: the reference parent, the classes.
    var isIdentity: Bool
    let analysis: CouplingAnalysis
    /// The spectral order takes hundreds of passes and is computed when it is shown.
    var orders: [MapOrder: PlanOrder]
    private let raw: PlanOrder
    let marks: Marks

    /// The analysis and the orders are made here, on the worker's thread, once for all frames.
    ///
    /// - Throws: `TransportError.wrongCount` where the masses do not fit the plan.
    init(
        parent: Int, plan: TransportPlan, cost: ValueGrid? = nil, explained: ValueGrid? = nil, rowMass: [Double], columnMass: [Double],
        importance: [Double]? = nil,
        transportCost: Double? = nil, certificate: Certificate? = nil, isIdentity: Bool = false
    ) throws(TransportError) {
        let matrix = ValueGrid(rows: plan.rows, columns: plan.columns, values: plan.dense().values.map(Float.init)) ?? .empty
        self.parent = parent
        self.plan = matrix
        self.cost = cost
        self.rowMass = rowMass
        self.columnMass = columnMass
        self.importance = importance
        self.transportCost = transportCost
        self.certificate = certificate
        self.isIdentity = isIdentity
        let analysis = try CouplingAnalysis(plan, source: rowMass, target: columnMass, notFinite: matrix.values.count { !$0.isFinite })
        self.analysis = analysis
        let fitting = explained.flatMap { $0.rows == matrix.rows && $0.columns == matrix.columns ? $0 : nil }
        self.explained = fitting
        let best = fitting.map { Self.strongest($0, selected: analysis.best) } ?? analysis.best
        self.best = best
        shown = fitting.flatMap { Self.substitutes(best, columns: $0.columns) } ?? matrix
        marks = Self.marks(analysis, explained: fitting != nil, best: best, shown: shown)
        let scores = importance.flatMap { $0.count == plan.rows ? $0 : nil } ?? analysis.rowShares
        raw = PlanOrder.raw(plan)
        orders = [.raw: raw, .matched: .matched(plan), .importance: try MapOrder.importance.order(plan, scores: scores)]
    }

    /// A selected neuron is explained by itself; another by its best single predictor, a dead one by none.
    private static func strongest(_ explained: ValueGrid, selected: [Match?]) -> [Match?] {
        (0..<explained.rows).map { row in
            if var own = selected[row] {
                own.share = 1
                return own
            }
            guard let most = explained.row(row).enumerated().max(by: { ($0.element, $1.offset) < ($1.element, $0.offset) }),
                most.element > 0
            else { return nil }
            return Match(row: row, column: most.offset, mass: Double(most.element), share: Double(most.element))
        }
    }

    private static func substitutes(_ best: [Match?], columns: Int) -> ValueGrid? {
        var values = [Float](repeating: 0, count: best.count * columns)
        for match in best.compactMap(\.self) { values[match.row * columns + match.column] = Float(match.share) }
        return ValueGrid(rows: best.count, columns: columns, values: values)
    }

    /// Strongest partners of one neuron.
    func partners(of row: Int, count: Int) -> [Match] {
        guard let explained else { return analysis.partners(of: row, in: plan, count: count) }
        return CouplingAnalysis.strongest(
            explained.row(row).enumerated().map { Match(row: row, column: $0.offset, mass: Double($0.element), share: Double($0.element)) },
            count)
    }

    /// Bars beside the map: the strongest entry of each row and of each column.
    struct Marks: Equatable, Sendable {
        var rows: [Double]
        var columns: [Double]
    }

    private static func marks(_ analysis: CouplingAnalysis, explained: Bool, best: [Match?], shown: ValueGrid) -> Marks {
        guard explained else { return Marks(rows: analysis.rowShares, columns: analysis.columnShares) }
        var columns = [Double](repeating: 0, count: shown.columns)
        for row in 0..<shown.rows {
            for (column, value) in shown.row(row).enumerated() { columns[column] = max(columns[column], Double(value)) }
        }
        return Marks(rows: best.map { $0?.share ?? 0 }, columns: columns)
    }

    /// Lets the costs go; planning the layer again brings them back.
    mutating func forgetCost() {
        hasForgottenCost = hasForgottenCost || cost != nil
        cost = nil
    }

    /// The order, or the matched one while the wanted one is not made yet.
    func order(_ wanted: MapOrder) -> PlanOrder { orders[wanted] ?? orders[.matched] ?? raw }
}

/// What planning one group gave.
struct GroupSnapshot: Equatable, Sendable {
    var group: String
    var couplings: [CouplingSnapshot]
    /// Where the method selects neurons of the parents instead of mixing them.
    var selection: SelectionSummary?
    /// The method does not change this layer.
    var isUntouched = false
    var seconds: Double

    /// Bytes of the cost matrices.
    var costBytes: Int { couplings.reduce(0) { $0 + ($1.cost.map { $0.rows * $0.columns * MemoryLayout<Float>.stride } ?? 0) } }

    mutating func forgetCosts() { for index in couplings.indices { couplings[index].forgetCost() } }

    /// The coupling of a parent, else the first one.
    func coupling(of parent: Int) -> CouplingSnapshot? { couplings.first { $0.parent == parent } ?? couplings.first }
}
