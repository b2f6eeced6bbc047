import Fusion
import Screen
import Transport

/// One parent's coupling of one group, ready to be drawn.
public struct CouplingSnapshot: Equatable, Sendable {
    public var parent: Int
    /// Parent neurons × fused neurons: masses, summing to 1 where balanced.
    public let plan: ValueGrid
    /// What a pair of neurons costs, where it was kept.
    public var cost: ValueGrid?
    /// Parent neurons × fused neurons, 0 … 1: how much of a neuron's variation a fused one alone gives back, where a method keeps neurons instead of mixing them.
    public let given: ValueGrid?
    /// Where each neuron goes: its strongest match, or the kept neuron that gives most of it back.
    public let best: [Match?]
    /// What the map draws: the plan; or each kept neuron at its place, and of every other what its best stand-in gives back.
    public let shown: ValueGrid
    /// The masses asked for.
    public var rowMass: [Double]
    public var columnMass: [Double]
    /// How much each of the parent's neurons counts, where it is known: the norm of its incoming weights.
    public var importance: [Double]?
    public var transportCost: Double?
    /// What the solver proved, where one was at work.
    public var certificate: Certificate?
    /// Every neuron keeps its number by definition: the reference parent, the classes.
    public var isIdentity: Bool
    public let analysis: CouplingAnalysis
    /// The spectral order takes hundreds of passes and is made when it is asked for.
    public internal(set) var orders: [MapOrder: PlanOrder]
    private let raw: PlanOrder

    /// The analysis and the orders are made here, on the worker's thread, once for all frames.
    ///
    /// - Throws: `TransportError.wrongCount` where the masses do not fit the plan.
    public init(
        parent: Int, plan: TransportPlan, cost: ValueGrid? = nil, given: ValueGrid? = nil, rowMass: [Double], columnMass: [Double],
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
        let fitting = given.flatMap { $0.rows == matrix.rows && $0.columns == matrix.columns ? $0 : nil }
        self.given = fitting
        let best = fitting.map { Self.strongest($0, kept: analysis.best) } ?? analysis.best
        self.best = best
        shown = fitting.flatMap { Self.standIns(best, columns: $0.columns) } ?? matrix
        let scores = importance.flatMap { $0.count == plan.rows ? $0 : nil } ?? analysis.rowShares
        raw = PlanOrder.raw(plan)
        orders = [.raw: raw, .matched: .matched(plan), .importance: try MapOrder.importance.order(plan, scores: scores)]
    }

    /// A kept neuron is given back by itself; another by the one that gives most, a dead one by none.
    private static func strongest(_ given: ValueGrid, kept: [Match?]) -> [Match?] {
        (0..<given.rows).map { row in
            if var own = kept[row] {
                own.share = 1
                return own
            }
            guard let most = given.row(row).enumerated().max(by: { ($0.element, $1.offset) < ($1.element, $0.offset) }), most.element > 0
            else { return nil }
            return Match(row: row, column: most.offset, mass: Double(most.element), share: Double(most.element))
        }
    }

    private static func standIns(_ best: [Match?], columns: Int) -> ValueGrid? {
        var values = [Float](repeating: 0, count: best.count * columns)
        for match in best.compactMap(\.self) { values[match.row * columns + match.column] = Float(match.share) }
        return ValueGrid(rows: best.count, columns: columns, values: values)
    }

    /// Strongest partners of one neuron.
    func partners(of row: Int, count: Int) -> [Match] {
        guard let given else { return analysis.partners(of: row, in: plan, count: count) }
        return CouplingAnalysis.strongest(
            given.row(row).enumerated().map { Match(row: row, column: $0.offset, mass: Double($0.element), share: Double($0.element)) },
            count)
    }

    /// Bars beside the map: the strongest entry of each row and of each column.
    var marks: (rows: [Double], columns: [Double]) {
        guard given != nil else { return (analysis.rowShares, analysis.columnShares) }
        let columns = (0..<shown.columns).map { column in (0..<shown.rows).reduce(0) { max($0, Double(shown[$1, column])) } }
        return (best.map { $0?.share ?? 0 }, columns)
    }

    /// The order, or the matched one while the wanted one is not made yet.
    func order(_ wanted: MapOrder) -> PlanOrder { orders[wanted] ?? orders[.matched] ?? raw }
}

/// What planning one group gave.
public struct GroupSnapshot: Equatable, Sendable {
    public var group: String
    public var couplings: [CouplingSnapshot]
    /// Where the method keeps neurons of the parents instead of mixing them.
    public var kept: SelectionSummary?
    public var seconds: Double

    public init(group: String, couplings: [CouplingSnapshot], kept: SelectionSummary? = nil, seconds: Double) {
        self.group = group
        self.couplings = couplings
        self.kept = kept
        self.seconds = seconds
    }
}
