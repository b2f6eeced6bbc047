import Fusion
import Screen
import Transport

/// Parents that belong together, with the story of what to see in them and a recipe to start from.
public struct SampleSet: Equatable, Sendable {
    public var id: String
    public var title: String
    public var story: String
    public var recipe: Recipe

    public init(id: String, title: String, story: String, recipe: Recipe) {
        self.id = id
        self.title = title
        self.story = story
        self.recipe = recipe
    }
}

/// One checkpoint, as far as it is known without using it.
public struct ParentSummary: Equatable, Sendable {
    public var path: String
    public var name: String
    public var format: String
    public var family: String
    public var parameters: Int
    public var widths: [Int]
    public var accuracy: Double?
    /// Why it cannot be used, where it cannot.
    public var problem: String?

    public init(
        path: String, name: String, format: String, family: String, parameters: Int, widths: [Int], accuracy: Double? = nil,
        problem: String? = nil
    ) {
        self.path = path
        self.name = name
        self.format = format
        self.family = family
        self.parameters = parameters
        self.widths = widths
        self.accuracy = accuracy
        self.problem = problem
    }
}

/// A neuron group as a row of the layer table.
public struct GroupSummary: Equatable, Sendable {
    public enum Role: String, Sendable { case input, hidden, classes }
    public var name: String
    public var role: Role
    /// Neurons in each parent.
    public var neurons: [Int]
    /// The layers it runs between and the shapes of their weights, for people.
    public var layers: String
    public var shape: String

    public init(name: String, role: Role, neurons: [Int], layers: String = "", shape: String = "") {
        self.name = name
        self.role = role
        self.neurons = neurons
        self.layers = layers
        self.shape = shape
    }

    public var isPlanned: Bool { role != .input }
}

/// The parents of a recipe side by side.
public struct OpenedParents: Equatable, Sendable {
    public var parents: [ParentSummary]
    public var groups: [GroupSummary]
    /// Why they cannot be fused: the layer, both shapes and what could be done; nil where they can.
    public var mismatch: String?
    /// What was assumed about them.
    public var notes: [String]

    public init(parents: [ParentSummary], groups: [GroupSummary], mismatch: String? = nil, notes: [String] = []) {
        self.parents = parents
        self.groups = groups
        self.mismatch = mismatch
        self.notes = notes
    }
}

/// One parent's coupling of one group, ready to be drawn.
public struct CouplingPicture: Equatable, Sendable {
    public var parent: Int
    /// Parent neurons × fused neurons: masses, summing to 1 where balanced.
    public let plan: Screen.Matrix
    /// What a pair of neurons costs, where it was kept.
    public var cost: Screen.Matrix?
    /// Parent neurons × fused neurons, 0 … 1: how much of a neuron's variation a fused one alone gives back, where a method keeps neurons instead of mixing them.
    public let given: Screen.Matrix?
    /// Where each neuron goes: its strongest match, or the kept neuron that gives most of it back.
    public let best: [Match?]
    /// What the map draws: the plan; or each kept neuron at its place, and of every other what its best stand-in gives back.
    public let shown: Screen.Matrix
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
        parent: Int, plan: TransportPlan, cost: Screen.Matrix? = nil, given: Screen.Matrix? = nil, rowMass: [Double], columnMass: [Double],
        importance: [Double]? = nil,
        transportCost: Double? = nil, certificate: Certificate? = nil, isIdentity: Bool = false
    ) throws(TransportError) {
        let matrix = Screen.Matrix(rows: plan.rows, columns: plan.columns, values: plan.dense().values.map(Float.init)) ?? .empty
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
    private static func strongest(_ given: Screen.Matrix, kept: [Match?]) -> [Match?] {
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

    private static func standIns(_ best: [Match?], columns: Int) -> Screen.Matrix? {
        var values = [Float](repeating: 0, count: best.count * columns)
        for match in best.compactMap(\.self) { values[match.row * columns + match.column] = Float(match.share) }
        return Screen.Matrix(rows: best.count, columns: columns, values: values)
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
public struct GroupPicture: Equatable, Sendable {
    public var group: String
    public var couplings: [CouplingPicture]
    /// Where the method keeps neurons of the parents instead of mixing them.
    public var kept: KeptNeurons?
    public var seconds: Double

    public init(group: String, couplings: [CouplingPicture], kept: KeptNeurons? = nil, seconds: Double) {
        self.group = group
        self.couplings = couplings
        self.kept = kept
        self.seconds = seconds
    }
}

/// A network among the results, or several that answer together.
public struct ResultRow: Equatable, Sendable {
    public enum Role: String, Sendable {
        case parent, ensemble, average, fused
        /// What else it is compared with: a vote, a weighted ensemble, the best parent.
        case rival

        /// What a recorded row counts as on screen: what was made, what it was made from, or what it is compared with.
        public init(recorded role: String) {
            switch role {
            case "fused", "network": self = .fused
            case "parent": self = .parent
            case "ensemble": self = .ensemble
            case "average": self = .average
            default: self = .rival
            }
        }
    }
    public var role: Role
    public var name: String
    /// 0…1
    public var accuracy: Double?
    public var loss: Double?
    public var parameters: Int
    /// Why there are no numbers, where there are none.
    public var note: String?
    /// The value of another figure than accuracy, with its name: "MSE 0.0123".
    public var measured: String?
    /// The accuracy on each class; nil where a class has no samples.
    public var classes: [Double?]

    public init(
        role: Role, name: String, accuracy: Double?, loss: Double?, parameters: Int, note: String? = nil, measured: String? = nil,
        classes: [Double?] = []
    ) {
        self.measured = measured
        self.role = role
        self.name = name
        self.accuracy = accuracy
        self.loss = loss
        self.parameters = parameters
        self.note = note
        self.classes = classes
    }
}

/// What a fusion gave.
public struct FusionResult: Equatable, Sendable {
    public var rows: [ResultRow]
    public var recipe: Recipe
    public var fuseSeconds: Double
    public var notes: [String]
    /// What the automatic choice tried, in order.
    public var trials: [AutomaticTrial]

    public init(rows: [ResultRow], recipe: Recipe, fuseSeconds: Double, notes: [String] = [], trials: [AutomaticTrial] = []) {
        self.rows = rows
        self.recipe = recipe
        self.fuseSeconds = fuseSeconds
        self.notes = notes
        self.trials = trials
    }

    /// As many rows as there are lines for: the fused network always, then its parents, their ensemble, the plain average.
    func rows(fitting room: Int) -> [ResultRow] {
        var left = rows
        func drop(_ isDispensable: (ResultRow) -> Bool) {
            while left.count > room, let last = left.lastIndex(where: isDispensable) { left.remove(at: last) }
        }
        drop { $0.role == .rival }
        drop { $0.role == .average }
        drop { $0.role == .ensemble }
        drop { $0.role == .parent }
        return left
    }
}
