import Fusion
import Provenance
import Store
import Transport

/// The result of a fusion, as the command line prints it and `--json` writes it.
package struct FusionReport: Sendable, Codable {
    package struct Group: Sendable {
        package let name: String
        /// Neurons in each parent, then in the fused network.
        package let parentNeurons: [Int]
        package let fusedNeurons: Int
        package let couplings: [RunCoupling]
        package let seconds: Double
    }

    package struct Seconds: Sendable, Codable {
        package var open: Double
        package var fuse: Double
        package var evaluate: Double

        package init(open: Double, fuse: Double, evaluate: Double) { (self.open, self.fuse, self.evaluate) = (open, fuse, evaluate) }
    }

    package let amalgam: String
    package let libtorch: String
    /// The recipe as TOML; it makes the same network again.
    package let recipe: String
    package let command: String
    package let method: String
    /// How much each parent counts, where the method weighs them.
    package let weights: [Double]?
    package let rows: [EvaluationRow]
    package let groups: [Group]
    /// What was assumed of the parents' graphs, in sentences.
    package let assumed: [String]
    /// What was noticed, in sentences.
    package let notes: [String]
    /// What a reconstruction or a refinement did, where there was one.
    package let reconstruction: ReconstructionDiagnostics?
    /// What the automatic choice tried, in order.
    package let trials: [AutomaticTrial]
    /// What was compared with the fused network, which is the first, on held-out samples; nil where nothing was.
    package let controls: [ControlFigure]?
    package let data: String?
    package let evaluationData: String?
    package var output: String?
    /// The checksum of the fused parameters (``ParameterChecksum``).
    package let network: String
    /// Inputs with checksums; empty unless requested.
    package let sources: [RunSource]
    /// As which run it was recorded.
    package var run: RunID?
    package let seconds: Seconds
    /// Resident memory at its highest, in bytes.
    package let peakMemory: Int

    package init(
        amalgam: String, libtorch: String, recipe: String, command: String, method: String, weights: [Double]?, rows: [EvaluationRow],
        plan: FusionPlan, assumed: [String], notes: [String], reconstruction: ReconstructionDiagnostics?, trials: [AutomaticTrial],
        controls: [ControlFigure]?, data: String?, evaluationData: String?, network: String, sources: [RunSource], seconds: Seconds,
        peakMemory: Int
    ) throws {
        self.amalgam = amalgam
        self.libtorch = libtorch
        self.recipe = recipe
        self.command = command
        self.method = method
        self.weights = weights
        self.rows = rows
        var groups: [Group] = []
        for planned in plan.groups { groups.append(try Group(planned)) }
        self.groups = groups
        self.assumed = assumed
        self.notes = notes
        self.reconstruction = reconstruction
        self.trials = trials
        self.controls = controls
        self.data = data
        self.evaluationData = evaluationData
        self.network = network
        self.sources = sources
        self.seconds = seconds
        self.peakMemory = peakMemory
    }

    /// Every coupling, group by group.
    package var couplings: [RunCoupling] { groups.flatMap(\.couplings) }
    package func row(_ role: EvaluationRole) -> EvaluationRow? { rows.first { $0.role == role } }
}

extension FusionReport {
    /// The report as one JSON object.
    package func json() throws -> String { try RunJSON.text(self) }
}

extension FusionReport.Group: Codable {
    init(_ planned: GroupPlan) throws {
        var couplings: [RunCoupling] = []
        for coupling in planned.couplings { couplings.append(try RunCoupling(planned, coupling)) }
        self.init(
            name: planned.group.name, parentNeurons: couplings.map(\.parentNeurons), fusedNeurons: planned.neurons, couplings: couplings,
            seconds: planned.seconds)
    }

    private enum Keys: String, CodingKey { case name, parentNeurons, fusedNeurons, couplings, seconds }
    private enum CouplingKeys: String, CodingKey { case parent, certificate, transportCost, effectiveMatches, identityShare }

    package func encode(to encoder: any Encoder) throws {
        var group = encoder.container(keyedBy: Keys.self)
        try group.encode(name, forKey: .name)
        try group.encode(parentNeurons, forKey: .parentNeurons)
        try group.encode(fusedNeurons, forKey: .fusedNeurons)
        try group.encode(seconds, forKey: .seconds)
        var list = group.nestedUnkeyedContainer(forKey: .couplings)
        for coupling in couplings {
            var box = list.nestedContainer(keyedBy: CouplingKeys.self)
            try box.encode(coupling.parent, forKey: .parent)
            try box.encodeIfPresent(coupling.certificate, forKey: .certificate)
            try box.encodeIfPresent(coupling.transportCost, forKey: .transportCost)
            try box.encode(coupling.effectiveMatches, forKey: .effectiveMatches)
            try box.encode(coupling.identityShare, forKey: .identityShare)
        }
    }

    package init(from decoder: any Decoder) throws {
        let group = try decoder.container(keyedBy: Keys.self)
        name = try group.decode(String.self, forKey: .name)
        parentNeurons = try group.decode([Int].self, forKey: .parentNeurons)
        fusedNeurons = try group.decode(Int.self, forKey: .fusedNeurons)
        seconds = try group.decode(Double.self, forKey: .seconds)
        var list = try group.nestedUnkeyedContainer(forKey: .couplings), read: [RunCoupling] = []
        while !list.isAtEnd {
            let box = try list.nestedContainer(keyedBy: CouplingKeys.self)
            read.append(
                RunCoupling(
                    neuronGroup: name, parent: try box.decode(String.self, forKey: .parent),
                    parentNeurons: parentNeurons.indices.contains(read.count) ? parentNeurons[read.count] : 0, fusedNeurons: fusedNeurons,
                    certificate: try box.decodeIfPresent(Certificate.self, forKey: .certificate),
                    transportCost: try box.decodeIfPresent(Double.self, forKey: .transportCost),
                    effectiveMatches: try box.decode(Double.self, forKey: .effectiveMatches),
                    identityShare: try box.decode(Double.self, forKey: .identityShare), seconds: seconds))
        }
        couplings = read
    }
}
